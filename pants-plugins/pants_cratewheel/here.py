"""Finding what is on this machine, without a process: starting one takes longer than looking.

Other environments, of Docker or of remote machines, are asked by processes that run there and call
the same functions.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pants.backend.python.util_rules.pex_environment import PexEnvironment
from pants.core.util_rules.environments import (
    CompatiblePlatformsField,
    EnvironmentsSubsystem,
    EnvironmentTarget,
    RemotePlatformField,
)
from pants.engine.rules import collect_rules, rule
from pants.option.global_options import GlobalOptions, NamedCachesDirOption

import cratewheel
from cratewheel.build import interpreters, toolchain
from cratewheel.build.tool_link import keep_library, link
from pants_cratewheel.products.here import (
    InterpretersHere,
    InterpretersHereRequest,
    ToolchainHere,
    ToolchainHereRequest,
    ToolHere,
    ToolHereRequest,
    Whereabouts,
)
from pants_cratewheel.products.tools import TOOLCHAIN_CACHE


@rule
async def where_processes_run(
    environment: EnvironmentTarget, environments: EnvironmentsSubsystem, options: GlobalOptions
) -> Whereabouts:
    if environments.remote_execution_used_globally(options):
        return Whereabouts(remote="[GLOBAL].remote_execution")
    if environment.val is not None and environment.val.has_field(RemotePlatformField):
        return Whereabouts(remote=environment.val.address.spec)
    # Not in a container on it.
    here = environment.val is None or environment.val.has_field(CompatiblePlatformsField)
    return Whereabouts(here=here)


@rule(desc="Look for the Rust toolchain")
async def toolchain_here(
    request: ToolchainHereRequest, caches: NamedCachesDirOption
) -> ToolchainHere:
    cache = _links(caches)
    toolchain.note_disk_limit(cache, str(request.disk_limit))
    folder = _pinned(cache, request.pin)
    return ToolchainHere(
        toolchain.discover(request.environment, cache, request.tools, folder, native=request.native)
    )


def _pinned(cache: Path, pin: tuple[tuple[str, bytes], ...]) -> Path:
    """A folder in which rustup sees a workspace's `rust-toolchain` file and nothing else."""
    if not pin:
        return Path(cache.anchor)
    folder = cache / "pins" / hashlib.sha256(repr(pin).encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in pin:
        (folder / name).write_bytes(content)
    return folder


@rule(desc="Look for Python interpreters")
async def interpreters_here(
    request: InterpretersHereRequest, caches: NamedCachesDirOption
) -> InterpretersHere:
    return InterpretersHere(interpreters.discover_linked(request.environment, _links(caches)))


@rule(desc="Look for a tool")
async def tool_here(
    request: ToolHereRequest, caches: NamedCachesDirOption, pex: PexEnvironment
) -> ToolHere:
    environment = Path(pex.in_workspace().pex_root, request.environment)
    packages = next(environment.glob("lib/*/site-packages"), None)
    if packages is None:
        return ToolHere(None)
    cache = _links(caches)
    (sources,) = cratewheel.__path__
    keep_library(cache, Path(sources), request.library)
    return ToolHere(link(cache, environment, packages))


def _links(caches: NamedCachesDirOption) -> Path:
    (name,) = TOOLCHAIN_CACHE
    folder = Path(caches.val, name)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def rules() -> list[object]:
    return [*collect_rules()]

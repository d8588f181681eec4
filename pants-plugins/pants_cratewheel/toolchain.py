"""The Rust toolchain of an environment, looked for once a run."""

from __future__ import annotations

from pants.engine.env_vars import EnvironmentVars
from pants.engine.environment import EnvironmentName
from pants.engine.fs import Digest, DigestContents
from pants.engine.process import Process, ProcessCacheScope, ProcessResult
from pants.engine.rules import collect_rules, rule
from pants.util.frozendict import FrozenDict

from cratewheel.build.disk import parse_size
from cratewheel.build.network import NETWORK, PIP_SETTINGS
from cratewheel.build.toolchain import DISK_LIMIT, NATIVE, from_json
from cratewheel.errors import Finding
from pants_cratewheel import engine
from pants_cratewheel.options import BuildRootsSubsystem, CargoSubsystem
from pants_cratewheel.products.here import ToolchainHere, ToolchainHereRequest, Whereabouts
from pants_cratewheel.products.tools import (
    TOOLCHAIN_CACHE,
    FoundInterpreters,
    FoundToolchain,
    LibrarySources,
    RowMachine,
    RowMachineRequest,
    ScriptPython,
    ToolchainRequest,
)

_PASSED_ON = (
    "HOME",
    "PATH",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    *NETWORK,
    *PIP_SETTINGS,
)


@rule(desc="Find the Rust toolchain")
async def find_toolchain(
    request: ToolchainRequest,
    library: LibrarySources,
    cargo: CargoSubsystem,
    build_roots: BuildRootsSubsystem,
    where: Whereabouts,
) -> FoundToolchain:
    if where.remote:
        # Links to the tools are made by one process and followed by the next.
        return FoundToolchain(
            Finding(
                "CW-ENVIRONMENT-REMOTE", where.remote, "it has processes run by remote execution"
            )
        )
    limit = parse_size(build_roots.limit, "[build-roots].limit")
    variables: EnvironmentVars = await engine.environment_variables(_PASSED_ON)
    path = ":".join(
        variables.get("PATH", "") if entry == "<PATH>" else entry for entry in cargo.search_path
    )
    surroundings: dict[str, str] = {**variables, "PATH": path, "RUSTUP_AUTO_INSTALL": "0"}
    if where.here:
        pin: DigestContents = await engine.contents(request.pin)
        pinned = tuple((file.path, file.content) for file in pin)
        here: ToolchainHere = await engine.toolchain_here(
            ToolchainHereRequest(
                FrozenDict(surroundings), request.tools, pinned, limit, request.native
            )
        )
        return FoundToolchain(here.found)
    python: ScriptPython = await engine.script_python()
    digest: Digest = await engine.merge_digests([library.digest, request.pin])
    result: ProcessResult = await engine.run(
        Process(
            argv=(
                python.path,
                "-S",
                "-m",
                "cratewheel.build.toolchain",
                ".toolchains",
                *request.tools,
            ),
            description="Find cargo, rustc and the C compiler",
            input_digest=digest,
            env={
                **surroundings,
                "PYTHONPATH": library.path,
                "PYTHONDONTWRITEBYTECODE": "1",
                DISK_LIMIT: str(limit),
                **({NATIVE: "1"} if request.native else {}),
            },
            append_only_caches=TOOLCHAIN_CACHE,
            cache_scope=ProcessCacheScope.PER_SESSION,
        )
    )
    return FoundToolchain(from_json(result.stdout.decode()))


@rule
async def row_machine(request: RowMachineRequest, own: EnvironmentName) -> RowMachine:
    environment = own
    if request.environment is not None:
        environment = await engine.environment_name(request.environment, request.place)
    toolchain: FoundToolchain = await engine.toolchain_in(
        ToolchainRequest(request.tools, request.pin, request.native), environment
    )
    pythons: FoundInterpreters = await engine.interpreters_in(environment)
    return RowMachine(environment, toolchain, pythons.interpreters)


def rules() -> list[object]:
    return [*collect_rules()]

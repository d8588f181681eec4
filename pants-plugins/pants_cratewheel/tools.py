"""The Python tools of this backend, each in an environment of its own, and the library they run."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pants.backend.python.subsystems.python_tool_base import PythonToolRequirementsBase
from pants.backend.python.util_rules.pex import PexRequest, VenvPex
from pants.backend.python.util_rules.pex_environment import PexEnvironment
from pants.engine.fs import EMPTY_DIGEST, Digest, FileContent
from pants.engine.process import Process, ProcessCacheScope, ProcessResult
from pants.engine.rules import collect_rules, rule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

import cratewheel
from pants_cratewheel import engine
from pants_cratewheel.options import MaturinSubsystem, MaturinZigSubsystem, PublisherSubsystem
from pants_cratewheel.products.here import ToolHere, ToolHereRequest, Whereabouts
from pants_cratewheel.products.tools import (
    TOOLCHAIN_CACHE,
    LibraryProcess,
    LibrarySources,
    LinkedTool,
    LinkedToolRequest,
    MaturinTool,
    MaturinWithZigTool,
    PublisherTool,
)


@rule(desc="Load the cratewheel library")
async def library_sources() -> LibrarySources:
    # Pants restarts its daemon when a plugin's sources change, so they may be read here directly.
    (root,) = cratewheel.__path__
    files = [
        (path.relative_to(root).as_posix(), path.read_bytes())
        for path in sorted(Path(root).rglob("*.py"))
    ]
    digest: Digest = await engine.create_digest(
        FileContent(f".cratewheel/cratewheel/{name}", content) for name, content in files
    )
    return LibrarySources(digest, hashlib.sha256(repr(files).encode()).hexdigest()[:16])


@rule(desc="Link a tool", level=LogLevel.DEBUG)
async def linked_tool(
    request: LinkedToolRequest,
    library: LibrarySources,
    where: Whereabouts,
    pex_environment: PexEnvironment,
) -> LinkedTool:
    caches = FrozenDict(
        {
            **pex_environment.in_sandbox(working_directory=None).append_only_caches,
            **(request.pex.append_only_caches or {}),
            **TOOLCHAIN_CACHE,
        }
    )
    tool: str | None = None
    if where.here:
        here: ToolHere = await engine.tool_here(
            ToolHereRequest(request.pex.venv_rel_dir, library.name)
        )
        tool = here.id
    if tool is None:
        process: Process = await engine.library_process(
            LibraryProcess(
                request.pex,
                "cratewheel.build.tool_link",
                (".toolchains", library.name),
                EMPTY_DIGEST,
                f"Link {request.pex.pex_filename}",
                caches=TOOLCHAIN_CACHE,
                # The link has to be there in every run, whatever became of the caches in between.
                cache_scope=ProcessCacheScope.PER_SESSION,
            )
        )
        result: ProcessResult = await engine.run(process)
        tool = result.stdout.decode().strip()
    return LinkedTool(
        f".toolchains/tools/{tool}/bin/python", f".toolchains/library/{library.name}", caches
    )


@rule(desc="Install maturin", level=LogLevel.DEBUG)
async def maturin_tool(maturin: MaturinSubsystem) -> MaturinTool:
    pex: VenvPex = await engine.venv_pex(_tool_request(maturin))
    linked: LinkedTool = await engine.linked_tool(LinkedToolRequest(pex))
    return MaturinTool(linked)


@rule(desc="Install maturin and zig", level=LogLevel.DEBUG)
async def maturin_with_zig_tool(maturin: MaturinZigSubsystem) -> MaturinWithZigTool:
    pex: VenvPex = await engine.venv_pex(_tool_request(maturin))
    linked: LinkedTool = await engine.linked_tool(LinkedToolRequest(pex))
    return MaturinWithZigTool(linked)


@rule(desc="Install the publisher", level=LogLevel.DEBUG)
async def publisher_tool(publisher: PublisherSubsystem) -> PublisherTool:
    pex: VenvPex = await engine.venv_pex(_tool_request(publisher))
    return PublisherTool(pex)


def _tool_request(tool: PythonToolRequirementsBase) -> PexRequest:
    return PexRequest(
        output_filename=f"{tool.options_scope}.pex",
        internal_only=True,
        requirements=tool.pex_requirements(),
        interpreter_constraints=tool.interpreter_constraints,
    )


@rule
async def library_process(
    request: LibraryProcess, library: LibrarySources, pex_environment: PexEnvironment
) -> Process:
    digest: Digest = await engine.merge_digests(
        [request.pex.digest, library.digest, request.input_digest]
    )
    caches = dict(pex_environment.in_sandbox(working_directory=None).append_only_caches)
    caches.update(request.pex.append_only_caches or {})
    caches.update(request.caches)
    return Process(
        # The tool's interpreter and not its entry point: that one ignores PYTHONPATH.
        argv=(request.pex.python.argv0, "-m", request.module, *request.arguments),
        description=request.description,
        input_digest=digest,
        env={"PYTHONPATH": library.path, "PYTHONDONTWRITEBYTECODE": "1", **request.env},
        append_only_caches=caches,
        output_directories=request.output_directories,
        cache_scope=request.cache_scope,
        level=LogLevel.INFO,
    )


def rules() -> list[object]:
    return [*collect_rules()]

"""The Python tools of this backend, each in an environment of its own, and the library they run."""

from __future__ import annotations

from pathlib import Path

from pants.backend.python.subsystems.python_tool_base import PythonToolRequirementsBase
from pants.backend.python.util_rules.pex import PexRequest, VenvPex
from pants.backend.python.util_rules.pex_environment import PexEnvironment
from pants.engine.fs import EMPTY_DIGEST, Digest, FileContent, PathGlobs
from pants.engine.process import Process, ProcessCacheScope, ProcessResult
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

import cratewheel
from pants_cratewheel import engine
from pants_cratewheel.options import MaturinSubsystem, MaturinZigSubsystem, PublisherSubsystem
from pants_cratewheel.products.tools import (
    LibraryProcess,
    LibrarySources,
    LinkedTool,
    LinkedToolRequest,
    MaturinTool,
    MaturinWithZigTool,
    PublisherTool,
)
from pants_cratewheel.toolchain import TOOLCHAIN_CACHE

#: What looks for tools in every run; a sandbox with all of the library takes longer to make.
_DISCOVERY = (
    "__init__.py",
    "build/__init__.py",
    "build/interpreters.py",
    "build/memory.py",
    "build/toolchain.py",
    "codes.py",
    "errors.py",
    "floors.py",
    "machines.py",
    "platforms.py",
    "spelling.py",
)


@rule(desc="Load the cratewheel library")
async def library_sources() -> LibrarySources:
    # Pants restarts its daemon when a plugin's sources change, so they may be read here directly.
    (root,) = cratewheel.__path__
    digest: Digest = await engine.create_digest(
        FileContent(
            f".cratewheel/cratewheel/{path.relative_to(root).as_posix()}", path.read_bytes()
        )
        for path in sorted(Path(root).rglob("*.py"))
    )
    discovery: Digest = await engine.subset(
        digest, PathGlobs([f".cratewheel/cratewheel/{name}" for name in _DISCOVERY])
    )
    return LibrarySources(digest, discovery)


@rule(desc="Link a tool", level=LogLevel.DEBUG)
async def linked_tool(request: LinkedToolRequest) -> LinkedTool:
    pex: VenvPex = await engine.venv_pex(request.pex)
    process: Process = await engine.library_process(
        LibraryProcess(
            pex,
            "cratewheel.build.tool_link",
            (".toolchains",),
            EMPTY_DIGEST,
            f"Link {request.pex.output_filename}",
            caches=TOOLCHAIN_CACHE,
            # The link has to be there in every run, whatever became of the caches in between.
            cache_scope=ProcessCacheScope.PER_SESSION,
        )
    )
    result: ProcessResult = await engine.run(process)
    tool = result.stdout.decode().strip()
    return LinkedTool(f".toolchains/tools/{tool}/bin/python", process.append_only_caches)


@rule(desc="Install maturin", level=LogLevel.DEBUG)
async def maturin_tool(maturin: MaturinSubsystem) -> MaturinTool:
    tool: LinkedTool = await engine.linked_tool(LinkedToolRequest(_tool_request(maturin)))
    return MaturinTool(tool.python, tool.caches)


@rule(desc="Install maturin and zig", level=LogLevel.DEBUG)
async def maturin_with_zig_tool(maturin: MaturinZigSubsystem) -> MaturinWithZigTool:
    tool: LinkedTool = await engine.linked_tool(LinkedToolRequest(_tool_request(maturin)))
    return MaturinWithZigTool(tool.python, tool.caches)


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

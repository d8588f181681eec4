"""Running one build: the job goes into a sandbox with its inputs, the artifacts come out."""

from __future__ import annotations

from pants.base.build_environment import get_buildroot
from pants.engine.fs import EMPTY_DIGEST, Digest, FileContent, Snapshot
from pants.engine.process import FallibleProcessResult, Process, ProcessCacheScope
from pants.engine.rules import collect_rules, rule
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from cratewheel.build.moment import at_moment, moment_of_head
from cratewheel.build.reasons import reason
from cratewheel.build.request import Job, LockBuild, dumps
from cratewheel.git import Git
from pants_cratewheel import engine
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.builds import JobRequest, JobResult, Step
from pants_cratewheel.products.runs import HeadMoment, RunPurpose
from pants_cratewheel.products.tools import MaturinTool

#: The named cache of build roots.
BUILD_ROOTS_CACHE = FrozenDict({"cratewheel_build_roots": ".build_roots"})


@rule(desc="Ask git when the commit was made", level=LogLevel.DEBUG)
async def head_moment() -> HeadMoment:
    return HeadMoment(moment_of_head(Git(get_buildroot())))


@rule(desc="Build", level=LogLevel.DEBUG)
async def run_job(
    request: JobRequest,
    moment: HeadMoment,
    purpose: RunPurpose,
    options: CratewheelSubsystem,
) -> JobResult:
    maturin: MaturinTool = (
        await engine.maturin_with_zig() if request.needs_zig else await engine.maturin()
    )
    tool = maturin.linked
    releasing = purpose.uploading or bool(options.plan)
    build = at_moment(request.build, moment.seconds, releasing=releasing)
    job: Digest = await engine.create_digest(
        [FileContent("job.json", dumps(Job(build, request.toolchain)).encode())]
    )
    tree: Digest = await engine.add_prefix(request.tree, "tree")
    inputs: Digest = await engine.merge_digests([job, tree])
    # Nothing in here may say which machine it is, or another one could not share the result: no
    # home folder, no path of an interpreter, no proxy.
    process = Process(
        argv=(tool.python, "-m", "cratewheel.build", "job.json"),
        description=request.description,
        input_digest=inputs,
        env={"PYTHONPATH": tool.library},
        append_only_caches={**tool.caches, **BUILD_ROOTS_CACHE},
        output_directories=("out",),
        # What crates.io has today decides a resolution: once a run, for every row of it.
        cache_scope=(
            ProcessCacheScope.PER_SESSION
            if isinstance(request.build, LockBuild)
            else ProcessCacheScope.SUCCESSFUL
        ),
        level=LogLevel.INFO,
    )
    result: FallibleProcessResult = await engine.run_fallible(process)
    if result.exit_code != 0:
        return JobResult(EMPTY_DIGEST, failure=result.stderr.decode(errors="replace").strip())
    digest: Digest = await engine.remove_prefix(result.output_digest, "out")
    snapshot: Snapshot = await engine.snapshot(digest)
    said = result.stdout.decode(errors="replace")
    step = Step(result.metadata, reason(said), snapshot.files)
    return JobResult(digest, snapshot.files, steps=(step,))


def rules() -> list[object]:
    return [*collect_rules()]

"""The native code of wheels as a step of its own, and the wheels put together from it.

A changed Python file is not among the inputs of the first step, so it compiles nothing, in this
checkout or in another one that shares its cache.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from pants.engine.fs import EMPTY_DIGEST, Digest, DigestEntries, Snapshot
from pants.engine.process import FallibleProcessResult, Process
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from cratewheel.build.extension import (
    COMPILED,
    interpreters,
    library,
    packing_command,
    programs,
    single_passes,
)
from cratewheel.build.moment import wheel_at
from cratewheel.build.reasons import WHY_PACKED
from cratewheel.build.request import CompileBuild
from pants_cratewheel import engine
from pants_cratewheel.products.builds import (
    Extension,
    ExtensionRequest,
    JobRequest,
    JobResult,
    PackRequest,
    RowRequest,
    Step,
)
from pants_cratewheel.products.runs import HeadMoment
from pants_cratewheel.products.tools import MaturinTool


@rule(desc="Compile an extension", level=LogLevel.DEBUG)
async def compile_extension(request: ExtensionRequest) -> Extension:
    result: JobResult = await engine.job_result(
        JobRequest(
            CompileBuild(request.wheel), request.tree, request.toolchain, request.description
        )
    )
    if result.failure is not None:
        return Extension(EMPTY_DIGEST, failure=result.failure)
    return Extension(
        result.digest,
        library(result.files),
        interpreters(request.wheel, result.files),
        steps=result.steps,
    )


@rule(desc="Pack a wheel", level=LogLevel.DEBUG)
async def pack_wheel(request: PackRequest, maturin: MaturinTool, moment: HeadMoment) -> JobResult:
    wheel = wheel_at(request.wheel, moment.seconds)
    tool = maturin.linked
    chroot = PurePath("{chroot}")
    program = str(chroot / tool.program("maturin"))
    command = packing_command(
        wheel, request.toolchain, program, request.extension.interpreters, chroot
    )
    tree: Digest = await engine.add_prefix(request.tree, "tree")
    compiled: Digest = await engine.add_prefix(request.extension.digest, COMPILED)
    inputs: Digest = await engine.merge_digests([tree, compiled])
    shell = str(chroot / ".toolchains" / request.toolchain / "bin" / "sh")
    process = Process(
        # The command has a folder of its own, and what is captured lies outside of it.
        argv=(shell, "-c", 'cd "$0" && exec "$@" >&2', command.directory, *command.argv),
        description=request.description,
        input_digest=inputs,
        env=command.env,
        append_only_caches=tool.caches,
        output_directories=("out",),
        level=LogLevel.INFO,
    )
    result: FallibleProcessResult = await engine.run_fallible(process)
    if result.exit_code != 0:
        return JobResult(EMPTY_DIGEST, failure=result.stderr.decode(errors="replace").strip())
    digest: Digest = await engine.remove_prefix(result.output_digest, "out")
    snapshot: Snapshot = await engine.snapshot(digest)
    return JobResult(
        digest, snapshot.files, steps=(Step(result.metadata, WHY_PACKED, snapshot.files),)
    )


async def _with_files(tree: Digest, new: JobResult) -> Digest:
    """The tree with files in place of its own of the same names."""
    entries: DigestEntries = await engine.entries(tree)
    kept: Digest = await engine.create_digest(
        entry for entry in entries if entry.path not in new.files
    )
    merged: Digest = await engine.merge_digests([kept, new.digest])
    return merged


@rule(desc="Build the wheels of a row", level=LogLevel.DEBUG)
async def build_row(request: RowRequest) -> JobResult:
    if not request.separable:
        whole: JobResult = await engine.job_result(
            JobRequest(request.build, request.tree.digest, request.toolchain, request.description)
        )
        return whole
    wheels = single_passes(request.build)
    carried = programs(request.build)
    made: tuple[Extension | JobResult, ...] = await engine.concurrently(
        [
            *(
                engine.extension(
                    ExtensionRequest(
                        wheel,
                        request.tree.rust,
                        request.toolchain,
                        f"{request.description}, {wheel.passes[0].name}: compile",
                    )
                )
                for wheel in wheels
            ),
            *(
                engine.job_result(
                    JobRequest(
                        each,
                        request.tree.rust,
                        request.toolchain,
                        f"{request.description}: compile the programs in it",
                    )
                )
                for each in (carried,)
                if each is not None
            ),
        ]
    )
    failures = [each.failure for each in made if each.failure is not None]
    if failures:
        return JobResult(EMPTY_DIGEST, failure="\n".join(dict.fromkeys(failures)))
    compiled = [each for each in made if isinstance(each, Extension)]
    brought = [each for each in made if isinstance(each, JobResult)]
    tree = request.tree.digest
    for each in brought:
        tree = await _with_files(tree, each)
    results: tuple[JobResult, ...] = await engine.concurrently(
        engine.packed(
            PackRequest(
                wheel,
                tree,
                request.toolchain,
                f"{request.description}, {wheel.passes[0].name}: pack",
                extension,
            )
        )
        for wheel, extension in zip(wheels, compiled)
    )
    failures = [each.failure for each in results if each.failure is not None]
    if failures:
        return JobResult(EMPTY_DIGEST, failure="\n".join(failures))
    digest: Digest = await engine.merge_digests([each.digest for each in results])
    return JobResult(
        digest,
        tuple(sorted(file for each in results for file in each.files)),
        # Each with the wheels it went into: that one was compiled says nothing about the others.
        steps=tuple(
            replace(step, files=each.files)
            for extension, each in zip(compiled, results)
            for steps in (extension.steps, *(other.steps for other in brought), each.steps)
            for step in steps
        ),
    )


def rules() -> list[object]:
    return [*collect_rules()]

"""The native code of wheels as a step of its own, and the wheels put together from it.

A changed Python file is not among the inputs of the first step, so it compiles nothing, in this
checkout or in another one that shares its cache.
"""

from __future__ import annotations

from pants.engine.fs import EMPTY_DIGEST, Digest
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from cratewheel.build.extension import library, single_passes
from cratewheel.build.request import AssemblyBuild, CompileBuild
from pants_cratewheel import engine
from pants_cratewheel.products.builds import (
    Extension,
    ExtensionRequest,
    JobRequest,
    JobResult,
    RowRequest,
)


@rule(desc="Compile an extension", level=LogLevel.DEBUG)
async def compile_extension(request: ExtensionRequest) -> Extension:
    result: JobResult = await engine.job_result(
        JobRequest(
            CompileBuild(request.wheel), request.tree, request.toolchain, request.description
        )
    )
    if result.failure is not None:
        return Extension(EMPTY_DIGEST, failure=result.failure)
    return Extension(result.digest, library(result.files), steps=result.steps)


@rule(desc="Build the wheels of a row", level=LogLevel.DEBUG)
async def build_row(request: RowRequest) -> JobResult:
    if not request.separable:
        whole: JobResult = await engine.job_result(
            JobRequest(request.build, request.tree.digest, request.toolchain, request.description)
        )
        return whole
    wheels = single_passes(request.build)
    compiled: tuple[Extension, ...] = await engine.concurrently(
        engine.extension(
            ExtensionRequest(
                wheel,
                request.tree.rust,
                request.toolchain,
                f"{request.description}, {wheel.passes[0].name}: compile",
            )
        )
        for wheel in wheels
    )
    failures = [each.failure for each in compiled if each.failure is not None]
    if failures:
        return JobResult(EMPTY_DIGEST, failure="\n".join(dict.fromkeys(failures)))
    placed: tuple[Digest, ...] = await engine.concurrently(
        engine.add_prefix(each.digest, AssemblyBuild.compiled) for each in compiled
    )
    results: tuple[JobResult, ...] = await engine.concurrently(
        engine.job_result(
            JobRequest(
                AssemblyBuild(wheel),
                request.tree.digest,
                request.toolchain,
                f"{request.description}, {wheel.passes[0].name}: pack",
                beside,
            )
        )
        for wheel, beside in zip(wheels, placed)
    )
    failures = [each.failure for each in results if each.failure is not None]
    if failures:
        return JobResult(EMPTY_DIGEST, failure="\n".join(failures))
    digest: Digest = await engine.merge_digests([each.digest for each in results])
    return JobResult(
        digest,
        tuple(sorted(file for each in results for file in each.files)),
        steps=tuple(
            step
            for steps in (*(each.steps for each in compiled), *(each.steps for each in results))
            for step in steps
        ),
    )


def rules() -> list[object]:
    return [*collect_rules()]

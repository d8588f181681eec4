"""`pants package` for a wheel: its source distribution, and every row that this machine builds."""

from __future__ import annotations

from pants.core.goals.package import BuiltPackage, PackageFieldSet
from pants.engine.fs import EMPTY_DIGEST, Digest
from pants.engine.rules import collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from cratewheel.build.promise import promise
from cratewheel.errors import Finding, raise_all
from cratewheel.project import SDIST, WHEEL, Project
from cratewheel.publishable import findings_for_publishing
from cratewheel.wheel_rows import RowKey
from pants_cratewheel import engine
from pants_cratewheel.artifacts import ReleaseArtifact
from pants_cratewheel.field_sets import MaturinWheelFieldSet
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.builds import BuildOutcome, JobResult, RowRequest, Step
from pants_cratewheel.products.checks import Judgement, JudgementRequest, WheelVerdict
from pants_cratewheel.products.handover import LoadedFiles, LoadFilesRequest
from pants_cratewheel.products.plans import ReleaseVersions
from pants_cratewheel.products.runs import Readiness, ReadinessRequest
from pants_cratewheel.products.tools import PublisherTool
from pants_cratewheel.products.wheel_jobs import WheelJobs


@rule(desc="Package a wheel", level=LogLevel.DEBUG)
async def package_wheel(
    field_set: MaturinWheelFieldSet, project: Project, versions: ReleaseVersions
) -> BuildOutcome:
    package = project.package_at(field_set.address.spec)
    ready: Readiness = await engine.readiness(ReadinessRequest((package.address,)))
    findings = (*findings_for_publishing(project, [package]), *ready.findings)
    if findings:
        return BuildOutcome(EMPTY_DIGEST, findings=findings)
    due: WheelJobs = await engine.wheel_jobs(field_set)
    if due.findings:
        return BuildOutcome(EMPTY_DIGEST, findings=due.findings)
    # What judges the results is installed while cargo is at work.
    parts: tuple[JobResult | PublisherTool, ...] = await engine.concurrently(
        [
            *(
                engine.row_result_in(job.request, job.environment)
                if isinstance(job.request, RowRequest)
                else engine.job_result_in(job.request, job.environment)
                for job in due.jobs
            ),
            engine.publisher(),
        ]
    )
    results = [each for each in parts if isinstance(each, JobResult)]
    failures = tuple(
        Finding("CW-BUILD-FAILED", field_set.address.spec, f"{job.request.description}:\n{said}")
        for job, result in zip(due.jobs, results)
        if (said := result.failure) is not None
    )
    if failures:
        return BuildOutcome(EMPTY_DIGEST, findings=failures)
    loaded: LoadedFiles = await engine.load_files(
        LoadFilesRequest(tuple(each.file for each in due.handed_over))
    )
    digest: Digest = await engine.merge_digests(
        [loaded.digest, *(result.digest for result in results)]
    )
    package_id = project.package_id(package)
    version = versions.version_of(package_id, project.manifest_version(package))
    taken = {each.row for each in due.handed_over if each.row is not None}
    judgement: Judgement = await engine.judgement(
        JudgementRequest(promise(project, package, version, due.rows, taken), digest)
    )
    if judgement.findings:
        return BuildOutcome(EMPTY_DIGEST, findings=judgement.findings)
    artifacts = [
        *(
            _artifact(package_id, file, job.row, result.steps_of(file), job.warnings)
            for job, result in zip(due.jobs, results)
            for file in result.files
        ),
        *(_artifact(package_id, each.file.filename, each.row) for each in due.handed_over),
    ]
    return BuildOutcome(digest, (*artifacts, *due.left_out), tools=due.tools)


@rule
async def built_wheel(
    field_set: MaturinWheelFieldSet, options: CratewheelSubsystem
) -> BuiltPackage:
    outcome: BuildOutcome = await engine.wheel_outcome(field_set)
    # The job that builds a row of a plan may be the only one whose machine runs its wheels.
    verdict = WheelVerdict()
    if options.plan:
        verdict = await engine.wheel_verdict(field_set)
        raise_all(verdict.findings)
    built: BuiltPackage = await engine.packaged(outcome, verdict.trials)
    return built


def _artifact(
    package_id: str,
    file: str,
    row: RowKey | None,
    steps: tuple[Step, ...] = (),
    warnings: tuple[str, ...] = (),
) -> ReleaseArtifact:
    target, floor = row or (None, None)
    return ReleaseArtifact(
        relpath=file,
        extra_log_lines=warnings,
        package_id=package_id,
        kind=SDIST if row is None else WHEEL,
        target=target,
        compatibility=floor,
        steps=steps,
    )


def rules() -> list[object]:
    return [*collect_rules(), UnionRule(PackageFieldSet, MaturinWheelFieldSet)]

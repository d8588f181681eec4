"""`pants package` for a wheel: its source distribution, and every row that this machine builds."""

from __future__ import annotations

from pants.core.goals.package import BuiltPackage, PackageFieldSet
from pants.engine.fs import EMPTY_DIGEST, Digest
from pants.engine.rules import collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from cratewheel.build.promise import promise
from cratewheel.build.request import SdistBuild
from cratewheel.build.wheels import RowBuild, row_builds, sdist_build
from cratewheel.errors import Finding
from cratewheel.project import WHEEL, Project
from cratewheel.publishable import findings_for_publishing
from pants_cratewheel import engine
from pants_cratewheel.artifacts import MissingRow, ReleaseArtifact
from pants_cratewheel.field_sets import MaturinWheelFieldSet
from pants_cratewheel.products import (
    BuildOutcome,
    CargoTree,
    CargoTreeRequest,
    FoundInterpreters,
    FoundToolchain,
    JobRequest,
    JobResult,
    Judgement,
    JudgementRequest,
    PublisherTool,
    Readiness,
    ReadinessRequest,
    ReleaseVersions,
    ToolchainRequest,
)
from pants_cratewheel.wheel_rows import build_settings, wheel_rows


@rule(desc="Package a wheel", level=LogLevel.DEBUG)
async def package_wheel(
    field_set: MaturinWheelFieldSet,
    project: Project,
    pythons: FoundInterpreters,
    versions: ReleaseVersions,
) -> BuildOutcome:
    package = project.package_at(field_set.address.spec)
    ready: Readiness = await engine.readiness(ReadinessRequest((package.address,)))
    findings = (*findings_for_publishing(project, [package]), *ready.findings)
    if findings:
        return BuildOutcome(EMPTY_DIGEST, findings=findings)
    tree: CargoTree = await engine.cargo_tree(CargoTreeRequest(field_set.address, versions.plan))
    if tree.findings:
        return BuildOutcome(EMPTY_DIGEST, findings=tree.findings)
    toolchain: FoundToolchain = await engine.toolchain(
        ToolchainRequest(field_set.tools.value or (), tree.toolchain_file)
    )
    if toolchain.findings:
        return BuildOutcome(EMPTY_DIGEST, findings=toolchain.findings)
    rust = toolchain.usable()
    rows = wheel_rows(field_set, project, package, rust.host)
    builds = row_builds(project, package, rows, rust, pythons.interpreters)
    if builds.findings:
        return BuildOutcome(EMPTY_DIGEST, findings=builds.findings)

    package_id = project.package_id(package)
    version = versions.version_of(package_id, project.manifest_version(package))
    name = f"{project.released_name(package)} {version}"
    requests = [
        JobRequest(row.build, tree.digest, rust.id, f"Build the wheel {name} for {row.row.triple}")
        for row in builds.rows
        if row.build is not None
    ]
    if field_set.sdist.value:
        sdist = sdist_build(
            project, package, build_settings(field_set), builds.rows, pythons.interpreters
        )
        requests.append(
            JobRequest(sdist, tree.digest, rust.id, f"Build the source distribution {name}")
        )
    # What judges the results is installed while cargo is at work.
    parts: tuple[JobResult | PublisherTool, ...] = await engine.concurrently(
        [*(engine.job_result(request) for request in requests), engine.publisher()]
    )
    results = [each for each in parts if isinstance(each, JobResult)]
    failures = tuple(
        Finding("CW-BUILD-FAILED", field_set.address.spec, f"{request.description}:\n{said}")
        for request, result in zip(requests, results)
        if (said := result.failure) is not None
    )
    if failures:
        return BuildOutcome(EMPTY_DIGEST, findings=failures)
    digest: Digest = await engine.merge_digests(result.digest for result in results)
    judgement: Judgement = await engine.judgement(
        JudgementRequest(promise(project, package, version, builds.rows), digest)
    )
    if judgement.findings:
        return BuildOutcome(EMPTY_DIGEST, findings=judgement.findings)
    artifacts = [
        ReleaseArtifact(
            relpath=file,
            package_id=package_id,
            kind="sdist" if isinstance(request.build, SdistBuild) else WHEEL,
            target=getattr(request.build, "target", None),
        )
        for request, result in zip(requests, results)
        for file in result.files
    ]
    return BuildOutcome(digest, (*artifacts, *_missing(package_id, builds.rows)))


@rule
async def built_wheel(field_set: MaturinWheelFieldSet) -> BuiltPackage:
    outcome: BuildOutcome = await engine.wheel_outcome(field_set)
    return outcome.built()


def _missing(package_id: str, rows: tuple[RowBuild, ...]) -> tuple[MissingRow, ...]:
    return tuple(
        MissingRow(
            relpath=None,
            extra_log_lines=(f"Not built here: {package_id} for {each.triple}: {each.reason}",),
            package_id=package_id,
            target=each.triple,
            reason=each.reason,
        )
        for row in rows
        for each in row.missing
    )


def rules() -> list[object]:
    return [*collect_rules(), UnionRule(PackageFieldSet, MaturinWheelFieldSet)]

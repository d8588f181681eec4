"""`pants package` for a crate: the `.crate` file that a registry takes."""

from __future__ import annotations

from pants.core.goals.package import BuiltPackage, BuiltPackageArtifact, PackageFieldSet
from pants.engine.fs import EMPTY_DIGEST
from pants.engine.rules import collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from cratewheel.build.crates import crate_build
from cratewheel.build.promise import promise
from cratewheel.build.toolchain import tool_versions
from cratewheel.errors import Finding
from cratewheel.handover import crate_file
from cratewheel.plan.row_choice import BUILT_BY_ANOTHER_JOB
from cratewheel.project import CRATE, Project
from cratewheel.publishable import findings_for_publishing, reason_not_packaged
from pants_cratewheel import engine
from pants_cratewheel.artifacts import MissingRow, ReleaseArtifact
from pants_cratewheel.field_sets import CratePackageFieldSet
from pants_cratewheel.products.builds import (
    BuildOutcome,
    CargoTree,
    CargoTreeRequest,
    JobRequest,
    JobResult,
)
from pants_cratewheel.products.checks import Judgement, JudgementRequest
from pants_cratewheel.products.handover import HandoverFiles, LoadedFiles, LoadFilesRequest
from pants_cratewheel.products.plans import ReleaseVersions
from pants_cratewheel.products.runs import Readiness, ReadinessRequest
from pants_cratewheel.products.tools import FoundToolchain, PublisherTool, ToolchainRequest
from pants_cratewheel.wheel_rows import crate_settings


@rule(desc="Package a crate", level=LogLevel.DEBUG)
async def package_crate(
    field_set: CratePackageFieldSet,
    project: Project,
    versions: ReleaseVersions,
    elsewhere: HandoverFiles,
) -> BuildOutcome:
    package = project.package_at(field_set.address.spec)
    ready: Readiness = await engine.readiness(ReadinessRequest((package.address,)))
    findings = (*findings_for_publishing(project, [package]), *ready.findings)
    if findings:
        return BuildOutcome(EMPTY_DIGEST, findings=findings)
    package_id = project.package_id(package)
    unpackageable = reason_not_packaged(project, package)
    if unpackageable:
        line = f"Not packaged: {package_id}: {unpackageable}"
        return BuildOutcome(EMPTY_DIGEST, (BuiltPackageArtifact(None, (line,)),))
    version = versions.version_of(package_id, project.manifest_version(package))
    taken = crate_file(elsewhere.handover, project.released_name(package) or "", version)
    if taken is not None:
        loaded: LoadedFiles = await engine.load_files(LoadFilesRequest((taken,)))
        verdict: Judgement = await engine.judgement(
            JudgementRequest(promise(project, package, version), loaded.digest)
        )
        handed_over = ReleaseArtifact(relpath=taken.filename, package_id=package_id, kind="crate")
        return BuildOutcome(loaded.digest, (handed_over,), verdict.findings)
    if not versions.rows.includes(package_id, CRATE):
        missing = MissingRow(
            relpath=None, package_id=package_id, kind=CRATE, reason=BUILT_BY_ANOTHER_JOB
        )
        return BuildOutcome(EMPTY_DIGEST, (missing,))
    tree: CargoTree = await engine.cargo_tree(CargoTreeRequest(field_set.address, versions.plan))
    if tree.findings:
        return BuildOutcome(EMPTY_DIGEST, findings=tree.findings)
    toolchain: FoundToolchain = await engine.toolchain(
        ToolchainRequest(field_set.tools.value or (), tree.toolchain_file)
    )
    if toolchain.findings:
        return BuildOutcome(EMPTY_DIGEST, findings=toolchain.findings)
    build = crate_build(project, package, version, crate_settings(field_set))
    job = JobRequest(
        build,
        tree.digest,
        toolchain.usable().id,
        f"Package and verify the crate {build.name} {build.version}",
    )
    # What judges the result is installed while cargo is at work.
    parts: tuple[JobResult, PublisherTool] = await engine.concurrently(
        [engine.job_result(job), engine.publisher()]
    )
    result = parts[0]
    if result.failure is not None:
        failure = Finding(
            "CW-BUILD-FAILED", field_set.address.spec, f"cargo package:\n{result.failure}"
        )
        return BuildOutcome(EMPTY_DIGEST, findings=(failure,))
    judgement: Judgement = await engine.judgement(
        JudgementRequest(promise(project, package, build.version), result.digest)
    )
    if judgement.findings:
        return BuildOutcome(EMPTY_DIGEST, findings=judgement.findings)
    return BuildOutcome(
        result.digest,
        tuple(
            ReleaseArtifact(
                relpath=file, package_id=package_id, kind="crate", steps=result.steps_of(file)
            )
            for file in result.files
        ),
        tools=tool_versions(toolchain.usable()),
    )


@rule
async def built_crate(field_set: CratePackageFieldSet) -> BuiltPackage:
    outcome: BuildOutcome = await engine.crate_outcome(field_set)
    built: BuiltPackage = await engine.packaged(outcome)
    return built


def rules() -> list[object]:
    return [*collect_rules(), UnionRule(PackageFieldSet, CratePackageFieldSet)]

"""`pants package` for a wheel: its source distribution, and every row that this machine builds."""

from __future__ import annotations

from typing import Iterable

from pants.core.goals.package import BuiltPackage, PackageFieldSet
from pants.engine.environment import EnvironmentName
from pants.engine.fs import EMPTY_DIGEST, Digest
from pants.engine.rules import collect_rules, rule
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from cratewheel.build.chosen import chosen_builds
from cratewheel.build.promise import promise
from cratewheel.build.request import SdistBuild
from cratewheel.build.toolchain import tool_versions
from cratewheel.build.wheels import RowBuild, row_builds_on, sdist_build
from cratewheel.errors import Finding, raise_all
from cratewheel.handover import sdist_file, wheel_files
from cratewheel.plan.row_choice import BUILT_BY_ANOTHER_JOB
from cratewheel.project import SDIST, WHEEL, Project
from cratewheel.publishable import findings_for_publishing
from pants_cratewheel import engine
from pants_cratewheel.artifacts import MissingRow, ReleaseArtifact
from pants_cratewheel.field_sets import MaturinWheelFieldSet
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.builds import (
    BuildOutcome,
    CargoTree,
    CargoTreeRequest,
    JobRequest,
    JobResult,
    RowRequest,
)
from pants_cratewheel.products.checks import Judgement, JudgementRequest, WheelVerdict
from pants_cratewheel.products.handover import HandoverFiles, LoadedFiles, LoadFilesRequest
from pants_cratewheel.products.plans import ReleaseVersions
from pants_cratewheel.products.runs import Readiness, ReadinessRequest
from pants_cratewheel.products.tools import (
    FoundInterpreters,
    FoundToolchain,
    PublisherTool,
    RowMachine,
    RowMachineRequest,
    ToolchainRequest,
)
from pants_cratewheel.wheel_rows import build_settings, wheel_rows


@rule(desc="Package a wheel", level=LogLevel.DEBUG)
async def package_wheel(
    field_set: MaturinWheelFieldSet,
    project: Project,
    pythons: FoundInterpreters,
    versions: ReleaseVersions,
    elsewhere: HandoverFiles,
    own: EnvironmentName,
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
    package_id = project.package_id(package)
    released_name = project.released_name(package) or ""
    version = versions.version_of(package_id, project.manifest_version(package))
    name = f"{released_name} {version}"
    promises = [(row.platform, row.floor) for row in rows]
    handed = wheel_files(elsewhere.handover, released_name, version, promises)
    taken = {row.key: files for row, files in zip(rows, handed) if files}
    place = f"`platforms` of the target {field_set.address}"
    environments = tuple(dict.fromkeys(row.environment for row in rows))
    machines: tuple[RowMachine, ...] = await engine.concurrently(
        engine.row_machine(RowMachineRequest(each, place, pin=tree.toolchain_file))
        for each in environments
    )
    findings = tuple(finding for each in machines for finding in each.toolchain.findings)
    if findings:
        return BuildOutcome(EMPTY_DIGEST, findings=tuple(dict.fromkeys(findings)))
    equipped = {
        environment: (each.toolchain.usable(), each.interpreters)
        for environment, each in zip(environments, machines)
    }
    builds = chosen_builds(
        row_builds_on(project, package, rows, equipped),
        versions.rows,
        package_id,
        taken,
    )
    if builds.findings:
        return BuildOutcome(EMPTY_DIGEST, findings=builds.findings)
    here = [row for row in builds.rows if row.build is not None and row.row.key not in taken]
    builders: tuple[RowMachine, ...] = await engine.concurrently(
        engine.row_machine(
            RowMachineRequest(row.row.environment, place, row.row.tools, tree.toolchain_file)
        )
        for row in here
    )
    findings = tuple(finding for each in builders for finding in each.toolchain.findings)
    if findings:
        return BuildOutcome(EMPTY_DIGEST, findings=tuple(dict.fromkeys(findings)))
    rows_here = [
        RowRequest(
            row.build,
            row.separable,
            tree,
            builder.toolchain.usable().id,
            f"Build the wheel {name} for {row.row.triple}",
        )
        for row, builder in zip(here, builders)
        if row.build is not None
    ]
    requests: list[JobRequest | RowRequest] = [*rows_here]
    places = [builder.environment for builder in builders]
    keys: list[tuple[str | None, str | None]] = [row.row.key for row in here]
    taken_sdist = sdist_file(elsewhere.handover, released_name, version)
    sdist_asked = field_set.sdist.value and versions.rows.includes(package_id, SDIST)
    if sdist_asked and taken_sdist is None:
        sdist = sdist_build(
            project, package, build_settings(field_set, package), builds.rows, pythons.interpreters
        )
        places.append(own)
        keys.append((None, None))
        requests.append(
            JobRequest(sdist, tree.digest, rust.id, f"Build the source distribution {name}")
        )
    # What judges the results is installed while cargo is at work.
    parts: tuple[JobResult | PublisherTool, ...] = await engine.concurrently(
        [
            *(
                engine.row_result_in(request, environment)
                if isinstance(request, RowRequest)
                else engine.job_result_in(request, environment)
                for request, environment in zip(requests, places)
            ),
            engine.publisher(),
        ]
    )
    results = [each for each in parts if isinstance(each, JobResult)]
    failures = tuple(
        Finding("CW-BUILD-FAILED", field_set.address.spec, f"{request.description}:\n{said}")
        for request, result in zip(requests, results)
        if (said := result.failure) is not None
    )
    if failures:
        return BuildOutcome(EMPTY_DIGEST, findings=failures)
    handed_over = [file for files in taken.values() for file in files]
    if field_set.sdist.value and taken_sdist is not None:
        handed_over.append(taken_sdist)
    loaded: LoadedFiles = await engine.load_files(LoadFilesRequest(tuple(handed_over)))
    digest: Digest = await engine.merge_digests(
        [loaded.digest, *(result.digest for result in results)]
    )
    judgement: Judgement = await engine.judgement(
        JudgementRequest(promise(project, package, version, builds.rows, taken), digest)
    )
    if judgement.findings:
        return BuildOutcome(EMPTY_DIGEST, findings=judgement.findings)
    artifacts = [
        ReleaseArtifact(
            relpath=file,
            package_id=package_id,
            kind=SDIST if isinstance(request.build, SdistBuild) else WHEEL,
            target=target,
            compatibility=floor,
            steps=result.steps_of(file),
        )
        for request, result, (target, floor) in zip(requests, results, keys)
        for file in result.files
    ]
    rows_taken = {file.filename: key for key, files in taken.items() for file in files}
    artifacts += [
        ReleaseArtifact(
            relpath=file.filename,
            package_id=package_id,
            kind=WHEEL if file.filename in rows_taken else SDIST,
            target=target,
            compatibility=floor,
        )
        for file in handed_over
        for target, floor in [rows_taken.get(file.filename, (None, None))]
    ]
    left_out = [
        each
        for row in builds.rows
        if row.row.key not in taken
        for each in _missing(package_id, row)
    ]
    if field_set.sdist.value and taken_sdist is None and not sdist_asked:
        left_out.append(
            MissingRow(relpath=None, package_id=package_id, kind=SDIST, reason=BUILT_BY_ANOTHER_JOB)
        )
    return BuildOutcome(digest, (*artifacts, *left_out), tools=tool_versions(rust))


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


def _missing(package_id: str, row: RowBuild) -> Iterable[MissingRow]:
    for each in row.missing:
        line = f"Not built here: {package_id} for {each.triple}: {each.reason}"
        # Whoever asked for one row knows that the others are built elsewhere.
        lines = () if each.reason == BUILT_BY_ANOTHER_JOB else (line,)
        yield MissingRow(
            relpath=None,
            extra_log_lines=lines,
            package_id=package_id,
            target=each.triple,
            reason=each.reason,
        )


def rules() -> list[object]:
    return [*collect_rules(), UnionRule(PackageFieldSet, MaturinWheelFieldSet)]

"""Which builds a wheel's target needs in this run, and what runs each of them.

A toolchain is asked for where something is compiled, and nowhere else: the job that publishes what
others have built has none.
"""

from __future__ import annotations

from collections.abc import Iterable

from pants.engine.fs import EMPTY_DIGEST, Digest
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from cratewheel.build.chosen import DueFiles, chosen_builds, due_files
from cratewheel.build.native import native_findings
from cratewheel.build.toolchain import tool_versions
from cratewheel.build.wheels import RowBuild, row_builds_on, sdist_build
from cratewheel.plan.row_choice import BUILT_BY_ANOTHER_JOB
from cratewheel.project import SDIST, Project
from cratewheel.wheel_rows import row_title
from pants_cratewheel import engine
from pants_cratewheel.artifacts import MissingRow
from pants_cratewheel.field_sets import MaturinWheelFieldSet
from pants_cratewheel.products.builds import CargoTree, CargoTreeRequest, JobRequest, RowRequest
from pants_cratewheel.products.handover import HandoverFiles
from pants_cratewheel.products.plans import ReleaseVersions
from pants_cratewheel.products.runs import Readiness, ReadinessRequest
from pants_cratewheel.products.tools import (
    FoundInterpreters,
    FoundToolchain,
    RowMachine,
    RowMachineRequest,
    ToolchainRequest,
)
from pants_cratewheel.products.wheel_jobs import WheelJob, WheelJobs
from pants_cratewheel.unsandboxed import UnseenCargoFiles
from pants_cratewheel.wheel_rows import build_settings, wheel_rows


@rule(desc="Choose the builds of a wheel", level=LogLevel.DEBUG)
async def wheel_jobs(
    field_set: MaturinWheelFieldSet,
    project: Project,
    pythons: FoundInterpreters,
    versions: ReleaseVersions,
    elsewhere: HandoverFiles,
    unseen: UnseenCargoFiles,
) -> WheelJobs:
    package = project.package_at(field_set.address.spec)
    package_id = project.package_id(package)
    released_name = project.released_name(package) or ""
    version = versions.version_of(package_id, project.manifest_version(package))
    directory = project.crate_directory(package) or ""
    pin: Digest = await engine.create_digest(
        unseen.pin(project.cargo.workspace_of(directory).directory)
    )
    host = ""
    if not field_set.platforms.value:
        own: FoundToolchain = await engine.toolchain(ToolchainRequest(pin=pin))
        if own.findings:
            return WheelJobs(findings=own.findings)
        host = own.usable().host
    rows = wheel_rows(field_set, project, package, host)
    due = due_files(
        rows,
        versions.rows,
        package_id,
        elsewhere.handover,
        name=released_name,
        version=version,
        sdist=field_set.sdist.value,
    )
    tree = CargoTree(EMPTY_DIGEST, EMPTY_DIGEST)
    if due.rows or due.sdist:
        tree = await engine.cargo_tree(CargoTreeRequest(field_set.address, versions.plan))
        if tree.findings:
            return WheelJobs(findings=tree.findings)
    place = f"`platforms` of the target {field_set.address}"
    environments = tuple(dict.fromkeys(row.environment for row in due.rows))
    machines: tuple[RowMachine, ...] = await engine.concurrently(
        engine.row_machine(RowMachineRequest(each, place, pin=pin)) for each in environments
    )
    findings = tuple(finding for each in machines for finding in each.toolchain.findings)
    if findings:
        return WheelJobs(findings=tuple(dict.fromkeys(findings)))
    equipped = {
        environment: (each.toolchain.usable(), each.interpreters)
        for environment, each in zip(environments, machines)
    }
    builds = chosen_builds(
        rows,
        row_builds_on(project, package, due.rows, equipped),
        versions.rows,
        package_id,
        due.rows_handed_over,
    )
    if builds.findings:
        return WheelJobs(findings=builds.findings)
    here = [row for row in builds.rows if row.build is not None]
    natives = [
        native_findings(row.row, package.address, directory, tree.configuration) for row in here
    ]
    ready: Readiness = await engine.readiness(ReadinessRequest((package.address,)))
    if ready.for_real and any(natives):
        return WheelJobs(findings=tuple(finding for native in natives for finding in native))
    # Now with the tools that each of them asks for; the machines were looked at without.
    asked = [
        (row.row.environment, row.row.tools, bool(native)) for row, native in zip(here, natives)
    ]
    if due.sdist:
        asked.append((None, field_set.tools.value or (), False))
    builders: tuple[RowMachine, ...] = await engine.concurrently(
        engine.row_machine(RowMachineRequest(environment, place, tools, pin, native))
        for environment, tools, native in asked
    )
    findings = tuple(finding for each in builders for finding in each.toolchain.findings)
    if findings:
        return WheelJobs(findings=tuple(dict.fromkeys(findings)))
    name = f"{released_name} {version}"
    jobs = [
        WheelJob(
            RowRequest(
                row.build,
                row.separable,
                tree,
                builder.toolchain.usable().id,
                f"Build the wheel {row_title(name, *row.row.key)}",
            ),
            builder.environment,
            row.row.key,
            tuple(map(str, native)),
        )
        for row, builder, native in zip(here, builders, natives)
        if row.build is not None
    ]
    if due.sdist:
        settings = build_settings(field_set, package)
        build = sdist_build(project, package, settings, builds.rows, pythons.interpreters)
        rust = builders[-1].toolchain.usable()
        description = f"Build the source distribution {name}"
        request = JobRequest(build, tree.digest, rust.id, description)
        jobs.append(WheelJob(request, builders[-1].environment, None))
    return WheelJobs(
        tuple(jobs),
        builds.rows,
        due.handed_over,
        tuple(_left_out(package_id, builds.rows, due)),
        tool_versions(builders[0].toolchain.usable()) if builders else (),
    )


def _left_out(package_id: str, rows: Iterable[RowBuild], due: DueFiles) -> Iterable[MissingRow]:
    for row in rows:
        if row.row.key not in due.rows_handed_over:
            yield from _missing(package_id, row)
    if due.sdist_left_out:
        yield MissingRow(
            relpath=None, package_id=package_id, kind=SDIST, reason=BUILT_BY_ANOTHER_JOB
        )


def _missing(package_id: str, row: RowBuild) -> Iterable[MissingRow]:
    target, floor = row.row.key
    for each in row.missing:
        line = f"Not built here: {row_title(package_id, target, floor)}: {each.reason}"
        # Whoever asked for one row knows that the others are built elsewhere.
        lines = () if each.reason == BUILT_BY_ANOTHER_JOB else (line,)
        yield MissingRow(
            relpath=None,
            extra_log_lines=lines,
            package_id=package_id,
            target=target,
            compatibility=floor,
            reason=each.reason,
        )


def rules() -> list[object]:
    return [*collect_rules()]

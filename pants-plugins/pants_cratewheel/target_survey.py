"""What this machine and the environments that targets name have for building them, for the doctor."""

from __future__ import annotations

from pants.core.util_rules.environments import UnrecognizedEnvironmentError
from pants.engine.addresses import Addresses
from pants.engine.environment import EnvironmentName
from pants.engine.fs import Digest
from pants.engine.internals.native_engine import IntrinsicError
from pants.engine.rules import collect_rules, rule
from pants.engine.target import Targets

from cratewheel.build.native import native_findings
from cratewheel.build.wheels import RowBuild, RowBuilds, RowNotHere, row_builds_on
from cratewheel.doctor.manifests import AskedFeatures
from cratewheel.errors import CratewheelError, Finding
from cratewheel.project import Project, findings_for_packages
from cratewheel.wheel_rows import PANTS
from pants_cratewheel import engine
from pants_cratewheel.field_sets import CratePackageFieldSet, MaturinWheelFieldSet
from pants_cratewheel.products.doctor import TargetSurvey, TargetSurveyRequest
from pants_cratewheel.products.tools import RowMachine, RowMachineRequest
from pants_cratewheel.unsandboxed import UnseenCargoFiles
from pants_cratewheel.wheel_rows import wheel_rows


async def _own(
    field_set: CratePackageFieldSet | MaturinWheelFieldSet,
) -> EnvironmentName | Finding:
    try:
        own: EnvironmentName = await engine.target_environment(field_set)
    except UnrecognizedEnvironmentError as error:
        return _unknown(f"{field_set.address}: environment", error)
    return own


async def _machine(
    request: RowMachineRequest, own: EnvironmentName
) -> RowMachine | Finding | RowNotHere:
    try:
        machine: RowMachine = await engine.row_machine_in(request, own)
    except UnrecognizedEnvironmentError as error:
        return _unknown(request.place, error)
    except IntrinsicError as error:
        # Docker is not here, or does not have the image; the job that builds the row may have both.
        return RowNotHere(f"its environment cannot be started here: {error}")
    return machine


def _unknown(place: str, error: Exception) -> Finding:
    return Finding("CW-ENVIRONMENT-UNKNOWN", place, str(error).partition("\n")[0])


@rule(desc="See what this machine builds")
async def survey_target(
    request: TargetSurveyRequest, project: Project, unseen: UnseenCargoFiles
) -> TargetSurvey:
    address = request.address
    package = project.package_at(address.spec)
    directory = project.crate_directory(package)
    if directory is None or findings_for_packages(project, [package]):
        # Said by the class of the manifests.
        return TargetSurvey()
    targets: Targets = await engine.targets(Addresses([address]))
    target = targets.expect_single()
    wheel = (
        MaturinWheelFieldSet.create(target) if MaturinWheelFieldSet.is_applicable(target) else None
    )
    field_set = wheel or CratePackageFieldSet.create(target)
    own = await _own(field_set)
    if isinstance(own, Finding):
        return TargetSurvey(findings=(own,))
    pin: Digest = await engine.create_digest(
        unseen.pin(project.cargo.workspace_of(directory).directory)
    )
    place = f"{address}: platforms"
    tools = field_set.tools.value or ()
    equipped = await _machine(RowMachineRequest(None, place, tools, pin), own)
    if not isinstance(equipped, RowMachine):
        return TargetSurvey()
    missing = [*equipped.toolchain.findings]
    plain = await _machine(RowMachineRequest(None, place, pin=pin), own)
    if wheel is None or not isinstance(plain, RowMachine) or plain.toolchain.findings:
        return TargetSurvey(machine=tuple(missing))
    try:
        rows = wheel_rows(wheel, project, package, plain.toolchain.usable().host)
    except CratewheelError as error:
        return TargetSurvey(findings=error.findings, machine=tuple(missing))
    findings: list[Finding] = []
    built: list[RowBuild] = []
    for row in rows:
        machine = await _machine(RowMachineRequest(row.environment, place, pin=pin), own)
        if isinstance(machine, Finding):
            findings.append(machine)
        elif isinstance(machine, RowNotHere):
            built.append(RowBuild(row, None, (machine,)))
        elif machine.toolchain.findings:
            missing += machine.toolchain.findings
        else:
            equipment = machine.toolchain.usable(), machine.interpreters
            builds: RowBuilds
            builds = row_builds_on(project, package, [row], {row.environment: equipment})
            findings += builds.findings
            built += builds.rows
            if any(each.build is not None for each in builds.rows):
                asked = RowMachineRequest(row.environment, place, row.tools, pin)
                builder = await _machine(asked, own)
                if isinstance(builder, RowMachine):
                    missing += builder.toolchain.findings
        if row.built_by == PANTS:
            findings += native_findings(row, package.address, directory, unseen.configuration)
    features = dict.fromkeys(
        AskedFeatures(directory, f"{package.address}: features", settings.features)
        for row in rows
        for settings in (row.settings, *(family.settings for family in row.families))
    )
    return TargetSurvey(
        tuple(built),
        tuple(features),
        tuple(dict.fromkeys(findings)),
        tuple(dict.fromkeys(missing)),
    )


def rules() -> list[object]:
    return [*collect_rules()]

"""Trying wheels before they are released: their tests, and whether abi3 wheels are what they claim."""

from __future__ import annotations

from pants.engine.environment import EnvironmentName
from pants.engine.fs import Digest, FileContent, PathGlobs
from pants.engine.process import FallibleProcessResult, Process, ProcessResult
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from cratewheel import finding_document
from cratewheel.abis import is_abi3_wheel
from cratewheel.errors import Finding
from cratewheel.handover import tried_elsewhere
from cratewheel.project import WHEEL, Project
from cratewheel.trial.choice import choose_trial, subject
from cratewheel.trial.outcome import WheelTrial
from cratewheel.trial.request import dumps
from pants_cratewheel import engine
from pants_cratewheel.artifacts import ReleaseArtifact
from pants_cratewheel.field_sets import MaturinWheelFieldSet
from pants_cratewheel.products.builds import BuildOutcome, CargoTree, CargoTreeRequest
from pants_cratewheel.products.checks import AuditRequest, Judgement, TrialRequest, WheelVerdict
from pants_cratewheel.products.handover import HandoverFiles
from pants_cratewheel.products.plans import ReleaseVersions
from pants_cratewheel.products.tools import (
    TOOLCHAIN_CACHE,
    LibraryProcess,
    PublisherTool,
    RowMachine,
    RowMachineRequest,
)
from pants_cratewheel.products.wheel_jobs import WheelJobs


@rule(desc="Try wheels", level=LogLevel.DEBUG)
async def wheel_verdict(
    field_set: MaturinWheelFieldSet,
    project: Project,
    versions: ReleaseVersions,
    elsewhere: HandoverFiles,
) -> WheelVerdict:
    outcome: BuildOutcome = await engine.wheel_outcome(field_set)
    if outcome.findings:
        return WheelVerdict()
    package = project.package_at(field_set.address.spec)
    package_id = project.package_id(package)
    tree: CargoTree = await engine.cargo_tree(CargoTreeRequest(field_set.address, versions.plan))
    due: WheelJobs = await engine.wheel_jobs(field_set)
    rows = {build.row.key: build.row for build in due.rows}
    wheels = {
        artifact.relpath or "": rows[artifact.target or "", artifact.compatibility]
        for artifact in outcome.artifacts
        if isinstance(artifact, ReleaseArtifact) and artifact.kind == WHEEL
    }
    environments = tuple(dict.fromkeys(row.environment for row in wheels.values()))
    place = f"`platforms` of the target {field_set.address}"
    found: tuple[RowMachine, ...] = await engine.concurrently(
        engine.row_machine(RowMachineRequest(each, place, pin=tree.toolchain_file))
        for each in environments
    )
    machines = dict(zip(environments, found))
    of = subject(project, package)
    placed: Digest = await engine.add_prefix(tree.digest, "tree")
    requests: list[tuple[TrialRequest, EnvironmentName]] = []
    trials: list[WheelTrial] = []
    for wheel, row in wheels.items():
        at = machines[row.environment]
        if at.toolchain.findings:
            # A test may compile. Where wheels come from other jobs, those have tried them.
            reason = at.toolchain.findings[0].message
            trials.append(tried_elsewhere(elsewhere.handover, wheel, reason))
            continue
        trial = choose_trial(
            wheel, of, row.platform, row.settings, at.toolchain.usable(), at.interpreters
        )
        if isinstance(trial, str):
            trials.append(tried_elsewhere(elsewhere.handover, wheel, trial))
            continue
        own: Digest = await engine.subset(outcome.digest, PathGlobs([wheel]))
        digest: Digest = await engine.merge_digests([own, placed])
        request = TrialRequest(trial, digest, field_set.address.spec)
        requests.append((request, at.environment))
        trials.append(WheelTrial(wheel, True, f"on {trial.interpreter} {trial.python}"))
    stable = tuple(sorted(wheel for wheel in wheels if is_abi3_wheel(wheel)))
    audits = [AuditRequest(stable, outcome.digest, package_id)] if stable else []
    judgements: tuple[Judgement, ...] = await engine.concurrently(
        [
            *(engine.trial_in(request, environment) for request, environment in requests),
            *(engine.audit(request) for request in audits),
        ]
    )
    return WheelVerdict(
        tuple(finding for each in judgements for finding in each.findings), tuple(trials)
    )


@rule(desc="Try a wheel", level=LogLevel.DEBUG)
async def run_trial(request: TrialRequest, tool: PublisherTool) -> Judgement:
    document: Digest = await engine.create_digest(
        [FileContent("trial.json", dumps(request.trial).encode())]
    )
    inputs: Digest = await engine.merge_digests([document, request.digest])
    trial = request.trial
    description = f"Test {trial.wheel} on {trial.interpreter} {trial.python}"
    process: Process = await engine.library_process(
        LibraryProcess(
            tool.pex,
            "cratewheel.trial",
            ("trial.json",),
            inputs,
            description,
            caches=TOOLCHAIN_CACHE,
        )
    )
    result: FallibleProcessResult = await engine.run_fallible(process)
    if result.exit_code == 0:
        return Judgement()
    said = (result.stdout + result.stderr).decode(errors="replace").strip()
    what = trial.command or f"import {trial.module}"
    message = f"{description}: {what}\n{said}"
    return Judgement((Finding("CW-WHEEL-TEST-FAILED", request.place, message),))


@rule(desc="Audit the stable ABI", level=LogLevel.DEBUG)
async def run_audit(request: AuditRequest, tool: PublisherTool) -> Judgement:
    process: Process = await engine.library_process(
        LibraryProcess(
            tool.pex,
            "cratewheel.artifacts.abi3_audit",
            request.wheels,
            request.digest,
            f"Audit the stable ABI of {request.package_id}",
        )
    )
    result: ProcessResult = await engine.run(process)
    return Judgement(finding_document.loads(result.stdout.decode()))


def rules() -> list[object]:
    return [*collect_rules()]

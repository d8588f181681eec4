"""Trying wheels before they are released: their tests, and whether abi3 wheels are what they claim."""

from __future__ import annotations

from pants.engine.fs import Digest, FileContent, PathGlobs
from pants.engine.process import FallibleProcessResult, Process, ProcessResult
from pants.engine.rules import collect_rules, rule
from pants.util.logging import LogLevel

from cratewheel import finding_document
from cratewheel.build.wheels import machine
from cratewheel.errors import Finding
from cratewheel.machines import can_run
from cratewheel.project import WHEEL, Project
from cratewheel.trial.request import Trial, dumps, interpreter_for
from pants_cratewheel import engine
from pants_cratewheel.artifacts import ReleaseArtifact
from pants_cratewheel.field_sets import MaturinWheelFieldSet
from pants_cratewheel.products.builds import BuildOutcome, CargoTree, CargoTreeRequest
from pants_cratewheel.products.checks import AuditRequest, Judgement, TrialRequest, WheelVerdict
from pants_cratewheel.products.plans import ReleaseVersions
from pants_cratewheel.products.tools import (
    FoundInterpreters,
    FoundToolchain,
    LibraryProcess,
    PublisherTool,
    ToolchainRequest,
)
from pants_cratewheel.toolchain import TOOLCHAIN_CACHE
from pants_cratewheel.wheel_rows import wheel_rows


@rule(desc="Try wheels", level=LogLevel.DEBUG)
async def wheel_verdict(
    field_set: MaturinWheelFieldSet,
    project: Project,
    pythons: FoundInterpreters,
    versions: ReleaseVersions,
) -> WheelVerdict:
    outcome: BuildOutcome = await engine.wheel_outcome(field_set)
    if outcome.findings:
        return WheelVerdict()
    package = project.package_at(field_set.address.spec)
    package_id = project.package_id(package)
    python = project.python_project(package)
    assert python is not None
    assert python.maturin is not None
    tree: CargoTree = await engine.cargo_tree(CargoTreeRequest(field_set.address, versions.plan))
    toolchain: FoundToolchain = await engine.toolchain(
        ToolchainRequest(field_set.tools.value or (), tree.toolchain_file)
    )
    rust = toolchain.usable()
    rows = {
        row.triple: row
        for row in wheel_rows(field_set, project, package, rust.host)
        if can_run(row.platform, machine(rust))
    }
    wheels = {
        artifact.relpath or "": rows.get(artifact.target or "")
        for artifact in outcome.artifacts
        if isinstance(artifact, ReleaseArtifact) and artifact.kind == WHEEL
    }
    python_source = python.maturin.python_source
    placed: Digest = await engine.add_prefix(tree.digest, "tree")
    requests: list[TrialRequest] = []
    untried: list[str] = []
    for wheel, row in wheels.items():
        if row is None or row.settings.test_command is None:
            continue
        interpreter = interpreter_for(wheel, python.requires_python, pythons.interpreters)
        if interpreter is None:
            untried.append(f"Not tested: {wheel}: no interpreter here installs it")
            continue
        trial = Trial(
            wheel=wheel,
            interpreter=interpreter.tag,
            python=interpreter.version,
            requires=row.settings.test_requires,
            command=row.settings.test_command,
            project=package.directory,
            python_source=package.directory if python_source is None else python_source,
            toolchain=rust.id,
        )
        own: Digest = await engine.subset(outcome.digest, PathGlobs([wheel]))
        digest: Digest = await engine.merge_digests([own, placed])
        requests.append(TrialRequest(trial, digest, field_set.address.spec))
    stable = tuple(sorted(wheel for wheel in wheels if "-abi3" in wheel))
    audits = [AuditRequest(stable, outcome.digest, package_id)] if stable else []
    judgements: tuple[Judgement, ...] = await engine.concurrently(
        [
            *(engine.trial(request) for request in requests),
            *(engine.audit(request) for request in audits),
        ]
    )
    return WheelVerdict(
        tuple(finding for each in judgements for finding in each.findings), tuple(untried)
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
    message = f"{description}: {trial.command}\n{said}"
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

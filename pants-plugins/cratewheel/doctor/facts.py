"""What the doctor knows of a repository, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Optional

from cratewheel.before_building import (
    Circumstances,
    release_findings,
    shared_result_findings,
)
from cratewheel.build.wheels import RowBuild
from cratewheel.codes import WARNING
from cratewheel.destination import REGISTRIES
from cratewheel.doctor import docs_rs, graph, machine, manifests, packaged, sdists
from cratewheel.doctor.checkout import Checkout
from cratewheel.doctor.manifests import AskedFeatures
from cratewheel.doctor.online import Answer, Question
from cratewheel.doctor.packaged import PackagedFiles
from cratewheel.doctor.pull_request import (
    lost_trailer_findings,
    pull_request_findings,
    uncounted_findings,
)
from cratewheel.doctor.release import BEFORE_A_RELEASE, ships
from cratewheel.doctor.report import (
    GRAPH,
    MACHINE,
    MANIFESTS,
    RELEASE,
    TRUST,
    WORKFLOWS,
    Diagnosis,
    Report,
    diagnose,
    report,
)
from cratewheel.doctor.scaffolding import scaffolding_findings
from cratewheel.errors import CratewheelError, Finding
from cratewheel.handover import Handover, disagreements, unproven
from cratewheel.history import History
from cratewheel.plan.inputs import PlanOptions
from cratewheel.plan.model import Plan
from cratewheel.plan.package import ReleasePackage
from cratewheel.plan.readiness import findings_for_real_release
from cratewheel.plan.requests import read_requests
from cratewheel.plan.select import selected
from cratewheel.project import CRATE, DeclaredPackage, Project
from cratewheel.publishable import findings_for_publishing
from cratewheel.pull_request import PullRequest, about_the_description, squashed


@dataclass(frozen=True)
class MachineFacts:
    """This machine.

    Args:
        findings: what is missing to compile at all.
        rows: by package id, how the rows of its wheels would be built here.
        free: (folder, free bytes) of every disk that a build writes to.
    """

    findings: tuple[Finding, ...] = ()
    rows: tuple[tuple[str, tuple[RowBuild, ...]], ...] = ()
    free: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Facts:
    """A repository, at one moment.

    Args:
        packages: those that were asked about.
        plan: what would be released; None where no plan can be made.
        judged: a frozen plan with what the registries say by now.
        plan_findings: why it cannot.
        history: since the last releases, where it could be read.
        names: every package that trailers may name.
        event: the pull request that this job runs for.
        destination: `registries`, `rehearsal`, or "" when it is not said, for the reason in
            `destination_findings`.
        all_files: the paths of the repository's files, without those that git ignores.
        owned: those that some target owns.
        asked: cargo features that targets ask for.
        packed: what cargo would pack, by the address of the package.
        sizes: bytes of files built earlier, by path.
        live: crates that are needed and not published from here, by name: whether crates.io has them,
            None where it did not answer; no entry when it was not asked.
        examined: what the doctor's own process found, by class.
        circumstances: of a release from here.
        question: what there is to ask of the registries beside versions.
        automation: texts of the workflows and actions, by path.
        answer: what they said; None when they were not asked.
        with_dependents: whether `--changed-since` takes dependents along.
    """

    project: Project
    packages: tuple[DeclaredPackage, ...]
    plan: Optional[Plan] = None
    judged: Optional[Plan] = None
    plan_findings: tuple[Finding, ...] = ()
    history: Optional[History] = None
    names: tuple[ReleasePackage, ...] = ()
    plan_options: PlanOptions = PlanOptions()
    event: Optional[PullRequest] = None
    destination: str = ""
    destination_findings: tuple[Finding, ...] = ()
    handover: Handover = Handover()
    all_files: frozenset[str] = frozenset()
    owned: frozenset[str] = frozenset()
    checkout: Checkout = Checkout()
    asked: tuple[AskedFeatures, ...] = ()
    declaration_findings: tuple[Finding, ...] = ()
    packed: tuple[tuple[str, PackagedFiles], ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict, hash=False)
    live: Mapping[str, Optional[bool]] = field(default_factory=dict, hash=False)
    examined: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict, hash=False)
    circumstances: Circumstances = Circumstances()
    with_dependents: bool = True
    machine: MachineFacts = MachineFacts()
    question: Question = Question()
    answer: Optional[Answer] = None
    automation: Mapping[str, str] = field(default_factory=dict, hash=False)
    skipped: tuple[str, ...] = ()


def report_on(facts: Facts) -> Report:
    """Everything that is wrong, all classes together."""
    diagnoses: list[Diagnosis] = []
    answer = facts.answer or Answer()
    for area, findings in facts.examined.items():
        diagnoses += diagnose(area, findings)
    diagnoses += diagnose(WORKFLOWS, scaffolding_findings(facts.names, facts.automation))
    diagnoses += diagnose(MANIFESTS, _manifests(facts))
    diagnoses += diagnose(MANIFESTS, answer.names)
    diagnoses += diagnose(TRUST, (*answer.trust, *_unproven(facts)))
    diagnoses += diagnose(
        GRAPH,
        _graph(facts),
        # Somebody else may publish it; only the registry knows.
        severities={} if False in facts.live.values() else {"CW-DEPENDENCY-UNPUBLISHED": WARNING},
    )
    circles = graph.circle_findings(facts.project, facts.packages)
    diagnoses += diagnose(GRAPH, circles)
    diagnoses += diagnose(RELEASE, _release(facts), severities=BEFORE_A_RELEASE)
    diagnoses += diagnose(MACHINE, _machine(facts.machine))
    return report(
        diagnoses,
        skipped=(*facts.skipped, *answer.silent),
        proven=answer.proven,
        rows=filter(None, (machine.rows_here(*each) for each in facts.machine.rows)),
        ships=() if facts.plan is None else ships(facts.plan),
    )


def _manifests(facts: Facts) -> Iterator[Finding]:
    project, packages = facts.project, facts.packages
    yield from findings_for_publishing(project, packages)
    yield from facts.declaration_findings
    yield from manifests.feature_findings(project.cargo, facts.asked)
    yield from docs_rs.docs_rs_findings(project, packages)
    yield from manifests.repository_findings(project, packages, facts.checkout.remote)
    yield from manifests.named_file_findings(project, packages, facts.all_files)
    yield from sdists.excluded_findings(project, packages, facts.all_files)
    for address, packed in facts.packed:
        package = project.package_at(address)
        crate = project.cargo.crates[packed.directory]
        published = package.publish and package.kind == CRATE
        if package.kind != CRATE and not package.sdist:
            # A wheel is built from the tree itself, whatever cargo would pack.
            continue
        python = project.python_project(package) if package.kind != CRATE else None
        yield from packaged.packaged_findings(
            crate,
            packed,
            facts.all_files,
            published=published,
            included=() if python is None else sdists.included(python, facts.all_files),
        )
        if published:
            asked = docs_rs.triples(project.manifests.get(crate.path, b""))
            yield from docs_rs.target_findings(crate.path, asked, packed.targets)
    yield from packaged.built_findings(facts.sizes)


def _graph(facts: Facts) -> Iterator[Finding]:
    project, packages = facts.project, facts.packages
    included = {
        path for _, packed in facts.packed for paths in packed.references.values() for path in paths
    }
    yield from graph.unowned_findings(packages, facts.all_files, facts.owned, included)
    yield from graph.module_findings(
        project, packages, facts.all_files, facts.checkout.ignored, facts.owned
    )
    yield from graph.prerequisite_findings(project, packages, facts.live)
    yield from graph.binding_findings(project, packages)
    published = any(package.publish for package in packages)
    yield from graph.dependents_findings(facts.with_dependents, published)


def _release(facts: Facts) -> Iterator[Finding]:
    yield from facts.plan_findings
    if facts.plan_options.versioning == "trailers":
        yield from uncounted_findings(facts.history, facts.event)
        if facts.event is not None:
            yield from pull_request_findings(facts.event, facts.names, facts.plan_options)
            if facts.history is not None:
                yield from lost_trailer_findings(facts.event, facts.history)
    yield from facts.destination_findings
    yield from facts.handover.findings
    if facts.plan is None:
        # A plan that failed for other reasons has not come to the trailers.
        yield from _trailers(facts)
        return
    own = selected(facts.judged or facts.plan, [package.address for package in facts.packages])
    yield from disagreements(facts.handover, facts.plan)
    if facts.destination == REGISTRIES:
        yield from unproven(facts.handover, facts.plan)
        yield from shared_result_findings(facts.circumstances)
        yield from release_findings(own, facts.circumstances)
    else:
        yield from findings_for_real_release(own, tuple(facts.circumstances.uncommitted))


def _unproven(facts: Facts) -> Iterator[Finding]:
    """That trust was to be proven and nobody was asked: silence would look like a proof."""
    if not facts.question.prove or facts.answer is not None:
        return
    if facts.question.packages:
        message, mend = "no registry was asked", "leave `--offline` out"
    else:
        message = "no target that was looked at is published, so there is no registry to ask"
        mend = "name packages with `publish=True`, or `::`"
    yield Finding("CW-TRUST-UNPROVEN", "", message, mend)


def _trailers(facts: Facts) -> tuple[Finding, ...]:
    if facts.history is None:
        return ()
    history = facts.history if facts.event is None else squashed(facts.history, facts.event)
    try:
        read_requests(history, facts.names, facts.plan_options)
    except CratewheelError as error:
        if history is facts.history:
            return error.findings
        return tuple(about_the_description(error.findings, history.head[:7]))
    return ()


def _machine(facts: MachineFacts) -> Iterator[Finding]:
    yield from facts.findings
    for package_id, rows in facts.rows:
        yield from machine.interpreter_findings(package_id, rows)
    yield from machine.disk_findings(facts.free)

"""From inputs to the plan: which packages ship, at which version, why and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cratewheel.changes.direct import Changes, find_changes
from cratewheel.changes.uncommitted import uncommitted_changes
from cratewheel.destination import REGISTRIES
from cratewheel.errors import Finding, raise_all
from cratewheel.plan.answers import open_questions, with_answer
from cratewheel.plan.cascade import Due, find_due
from cratewheel.plan.decide import Decision, decide_versions, impossible_versions
from cratewheel.plan.demand import (
    Demand,
    demand_of,
    manifest_findings,
    manifest_version,
    package_manifest,
)
from cratewheel.plan.files import filenames
from cratewheel.plan.inputs import PlanInputs, PublishedVersion
from cratewheel.plan.matrix import recipes_of, rows_of
from cratewheel.plan.model import HeldPackage, Plan, PlannedFile, PlannedPackage
from cratewheel.plan.order import check_acyclic, prerequisites_in_plan, publish_order
from cratewheel.plan.package import ReleasePackage
from cratewheel.plan.requests import Requests, collect_requests
from cratewheel.plan.unfinished import state_of, unfinished_releases, ways_on
from cratewheel.plan.verdicts import published_version
from cratewheel.project import CRATES_IO
from cratewheel.publishing.limits import Load
from cratewheel.records.origin import origin_of, with_origins
from cratewheel.records.values import ReleaseRecord
from cratewheel.tags import TagFormat, resolve_formats


def compute_plan(inputs: PlanInputs) -> Plan:
    """Decides the release.

    Raises:
        CratewheelError: all of a phase at once: trailers that are malformed, name no package or
            contradict one another; versions that are not above their base; bad `--release` entries;
            cycles; a clone without the tags of what the registries have.
    """
    packages = tuple(sorted(inputs.packages, key=lambda package: package.id))
    registry = inputs.registry and {
        package_id: with_origins(package_id, facts, inputs.records, inputs.history.head)
        for package_id, facts in inputs.registry.items()
    }
    inputs = replace(inputs, packages=packages, registry=registry)
    unfinished = unfinished_releases(inputs)
    formats = resolve_formats(packages)
    check_acyclic(packages)
    raise_all(manifest_findings(packages))
    requests = collect_requests(inputs.history, packages, inputs.options)
    raise_all(_missing_tags(inputs, requests))
    changes = find_changes(
        inputs.history, packages, inputs.owners, inputs.files, inputs.model, requests.is_skipped
    )
    demands = {package.id: demand_of(package, requests, changes, inputs) for package in packages}
    due = find_due(inputs, requests, changes, demands)
    # Malformed trailers and versions that contradict one another are mended in one go.
    raise_all([*requests.findings, *impossible_versions(inputs, due, demands)])
    decisions = decide_versions(inputs, due, demands)
    sitting_out = {
        package.id
        for package in packages
        if package.id in decisions
        and decisions[package.id].version.is_prerelease
        and not package.prereleases
    }
    shipping = [p for p in packages if p.id in due and p.id not in sitting_out]
    prerequisites = prerequisites_in_plan(
        packages, {package.id for package in shipping}, inputs.options.order
    )
    by_id = {package.id: package for package in packages}
    planned = tuple(
        _planned(by_id[each], inputs, due, decisions, formats, prerequisites)
        for each in publish_order(shipping, prerequisites, inputs.options.order)
    )
    held = tuple(
        _held(package, inputs, changes, demands[package.id], due, decisions)
        for package in packages
        if package.id not in due or package.id in sitting_out
    )
    return Plan(
        packages=planned,
        matrix=tuple(
            row for package in planned for row in rows_of(by_id[package.id], package.version)
        ),
        builds=tuple(recipe for package in planned for recipe in recipes_of(by_id[package.id])),
        commit=inputs.history.head,
        held=held,
        notes=(
            *inputs.history.notes,
            *requests.notes,
            *_notes(inputs, requests, changes, demands),
            *(
                note
                for each in planned
                for note in open_questions(
                    each, by_id[each.id], (inputs.registry or {}).get(each.id)
                )
            ),
            *(f"{state_of(each)}; {ways_on(each)}" for each in unfinished),
            *_limits(planned, inputs),
        ),
        dirty=bool(
            uncommitted_changes(
                inputs.history.uncommitted, inputs.history.untracked, inputs.owners, changes.judged
            )
        ),
        unfinished=unfinished,
    )


def manifest_plan(packages: Sequence[ReleasePackage]) -> Plan:
    """The plan of a tree without git: every package at the version of its manifest, no tags.

    For packaging and rehearsals only: nothing says what changed, so everything is taken.

    Raises:
        CratewheelError: `CW-VERSION-INVALID`, `CW-PLAN-CYCLE`.
    """
    ordered = sorted(packages, key=lambda package: package.id)
    check_acyclic(ordered)
    raise_all(manifest_findings(ordered))
    prerequisites = prerequisites_in_plan(ordered, {package.id for package in ordered})
    by_id = {package.id: package for package in ordered}
    planned = tuple(
        PlannedPackage(
            id=package.id,
            name=package.name,
            address=package.address,
            kind=package.kind,
            registry=package.registry,
            version=current_version(package),
            depends_on=prerequisites[package.id],
            reasons=("the manifest's version; there is no git history to ask",),
            files=_files(package, current_version(package)),
            crate_directory=package.crate_directory,
            pyproject=package.pyproject,
            version_files=package.version_files,
            version_group=package.version_group,
        )
        for package in (by_id[each] for each in publish_order(ordered, prerequisites))
    )
    return Plan(
        packages=planned,
        matrix=tuple(
            row for package in planned for row in rows_of(by_id[package.id], package.version)
        ),
        builds=tuple(recipe for package in planned for recipe in recipes_of(by_id[package.id])),
    )


def current_version(package: ReleasePackage) -> str:
    """The version that a package's manifest gives it, in its registry's spelling."""
    version = manifest_version(package)
    spelling = None if version is None else version.spelled_for(package.kind)
    return spelling or package.first_version or "0.1.0"


def _planned(
    package: ReleasePackage,
    inputs: PlanInputs,
    due: Due,
    decisions: Mapping[str, Decision],
    formats: Mapping[str, TagFormat],
    prerequisites: Mapping[str, tuple[str, ...]],
) -> PlannedPackage:
    decision = decisions[package.id]
    version = decision.version.spelled_for(package.kind)
    assert version is not None, "decide_versions refuses what cannot be spelled"
    base = inputs.history.bases.get(package.id)
    planned = PlannedPackage(
        id=package.id,
        name=package.name,
        address=package.address,
        kind=package.kind,
        registry=package.registry,
        version=version,
        previous=base.version.spelled_for(package.kind) if base else None,
        bump=decision.bump,
        tag=formats[package.id].tag(decision.version),
        depends_on=prerequisites[package.id],
        reasons=tuple(
            dict.fromkeys(
                (
                    *due.reasons[package.id],
                    *(_cascade_reason(each, inputs, decisions) for each in due.causes[package.id]),
                    *decision.because,
                )
            )
        ),
        files=_files(package, version),
        crate_directory=package.crate_directory,
        pyproject=package.pyproject,
        version_files=package.version_files,
        version_group=package.version_group,
    )
    if inputs.registry is None:
        return planned
    facts = inputs.registry.get(package.id)
    return with_answer(planned, package, facts, inputs.records, inputs.history.head)


def _cascade_reason(cause: str, inputs: PlanInputs, decisions: Mapping[str, Decision]) -> str:
    if cause in decisions:
        version = decisions[cause].version.spelled_for(cause.partition(":")[0])
    else:
        base = inputs.history.bases.get(cause)
        version = str(base.version) if base else None
    return f"{cause} {version} cascades" if version else f"{cause} cascades"


def _files(package: ReleasePackage, version: str) -> tuple[PlannedFile, ...]:
    names = (name for row in package.rows for name in filenames(package, row, version))
    return tuple(PlannedFile(name) for name in dict.fromkeys(names))


def _held(
    package: ReleasePackage,
    inputs: PlanInputs,
    changes: Changes,
    demand: Demand,
    due: Due,
    decisions: Mapping[str, Decision],
) -> HeldPackage:
    base = inputs.history.bases.get(package.id)
    version = base.version.spelled_for(package.kind) if base else None
    commit = inputs.history.base_commit(package.id)
    changed = changes.since.get(commit, {}).get(package.id, ())
    reasons: list[str] = []
    if package.id in decisions:
        reasons.append(f"sits {decisions[package.id].version} out (prereleases=False)")
    elif demand.held_back:
        reasons.append(f"--release={package.id}@skip")
    elif inputs.options.versioning == "manifest":
        causes = due.lagging.get(package.id, ())
        why = "changed" if changed or changes.locked.get(package.id) else ""
        if not why and causes:
            why = f"built from {' and '.join(causes)}, which changed"
        if why:
            manifest = package_manifest(package)
            reasons.append(f"{why}, and {manifest} still says {package.version}")
    elif changed or changes.locked.get(package.id):
        reasons.append('changed, and no trailer asks for a release (default_bump = "none")')
    return HeldPackage(
        id=package.id,
        name=package.name,
        address=package.address,
        kind=package.kind,
        version=version or current_version(package),
        reasons=(*reasons, *_skipped(package, changes)),
        crate_directory=package.crate_directory,
        pyproject=package.pyproject,
        version_files=package.version_files,
    )


def _skipped(package: ReleasePackage, changes: Changes) -> tuple[str, ...]:
    return tuple(
        f"{commit.short} does not count (release: skip)"
        for commit in changes.skipped.get(package.id, ())
    )


def _notes(
    inputs: PlanInputs,
    requests: Requests,
    changes: Changes,
    demands: Mapping[str, Demand],
) -> list[str]:
    notes = [
        f"{package.id}: {skipped}"
        for package in inputs.packages
        for skipped in _skipped(package, changes)
    ]
    for request in requests.trailers:
        if request.trailer.names or not request.has_own_changes:
            continue
        touched = any(
            inputs.owners.get(path) or path in changes.judged for path in request.commit.paths
        )
        if not touched:
            notes.append(f"{request}: the commit changed no package, so it speaks for none")
    for package in inputs.packages:
        demand = demands[package.id]
        asked = demand.level or demand.stage
        if package.id in requests.decided and asked and demand.explicit:
            notes.append(
                f"{package.id}: {demand.explicit[0].reason}, "
                f"which goes before --release={package.id}@{asked}"
            )
        base = inputs.history.bases.get(package.id)
        facts = inputs.registry.get(package.id) if inputs.registry is not None else None
        if base is None or facts is None or facts.versions is None:
            continue
        if demand.held_back or published_version(facts, str(base.version)) is not None:
            continue
        notes.append(
            f"{package.id}: {base.tag} is tagged, but {package.registry} does not have "
            f"{base.version}; a release at that tag's commit, or a higher version, mends that"
        )
    return notes


def _limits(planned: Sequence[PlannedPackage], inputs: PlanInputs) -> tuple[str, ...]:
    """What is known in advance of the registries' limits: one note a release."""
    load = _load(planned, inputs)
    if load.notice:
        return (load.notice,)
    for_real = planned and inputs.options.destination == REGISTRIES
    return (load.budget_notice,) if for_real else ()


def _load(planned: Sequence[PlannedPackage], inputs: PlanInputs) -> Load:
    """What of a release crates.io would count if it were uploaded with a token."""
    crates = [each for each in planned if each.registry == CRATES_IO]
    new = sum(_is_new(each, inputs) for each in crates)
    return Load(new_crates=new, versions=len(crates) - new)


def _is_new(package: PlannedPackage, inputs: PlanInputs) -> bool:
    facts = inputs.registry.get(package.id) if inputs.registry is not None else None
    if facts is None or facts.versions is None:
        return package.previous is None
    return not facts.versions


def _missing_tags(inputs: PlanInputs, requests: Requests) -> list[Finding]:
    """A registry that has releases and a clone that has not one tag do not go together."""
    if any(inputs.history.tagged.values()) or inputs.registry is None:
        return []
    return [
        Finding(
            "CW-TAG-MISSING",
            package.address,
            f"{package.registry} has releases of {package.id}, and this clone has no release tag",
            "git fetch --tags; where the project never had tags, tag the commit of its last release",
        )
        for package in inputs.packages
        for facts in [inputs.registry.get(package.id)]
        if facts is not None
        and package.id not in requests.decided
        and any(
            published.commit != inputs.history.head
            and not _recorded(package.id, published, inputs.records)
            for published in facts.versions or ()
        )
    ]


def _recorded(
    package_id: str, published: PublishedVersion, records: tuple[ReleaseRecord, ...]
) -> bool:
    """Whether a version is explained by a release that did not get as far as its tag."""
    origin = origin_of(package_id, published, records)
    return origin is not None and origin.attempt is not None

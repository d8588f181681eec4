"""What the registries' answers make of a planned package: its verdict, and what it drops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Optional

from cratewheel.plan.files import dropped, unforeseen
from cratewheel.plan.inputs import RegistryFacts
from cratewheel.plan.model import Plan, PlannedPackage
from cratewheel.plan.package import ReleasePackage
from cratewheel.plan.verdicts import UNKNOWN, published_version, verdict_on
from cratewheel.records.origin import recorded_bytes, with_origins
from cratewheel.records.values import ReleaseRecord


def with_answer(
    planned: PlannedPackage,
    package: ReleasePackage,
    facts: Optional[RegistryFacts],
    records: Iterable[ReleaseRecord],
    commit: Optional[str],
) -> PlannedPackage:
    """A planned package with its verdict and with what it drops of the previous release.

    Args:
        package: as its target describes it now.
        facts: what its registry has, with the commits that records prove.
        commit: HEAD.
    """
    names = [file.filename for file in planned.files]
    gone: tuple[str, ...] = ()
    if facts is not None and planned.previous is not None:
        earlier = published_version(facts, planned.previous)
        gone = dropped(earlier.files, names, unforeseen(package)) if earlier else ()
    recorded = recorded_bytes(planned.id, planned.version, records, commit)
    return replace(
        planned,
        verdict=verdict_on(facts, planned.version, names, commit, recorded),
        drops=tuple(item for item in gone if item not in package.drops),
    )


def unanswered(plan: Plan) -> tuple[str, ...]:
    """The ids of the packages that no registry has been asked about, or none has answered for."""
    return tuple(each.id for each in plan.packages if each.verdict in (None, UNKNOWN))


def answered(
    plan: Plan,
    packages: Iterable[ReleasePackage],
    facts: Mapping[str, RegistryFacts],
    records: Iterable[ReleaseRecord],
) -> Plan:
    """A plan that was made without the registries' answers, with what they say now.

    Args:
        packages: every publishable package.
        facts: by id, of the packages that are asked about.
    """
    by_id = {package.id: package for package in packages}
    known = tuple(records)
    judged = tuple(
        with_answer(
            planned,
            by_id[planned.id],
            with_origins(planned.id, facts[planned.id], known, plan.commit),
            known,
            plan.commit,
        )
        if planned.id in facts and planned.id in by_id
        else planned
        for planned in plan.packages
    )
    notes = (
        note
        for each in judged
        for note in open_questions(each, by_id.get(each.id), facts.get(each.id))
    )
    return replace(plan, packages=judged, notes=tuple(dict.fromkeys((*plan.notes, *notes))))


def open_questions(
    planned: PlannedPackage, package: Optional[ReleasePackage], facts: Optional[RegistryFacts]
) -> tuple[str, ...]:
    """What could not be compared with the registry, for a reader of the plan.

    Args:
        facts: what the registry has, or why it does not say.
    """
    if planned.verdict is None or package is None:
        return ()
    if planned.verdict == UNKNOWN:
        why = f" ({facts.silence})" if facts is not None and facts.silence else ""
        return (
            f"{planned.id}: {planned.registry} could not be asked{why}, so nobody knows whether it "
            f"has {planned.version}, or what this release drops",
        )
    platforms = unforeseen(package)
    if planned.previous is None or not platforms:
        return ()
    return (
        f"{planned.id}: the wheels for {', '.join(platforms)} have names that only their build "
        f"tells, so whether {planned.previous} had more of them is not known",
    )

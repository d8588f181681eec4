"""The version of each package that ships."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Optional

from cratewheel.errors import Finding, raise_all
from cratewheel.plan.cascade import Due
from cratewheel.plan.demand import Demand, Explicit, manifest_version, merge
from cratewheel.plan.inputs import PlanInputs
from cratewheel.plan.package import ReleasePackage
from cratewheel.versions import Version, parse_version, precedes_in_cargo, raise_version

_FIRST = Version(0, 1, 0)


@dataclass(frozen=True)
class Decision:
    """The version that packages moving together get.

    Args:
        bump: what made it, as `cratewheel.plan.model.PlannedPackage.bump`.
        because: the requests that set it, as a plan's reasons say them.
    """

    version: Version
    bump: str
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Unit:
    """Packages with one version: the due members of a group, or one package.

    Args:
        base: the highest version any of them was released at.
        taken: versions that are used up, by a tag or on a registry.
        ahead: the highest version that a registry has beyond the tags, and that HEAD did not make.
    """

    packages: tuple[ReleasePackage, ...]
    demand: Demand
    base: Optional[Version]
    taken: frozenset[Version]
    ahead: Optional[Version]


def decide_versions(
    inputs: PlanInputs, due: Due, demands: Mapping[str, Demand]
) -> Mapping[str, Decision]:
    """A decision for every due package, by id.

    A package that is built from one that starts (or goes on with) a release candidate becomes one
    itself, unless a version, `final` or its manifest says otherwise: it must not be final while
    what is compiled into it is not.

    Args:
        due, demands: in which `impossible_versions` finds nothing.

    Raises:
        CratewheelError: `CW-VERSION-…` findings, all at once.
    """
    units = _units(inputs, due, demands)
    unit_of = {package.id: at for at, unit in enumerate(units) for package in unit.packages}
    decisions = [_decide(unit) for unit in units]
    spread: set[int] = set()
    settled = False
    while not settled:
        settled = True
        for at, unit in enumerate(units):
            if decisions[at].version.is_prerelease or unit.demand.explicit:
                continue
            if unit.demand.stage == "final" or not _built_from_candidate(
                unit, units, unit_of, decisions, spread
            ):
                continue
            units[at] = replace(unit, demand=replace(unit.demand, stage="rc"))
            decisions[at] = _decide(units[at])
            spread.add(at)
            settled = False
    raise_all(
        [
            finding
            for unit, decision in zip(units, decisions)
            for finding in _spelling_findings(unit, decision)
        ]
    )
    return {package_id: decisions[at] for package_id, at in unit_of.items()}


def impossible_versions(
    inputs: PlanInputs, due: Due, demands: Mapping[str, Demand]
) -> list[Finding]:
    """Versions that were asked for and cannot be had: contradictions, and what is released already."""
    units = _units(inputs, due, demands)
    return [finding for unit in units for finding in _findings(unit, inputs)]


def _built_from_candidate(
    unit: _Unit,
    units: Sequence[_Unit],
    unit_of: Mapping[str, int],
    decisions: Sequence[Decision],
    spread: Collection[int],
) -> bool:
    for package in unit.packages:
        for dependency in package.depends_on:
            at = unit_of.get(dependency)
            if at is None or not decisions[at].version.is_prerelease:
                continue
            base = units[at].base
            # Where a pre-release simply goes on, whoever uses it has lived with that before.
            began = base is None or not base.is_prerelease
            if began or units[at].demand.stage == "rc" or at in spread:
                return True
    return False


def _units(inputs: PlanInputs, due: Due, demands: Mapping[str, Demand]) -> list[_Unit]:
    together: dict[str, list[ReleasePackage]] = {}
    for package in inputs.packages:
        if package.id in due:
            key = f"group {package.version_group}" if package.version_group else package.id
            together.setdefault(key, []).append(package)
    return [_unit(tuple(members), inputs, demands) for members in together.values()]


def _unit(
    members: tuple[ReleasePackage, ...], inputs: PlanInputs, demands: Mapping[str, Demand]
) -> _Unit:
    history = inputs.history
    base = _highest(history.bases[p.id].version for p in members if p.id in history.bases)
    tagged = {version for p in members for version in history.tagged.get(p.id, ())}
    taken = set(tagged)
    ahead: list[Version] = []
    for package in members:
        for version in published_elsewhere(package, inputs):
            taken.add(version)
            if version not in tagged and not version.is_prerelease:
                ahead.append(version)
        manifest = manifest_version(package)
        if manifest is not None and manifest in tagged:
            # Released from another branch, and the manifest is never stamped down.
            ahead.append(manifest)
    return _Unit(
        members,
        merge(demands[package.id] for package in members),
        base,
        frozenset(taken),
        _highest(version for version in ahead if base is None or version > base),
    )


def published_elsewhere(package: ReleasePackage, inputs: PlanInputs) -> tuple[Version, ...]:
    """The versions of a package that its registry has and that were not made from HEAD.

    What HEAD made is this release itself, interrupted before its tag.
    """
    facts = inputs.registry.get(package.id) if inputs.registry is not None else None
    if facts is None or facts.versions is None:
        return ()
    parsed = (
        parse_version(published.version)
        for published in facts.versions
        if published.commit is None or published.commit != inputs.history.head
    )
    return tuple(version for version in parsed if version is not None)


def _decide(unit: _Unit) -> Decision:
    demand = unit.demand
    if demand.explicit:
        explicit = demand.explicit[0]
        return Decision(explicit.version, "explicit" if unit.base else "first", (explicit.reason,))
    start = unit.base
    if start is None:
        first = _first_version(unit)
        if unit.ahead is None or first > unit.ahead:
            if demand.stage == "rc" and not first.is_prerelease:
                first = replace(first, pre=("rc", 1))
            return Decision(_free(first, unit), "first")
    if unit.ahead is not None and (start is None or unit.ahead > start):
        start = unit.ahead
    assert start is not None
    version = raise_version(start, demand.level or "patch", stage=demand.stage)
    version = _free(_above_placeholders(version, unit), unit)
    asked = (demand.level_from, demand.stage_from)
    return Decision(version, _bump(version, unit), tuple(each for each in asked if each))


def _bump(version: Version, unit: _Unit) -> str:
    if unit.base is None:
        return "first"
    if version.is_prerelease:
        return "rc"
    if unit.base.is_prerelease:
        return "final"
    return unit.demand.level or "patch"


def _first_version(unit: _Unit) -> Version:
    asked = (parse_version(p.first_version) for p in unit.packages if p.first_version)
    first = _highest(version for version in asked if version is not None)
    if first is not None:
        return first
    manifests = [manifest_version(package) for package in unit.packages]
    manifest = _highest(version for version in manifests if version is not None)
    if manifest is None:
        return _FIRST
    return Version(*manifest.core) if manifest.is_development else replace(manifest, build="")


def _above_placeholders(version: Version, unit: _Unit) -> Version:
    """Not below the numbers that a manifest announces with `-dev`."""
    for package in unit.packages:
        manifest = manifest_version(package)
        if manifest is not None and manifest.is_development and manifest.core > version.core:
            pre = ("rc", 1) if version.is_prerelease else ()
            version = Version(*manifest.core, pre=pre)
    return version


def _free(version: Version, unit: _Unit) -> Version:
    while version in unit.taken:
        version = raise_version(version, "patch", stage=unit.demand.stage)
    return version


def _findings(unit: _Unit, inputs: PlanInputs) -> list[Finding]:
    asked: dict[Version, Explicit] = {}
    for explicit in unit.demand.explicit:
        asked.setdefault(explicit.version, explicit)
    ids = ", ".join(package.id for package in unit.packages)
    findings = []
    if len(asked) > 1:
        first, *others = asked.values()
        findings += [
            Finding(
                "CW-VERSION-CONTRADICTION",
                other.place,
                f"asks for {other.version} of {ids}, and {first.place} asks for {first.version}",
                other.way_out or first.way_out,
            )
            for other in others
        ]
    for version, explicit in asked.items():
        if unit.base is not None and version <= unit.base:
            fault = f"{version} is not above {unit.base}, the last release of {ids}"
        elif any(version in inputs.history.tagged.get(p.id, ()) for p in unit.packages):
            fault = f"{version} of {ids} is tagged already"
        else:
            continue
        findings.append(Finding("CW-VERSION-NOT-ABOVE", explicit.place, fault, explicit.way_out))
    return findings


def _spelling_findings(unit: _Unit, decision: Decision) -> list[Finding]:
    findings = []
    for package in unit.packages:
        place = package.address
        if decision.version.spelled_for(package.kind) is None:
            wanted = "SemVer" if package.kind == "crate" else "PEP 440"
            fault = f"{decision.version} has no spelling in {wanted}, which {package.id} needs"
            findings.append(Finding("CW-VERSION-INVALID", place, fault))
        elif (
            package.kind == "crate"
            and unit.base is not None
            and unit.base.semver is not None
            and not precedes_in_cargo(unit.base, decision.version)
        ):
            fault = (
                f"cargo takes {decision.version} for older than {unit.base}, "
                f"the last release of {package.id}"
            )
            findings.append(
                Finding(
                    "CW-VERSION-NOT-ABOVE",
                    place,
                    fault,
                    "ask for a version with a dot before the number, such as 1.2.0-rc.1",
                )
            )
    return findings


def _highest(versions: Iterable[Version]) -> Optional[Version]:
    return max(versions, default=None)

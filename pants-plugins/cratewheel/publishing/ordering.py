"""From the plan's dependencies and the chosen order to what waits for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.request import WHEELS_FIRST

Edges = Mapping[str, frozenset[str]]


def edges(packages: Sequence[PlannedPackage], order: str) -> tuple[Edges, Edges]:
    """What each package needs live, and what it merely comes after.

    Crates first: a wheel needs what it depends on and comes after every crate. Wheels first turns
    the relation between the kinds round: a crate needs the wheels that are built from it to be live,
    so that a wheel which its registry refuses keeps the crate back, and comes after every wheel.

    Args:
        order: `crates-first` or `wheels-first`.

    Returns:
        `needs` and `after`, each from package id to package ids.
    """
    kinds = {package.id: package.kind for package in packages}
    needs: dict[str, set[str]] = {package.id: set() for package in packages}
    for package in packages:
        for dependency in package.depends_on:
            if dependency not in kinds:
                continue
            across = kinds[dependency] == "crate" and package.kind == "wheel"
            if across and order == WHEELS_FIRST:
                needs[dependency].add(package.id)
            else:
                needs[package.id].add(dependency)
    later = "crate" if order == WHEELS_FIRST else "wheel"
    # What itself needs one of the later kind cannot be waited for: two of those would wait for
    # each other in a ring.
    earlier = frozenset(
        package_id
        for package_id, kind in kinds.items()
        if kind != later and all(kinds[need] != later for need in _closure(package_id, needs))
    )
    after = {
        package_id: earlier if kind == later else frozenset[str]()
        for package_id, kind in kinds.items()
    }
    return {package_id: frozenset(found) for package_id, found in needs.items()}, after


def _closure(package_id: str, needs: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    pending = [package_id]
    while pending:
        for need in needs[pending.pop()] - found:
            found.add(need)
            pending.append(need)
    return found

"""A plan cut down to the packages that somebody asked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from cratewheel.plan.model import HeldPackage, Plan, PlannedPackage


def selected(plan: Plan, addresses: Collection[str]) -> Plan:
    """The plan for the packages at `addresses` and what they need live first.

    Packages that are due and were left out become held ones, at the version they have now.
    """
    by_id = {package.id: package for package in plan.packages}
    wanted = {package.id for package in plan.packages if package.address in addresses}
    waiting = list(wanted)
    while waiting:
        for needed in by_id[waiting.pop()].depends_on:
            if needed in by_id and needed not in wanted:
                wanted.add(needed)
                waiting.append(needed)
    if len(wanted) == len(by_id):
        return plan
    others = tuple(package for package in plan.packages if package.id not in wanted)
    matrix = tuple(row for row in plan.matrix if row.id in wanted)
    rows = {row.artifact_name for row in matrix}
    return replace(
        plan,
        packages=tuple(package for package in plan.packages if package.id in wanted),
        matrix=matrix,
        builds=tuple(recipe for recipe in plan.builds if recipe.row in rows),
        held=(*plan.held, *(_held(package) for package in others)),
    )


def sharing_tags(plan: Plan, selection: Plan) -> Plan:
    """The packages of a plan that a selection from it leaves out and that share a tag with it."""
    tags = {package.tag for package in selection.packages}
    chosen = {package.id for package in selection.packages}
    others = [each for each in plan.packages if each.tag in tags and each.id not in chosen]
    ids = {each.id for each in others}
    return Plan(
        packages=tuple(
            # What they wait for is the business of whoever publishes them.
            replace(each, depends_on=tuple(other for other in each.depends_on if other in ids))
            for each in others
        )
    )


def selects(specs: Collection[str], address: str) -> bool:
    """Whether one of the specs of a command line, started at the build root, selects a target.

    For wording only: file specs and excludes are not looked at.
    """
    directory = address.partition(":")[0].lstrip("/")
    for spec in specs:
        text = spec[2:] if spec.startswith("//") else spec
        if text == "::" or text == address:
            return True
        if text.endswith("::") and f"{directory}/".startswith(f"{text[:-2].rstrip('/')}/"):
            return True
        if text.rstrip(":") == directory:
            return True
    return False


def left_out(plan: Plan, due: Collection[PlannedPackage], addresses: Collection[str]) -> list[str]:
    """What to say of packages that are due with those of `plan` and that nobody selected.

    Args:
        due: every package of the whole plan.
        addresses: of the targets that were selected.
    """
    chosen = frozenset(addresses)
    return [_note(each) for each in _due_with(plan, due) if each.address not in chosen]


def left_out_by_specs(
    plan: Plan, due: Collection[PlannedPackage], specs: Collection[str]
) -> list[str]:
    """As `left_out`, for the specs of a command line.

    An address may look like the spec of a whole directory, so that neither stands for the other.
    """
    return [_note(each) for each in _due_with(plan, due) if not selects(specs, each.address)]


def not_due(plan: Plan, package_id: str) -> str:
    """Why a package is not part of a plan, one clause."""
    for package in plan.held:
        if package.id == package_id:
            why = "; ".join(package.reasons) or f"nothing of it has changed since {package.version}"
            return f"not due: {why}"
    return "not due: the plan does not know it"


def nothing_due(plan: Plan) -> str:
    """What to tell someone whose release is empty."""
    lines = [
        f"  {package.id} {package.version}: {not_due(plan, package.id)}" for package in plan.held
    ]
    if not lines:
        return "Nothing to release: no package with `publish=True` was selected."
    return "\n".join(["Nothing to release.", *lines])


def nothing_changed(since: str) -> str:
    """What to tell someone who publishes what has changed since a commit, which is nothing."""
    return (
        f"Nothing has changed since {since}, so `publish` selects no package. What is due since the "
        "last tags is shipped by `pants release ::`."
    )


def _due_with(plan: Plan, due: Collection[PlannedPackage]) -> list[PlannedPackage]:
    """The packages that are due, are not of the plan and need one that is."""
    chosen = {package.id for package in plan.packages}
    return [each for each in due if each.id not in chosen and chosen & set(each.depends_on)]


def _note(package: PlannedPackage) -> str:
    return f"{package.id} {package.version} is due as well and was not selected"


def _held(package: PlannedPackage) -> HeldPackage:
    return HeldPackage(
        id=package.id,
        name=package.name,
        address=package.address,
        kind=package.kind,
        version=package.previous or package.version,
        crate_directory=package.crate_directory,
        pyproject=package.pyproject,
        version_files=package.version_files,
    )

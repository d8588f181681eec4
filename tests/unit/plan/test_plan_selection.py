"""Plans for a part of what is due."""

from __future__ import annotations

import pytest

from cratewheel.plan.model import Plan, PlannedPackage, Row
from cratewheel.plan.recipes import Recipe
from cratewheel.plan.select import left_out, selected, selects

CORE = PlannedPackage("crate:core", "core", "core:core", "crate", "crates.io", "1.1.0", "1.0.0")
WHEEL = PlannedPackage(
    "wheel:py", "py", "py:py", "wheel", "PyPI", "1.0.1", "1.0.0", depends_on=("crate:core",)
)
PLAN = Plan(
    packages=(CORE, WHEEL),
    matrix=tuple(
        Row(
            id=each.id,
            kind=each.kind,
            name=each.name,
            address=each.address,
            version=each.version,
            artifact_name=f"{each.name}-row",
        )
        for each in (CORE, WHEEL)
    ),
    builds=(Recipe("core-row"), Recipe("py-row")),
)


def test_a_package_brings_what_it_needs_live() -> None:
    assert selected(PLAN, ["py:py"]) == PLAN
    alone = selected(PLAN, ["core:core"])
    assert [package.id for package in alone.packages] == ["crate:core"]
    assert [row.id for row in alone.matrix] == ["crate:core"]
    assert [recipe.row for recipe in alone.builds] == ["core-row"]
    assert [(held.id, held.version) for held in alone.held] == [("wheel:py", "1.0.0")]


def test_a_due_dependent_that_nobody_selected_is_named() -> None:
    alone = selected(PLAN, ["core:core"])
    (note,) = left_out(alone, PLAN.packages, ["core::"])
    assert note == "wheel:py 1.0.1 is due as well and was not selected"
    assert left_out(alone, PLAN.packages, ["::"]) == []


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ("::", True),
        ("//::", True),
        ("packages::", True),
        ("packages/py::", True),
        ("packages/py", True),
        ("packages/py:", True),
        ("packages/py:py", True),
        ("packages/p::", False),
        ("packages/python::", False),
        ("packages", False),
        ("crates::", False),
    ],
)
def test_specs_select_as_pants_does(spec: str, found: bool) -> None:
    assert selects([spec], "packages/py:py") is found

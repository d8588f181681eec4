"""Plans for a part of what is due."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cratewheel.plan.model import HeldPackage, Plan, PlannedPackage, Row
from cratewheel.plan.recipes import Recipe
from cratewheel.plan.select import (
    left_out,
    left_out_by_specs,
    not_due,
    nothing_due,
    selected,
    selects,
    sharing_tags,
)

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


def test_what_is_needed_live_brings_what_it_needs_itself() -> None:
    app = replace(WHEEL, id="wheel:app", name="app", address="app:app", depends_on=("wheel:py",))
    other = replace(CORE, id="crate:x", name="x", address="x:x")
    chosen = selected(replace(PLAN, packages=(CORE, WHEEL, app, other)), ["app:app"])
    assert [each.id for each in chosen.packages] == ["crate:core", "wheel:py", "wheel:app"]
    assert [each.id for each in chosen.held] == ["crate:x"]


def test_what_is_left_out_waits_for_a_tag_that_it_shares() -> None:
    core, wheel = replace(CORE, tag="v1.1.0"), replace(WHEEL, tag="v1.1.0", depends_on=())
    plan = replace(PLAN, packages=(core, wheel, replace(CORE, id="crate:x", tag="x-v1")))
    alone = selected(plan, ["core:core"])
    assert [each.id for each in sharing_tags(plan, alone).packages] == ["wheel:py"]
    assert sharing_tags(plan, plan).packages == ()


def test_a_package_that_is_not_due_has_a_reason() -> None:
    held = HeldPackage("crate:core", "core", "core:core", "crate", "1.0.0")
    why = replace(held, id="wheel:py", reasons=("skipped in 1a2b3c4", "sits candidates out"))
    plan = Plan(held=(held, why))
    assert not_due(plan, "crate:core") == "not due: nothing of it has changed since 1.0.0"
    assert not_due(plan, "wheel:py") == "not due: skipped in 1a2b3c4; sits candidates out"
    assert not_due(plan, "crate:gone") == "not due: the plan does not know it"
    assert nothing_due(plan) == (
        "Nothing to release.\n"
        "  crate:core 1.0.0: not due: nothing of it has changed since 1.0.0\n"
        "  wheel:py 1.0.0: not due: skipped in 1a2b3c4; sits candidates out"
    )
    assert "no package with `publish=True` was selected" in nothing_due(Plan())


def test_a_due_dependent_that_nobody_selected_is_named() -> None:
    alone = selected(PLAN, ["core:core"])
    note = "wheel:py 1.0.1 is due as well and was not selected"
    assert left_out_by_specs(alone, PLAN.packages, ["core::"]) == [note]
    assert left_out_by_specs(alone, PLAN.packages, ["::"]) == []
    assert left_out(alone, PLAN.packages, ["core:core"]) == [note]
    assert left_out(alone, PLAN.packages, ["core:core", "py:py"]) == []


def test_the_address_of_a_directory_s_own_target_is_not_all_of_the_directory() -> None:
    core, wheel = replace(CORE, address="src"), replace(WHEEL, address="src:py")
    whole = replace(PLAN, packages=(core, wheel))
    alone = selected(whole, ["src"])
    assert len(left_out(alone, whole.packages, ["src"])) == 1
    # As a spec it means every target there.
    assert left_out_by_specs(alone, whole.packages, ["src"]) == []


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

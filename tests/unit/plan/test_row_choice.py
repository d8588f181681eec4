"""Which rows of a plan a run builds."""

from __future__ import annotations

import pytest

from cratewheel.errors import CratewheelError
from cratewheel.plan.model import Plan, Row
from cratewheel.plan.row_choice import choose_rows

LINUX = "x86_64-unknown-linux-gnu"
PLAN = Plan(
    matrix=(
        Row("crate:a", "crate", "a", "a:a", "1.0.0", artifact_name="a-crate"),
        *(
            Row(
                *("wheel:a", "wheel", "a", "p:a", "1.0.0", LINUX),
                compatibility=floor,
                artifact_name=f"a-wheel-{LINUX}{end}",
            )
            for floor, end in (("manylinux_2_17", ""), ("manylinux_2_28", ".manylinux_2_28"))
        ),
    )
)


def test_every_row_is_built_unless_somebody_says_which() -> None:
    choice = choose_rows(PLAN, [])
    assert choice.includes("crate:a", "crate")
    assert choice.includes("wheel:a", "wheel", LINUX, "manylinux_2_17")
    assert not choice.demands("crate:a", "crate")


def test_a_job_builds_the_row_it_is_for() -> None:
    choice = choose_rows(PLAN, [f"a-wheel-{LINUX}"])
    assert choice.demands("wheel:a", "wheel", LINUX, "manylinux_2_17")
    assert not choice.includes("wheel:a", "wheel", LINUX, "manylinux_2_28")
    assert not choice.includes("wheel:a", "wheel", "aarch64-apple-darwin")
    assert not choice.includes("crate:a", "crate")


def test_nothing_at_all_can_be_asked_for() -> None:
    choice = choose_rows(PLAN, ["none"])
    assert not choice.includes("crate:a", "crate")
    assert not choice.includes("wheel:a", "wheel", LINUX)


def test_every_unknown_row_is_named() -> None:
    with pytest.raises(CratewheelError) as caught:
        choose_rows(PLAN, ["a-crate", "b-crate", "c-crate"])
    assert [(each.code, each.place) for each in caught.value.findings] == [
        ("CW-ROW-UNKNOWN", "b-crate"),
        ("CW-ROW-UNKNOWN", "c-crate"),
    ]

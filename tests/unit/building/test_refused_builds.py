"""What a target asks for that cannot be built, and what a machine builds a row with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from repositories import Wheel, overridden, toolchain

from cratewheel.build.families import default_families
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.planned import recipe_of, row_request
from cratewheel.build.request import SdistBuild
from cratewheel.build.wheels import (
    RowBuilds,
    row_builds,
    row_builds_on,
    sdist_build,
)
from cratewheel.errors import CratewheelError
from cratewheel.wheel_rows import BuildSettings, WheelRow, resolve_rows

LINUX, ARM = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"
PY39 = Interpreter("cp39", "3.9.18", "/py/3.9")
PY311 = Interpreter("cp311", "3.11.9", "/py/3.11")
PYTHONS = (PY39, PY311)
ABI3 = '{ version = "0.30", features = ["abi3"] }'
ABI3_PY39 = '{ version = "0.30", features = ["abi3-py39"] }'


def rows_of(wheel: Wheel) -> tuple[WheelRow, ...]:
    return resolve_rows(
        wheel.settings,
        overridden(*wheel.platforms),
        None if wheel.abis is None else overridden(*wheel.abis),
        default_families=lambda own: default_families(wheel.project, wheel.package, own),
    )


def builds_of(wheel: Wheel, pythons: Sequence[Interpreter] = PYTHONS) -> RowBuilds:
    machine = toolchain(LINUX, targets=[LINUX])
    return row_builds(wheel.project, wheel.package, rows_of(wheel), machine, pythons)


@pytest.mark.parametrize(
    ("wheel", "code", "message"),
    [
        (Wheel([LINUX], ["abi3"]), "CW-ABI-NOT-ENABLED", "needs pyo3's feature `abi3`"),
        (
            Wheel([LINUX], ["abi3-py311"], pyo3=ABI3_PY39),
            "CW-ABI-NOT-ENABLED",
            "cannot be built while pyo3's feature `abi3-py39` is on",
        ),
        (
            Wheel([LINUX], ["abi3"], pyo3=ABI3, requires_python=""),
            "CW-REQUIRES-PYTHON",
            "is for the oldest Python that it admits",
        ),
        (
            Wheel([LINUX], ["3.11"], settings=BuildSettings(binaries=("tool",))),
            "CW-BINARY-UNKNOWN",
            "has a program called tool",
        ),
    ],
    ids=["abi3-off", "another-floor", "no-oldest-python", "no-such-program"],
)
def test_a_target_that_contradicts_its_crate_is_told_what_it_lacks(
    wheel: Wheel, code: str, message: str
) -> None:
    found = builds_of(wheel).findings
    assert [each.code for each in found] == [code]
    assert message in found[0].message


@pytest.mark.parametrize(
    ("pythons", "settings", "why"),
    [
        ((PY311,), {"interpreters": ("3.9",)}, "there is no CPython 3.9 on this machine"),
        ((), {}, "there is no CPython 3.9 or later on this machine"),
    ],
)
def test_a_row_without_a_python_to_build_it_is_named(
    pythons: Sequence[Interpreter], settings: dict[str, Any], why: str
) -> None:
    wheel = Wheel([LINUX], ["abi3"], pyo3=ABI3_PY39, settings=BuildSettings(**settings))
    (row,) = builds_of(wheel, pythons).rows
    assert row.build is None
    assert [each.reason for each in row.missing] == [why]


def test_the_oldest_python_of_a_family_is_a_feature_where_none_is_fixed() -> None:
    (row,) = builds_of(Wheel([LINUX], ["abi3-py311"], pyo3=ABI3)).rows
    assert row.build is not None
    (made,) = row.build.passes
    assert (made.features, made.interpreters) == (("pyo3/abi3-py311",), ("cp311",))


@pytest.mark.parametrize(
    ("wheel", "families"),
    [
        (Wheel([LINUX], requires_python=">=3.13,<3.15"), ("3.13", "3.14")),
        (Wheel([LINUX], settings=BuildSettings(interpreters=("3.10", "3.11"))), ("3.10", "3.11")),
        (Wheel([LINUX], pyo3=ABI3), ("abi3",)),
        (Wheel([LINUX], pyo3=None), ("bin",)),
        (Wheel([LINUX], pyo3='{ version = "1", package = "uniffi" }'), ("uniffi",)),
        (Wheel([LINUX], pyo3='{ version = "1", package = "log" }'), ("cffi",)),
    ],
)
def test_without_abis_a_wheel_is_built_for_what_its_crate_asks_for(
    wheel: Wheel, families: tuple[str, ...]
) -> None:
    assert default_families(wheel.project, wheel.package, wheel.settings) == families


def test_a_wheel_through_cffi_takes_any_python_of_the_machine() -> None:
    wheel = Wheel([LINUX], pyo3='{ version = "1", package = "log" }')
    (row,) = builds_of(wheel).rows
    assert row.build is not None
    assert [each.interpreters for each in row.build.passes] == [("cp311",)]
    (without,) = builds_of(wheel, ()).rows
    assert [each.reason for each in without.missing] == ["there is no CPython on this machine"]


def test_each_row_is_built_with_what_its_own_machine_has() -> None:
    wheel = Wheel([LINUX, (ARM, {"environment": "docker"})], ["3.9"])
    machines = {
        None: (toolchain(LINUX, targets=[LINUX]), (PY311,)),
        "docker": (toolchain(ARM, targets=[ARM]), (PY39,)),
    }
    found = row_builds_on(wheel.project, wheel.package, rows_of(wheel), machines)
    assert {each.row.triple for each in found.rows if each.build is not None} == {ARM}


def test_a_source_distribution_is_proven_with_a_python_that_it_admits() -> None:
    wheel = Wheel([ARM], ["3.11"], requires_python=">=3.10")

    def interpreter(pythons: Sequence[Interpreter]) -> str:
        rows = builds_of(wheel, pythons).rows
        made = sdist_build(wheel.project, wheel.package, wheel.settings, rows, pythons)
        assert isinstance(made, SdistBuild)
        return made.interpreter

    # No wheel is built here, so the oldest that may install it.
    assert interpreter(PYTHONS) == "cp311"
    assert interpreter((PY39,)) == ""


def test_a_plan_that_does_not_say_how_a_row_is_built_is_refused() -> None:
    wheel = Wheel([LINUX], ["3.9"])
    row, plan = wheel.row(LINUX), wheel.plan
    with pytest.raises(CratewheelError, match="CW-PLAN-INVALID builds: it does not say how"):
        recipe_of(replace(plan, builds=()), row)
    elsewhere = Wheel([LINUX], ["3.9"], maturin='manifest-path = "../gone/Cargo.toml"\n')
    with pytest.raises(CratewheelError, match="CW-NO-MANIFEST"):
        row_request(
            elsewhere.project, row, recipe_of(plan, row), toolchain(LINUX), PYTHONS, zig=False
        )
    odd = replace(recipe_of(plan, row), families=(("3.99", BuildSettings()),))
    with pytest.raises(CratewheelError, match="CW-ABI-UNKNOWN"):
        row_request(wheel.project, row, odd, toolchain(LINUX), PYTHONS, zig=False)

"""A run that was asked for some rows of a wheel, and what its files must turn out to be."""

from __future__ import annotations

import pytest
from repositories import Wheel, overridden, toolchain

from cratewheel.build.chosen import chosen_builds
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.promise import promise
from cratewheel.build.wheels import RowBuilds, default_families, row_builds
from cratewheel.plan.row_choice import BUILT_BY_ANOTHER_JOB, RowChoice, choose_rows
from cratewheel.wheel_rows import RowKey, resolve_rows

LINUX, ARM, MAC = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "aarch64-apple-darwin",
)
WORKFLOW = "x86_64-pc-windows-msvc"
PYTHONS = (Interpreter("cp311", "3.11.9", "/py/3.11"), Interpreter("cp312", "3.12.4", "/py/3.12"))
WHEEL = Wheel(
    [LINUX, ARM, MAC, (WORKFLOW, {"built_by": "workflow"})],
    abis=["3.11", "3.12", "3.13"],
)
EVERYTHING = RowChoice()


@pytest.fixture
def builds() -> RowBuilds:
    """What a Linux machine without Apple's SDK and without CPython 3.13 builds of the wheel."""
    rows = resolve_rows(
        WHEEL.settings,
        overridden(*WHEEL.platforms),
        overridden(*WHEEL.abis),
        default_families=lambda own: default_families(WHEEL.project, WHEEL.package, own),
    )
    machine = toolchain(LINUX, targets=[LINUX, ARM])
    return row_builds(WHEEL.project, WHEEL.package, rows, machine, PYTHONS)


def built(chosen: RowBuilds) -> set[str]:
    return {row.row.triple for row in chosen.rows if row.build is not None}


def key(builds: RowBuilds, triple: str) -> RowKey:
    (found,) = (row.row.key for row in builds.rows if row.row.triple == triple)
    return found


def asked(*triples: str) -> RowChoice:
    return choose_rows(WHEEL.plan, [WHEEL.row(each).artifact_name for each in triples])


def test_without_a_choice_a_machine_builds_what_it_can(builds: RowBuilds) -> None:
    chosen = chosen_builds(builds, EVERYTHING, "wheel:fast", ())
    assert chosen == builds
    assert built(chosen) == {LINUX, ARM}


def test_rows_that_were_not_asked_for_are_left_to_another_job(builds: RowBuilds) -> None:
    chosen = chosen_builds(builds, asked(ARM), "wheel:fast", ())
    assert built(chosen) == {ARM}
    reasons = {row.row.triple: [each.reason for each in row.missing] for row in chosen.rows}
    assert reasons[LINUX] == reasons[MAC] == [BUILT_BY_ANOTHER_JOB]
    # A workflow's own row is no row of this job in any case, and keeps saying so.
    assert reasons[WORKFLOW] != [BUILT_BY_ANOTHER_JOB]


def test_a_row_that_was_asked_for_and_cannot_be_built_is_a_fault(builds: RowBuilds) -> None:
    chosen = chosen_builds(builds, asked(MAC), "wheel:fast", ())
    assert {each.code for each in chosen.findings} == {"CW-ROW-NOT-HERE"}
    assert {each.place for each in chosen.findings} == {f"wheel:fast for {MAC}"}
    assert chosen_builds(builds, asked(MAC), "wheel:fast", [key(builds, MAC)]).findings == ()
    assert chosen_builds(builds, asked(MAC), "wheel:another", ()).findings == ()


def test_a_row_that_can_only_be_built_in_part_is_one_too(builds: RowBuilds) -> None:
    (finding,) = chosen_builds(builds, asked(LINUX), "wheel:fast", ()).findings
    assert "3.13" in finding.message


def test_the_promise_has_the_families_that_are_built_and_all_of_what_was_handed_over(
    builds: RowBuilds,
) -> None:
    plan = promise(WHEEL.project, WHEEL.package, "0.5.0", builds.rows, [key(builds, MAC)])
    (package,) = plan.packages
    assert (package.id, package.version, package.registry) == ("wheel:fast", "0.5.0", "PyPI")
    families = {row.target: row.abis for row in plan.matrix}
    assert families == {
        LINUX: ("3.11", "3.12"),
        ARM: ("3.11", "3.12", "3.13"),
        MAC: ("3.11", "3.12", "3.13"),
    }
    assert {row.compatibility for row in plan.matrix if row.target == LINUX} == {"manylinux_2_17"}

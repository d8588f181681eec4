"""A run that was asked for some rows of a wheel, and what its files must turn out to be."""

from __future__ import annotations

import pytest
from repositories import Wheel, overridden, toolchain

from cratewheel.build.chosen import DueFiles, chosen_builds, due_files
from cratewheel.build.families import default_families
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.promise import promise
from cratewheel.build.wheels import RowBuilds, row_builds
from cratewheel.handover import HandedOver, Handover
from cratewheel.plan.row_choice import BUILT_BY_ANOTHER_JOB, NO_ROW, RowChoice, choose_rows
from cratewheel.wheel_rows import RowKey, WheelRow, resolve_rows

LINUX, ARM, MAC = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "aarch64-apple-darwin",
)
WORKFLOW = "x86_64-pc-windows-msvc"
LINUX_WHEEL = "fast-0.5.0-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
ARM_WHEEL = "fast-0.5.0-cp311-cp311-manylinux2014_aarch64.manylinux_2_17_aarch64.whl"
MAC_WHEEL = "fast-0.5.0-cp311-cp311-macosx_11_0_arm64.whl"
SDIST_FILE = "fast-0.5.0.tar.gz"
PYTHONS = (Interpreter("cp311", "3.11.9", "/py/3.11"), Interpreter("cp312", "3.12.4", "/py/3.12"))
WHEEL = Wheel(
    [LINUX, ARM, MAC, (WORKFLOW, {"built_by": "workflow"})],
    abis=["3.11", "3.12", "3.13"],
)
EVERYTHING = RowChoice()


@pytest.fixture
def rows() -> tuple[WheelRow, ...]:
    return resolve_rows(
        WHEEL.settings,
        overridden(*WHEEL.platforms),
        overridden(*WHEEL.abis),
        default_families=lambda own: default_families(WHEEL.project, WHEEL.package, own),
    )


def due(
    rows: tuple[WheelRow, ...],
    choice: RowChoice,
    package_id: str = "wheel:fast",
    *files: str,
) -> DueFiles:
    there = tuple(HandedOver(f"/there/{file}", file, "0" * 64, 1) for file in files)
    return due_files(
        rows, choice, package_id, Handover(there), name="fast", version="0.5.0", sdist=True
    )


def choose(
    rows: tuple[WheelRow, ...],
    choice: RowChoice,
    package_id: str = "wheel:fast",
    *files: str,
) -> RowBuilds:
    """What a Linux machine without Apple's SDK and without CPython 3.13 does of the wheel."""
    machine = toolchain(LINUX, targets=[LINUX, ARM])
    wanted = due(rows, choice, package_id, *files)
    builds = row_builds(WHEEL.project, WHEEL.package, wanted.rows, machine, PYTHONS)
    return chosen_builds(rows, builds, choice, package_id, wanted.rows_handed_over)


def built(chosen: RowBuilds) -> set[str]:
    return {row.row.triple for row in chosen.rows if row.build is not None}


def key(rows: tuple[WheelRow, ...], triple: str) -> RowKey:
    (found,) = (row.key for row in rows if row.triple == triple)
    return found


def asked(*triples: str) -> RowChoice:
    return choose_rows(WHEEL.plan, [WHEEL.row(each).artifact_name for each in triples])


def test_without_a_choice_a_machine_builds_what_it_can(rows: tuple[WheelRow, ...]) -> None:
    chosen = choose(rows, EVERYTHING)
    assert tuple(build.row for build in chosen.rows) == rows
    assert built(chosen) == {LINUX, ARM}


def test_rows_that_were_not_asked_for_are_left_to_another_job(rows: tuple[WheelRow, ...]) -> None:
    chosen = choose(rows, asked(ARM))
    assert built(chosen) == {ARM}
    reasons = {row.row.triple: [each.reason for each in row.missing] for row in chosen.rows}
    assert reasons[LINUX] == reasons[MAC] == [BUILT_BY_ANOTHER_JOB]
    # A workflow's own row is no row of this job in any case, and keeps saying so.
    assert reasons[WORKFLOW] != [BUILT_BY_ANOTHER_JOB]


def test_no_machine_is_looked_at_for_what_is_not_built(rows: tuple[WheelRow, ...]) -> None:
    nothing = due(rows, choose_rows(WHEEL.plan, [NO_ROW]))
    assert (nothing.rows, nothing.sdist, nothing.sdist_left_out) == ((), False, True)
    taken = due(rows, EVERYTHING, "wheel:fast", LINUX_WHEEL, ARM_WHEEL, MAC_WHEEL, SDIST_FILE)
    assert (taken.rows, taken.sdist, taken.sdist_left_out) == ((), False, False)
    assert [each.file.filename for each in taken.handed_over] == [
        LINUX_WHEEL,
        ARM_WHEEL,
        MAC_WHEEL,
        SDIST_FILE,
    ]
    (arm,) = due(rows, asked(ARM), "wheel:fast", MAC_WHEEL).rows
    assert arm.triple == ARM


def test_a_row_that_was_asked_for_and_cannot_be_built_is_a_fault(
    rows: tuple[WheelRow, ...],
) -> None:
    chosen = choose(rows, asked(MAC))
    assert {each.code for each in chosen.findings} == {"CW-ROW-NOT-HERE"}
    assert {each.place for each in chosen.findings} == {f"wheel:fast for {MAC} (macosx_11_0)"}
    assert choose(rows, asked(MAC), "wheel:fast", MAC_WHEEL).findings == ()
    assert choose(rows, asked(MAC), "wheel:another").findings == ()
    (finding,) = choose(rows, asked(WORKFLOW)).findings
    assert "workflow" in finding.message


def test_a_row_that_can_only_be_built_in_part_is_one_too(rows: tuple[WheelRow, ...]) -> None:
    (finding,) = choose(rows, asked(LINUX)).findings
    assert "3.13" in finding.message


def test_the_promise_has_the_families_that_are_built_and_all_of_what_was_handed_over(
    rows: tuple[WheelRow, ...],
) -> None:
    handed_over = [key(rows, MAC)]
    builds = choose(rows, EVERYTHING, "wheel:fast", MAC_WHEEL).rows
    plan = promise(WHEEL.project, WHEEL.package, "0.5.0", builds, handed_over)
    (package,) = plan.packages
    assert (package.id, package.version, package.registry) == ("wheel:fast", "0.5.0", "PyPI")
    families = {row.target: row.abis for row in plan.matrix}
    assert families == {
        LINUX: ("3.11", "3.12"),
        ARM: ("3.11", "3.12", "3.13"),
        MAC: ("3.11", "3.12", "3.13"),
    }
    assert {row.compatibility for row in plan.matrix if row.target == LINUX} == {"manylinux_2_17"}

"""What the doctor says of this machine."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Optional

import pytest
from sick_repository import Sick

from cratewheel.build.wheels import RowBuild, RowNotHere
from cratewheel.doctor.facts import MachineFacts
from cratewheel.doctor.machine import GIB, disk_findings, interpreter_findings, rows_here
from cratewheel.doctor.report import MACHINE
from cratewheel.errors import Finding

LINUX, APPLE = "x86_64-unknown-linux-gnu", "aarch64-apple-darwin"


def row(triple: str, *, built: bool, floor: Optional[str] = None, reason: str = "") -> RowBuild:
    stand_in: Any = SimpleNamespace(key=(triple, floor))
    missing = (RowNotHere(reason),) if reason else ()
    return RowBuild(stand_in, stand_in if built else None, missing)


def test_rows_are_sorted_into_here_and_elsewhere_with_the_reason() -> None:
    rows = [row(LINUX, built=True), row(APPLE, built=False, reason="it wants Apple's SDK")]
    assert rows_here("wheel:demo", rows) == (
        f"wheel:demo: {LINUX}, and not\n    {APPLE}: it wants Apple's SDK"
    )
    assert rows_here("wheel:demo", rows[:1]) == f"wheel:demo: {LINUX}"
    assert rows_here("wheel:demo", rows[1:]).startswith("wheel:demo: no row, and not\n")
    assert rows_here("wheel:demo", []) == ""


def test_rows_of_one_triple_are_told_apart_by_their_floors() -> None:
    old = row(LINUX, built=False, floor="manylinux_2_17", reason="glibc 2.36 here is newer")
    new = row(LINUX, built=True, floor="manylinux_2_36")
    assert rows_here("wheel:demo", [old, new]) == (
        f"wheel:demo: {LINUX} (manylinux_2_36), and not\n"
        f"    {LINUX} (manylinux_2_17): glibc 2.36 here is newer"
    )


def test_a_disk_that_is_nearly_full_is_said_with_what_is_left() -> None:
    (finding,) = disk_findings([("/a", GIB), ("/b", 3 * GIB)])
    assert (finding.code, finding.place) == ("CW-DISK-LOW", "/a")
    assert "1.0 GiB are free" in finding.message


def test_wheels_that_lack_only_an_interpreter_are_said_row_by_row() -> None:
    def without(*families: str) -> RowBuild:
        missing = tuple(RowNotHere(f"there is no {each}", each) for each in families)
        return replace(row(LINUX, built=True), missing=missing)

    rows = [without("3.13", "3.14t"), without(), row(APPLE, built=False, reason="no SDK")]
    (finding,) = interpreter_findings("wheel:demo", rows)
    assert (finding.code, finding.place) == ("CW-INTERPRETER-MISSING", "wheel:demo")
    assert finding.message == f"no interpreter of this machine builds 3.13, 3.14t for {LINUX}"


LACKING = replace(row(LINUX, built=True), missing=(RowNotHere("there is no PyPy", "pypy3.11"),))
SICK = {
    "no compiler": (
        MachineFacts(findings=(Finding("CW-TOOLCHAIN-MISSING", "", "no rustc"),)),
        ("CW-TOOLCHAIN-MISSING", "error"),
    ),
    "no tool of a build script": (
        MachineFacts(findings=(Finding("CW-TOOL-MISSING", "protoc", "not on PATH"),)),
        ("CW-TOOL-MISSING", "error"),
    ),
    "no interpreter": (
        MachineFacts(rows=(("wheel:demo", (LACKING,)),)),
        ("CW-INTERPRETER-MISSING", "note"),
    ),
    "no room": (MachineFacts(free=(("/full", 10**9),)), ("CW-DISK-LOW", "warning")),
}


@pytest.mark.parametrize(("facts", "expected"), SICK.values(), ids=[*SICK])
def test_a_sick_machine_has_its_finding_and_no_other(
    facts: MachineFacts, expected: tuple[str, str]
) -> None:
    (diagnosis,) = Sick(facts={"machine": facts}).report().diagnoses
    assert diagnosis.area == MACHINE
    assert (diagnosis.finding.code, diagnosis.severity) == expected


def test_rows_that_other_machines_build_are_no_fault_of_this_one() -> None:
    rows = (row(APPLE, built=False, reason="it wants Apple's SDK"),)
    report = Sick(facts={"machine": MachineFacts(rows=(("wheel:demo", rows),))}).report()
    assert report.diagnoses == ()
    assert report.rows == (f"wheel:demo: no row, and not\n    {APPLE}: it wants Apple's SDK",)

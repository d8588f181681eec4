"""What the doctor says of this machine."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Optional

from cratewheel.build.wheels import RowBuild, RowNotHere
from cratewheel.doctor.machine import GIB, disk_findings, rows_here

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

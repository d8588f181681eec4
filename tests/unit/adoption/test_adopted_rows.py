"""The rows that a repository has once it is adopted, as its workflows need them."""

from __future__ import annotations

from cratewheel.adoption.proposal import AdoptedRow
from cratewheel.adoption.repository import any_on_windows, own_rows
from cratewheel.workflows.own_rows import OwnRow

LINUX, WINDOWS = "x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc"


def test_a_row_of_the_project_s_own_is_there_once_for_all_its_floors() -> None:
    own = ("wheel:py", AdoptedRow(LINUX, "workflow", "build-pgo"))
    built = ("wheel:py", AdoptedRow(WINDOWS, "pants"))
    assert own_rows([own, own, built]) == (OwnRow("wheel:py", LINUX, "build-pgo"),)


def test_windows_is_asked_for_what_cratewheel_builds_there() -> None:
    assert any_on_windows([("wheel:py", AdoptedRow(WINDOWS, "pants"))])
    assert not any_on_windows([("wheel:py", AdoptedRow(WINDOWS, "workflow"))])
    assert not any_on_windows([("wheel:py", AdoptedRow(LINUX, "pants"))])

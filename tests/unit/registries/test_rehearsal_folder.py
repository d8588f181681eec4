"""The folder of a rehearsal, as the next run finds it."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from fake_clock import FakeClock

from cratewheel.errors import CratewheelError
from cratewheel.registries.files import UNFINISHED
from cratewheel.registries.rehearsal import MARKER, open_rehearsal


def test_what_a_killed_start_left_goes_with_the_next_one(tmp_path: Path) -> None:
    folder = tmp_path / "rehearsal"
    folder.mkdir()
    (folder / f"{UNFINISHED}a1b2").write_text("half of a ma")
    with open_rehearsal(folder, FakeClock()):
        assert (folder / MARKER).exists()
    assert not list(folder.rglob(f"{UNFINISHED}*"))


def opened(folder: Path, clock: FakeClock) -> str:
    """Why the folder was started afresh, if it was."""
    with open_rehearsal(folder, clock) as rehearsal:
        return rehearsal.fresh


def test_a_folder_goes_on_until_it_is_too_old_or_cannot_be_read(tmp_path: Path) -> None:
    folder, clock = tmp_path / "rehearsal", FakeClock()
    opened(folder, clock)
    assert opened(folder, clock) == ""
    clock.sleep(15 * 24 * 60 * 60)
    assert opened(folder, clock) == "it is older than PyPI takes further files for a release"
    for broken in ("{", "[]", "{}", json.dumps({"started": "never"})):
        (folder / MARKER).write_text(broken)
        assert opened(folder, clock) == "its record cannot be read"
    assert opened(folder, clock) == ""


def test_who_finds_a_folder_open_waits_until_it_is_free(tmp_path: Path) -> None:
    folder, clock = tmp_path / "rehearsal", FakeClock()
    waits, done = threading.Event(), threading.Event()

    def second() -> None:
        with open_rehearsal(folder, clock, waiting=waits.set):
            done.set()

    other = threading.Thread(target=second)
    with open_rehearsal(folder, clock):
        other.start()
        assert waits.wait(60)
        assert not done.is_set()
    other.join(60)
    assert done.is_set()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CratewheelError, match="CW-REHEARSAL-UNWRITABLE"):
        opened(tmp_path / "file" / "rehearsal", FakeClock())

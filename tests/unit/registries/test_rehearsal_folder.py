"""The folder of a rehearsal, as the next run finds it."""

from __future__ import annotations

from pathlib import Path

from fake_clock import FakeClock

from cratewheel.registries.files import UNFINISHED
from cratewheel.registries.rehearsal import MARKER, open_rehearsal


def test_what_a_killed_start_left_goes_with_the_next_one(tmp_path: Path) -> None:
    folder = tmp_path / "rehearsal"
    folder.mkdir()
    (folder / f"{UNFINISHED}a1b2").write_text("half of a ma")
    with open_rehearsal(folder, FakeClock()):
        assert (folder / MARKER).exists()
    assert not list(folder.rglob(f"{UNFINISHED}*"))

"""The benchmark of the publishing step, with little to publish."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from publish_benchmark import FULL, Load, cases, main

TINY = Load(layers=2, width=2, projects=1, files=3, latency=0.01, delay=0.01)


def test_the_full_size_is_the_one_that_is_promised() -> None:
    assert FULL.layers * FULL.width == 40
    assert FULL.projects * FULL.files == 60
    assert FULL.latency == 0.05


def test_the_critical_path_is_what_cannot_be_done_at_the_same_time() -> None:
    load = Load(layers=3, width=7, projects=2, files=4, latency=1.0, delay=10.0)
    # Configuration, state; three times upload, wait, index; first file, wheels, sdist, page.
    assert load.critical_path == 2 + 3 * 12 + 4
    assert load.one_after_another == (1 + 21 + 4) + 21 * 12 + 8


def test_every_file_is_published_and_measured(tmp_path: Path) -> None:
    path, sequence = cases(tmp_path, TINY, 1)
    assert path.ours == sequence.ours > 0


def test_the_results_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publish_benchmark.QUICK", TINY)
    assert main(["--quick", "--rounds=1", f"--json={tmp_path / 'results.json'}"]) == 0
    results = json.loads((tmp_path / "results.json").read_text())
    assert [each["case"] for each in results] == [
        "publish / critical path",
        "publish / one after another",
    ]
    assert results[0]["bound"] == 1.5

"""The benchmark of scale, in a tiny repository, so that it runs when somebody wants to know."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from scale_benchmark import (
    COMMANDS,
    GROWTH,
    TINY,
    Measured,
    Measurements,
    comparisons,
    medians,
)
from scale_repository import generate, workspaces

from cratewheel.cargo.model import load_cargo_model


@pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")
def test_the_generated_repository_is_what_it_says(tmp_path: Path) -> None:
    generate(tmp_path, TINY, {})
    assert len(workspaces(tmp_path)) == TINY.workspaces
    members = set()
    for folder in workspaces(tmp_path):
        asked = ["cargo", "metadata", "--no-deps", "--offline", "--locked", "--format-version=1"]
        answer = subprocess.run(asked, cwd=folder, capture_output=True, check=True)
        members |= {package["name"] for package in json.loads(answer.stdout)["packages"]}
    assert members == {"c0", "c1", "c2", "c3", "w0", "w1"}
    manifests = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes()
        for path in tmp_path.rglob("Cargo.toml")
    }
    model = load_cargo_model(manifests)
    assert not model.problems
    assert "ws0/crates/c0" in model.build_closure("ws1/crates/c3")


def test_growth_is_said_of_time_and_memory() -> None:
    small = Measurements(dict.fromkeys(COMMANDS, Measured(3.0, 100.0)), Measured(1.0, 80.0), 0.5)
    large = Measurements(dict.fromkeys(COMMANDS, Measured(15.0, 200.0)), Measured(1.0, 80.0), 2.0)
    cases = {each.case: each for each in comparisons([(large, small)])}
    assert len(cases) == 3 * len(COMMANDS)
    seconds = cases["tailor: seconds, large / small"]
    assert (seconds.ours, seconds.peer, seconds.ratio) == (15.0, 3.0, 5.0)
    assert (seconds.bound, seconds.holds) == (GROWTH, False)
    assert cases["tailor: MiB, large / small"].holds
    assert cases["tailor: seconds, large / cargo metadata"].ratio == 7.0


def test_one_run_gives_one_table_with_whole_seconds_beside_the_others() -> None:
    small = Measurements(dict.fromkeys(COMMANDS, Measured(3.0, 100.0)), Measured(1.0, 80.0), 0.5)
    large = Measurements(dict.fromkeys(COMMANDS, Measured(11.0, 200.0)), Measured(1.5, 80.0), 2.0)
    lines = list(medians([(large, small)] * 3))
    assert lines[2] == "| `tailor` | 3.0 s | 2.0 s | 11.0 s | 9.5 s | 3.7 | 100 | 200 | 4.8 |"
    assert len(lines) == 2 + len(COMMANDS) + 3
    assert lines[-2:] == [
        "Doing nothing takes 1.0 s and 1.5 s.",
        "`cargo metadata` of all ten workspaces takes 0.5 s and 2.0 s.",
    ]

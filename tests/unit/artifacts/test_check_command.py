from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import pytest
from wheel_building import write_sdist, write_wheel

from cratewheel.artifacts import manifest
from cratewheel.commands.check import configure, run
from cratewheel.errors import CratewheelError
from cratewheel.plan.model import Plan, PlannedPackage, Row, dumps

TARGET = "x86_64-unknown-linux-gnu"


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    package = PlannedPackage("wheel:demo-pkg", "demo-pkg", "py:demo", "wheel", "PyPI", "1.2.0")
    row = Row("wheel:demo-pkg", "wheel", "demo-pkg", "py:demo", "1.2.0", TARGET, abis=("abi3",))
    path = tmp_path / "plan.json"
    path.write_text(dumps(Plan((package,), (row,), "c0ffee")))
    return path


def check(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    configure(parser)
    return run(parser.parse_args([str(each) for each in arguments]))


def test_right_files_are_listed_with_their_hashes(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel, sdist = write_wheel(tmp_path / "dist"), write_sdist(tmp_path / "dist")
    output = tmp_path / "manifest.json"
    given = ["--plan", plan, "--id", "wheel:demo-pkg", "--manifest", output, tmp_path / "dist"]
    assert check(*given) == 0
    said = capsys.readouterr().out
    assert said.endswith("2 files are what the plan says of wheel:demo-pkg 1.2.0.\n")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert f"{digest}  {wheel.name}\n" in said
    written = manifest.loads(output.read_text(), place="m")
    assert written.commit == "c0ffee"
    assert [(entry.filename, entry.target) for entry in written.entries] == [
        (wheel.name, TARGET),
        (sdist.name, None),
    ]


def test_faults_of_all_files_come_at_once_and_no_manifest_is_written(
    plan: Path, tmp_path: Path
) -> None:
    newer = write_wheel(tmp_path, "cp39-abi3-manylinux_2_28_x86_64")
    other = write_wheel(tmp_path, "cp39-abi3-win32")
    output = tmp_path / "manifest.json"
    with pytest.raises(CratewheelError) as caught:
        check("--plan", plan, "--id", "wheel:demo-pkg", "--manifest", output, newer, other)
    assert [finding.place for finding in caught.value.findings] == [str(newer), str(other)]
    assert not output.exists()


def test_a_missing_plan_and_an_empty_folder_are_said(plan: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(CratewheelError, match="CW-ARTIFACT-MISSING"):
        check("--plan", plan, "--id", "wheel:demo-pkg", empty)
    with pytest.raises(CratewheelError, match="CW-PLAN-INVALID"):
        check("--plan", tmp_path / "none.json", "--id", "wheel:demo-pkg", empty)

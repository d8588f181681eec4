"""The process that judges built files, from the plan and the folder that it is given to what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from wheel_building import METADATA, write_sdist, write_wheel

from cratewheel import finding_document
from cratewheel.artifacts.judging import main
from cratewheel.errors import Finding
from cratewheel.plan.model import Plan, PlannedPackage, Row, dumps

PACKAGE = PlannedPackage("wheel:demo-pkg", "demo-pkg", "py:demo", "wheel", "PyPI", "1.2.0")
ROW = Row(
    *("wheel:demo-pkg", "wheel", "demo-pkg", "py:demo", "1.2.0", "x86_64-unknown-linux-gnu"),
    abis=("abi3",),
    artifact_name="demo",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # The command works from inside the folder; whoever runs this test stays where they are.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.json").write_text(dumps(Plan((PACKAGE,), (ROW,))))
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


def judged(capsys: pytest.CaptureFixture[str]) -> tuple[Finding, ...]:
    assert main(["plan.json", "files"]) == 0
    return finding_document.loads(capsys.readouterr().out)


def test_right_files_are_judged_without_a_word(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wheel(folder)
    write_sdist(folder)
    assert judged(capsys) == ()


def test_everything_that_is_wrong_is_said_with_the_file_it_is_about(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = write_wheel(
        folder, prefix="demo_pkg-1.3.0", metadata=METADATA.replace("1.2.0", "1.3.0")
    )
    (folder / "notes.txt").write_text("by mistake")
    found = judged(capsys)
    assert {each.code for each in found} == {"CW-WHEEL-VERSION", "CW-ARTIFACT-UNKNOWN"}
    # No folder of a sandbox: a place is what the user knows.
    assert {each.place.split(": ")[0] for each in found} == {wheel.name, "notes.txt"}


def test_a_family_that_is_missing_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_wheel(folder)
    both = Plan((PACKAGE,), (Row(**{**vars(ROW), "abis": ("abi3", "3.14t")}),))
    (folder.parent / "plan.json").write_text(dumps(both))
    (finding,) = judged(capsys)
    assert finding.code == "CW-WHEEL-MISSING"
    assert "3.14t" in finding.message

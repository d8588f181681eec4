"""A release into the embedded registries, from the request to what pip and cargo would find."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from releases import Maker, run

from cratewheel.errors import CratewheelError
from cratewheel.publishing.request import MissingRow

LINUX = "cp39-abi3-manylinux_2_17_x86_64"
MACOS = "cp39-abi3-macosx_11_0_arm64"


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


@pytest.fixture
def rehearsal(tmp_path: Path) -> Path:
    return tmp_path / "dist" / "rehearsal"


def test_crates_go_before_wheels_and_the_sdist_goes_last(maker: Maker, rehearsal: Path) -> None:
    maker.wheel("demo", "core", tags=(LINUX, MACOS)).crate("facade", "core").crate("core")
    outcome = run(maker.request(rehearsal))
    assert outcome.live
    names = [entry.filename for entry in outcome.report]
    assert names[:2] == ["core-0.1.0.crate", "facade-0.1.0.crate"]
    assert names[-1] == "demo-0.1.0.tar.gz"
    assert {entry.status for entry in outcome.report} == {"uploaded"}


def test_report_has_the_contract_keys_in_upload_order(maker: Maker, rehearsal: Path) -> None:
    maker.crate("core")
    request = maker.request(rehearsal)
    run(request)
    assert json.loads(Path(str(request.output)).read_text()) == [
        {
            "id": "crate:core",
            "registry": "crates.io",
            "version": "0.1.0",
            "filename": "core-0.1.0.crate",
            "sha256": maker.artifacts[0].sha256,
            "status": "uploaded",
        }
    ]


def test_second_run_uploads_nothing_and_says_so(maker: Maker, rehearsal: Path) -> None:
    request = maker.crate("core").wheel("demo", "core").request(rehearsal)
    run(request)
    again = run(request)
    assert again.live
    assert {entry.status for entry in again.report} == {"present"}
    assert "0 uploaded, 3 already there" in again.last_line


def test_an_edited_tree_gets_fresh_registries(
    maker: Maker, rehearsal: Path, tmp_path: Path
) -> None:
    run(maker.crate("core").wheel("demo", "core").request(rehearsal))
    edited = Maker(tmp_path / "edited")
    edited.crate("core", files={"src/lib.rs": "pub fn f() {}"}).wheel("demo", "core")
    outcome = run(edited.request(rehearsal))
    assert outcome.live
    assert "core-0.1.0.crate has changed" in outcome.said
    assert {entry.status for entry in outcome.report} == {"uploaded"}


def test_last_line_says_rehearsal_and_how_to_install(maker: Maker, rehearsal: Path) -> None:
    outcome = run(maker.crate("core").wheel("demo", "core").request(rehearsal))
    assert "rehearsal" in outcome.last_line
    assert f"pip install --index-url {(rehearsal / 'simple').as_uri()} demo==0.1.0" in (
        outcome.last_line
    )
    assert "add core@0.1.0 --registry rehearsal" in outcome.last_line


def test_the_end_says_what_became_of_every_file(maker: Maker, rehearsal: Path) -> None:
    maker.crate("core").wheel("demo", "core", sdist=False).crate("broken", package="")
    made = ("Built: core-0.1.0.crate in 2.0 s", "  core-0.1.0.crate: src/lib.rs changed")
    missing = (
        MissingRow("wheel:demo", "aarch64-apple-darwin", "needs macOS", "macosx_11_0"),
        MissingRow("wheel:demo", None, "another job builds it"),
        MissingRow("wheel:stranger", "aarch64-apple-darwin", "needs macOS"),
    )
    request = maker.request(rehearsal, made=made, missing_rows=missing)
    outcome = run(request)
    assert outcome.said.splitlines()[-6:-1] == [
        *made,
        "Uploaded: core-0.1.0.crate, demo-0.1.0-py3-none-any.whl",
        "Failed: broken-0.1.0.crate",
        "Left out: wheel:demo for aarch64-apple-darwin (macosx_11_0), wheel:demo",
    ]
    plan = replace(request.plan, packages=request.plan.packages[:2])
    again = run(replace(request, made=(), plan=plan, artifacts=request.artifacts[:2]))
    assert again.said.splitlines()[-3:-1] == [
        "Skipped, there already with the same bytes: core-0.1.0.crate, demo-0.1.0-py3-none-any.whl",
        "Left out: wheel:demo for aarch64-apple-darwin (macosx_11_0), wheel:demo",
    ]


def test_a_refused_crate_stops_only_what_depends_on_it(maker: Maker, rehearsal: Path) -> None:
    maker.crate("core", package="").crate("facade", "core").crate("other")
    maker.wheel("demo", "core", sdist=False).wheel("pure", sdist=False)
    outcome = run(maker.request(rehearsal))
    assert not outcome.live
    assert outcome.statuses() == {
        "core-0.1.0.crate": "failed",
        "facade-0.1.0.crate": "not-attempted",
        "other-0.1.0.crate": "uploaded",
        "demo-0.1.0-py3-none-any.whl": "not-attempted",
        "pure-0.1.0-py3-none-any.whl": "uploaded",
    }
    assert "missing or empty metadata fields: description, license" in outcome.said
    assert "2 uploaded, 0 already there, 1 failed, 2 not attempted" in outcome.last_line


def test_a_failure_may_stop_everything(maker: Maker, rehearsal: Path) -> None:
    maker.crate("core", package="").wheel("pure", sdist=False)
    outcome = run(maker.request(rehearsal, on_failure="everything"))
    assert outcome.statuses()["pure-0.1.0-py3-none-any.whl"] == "not-attempted"


def test_wheels_first_keeps_the_crate_back_when_its_wheel_is_refused(
    maker: Maker, rehearsal: Path
) -> None:
    maker.crate("core").wheel("demo", "core", sdist=False, tags=("py3-none-linux_x86_64",))
    outcome = run(maker.request(rehearsal, order="wheels-first"))
    assert outcome.statuses() == {
        "demo-0.1.0-py3-none-linux_x86_64.whl": "failed",
        "core-0.1.0.crate": "not-attempted",
    }
    assert "has an unsupported platform tag 'linux_x86_64'" in outcome.said


def test_rows_that_cannot_be_built_here_are_listed(maker: Maker, rehearsal: Path) -> None:
    row = MissingRow("wheel:demo", "aarch64-apple-darwin", "needs macOS")
    outcome = run(maker.wheel("demo", sdist=False).request(rehearsal, missing_rows=(row,)))
    assert outcome.live
    assert "wheel:demo for aarch64-apple-darwin: needs macOS" in outcome.said


def test_a_file_that_changed_since_it_was_built_stops_all(maker: Maker, rehearsal: Path) -> None:
    request = maker.crate("core").wheel("demo").request(rehearsal)
    Path(maker.artifacts[0].path).write_bytes(b"something else")
    Path(maker.artifacts[1].path).unlink()
    with pytest.raises(CratewheelError) as error:
        run(request)
    assert error.value.codes == ("CW-ARTIFACT-MISMATCH", "CW-ARTIFACT-MISSING")
    assert not rehearsal.exists()


def test_unwritable_folder_is_one_clear_error(maker: Maker, tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file")
    with pytest.raises(CratewheelError) as error:
        run(maker.crate("core").request(tmp_path / "occupied" / "rehearsal"))
    assert error.value.codes == ("CW-REHEARSAL-UNWRITABLE",)


def test_foreign_files_are_not_touched(maker: Maker, rehearsal: Path) -> None:
    rehearsal.mkdir(parents=True)
    (rehearsal / "thesis.tex").write_text("years of work")
    with pytest.raises(CratewheelError) as error:
        run(maker.crate("core").request(rehearsal))
    assert error.value.codes == ("CW-REHEARSAL-FOREIGN",)
    assert (rehearsal / "thesis.tex").exists()


@pytest.mark.parametrize("leftover", ["rehearsal.json", "packages/demo/project.json", "all"])
def test_a_folder_left_by_an_interrupted_run_is_recovered(
    maker: Maker, rehearsal: Path, leftover: str
) -> None:
    request = maker.crate("core").wheel("demo", "core").request(rehearsal)
    run(request)
    if leftover == "all":
        for record in rehearsal.glob("crates/*/versions/*/*.json"):
            record.unlink()
        (rehearsal / "packages" / "demo" / ".unfinished-x").write_text("half")
    else:
        (rehearsal / leftover).unlink()
    outcome = run(request)
    assert outcome.live
    assert run(request).statuses() == dict.fromkeys(outcome.statuses(), "present")
    assert not list(rehearsal.rglob(".unfinished-*"))

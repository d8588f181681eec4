"""Files handed over in folders of any shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from cratewheel.handover import (
    crate_file,
    disagreements,
    read_folders,
    sdist_file,
    wheel_files,
)
from cratewheel.plan.model import Plan, PlannedPackage
from cratewheel.platforms import PLATFORMS, platform_for

WHEELS = {
    "x86_64-unknown-linux-gnu": "manylinux2014_x86_64.manylinux_2_17_x86_64",
    "x86_64-unknown-linux-musl": "musllinux_1_2_x86_64",
    "x86_64-apple-darwin": "macosx_10_12_x86_64",
    "aarch64-apple-darwin": "macosx_11_0_arm64",
    "universal2-apple-darwin": "macosx_10_12_x86_64.macosx_11_0_arm64.macosx_10_12_universal2",
    "x86_64-pc-windows-msvc": "win_amd64",
    "aarch64-pc-windows-msvc": "win_arm64",
    "i686-pc-windows-msvc": "win32",
}
PLAN = Plan(
    packages=(
        PlannedPackage("wheel:My.Pkg", "My.Pkg", "py:py", "wheel", "PyPI", "1.2.0"),
        PlannedPackage("crate:my-core", "my-core", "core:core", "crate", "crates.io", "1.2.0"),
    )
)


def wheel(tags: str) -> str:
    return f"my_pkg-1.2.0-cp39-abi3-{tags}.whl"


@pytest.mark.parametrize("triple", [each for each in WHEELS if not each.startswith("universal2")])
def test_a_wheel_is_of_the_row_whose_platform_it_names(tmp_path: Path, triple: str) -> None:
    (tmp_path / wheel(WHEELS[triple])).write_bytes(b"wheel")
    handover = read_folders([tmp_path])
    rows = [
        each
        for each, platform in PLATFORMS.items()
        if wheel_files(handover, "My.Pkg", "1.2.0", platform) and each in WHEELS
    ]
    assert rows == [triple]


def test_a_universal_wheel_is_of_the_universal_row(tmp_path: Path) -> None:
    (tmp_path / wheel(WHEELS["universal2-apple-darwin"])).write_bytes(b"wheel")
    handover = read_folders([tmp_path])
    assert wheel_files(handover, "My.Pkg", "1.2.0", platform_for("universal2-apple-darwin"))


def test_files_are_found_in_whatever_shape_the_folders_have(tmp_path: Path) -> None:
    for name in ("flat/my_pkg-1.2.0.tar.gz", "one/a/b/my-core-1.2.0.crate", "one/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    handover = read_folders([tmp_path / "flat", tmp_path / "one"])
    assert handover.findings == ()
    assert [file.filename for file in handover.files] == [
        "my-core-1.2.0.crate",
        "my_pkg-1.2.0.tar.gz",
    ]
    assert crate_file(handover, "my-core", "1.2.0") is not None
    assert sdist_file(handover, "My.Pkg", "1.2.0") is not None
    assert disagreements(handover, PLAN) == ()


def test_the_same_bytes_twice_are_one_file_and_others_are_refused(tmp_path: Path) -> None:
    for folder, content in (("a", b"same"), ("b", b"same"), ("c", b"other")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "my-core-1.2.0.crate").write_bytes(content)
    assert read_folders([tmp_path / "a", tmp_path / "b"]).findings == ()
    (finding,) = read_folders([tmp_path]).findings
    assert finding.code == "CW-ARTIFACT-DUPLICATE"
    assert finding.place.endswith("c/my-core-1.2.0.crate")


def test_a_file_of_another_version_is_a_stranger(tmp_path: Path) -> None:
    (tmp_path / "my-core-1.1.0.crate").write_bytes(b"old")
    (finding,) = disagreements(read_folders([tmp_path]), PLAN)
    assert finding.code == "CW-ARTIFACT-STRANGER"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    (finding,) = read_folders([tmp_path / "gone"]).findings
    assert (finding.code, finding.place) == ("CW-ARTIFACTS-FOLDER", str(tmp_path / "gone"))

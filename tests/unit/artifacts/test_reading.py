from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename
from wheel_building import METADATA, Built, wheel_files, write_sdist, write_tar_gz, write_zip

from cratewheel.artifacts.crate import read_crate
from cratewheel.artifacts.sdist import read_sdist
from cratewheel.artifacts.wheel import WheelTag, read_wheel
from cratewheel.errors import CratewheelError

TAGS = "cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64"
NAME = f"demo_pkg-1.2.0-{TAGS}.whl"


def test_a_wheel_that_maturin_built_is_read(program: Built) -> None:
    wheel = read_wheel(program.wheel)
    assert (wheel.name, wheel.version, wheel.build) == ("real-demo-pkg", "1.2.0rc1", "")
    assert wheel.tags == wheel.declared_tags
    assert {(tag.python, tag.abi) for tag in wheel.tags} == {("py3", "none")}
    assert wheel.record_faults == ()
    assert wheel.header("Requires-Python") == ">=3.9"


def test_the_tags_are_those_packaging_reads(tmp_path: Path) -> None:
    path = write_zip(tmp_path / NAME, wheel_files(TAGS))
    wheel = read_wheel(path)
    *_, tags = parse_wheel_filename(NAME)
    assert wheel.tags == {WheelTag(tag.interpreter, tag.abi, tag.platform) for tag in tags}
    assert wheel.platforms == {"manylinux_2_17_x86_64", "manylinux2014_x86_64"}


def test_a_build_number_is_read(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "demo_pkg-1.2.0-2b-py3-none-any.whl", wheel_files("py3-none-any"))
    assert read_wheel(path).build == "2b"


@pytest.mark.parametrize("name", ["demo.whl", "demo-1.0.whl", "demo-x-py3-none-any.whl"])
def test_a_name_that_no_wheel_has_is_refused(tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / name, wheel_files("py3-none-any"))
    with pytest.raises(CratewheelError, match="CW-WHEEL-NAME"):
        read_wheel(path)


def faults(folder: Path, files: dict[str, bytes]) -> tuple[str, ...]:
    return read_wheel(write_zip(folder / NAME, files)).record_faults


RECORD = "demo_pkg-1.2.0.dist-info/RECORD"


def test_a_changed_file_is_not_what_record_says(tmp_path: Path) -> None:
    files = wheel_files(TAGS)
    files["demo/__init__.py"] = b"import os\n"
    assert faults(tmp_path, files) == (
        "`demo/__init__.py` has not the hash that RECORD has for it",
    )


def test_an_added_file_is_not_in_record(tmp_path: Path) -> None:
    files = wheel_files(TAGS)
    files["demo/extra.py"] = b""
    assert faults(tmp_path, files) == ("`demo/extra.py` is not in RECORD",)


def test_a_removed_file_is_still_in_record(tmp_path: Path) -> None:
    files = wheel_files(TAGS)
    del files["demo/__init__.py"]
    assert faults(tmp_path, files) == ("RECORD lists `demo/__init__.py`, which is not there",)


def test_a_weak_hash_a_wrong_size_and_a_broken_line_are_said(tmp_path: Path) -> None:
    files = wheel_files(TAGS)
    text = files.pop(RECORD).decode()
    lines = text.splitlines()
    weak = lines[0].split(",")[0] + ",md5=abc,0"
    sized = lines[1].rpartition(",")[0] + ",99999"
    files[RECORD] = "\n".join([weak, sized, *lines[2:], "odd", lines[2]]).encode()
    assert faults(tmp_path, files) == (
        "RECORD has a line of 1 fields",
        "RECORD lists `demo_pkg-1.2.0.dist-info/WHEEL` twice",
        "RECORD has no secure hash of `demo/__init__.py`",
        "`demo_pkg-1.2.0.dist-info/METADATA` has not the size that RECORD has for it",
    )


def test_no_record_at_all_is_said(tmp_path: Path) -> None:
    files = wheel_files(TAGS)
    del files[RECORD]
    assert faults(tmp_path, files) == (f"there is no {RECORD}",)


def test_a_longer_hash_is_as_good(tmp_path: Path) -> None:
    digest = base64.urlsafe_b64encode(hashlib.sha512(b"x").digest()).rstrip(b"=").decode()
    listed = f"demo/a.py,sha512={digest},1\n{RECORD},,\n"
    assert faults(tmp_path, {"demo/a.py": b"x", RECORD: listed.encode()}) == ()


def test_a_crate_that_cargo_packaged_is_read(crate_folder: Path) -> None:
    path = crate_folder / "target" / "package" / "real-demo-1.2.0-rc.1.crate"
    crate = read_crate(path)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], check=True, cwd=crate_folder, capture_output=True, text=True
    )
    assert (crate.name, crate.version) == ("real-demo", "1.2.0-rc.1")
    assert crate.commit == head.stdout.strip()
    assert crate.files["src/lib.rs"].content == b"//! A demonstration.\n"
    assert crate.manifest["package"]["license"] == "MIT"


MANIFEST = b'[package]\nname = "a"\nversion = "1.0.0"\n'


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a-1.0.0/src/lib.rs": b""}, "with a Cargo.toml"),
        ({"a-1.0.0/Cargo.toml": MANIFEST, "b/x": b""}, "with a Cargo.toml"),
        ({"a-1.0.0/Cargo.toml": b"[package"}, "cannot be read"),
        ({"a-1.0.0/Cargo.toml": b"[lib]"}, "cannot be read"),
        ({"a-1.0.1/Cargo.toml": MANIFEST}, "its Cargo.toml says a 1.0.0"),
    ],
)
def test_what_is_no_packaged_crate_is_said(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    path = write_tar_gz(tmp_path / "a-1.0.0.crate", files)
    with pytest.raises(CratewheelError, match=f"CW-CRATE-CONTENT .*{message}"):
        read_crate(path)


def test_a_crate_packaged_outside_a_checkout_has_no_commit(tmp_path: Path) -> None:
    path = write_tar_gz(tmp_path / "a-1.0.0.crate", {"a-1.0.0/Cargo.toml": MANIFEST})
    assert read_crate(path).commit is None


def test_an_sdist_that_maturin_built_is_read(program: Built) -> None:
    sdist = read_sdist(program.sdist)
    assert (sdist.name, sdist.version) == ("real-demo-pkg", "1.2.0rc1")
    assert {"Cargo.toml", "Cargo.lock", "pyproject.toml", "LICENSE"} <= set(sdist.files)
    assert "Requires-Python: >=3.9" in sdist.metadata


def test_an_sdist_needs_its_name_its_folder_and_its_metadata(tmp_path: Path) -> None:
    assert read_sdist(write_sdist(tmp_path / "good")).metadata == METADATA
    odd = write_tar_gz(tmp_path / "demo_pkg.tar.gz", {"demo_pkg/PKG-INFO": b""})
    other = write_tar_gz(tmp_path / "demo_pkg-1.2.0.tar.gz", {"demo/PKG-INFO": b""})
    bare = write_tar_gz(tmp_path / "demo_pkg-1.3.0.tar.gz", {"demo_pkg-1.3.0/a": b""})
    zipped = write_zip(tmp_path / "demo_pkg-1.2.0.zip", {"demo_pkg-1.2.0/PKG-INFO": b""})
    for path, message in (
        (odd, "Invalid sdist"),
        (other, "one folder of its own name"),
        (bare, "PKG-INFO"),
        (zipped, "tar.gz"),
    ):
        with pytest.raises(CratewheelError, match=f"CW-SDIST-CONTENT .*{message}"):
            read_sdist(path)

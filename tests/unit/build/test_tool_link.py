"""A tool's place in the cache: named by what is installed, the same for every environment that holds the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cratewheel.build import tool_link
from cratewheel.build.tool_link import keep_library, link

FORTNIGHT = 15 * 24 * 3600


def environment(folder: Path, *installed: str) -> tuple[Path, Path]:
    packages = folder / "lib" / "site-packages"
    for name in installed:
        (packages / f"{name}.dist-info").mkdir(parents=True)
    return folder, packages


def library(folder: Path, text: str) -> Path:
    package = folder / "cratewheel"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__init__.py").write_text(text)
    (package / "__pycache__" / "stale.pyc").write_bytes(b"of another Python")
    return package


def test_what_is_installed_names_the_tool_and_not_where(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    one = environment(tmp_path / "one", "maturin-1.9.0", "tomli-2.0.1")
    other = environment(tmp_path / "other", "tomli-2.0.1", "maturin-1.9.0")
    newer = environment(tmp_path / "newer", "maturin-1.9.1", "tomli-2.0.1")
    first = link(cache, *one)
    assert os.path.realpath(cache / "tools" / first) == str(tmp_path / "one")
    assert link(cache, *other) == first
    assert os.path.realpath(cache / "tools" / first) == str(tmp_path / "other")
    assert link(cache, *newer) != first


def test_the_library_is_copied_once_without_bytecode_of_others(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    keep_library(cache, library(tmp_path / "one", "first = 1\n"), "a")
    keep_library(cache, library(tmp_path / "two", "second = 2\n"), "a")
    kept = cache / "library" / "a" / "cratewheel"
    assert (kept / "__init__.py").read_text() == "first = 1\n"
    assert not (kept / "__pycache__").exists()
    assert [each.name for each in (cache / "library").iterdir()] == ["a"]


def test_a_copy_that_nobody_has_used_for_a_fortnight_goes(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for name in ("old", "used"):
        keep_library(cache, library(tmp_path / name, ""), name)
    long_ago = time.time() - FORTNIGHT
    for name in ("old", "used"):
        os.utime(cache / "library" / name, (long_ago, long_ago))
    keep_library(cache, tmp_path / "used" / "cratewheel", "used")
    keep_library(cache, library(tmp_path / "new", ""), "new")
    assert sorted(each.name for each in (cache / "library").iterdir()) == ["new", "used"]


def test_of_two_runs_that_copy_at_once_one_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    copytree = shutil.copytree

    def slow(source: str, made_at: str, **options: Any) -> str:
        made = copytree(source, made_at, **options)
        other = cache / "library" / "a" / "cratewheel"
        other.mkdir(parents=True)
        (other / "__init__.py").write_text("by the other run\n")
        return made

    monkeypatch.setattr(shutil, "copytree", slow)
    keep_library(cache, library(tmp_path / "one", "by this run\n"), "a")
    text = (cache / "library" / "a" / "cratewheel" / "__init__.py").read_text()
    assert text == "by the other run\n"
    assert [each.name for each in (cache / "library").iterdir()] == ["a"]


def test_the_command_prints_the_tool_and_leaves_a_library_that_can_be_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tool_link.main([str(tmp_path), "this"]) == 0
    tool = capsys.readouterr().out.strip()
    assert os.path.realpath(tmp_path / "tools" / tool) == os.path.realpath(sys.prefix)
    said = subprocess.run(
        [sys.executable, "-c", "import cratewheel; print(cratewheel.__file__)"],
        env={"PYTHONPATH": str(tmp_path / "library" / "this"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.startswith(str(tmp_path / "library" / "this"))

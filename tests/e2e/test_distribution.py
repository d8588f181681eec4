"""`pants-cratewheel` as it is packaged, released, and installed where there is no Pants."""

from __future__ import annotations

import re
import shutil
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest
from pants_run import CHECKOUT, repository, run
from release_distribution import main


def distribution(ending: str) -> Path:
    """What `pants package pants-plugins::` made."""
    (found,) = CHECKOUT.glob(f"pants_cratewheel-*{ending}")
    return found


def test_it_is_packaged_with_everything_it_needs() -> None:
    with zipfile.ZipFile(distribution(".whl")) as wheel:
        names = set(wheel.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        headers = HeaderParser().parsestr(wheel.read(metadata).decode())
    own = {
        path.relative_to(CHECKOUT / "pants-plugins").as_posix()
        for path in (CHECKOUT / "pants-plugins").glob("*/**/*")
        if path.suffix in (".py", ".lock", ".typed")
    }
    assert {name for name in names if ".dist-info/" not in name} == {
        *own,
        "pants_cratewheel/CHANGELOG.md",
    }
    assert {"cratewheel/py.typed", "pants_cratewheel/py.typed"} <= own
    assert headers["License-Expression"] == "MIT OR Apache-2.0"
    assert headers["Requires-Python"] == ">=3.9"
    assert len([name for name in names if "/licenses/LICENSE-" in name]) == 2
    with tarfile.open(distribution(".tar.gz")) as sdist:
        members = {name.partition("/")[2] for name in sdist.getnames()}
    assert {*own, "CHANGELOG.md", "LICENSE-MIT", "pyproject.toml", "README.md"} <= members


def test_version_changelog_and_readme_agree() -> None:
    version = distribution(".whl").name.split("-")[1]
    changelog = (CHECKOUT / "pants-plugins" / "CHANGELOG.md").read_text()
    assert re.findall(r"^## (\S+)", changelog, re.MULTILINE)[0] == version
    readme = (CHECKOUT / "pants-plugins" / "README.md").read_text()
    assert f"pants-cratewheel=={version}" in readme


def test_it_is_released_by_its_own_publisher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dist").mkdir()
    for ending in (".whl", ".tar.gz"):
        shutil.copy(distribution(ending), tmp_path / "dist")
    monkeypatch.chdir(tmp_path)
    with repository(tmp_path, commit=False) as made:
        made.git("commit", "--quiet", "--allow-empty", "--message=Start")
        assert main([], {}) == 0
        assert "2 uploaded, 0 already there" in capsys.readouterr().out
        assert main([], {}) == 0
        assert "0 uploaded, 2 already there" in capsys.readouterr().out
        assert main([], {"CI": "true"}) == 1
        assert "CW-DESTINATION-UNSET" in capsys.readouterr().out
        assert made.git("tag") == ""


def test_the_command_works_where_pants_is_not(tmp_path: Path) -> None:
    run([sys.executable, "-m", "venv", "environment"], tmp_path).succeeded()
    folder = tmp_path / "environment" / "bin"
    wheel = str(distribution(".whl"))
    run([str(folder / "python"), "-m", "pip", "install", "--quiet", wheel], tmp_path).succeeded()
    command = str(folder / "cratewheel")

    # Far enough for everything that it imports to be there.
    checked = run([command, "check", "--plan=none.json", "--id=wheel:none", wheel], tmp_path)
    checked.refused("CW-PLAN-INVALID", "none.json")
    assert "--plan" in run([command, "stamp", "--help"], tmp_path).succeeded().stdout
    imported = run([str(folder / "python"), "-c", "import pants"], tmp_path)
    assert "No module named 'pants'" in imported.stderr

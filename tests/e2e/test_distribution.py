"""`pants-cratewheel` as it is packaged, released, and installed where there is no Pants."""

from __future__ import annotations

import platform
import re
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

import pytest
from pants_run import CHECKOUT, Repository, repository, run
from release_distribution import findings, main, request

from cratewheel.plan.model import Plan, PlannedFile, PlannedPackage, Row, dumps
from cratewheel.plan.recipes import Recipe
from cratewheel.wheel_rows import BuildSettings

NONE = BuildSettings()
PROGRAM = {
    "Cargo.toml": '[package]\nname = "cw-alone"\nversion = "0.1.0"\nedition = "2021"\n',
    "pyproject.toml": (
        '[build-system]\nrequires = ["maturin>=1.9,<2"]\nbuild-backend = "maturin"\n\n'
        '[project]\nname = "cw-alone"\nrequires-python = ">=3.9"\ndynamic = ["version"]\n\n'
        '[tool.maturin]\nbindings = "bin"\n'
    ),
    "src/main.rs": 'fn main() { println!("alone {}", env!("CARGO_PKG_VERSION")); }\n',
}


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
        if path.suffix in (".py", ".lock", ".typed") or path.match("launcher/pants")
    }
    assert {name for name in names if ".dist-info/" not in name} == {
        *own,
        "pants_cratewheel/CHANGELOG.md",
    }
    assert {"cratewheel/py.typed", "pants_cratewheel/py.typed"} <= own
    # What `release-init` gives a repository that has no launcher.
    assert "cratewheel/launcher/pants" in own
    assert any(name.startswith("cratewheel/launcher/locks/pantsbuild.pants-") for name in own)
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


@pytest.fixture
def unreleased(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """A clean checkout of the distribution's sources, with what was packaged from them in `dist/`."""
    (tmp_path / "dist").mkdir()
    for ending in (".whl", ".tar.gz"):
        shutil.copy(distribution(ending), tmp_path / "dist")
    shutil.copytree(
        CHECKOUT / "pants-plugins",
        tmp_path / "pants-plugins",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (tmp_path / ".gitignore").write_text("/dist/\n__pycache__/\n")
    monkeypatch.chdir(tmp_path)
    with repository(tmp_path) as made:
        yield made


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    """What a release for real says that is refused before it asks any registry."""
    # Port 9 is discard: no registry answers there.
    address = "--python-repository=http://127.0.0.1:9/legacy/"
    assert main(["--destination=registries", address], {}) == 1
    return capsys.readouterr().out


def test_what_was_packaged_from_a_clean_commit_may_be_released(
    unreleased: Repository,
) -> None:
    assert findings(unreleased.root, request(unreleased.root, "registries")) == ()


def test_changes_that_are_not_committed_are_not_released(
    unreleased: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    unreleased.write({"pants-plugins/cratewheel/new.py": "", "notes": "beside it"})
    assert "CW-TREE-DIRTY" in refusal(capsys)
    (unreleased.root / "pants-plugins" / "cratewheel" / "new.py").unlink()
    assert findings(unreleased.root, request(unreleased.root, "registries")) == ()
    unreleased.replace("pants-plugins/README.md", "0.1.0", "0.1.1")
    assert "CW-TREE-DIRTY" in refusal(capsys)
    assert main([], {}) == 0, "a rehearsal takes the tree as it is"


def test_files_that_were_packaged_from_another_commit_are_not_released(
    unreleased: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = {"cratewheel/errors.py": "changed = True\n", "pants_cratewheel/added.py": ""}
    unreleased.write({f"pants-plugins/{path}": text for path, text in changed.items()})
    (unreleased.root / "pants-plugins" / "cratewheel" / "spelling.py").unlink()
    unreleased.commit("Change, add and remove")
    said = refusal(capsys)
    for path in (unreleased.root / "dist").glob("pants_cratewheel-*"):
        assert f"CW-ARTIFACT-MISMATCH dist/{path.name}" in said
    named = "cratewheel/errors.py, cratewheel/spelling.py, pants_cratewheel/added.py"
    assert said.count(f"it is not of this commit: {named}\n") == 2
    assert "./pants package pants-plugins::" in said


def test_the_command_works_where_pants_is_not(tmp_path: Path) -> None:
    run([sys.executable, "-m", "venv", "environment"], tmp_path).succeeded()
    folder = tmp_path / "environment" / "bin"
    wheel = str(distribution(".whl"))
    run([str(folder / "python"), "-m", "pip", "install", "--quiet", wheel], tmp_path).succeeded()
    command = str(folder / "cratewheel")

    checked = run([command, "check", "--plan=none.json", "--id=wheel:none", wheel], tmp_path)
    checked.refused("CW-PLAN-INVALID", "none.json")
    imported = run([str(folder / "python"), "-c", "import pants"], tmp_path)
    assert "No module named 'pants'" in imported.stderr


@pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")
def test_a_row_is_stamped_built_and_checked_where_pants_is_not(tmp_path: Path) -> None:
    run([sys.executable, "-m", "venv", "environment"], tmp_path).succeeded()
    folder = tmp_path / "environment" / "bin"
    pip = [str(folder / "python"), "-m", "pip", "install", "--quiet"]
    run([*pip, str(distribution(".whl")), "maturin>=1.9,<2"], tmp_path).succeeded()
    command = str(folder / "cratewheel")
    project = tmp_path / "project"
    made = Repository(project)
    made.write(PROGRAM)
    tag = f"manylinux_{platform.libc_ver()[1].replace('.', '_')}"
    target = f"{platform.machine()}-unknown-linux-gnu"
    filename = f"cw_alone-0.2.0-py3-none-{tag}_{platform.machine()}.whl"
    row = Row(
        *("wheel:cw-alone", "wheel", "cw-alone", ":cw-alone", "0.2.0", target),
        compatibility=tag,
        abis=("bin",),
        artifact_name="cw-alone-here",
    )
    package = PlannedPackage(
        *("wheel:cw-alone", "cw-alone", ":cw-alone", "wheel", "PyPI", "0.2.0"),
        files=(PlannedFile(filename),),
        crate_directory="",
        pyproject="pyproject.toml",
    )
    plan = Plan((package,), (row,), builds=(Recipe("cw-alone-here", families=(("bin", NONE),)),))
    made.write({"plan.json": dumps(plan)})
    run(["cargo", "generate-lockfile", "--offline"], project).succeeded()

    stamped = run([command, "stamp", "--plan=plan.json"], project).succeeded()
    assert stamped.stdout.split() == ["Cargo.lock", "Cargo.toml"]
    assert 'version = "0.2.0"' in (project / "Cargo.toml").read_text()
    built = run([command, "build", "--plan=plan.json", "--row=cw-alone-here"], project)
    assert f"dist/{filename}" in built.succeeded().stdout
    run(
        [command, "check", "--plan=plan.json", "--id=wheel:cw-alone", f"dist/{filename}"], project
    ).succeeded()
    run([*pip, f"dist/{filename}"], project).succeeded()
    assert run([str(folder / "cw-alone")], project).succeeded().stdout == "alone 0.2.0\n"

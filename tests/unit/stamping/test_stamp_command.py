"""`cratewheel stamp` in a checkout."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import tomli

from cratewheel.__main__ import main
from cratewheel.plan.model import Plan, PlannedPackage, dumps

PLAN = Plan(
    packages=(
        PlannedPackage(
            id="wheel:my-py",
            name="my-py",
            address="python:my-py",
            kind="wheel",
            registry="PyPI",
            version="0.4.0",
            crate_directory="python",
            pyproject="python/pyproject.toml",
            version_files=("python/src/my_py/__init__.py",),
        ),
    )
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for path, text in {
        "python/Cargo.toml": '[package]\nname = "my-py"\nversion = "0.1.0"\n',
        "python/src/lib.rs": "",
        "python/src/my_py/__init__.py": '__version__ = "0.1.0"\n',
        "python/pyproject.toml": '[project]\nname = "my-py"\ndynamic = ["version"]\n',
        "target/package/Cargo.toml": '[package]\nname = "my-py"\nversion = "0.1.0"\n',
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def run(checkout: Path, plan: str, *arguments: str) -> int:
    (checkout / "plan.json").write_text(plan)
    return main(
        ["stamp", "--plan", str(checkout / "plan.json"), "--root", str(checkout), *arguments]
    )


def test_a_checkout_without_git_is_stamped(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checkout, dumps(PLAN)) == 0
    assert (
        tomli.loads((checkout / "python/Cargo.toml").read_text())["package"]["version"] == "0.4.0"
    )
    assert (checkout / "python/src/my_py/__init__.py").read_text() == '__version__ = "0.4.0"\n'
    assert "0.1.0" in (checkout / "target/package/Cargo.toml").read_text()
    assert capsys.readouterr().out.splitlines() == [
        "python/Cargo.toml",
        "python/src/my_py/__init__.py",
    ]


def test_a_stale_plan_is_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["git", "init", "-q", str(checkout)], check=True)
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(
        ["git", *identity, "commit", "-qm", "A", "--allow-empty"], cwd=checkout, check=True
    )
    assert run(checkout, dumps(PLAN)) == 1
    assert "CW-PLAN-STALE" in capsys.readouterr().err
    assert "0.1.0" in (checkout / "python/Cargo.toml").read_text()


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        ("{}", "CW-PLAN-INVALID"),
        ("not json", "CW-PLAN-INVALID"),
        (dumps(PLAN).replace('"0.4.0"', '"0.5.0"'), "CW-PLAN-EDITED"),
    ],
)
def test_what_is_no_plan_is_refused(
    checkout: Path, plan: str, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checkout, plan) == 1
    assert capsys.readouterr().err.startswith(code)


def test_a_missing_plan_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stamp", "--plan", str(tmp_path / "none.json")]) == 1
    assert "CW-PLAN-INVALID" in capsys.readouterr().err


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "stamp" in capsys.readouterr().out

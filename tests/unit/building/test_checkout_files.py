"""Which files of a checkout are its sources, with git and without."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cratewheel.commands.checkout import head, sources
from cratewheel.plan.model import Plan

FILES = {
    ".gitignore": "Cargo.lock\n/target/\n/made.txt\n",
    "Cargo.toml": "",
    "Cargo.lock": "",
    "src/lib.rs": "",
    "made.txt": "",
    "target/debug/x": "",
    "py/__pycache__/x.pyc": "",
}
PLAN = Plan(commit="ab" * 20)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    allowed = ["-c", "protocol.file.allow=always"]
    return subprocess.run(
        ["git", *identity, *allowed, *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with sources, and with what tools have left."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_git_says_what_is_ignored_but_a_lock_is_a_source_all_the_same(
    tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "inner.rs").write_text("")
    for folder in (other, tree):
        git(folder, "init", "--initial-branch=main")
        git(folder, "add", "--all")
        git(folder, "commit", "--message=Start")
    git(tree, "submodule", "add", str(other), "vendored")
    (tree / "src/new.rs").write_text("")
    (tree / "Cargo.toml").unlink()
    found = set(sources(tree))
    assert found >= {"Cargo.lock", "src/lib.rs", "src/new.rs", "vendored/inner.rs", ".gitmodules"}
    assert not found & {"Cargo.toml", "made.txt", "target/debug/x", "vendored"}
    assert head(tree, PLAN) == git(tree, "rev-parse", "HEAD")


@pytest.mark.parametrize("has_git", [True, False])
def test_an_exported_tree_has_what_no_tool_has_made(
    tree: Path, monkeypatch: pytest.MonkeyPatch, has_git: bool
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tree.parent))
    if not has_git:
        monkeypatch.setenv("PATH", str(tree))
    assert sources(tree) == (".gitignore", "Cargo.lock", "Cargo.toml", "made.txt", "src/lib.rs")
    assert head(tree, PLAN) == PLAN.commit

"""How often git is asked for a plan."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from git_repository import CountedGit
from release_project import Project

from cratewheel.history import read_history
from cratewheel.records.store import (
    fetch_records,
    publish_record,
    store_attempt,
    untagged_records,
)
from cratewheel.records.values import Attempt, RecordedPackage


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a remote, and a change since its releases."""
    project = Project(tmp_path / "repository")
    project.released()
    project.repository.commit("Mend", {"crates/core/src/lib.rs": "1"})
    project.repository.write()
    remote = str(tmp_path / "remote.git")
    subprocess.run(["git", "init", "--bare", "--quiet", remote], check=True)
    project.repository.git("remote", "add", "origin", remote)
    return project


def record(project: Project, number: int) -> None:
    """A release that was begun and never tagged."""
    tag = f"core-lib-v0.3.{number}"
    name = f"core-lib-0.3.{number}.crate"
    package = RecordedPackage("crate:core-lib", f"0.3.{number}", tag, {name: f"{number:064}"})
    stored = store_attempt(project.git, Attempt("a" * 40, (package,)), "{}", ())
    assert publish_record(project.git, [tag], stored, {}, "origin") is None


def calls_of_a_plan(project: Project) -> int:
    """How often git is asked for everything that a plan is made from."""
    git = CountedGit(project.root)
    read_history(git, project.packages)
    fetch_records(git, "origin")
    untagged_records(git)
    return len(git.asked)


def test_it_does_not_grow_with_half_done_releases(project: Project) -> None:
    counts = set()
    for numbers in (range(1, 3), range(3, 41)):
        for number in numbers:
            record(project, number)
        counts.add(calls_of_a_plan(project))
    assert len(counts) == 1
    assert len(untagged_records(project.git)) == 40

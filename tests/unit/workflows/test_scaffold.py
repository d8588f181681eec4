"""What release-init may change, and what it leaves to a person."""

from __future__ import annotations

import pytest

from cratewheel.workflows.remaining import (
    GitHubRepository,
    Registration,
    github_repository,
    remaining_steps,
)
from cratewheel.workflows.scaffold import generated_files, is_generated, scaffold
from cratewheel.workflows.settings import Cadence, WorkflowSettings

FILES = generated_files(WorkflowSettings())
RELEASE = ".github/workflows/release.yml"
SLOWER = generated_files(WorkflowSettings(cadence=Cadence.SCHEDULE))


def test_a_bare_project_gets_every_file() -> None:
    files = scaffold({}, FILES)
    assert [file.path for file in files] == [
        RELEASE,
        ".github/workflows/release-check.yml",
        "pants.ci.toml",
    ]
    assert all(file.changes and file.ours for file in files)


def test_the_second_time_there_is_nothing_to_do() -> None:
    assert not any(file.changes for file in scaffold(FILES, FILES))


def test_a_file_that_nobody_changed_is_brought_up_to_date_and_the_diff_shows_how() -> None:
    file = scaffold(FILES, SLOWER)[0]
    assert file.changes
    assert file.ours
    assert '-  push:\n-    branches: ["main"]\n+  schedule:' in file.diff()


@pytest.mark.parametrize("edit", ["# reviewed\n", "{}", "\n"])
def test_a_file_that_somebody_changed_is_theirs(edit: str) -> None:
    for text in (FILES[RELEASE] + edit, edit + FILES[RELEASE]):
        (file, *_) = scaffold({**FILES, RELEASE: text}, SLOWER)
        assert not file.ours


def test_a_workflow_from_elsewhere_is_not_ours() -> None:
    assert not is_generated("name: Release\non: push\n")


@pytest.mark.parametrize(
    "address",
    [
        "git@github.com:octo/demo.git",
        "https://github.com/octo/demo",
        "https://github.com/octo/demo.git\n",
        "https://x-access-token:secret@github.com/octo/demo.git",
        "ssh://git@github.com:22/octo/demo.git",
    ],
)
def test_the_repository_is_read_from_the_remote(address: str) -> None:
    assert github_repository(address) == GitHubRepository("octo", "demo")


@pytest.mark.parametrize("address", ["", "/srv/git/demo.git", "https://gitlab.com/octo/demo.git"])
def test_other_remotes_name_no_repository_on_github(address: str) -> None:
    assert github_repository(address) is None


def test_the_environment_lets_in_what_starts_a_release() -> None:
    steps = remaining_steps(
        WorkflowSettings(cadence=Cadence.TAG), GitHubRepository("octo", "demo"), []
    )
    assert "tags of the pattern `release/**`" in steps
    assert "the branch main" in steps
    assert "tags of" not in remaining_steps(WorkflowSettings(), None, [])


def test_every_registry_gets_the_exact_values() -> None:
    steps = remaining_steps(
        WorkflowSettings(environment="live", branch="trunk"),
        GitHubRepository("octo", "demo"),
        [Registration("core", "crate", "crates.io"), Registration("core-py", "wheel", "PyPI")],
        ["Copy the launcher."],
    )
    values = "owner `octo`, repository `demo`, workflow `release.yml`, environment `live`"
    assert steps.count(values) == 2
    assert "1. Copy the launcher." in steps
    assert "branch trunk" in steps
    assert "crates.io, crate core" in steps
    assert "`core-py`" in steps

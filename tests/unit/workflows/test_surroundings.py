"""What generated workflows take from the repository they are for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from cratewheel.workflows.rendering import render_release
from cratewheel.workflows.settings import Toolchains, WorkflowSettings
from cratewheel.workflows.surroundings import toolchains, workflow_files


@pytest.mark.parametrize(
    ("pins", "workspaces", "expected"),
    [
        ([], [""], Toolchains((), unpinned=True)),
        (["rust-toolchain.toml"], ["", "tools"], Toolchains(("",), unpinned=False)),
        (["rust/rust-toolchain"], ["rust"], Toolchains(("rust",), unpinned=False)),
        (["rust/rust-toolchain"], ["rust", "tools"], Toolchains(("rust",), unpinned=True)),
        (
            ["rust-toolchain", "a/b/rust-toolchain.toml"],
            ["a/b/c", "a/d"],
            Toolchains(("", "a/b"), unpinned=False),
        ),
        # Not that of a workspace.
        (["docs/rust-toolchain"], ["rust"], Toolchains((), unpinned=True)),
    ],
)
def test_every_workspace_has_the_compiler_that_rustup_would_take_there(
    tmp_path: Path, pins: Sequence[str], workspaces: Sequence[str], expected: Toolchains
) -> None:
    for pin in pins:
        (tmp_path / pin).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / pin).write_text("1.90.0\n")
    assert toolchains(tmp_path, workspaces) == expected


def installed(settings: Toolchains) -> str:
    steps = yaml.safe_load(render_release(WorkflowSettings(toolchains=settings)))["jobs"]["build"]
    (step,) = (each for each in steps["steps"] if each["name"].startswith("Install Rust"))
    return f"{step.get('working-directory', '')}|{step['run']}"


def test_a_job_installs_the_compilers_of_all_workspaces() -> None:
    assert installed(Toolchains()).startswith("|rustup toolchain install stable ")
    assert re.match(r"rust\|rustup toolchain install --no", installed(Toolchains(("rust",), False)))
    both = installed(Toolchains(("", "tools/a b"), unpinned=True))
    assert both.startswith("|rustup toolchain install stable ")
    assert "for directory in . 'tools/a b'; do" in both
    assert '(cd "$directory" && rustup toolchain install --no-self-update)' in both


def test_workflows_and_the_actions_they_use_are_read(tmp_path: Path) -> None:
    for path in ("workflows/ci.yml", "actions/a/b/action.yaml", "dependabot.yml"):
        (tmp_path / ".github" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / ".github" / path).write_text(path)
    assert workflow_files(tmp_path) == {
        ".github/workflows/ci.yml": "workflows/ci.yml",
        ".github/actions/a/b/action.yaml": "actions/a/b/action.yaml",
    }

"""GitHub's own schema and zizmor on every kind of generated workflow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from kinds_of_projects import PROJECTS

from cratewheel.workflows.own_rows import OwnRow
from cratewheel.workflows.scaffold import generated_files

OWN = (OwnRow("wheel:demo", "wasm32-unknown-emscripten", "wasm"),)


def tool(name: str, *arguments: str, cwd: Path) -> str:
    program = Path.cwd() / "3rdparty" / f"{name}.pex"
    done = subprocess.run(
        [sys.executable, str(program), *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("projects")
    for kind, settings in PROJECTS.items():
        for path, text in generated_files(settings, OWN).items():
            file = folder / kind.replace(" ", "-") / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return folder


def test_every_workflow_is_one_by_github_s_schema(projects: Path) -> None:
    workflows = sorted(map(str, projects.rglob("workflows/*.yml")))
    assert len(workflows) == 2 * len(PROJECTS)
    tool(
        "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows, cwd=projects
    )
    actions = sorted(map(str, projects.rglob("action.yml")))
    assert actions
    tool("check-jsonschema", "--builtin-schema", "vendor.github-actions", *actions, cwd=projects)


def test_zizmor_finds_nothing_in_any(projects: Path) -> None:
    said = tool(
        "zizmor", "--offline", "--no-config", "--no-progress", "--pedantic", ".", cwd=projects
    )
    assert "No findings to report" in said


def test_the_workflows_of_this_repository_are_as_clean() -> None:
    folder = Path.cwd() / ".github" / "workflows"
    workflows = sorted(map(str, folder.glob("*.yml")))
    assert {Path(each).name for each in workflows} >= {"release.yml", "release-check.yml"}
    tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows, cwd=folder)
    said = tool("zizmor", "--offline", "--no-config", "--no-progress", *workflows, cwd=folder)
    assert "No findings to report" in said

"""`pants release-init` on projects that have released before, with registries of this machine."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from engine_runs import TOOLS, crate, pyproject, repository
from marked_secrets import secret
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import RuleRunner, mock_console
from recorded_registries import Told, telling

from pants_cratewheel.goals.release_init import ReleaseInit

RELEASE = ".github/workflows/release.yml"
CHECK = ".github/workflows/release-check.yml"
ACTION = ".github/actions/build-row/action.yml"
OLD = """
on: {push: {tags: ["v*"]}}
jobs:
  build-pgo:
    runs-on: ubuntu-latest
    steps:
      - run: cargo pgo build
      - uses: actions/upload-artifact@v4
  publish:
    needs: build-pgo
    runs-on: ubuntu-latest
    steps:
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
FILES = {
    "pants.toml": '[GLOBAL]\npants_version = "2.17.1"\n',
    "BUILD": 'cargo_workspace(name="cargo")\n',
    "Cargo.toml": '[workspace]\nmembers = ["core", "py"]\nresolver = "2"\n',
    "core/BUILD": 'crate_package(name="core", publish=True)\n',
    "core/Cargo.toml": crate("core"),
    "core/src/lib.rs": "",
    "py/BUILD": 'maturin_wheel(name="py", publish=True, platforms=["aarch64-apple-darwin"])\n',
    "py/Cargo.toml": crate(
        "py",
        """
        [lib]
        crate-type = ["cdylib"]

        [dependencies]
        pyo3 = { version = "0.30", features = ["abi3-py39"] }
        """,
    ),
    "py/src/lib.rs": "",
    "py/pyproject.toml": pyproject("py"),
}
WINDOWS = 'maturin_wheel(name="py", publish=True, platforms=["x86_64-pc-windows-msvc"])\n'
RELEASED = {
    "pants-cratewheel": ["pants_cratewheel-0.1.0-py3-none-any.whl"],
    "py": [
        "py-1.0.0-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "py-1.0.0-cp39-abi3-win_amd64.whl",
        "py-1.0.0.tar.gz",
    ],
}


@dataclass
class Project:
    """A repository in an engine, and the registries that it releases to."""

    runner: RuleRunner
    told: Told
    status: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return Path(self.runner.build_root)

    def init(self, *arguments: str) -> str:
        """Runs the goal and returns what it said."""
        # A process in the foreground, which registers publishers, writes to what it takes for a terminal.
        with mock_console(self.runner.options_bootstrapper) as (_, terminal):
            result = self.runner.run_goal_rule(
                ReleaseInit,
                global_args=self.told.options,
                args=arguments,
                env=self.environment,
                env_inherit=TOOLS,
            )
            self.status = result.exit_code
            return result.stdout + terminal.get_stdout() + terminal.get_stderr()

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True)


@pytest.fixture
def registries() -> Iterator[Told]:
    with telling(Told({"core": ["1.0.0"]}, RELEASED)) as told:
        yield told


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """cratewheel as `[GLOBAL].plugins` installs it, as far as its version goes."""
    metadata = tmp_path / "pants_cratewheel-0.1.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: pants-cratewheel\nVersion: 0.1.0\n")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.fixture
def project(registries: Told) -> Project:
    """A project that has released a crate and wheels, whose BUILD files nobody has filled in yet."""
    return made(registries)


def made(registries: Told, **changes: str) -> Project:
    build = FILES["py/BUILD"].replace(', platforms=["aarch64-apple-darwin"]', "")
    runner = repository({**FILES, "py/BUILD": build, **changes})
    project = Project(runner, registries)
    project.git("init", "--quiet", "--initial-branch=main")
    project.git("remote", "add", "origin", "https://github.com/octo/demo.git")
    return project


def test_one_run_scaffolds_what_it_has_adopted(project: Project) -> None:
    project.write(".github/workflows/wheels.yml", OLD)

    project.init()

    written = project.text("py/BUILD")
    assert 'built_by="workflow", job="build-pgo in wheels.yml"' in written
    assert '"x86_64-pc-windows-msvc"' in written
    for workflow in (RELEASE, CHECK):
        assert "uses: ./.github/actions/build-row" in project.text(workflow)
        assert windows_steps(project, workflow) != []
    assert "wheel:py for x86_64-unknown-linux-gnu" in project.text(ACTION)
    assert "build-pgo in wheels.yml" in project.text(ACTION)


def test_the_second_run_says_that_everything_is_as_it_should_be(project: Project) -> None:
    project.write(".github/workflows/wheels.yml", OLD)
    project.init()
    before = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}

    # Of the BUILD files that the first run has written.
    said = project.init()

    files = (RELEASE, CHECK, "pants.ci.toml", ACTION)
    assert [line for line in said.splitlines() if line.endswith(": as it should be")] == [
        f"{path}: as it should be" for path in files
    ]
    assert not any(line.endswith((": written", ": changed")) for line in said.splitlines())
    after = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    assert {path: after[path] for path in before} == before


def test_an_installed_plugin_builds_windows_rows_from_the_bytes_that_the_index_has(
    project: Project,
) -> None:
    said = project.init("--no-adopt")
    assert "Adopted: " not in said
    assert project.text("py/BUILD") == 'maturin_wheel(name="py", publish=True)\n'
    assert "runner.os == 'Windows'" not in project.text(RELEASE)

    project.write("py/BUILD", WINDOWS)
    said = project.init("--no-adopt")

    (step,) = windows_steps(project)
    assert f'CRATEWHEEL: "pants-cratewheel==0.1.0 --hash=sha256:{"ab" * 32}"' in step
    assert "--require-hashes" in step
    assert "cratewheel build --plan dist/plan.json" in step
    assert "+      - name: Build without Pants" in said
    assert "No job builds the rows for Windows" not in said


def test_windows_rows_without_an_index_are_left_to_a_person(registries: Told) -> None:
    project = made(
        Told({}, {}, address=registries.address.replace("127.0.0.1", "127.0.0.2")),
        **{"py/BUILD": WINDOWS},
    )

    said = project.init("--no-adopt")

    assert windows_steps(project) == []
    assert "1. No job builds the rows for Windows yet" in said


def test_a_repository_without_a_launcher_gets_one_and_keeps_its_own(project: Project) -> None:
    said = project.init("--no-adopt")
    assert "pants: written" in said
    assert os.access(project.root / "pants", os.X_OK)
    assert project.text("pants").startswith("#!/bin/sh\n")
    locks = {path.name for path in (project.root / "3rdparty" / "launcher").iterdir()}
    assert "pantsbuild.pants-2.17.1.lock" in locks

    project.write("pants", "#!/bin/sh\nexec pants-of-ours\n")
    assert "pants: " not in project.init("--no-adopt")
    assert project.text("pants") == "#!/bin/sh\nexec pants-of-ours\n"


def test_another_cadence_is_shown_written_and_remembered(project: Project) -> None:
    project.init("--no-adopt")
    said = project.init("--no-adopt", "--cadence=schedule")
    assert "-  push:\n-    branches: [" in said
    assert "+  schedule:" in said
    assert f"{RELEASE}: changed" in said
    assert f"{RELEASE}: as it should be" in project.init("--no-adopt")
    assert "schedule:" in project.text(RELEASE)


def test_what_somebody_has_changed_is_overwritten_by_force_alone(project: Project) -> None:
    project.init("--no-adopt")
    generated = project.text(RELEASE)
    reviewed = generated.replace("timeout-minutes: 120", "timeout-minutes: 240")
    project.write(RELEASE, reviewed)

    said = project.init("--no-adopt")
    assert "-    timeout-minutes: 240\n" in said
    assert f"{RELEASE}: changed by somebody else, left as it is" in said
    assert project.text(RELEASE) == reviewed

    assert f"{RELEASE}: changed\n" in project.init("--no-adopt", "--force")
    assert project.text(RELEASE) == generated


def test_what_publishes_beside_it_is_left_to_a_person(project: Project) -> None:
    own = OLD.replace("build-pgo", "build")
    project.write(RELEASE, own)
    project.write(".github/workflows/wheels.yml", OLD)

    said = project.init("--no-adopt")

    assert project.text(RELEASE) == own
    assert f"1. {RELEASE} is this project's own and was left as it is" in said
    assert "2. .github/workflows/wheels.yml publishes to PyPI, too (job `publish`)" in said
    again = project.init("--no-adopt", "--force")
    assert "this project's own" not in again
    assert "1. .github/workflows/wheels.yml publishes to PyPI" in again


def test_registering_sends_crates_io_what_a_person_would_type(project: Project) -> None:
    token = secret("crates")
    project.environment["CARGO_REGISTRY_TOKEN"] = token
    said = project.init("--no-adopt", "--register", "--environment=live")
    assert project.status == 0, said
    assert "core now trusts octo/demo" in said
    (sent,) = project.told.publishers
    assert sent == {
        "crate": "core",
        "repository_owner": "octo",
        "repository_name": "demo",
        "workflow_filename": "release.yml",
        "environment": "live",
        "token": token,
    }


def test_registering_without_a_token_says_which(project: Project) -> None:
    said = project.init("--no-adopt", "--register")
    assert project.status == 1
    assert "CW-CREDENTIALS-MISSING" in said


def test_registering_needs_a_repository_on_github(project: Project) -> None:
    project.git("remote", "set-url", "origin", "https://gitlab.com/octo/demo.git")
    with pytest.raises(ExecutionError, match="CW-PUBLISHER-NOT-REGISTERED"):
        project.init("--no-adopt", "--register")


def windows_steps(project: Project, workflow: str = RELEASE) -> list[str]:
    """The steps, as text, that build rows for Windows."""
    steps = re.split(r"^ +- name: ", project.text(workflow), flags=re.MULTILINE)
    return [step for step in steps if "runner.os == 'Windows'" in step]

"""Which files of a repository a plan takes for changes: those that a build can see, tests aside."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

import pytest
from engine_runs import crate, pyproject, repository
from pants.testutil.rule_runner import RuleRunner

from pants_cratewheel.goals.release_plan import ReleasePlan

#: A crate at the root with everything below it, as a small project begins.
ROOT = {
    "BUILD": 'cargo_workspace(name="cargo")\ncrate_package(name="root", publish=True)\n',
    "Cargo.toml": crate("rooted"),
    "src/lib.rs": "",
}
#: A wheel of a crate that nobody publishes, and a crate inside the wheel that has no target.
WHEEL = {
    "BUILD": 'cargo_workspace(name="cargo")\n',
    "Cargo.toml": '[workspace]\nmembers = ["core", "python/rust"]\nresolver = "2"\n',
    "core/BUILD": 'crate_package(name="core")\n',
    "core/Cargo.toml": crate("core"),
    "core/src/lib.rs": "",
    "python/BUILD": 'maturin_wheel(name="python", publish=True, platforms=["x86_64-unknown-linux-gnu"])\n',
    "python/pyproject.toml": pyproject(
        "bound",
        """
        [tool.maturin]
        manifest-path = "rust/Cargo.toml"
        """,
    ),
    "python/rust/Cargo.toml": crate(
        "bound",
        """
        [lib]
        crate-type = ["cdylib"]

        [dependencies]
        core = { path = "../../core", version = "1.0.0" }
        pyo3 = { version = "0.28", features = ["abi3-py39"] }
        """,
    ),
    "python/rust/src/lib.rs": "",
}


def released(files: Mapping[str, str], *tags: str) -> RuleRunner:
    """A repository whose first commit is tagged."""
    runner = repository(files)
    git(runner, "init", "--quiet", "--initial-branch=main")
    commit(runner, {})
    for tag in tags:
        git(runner, "tag", tag)
    return runner


def commit(runner: RuleRunner, files: Mapping[str, Optional[str]]) -> None:
    """Commits everything, with files written before; None removes one."""
    root = Path(runner.build_root)
    for name, text in files.items():
        if text is None:
            (root / name).unlink()
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    git(runner, "add", "--all", "--force")
    git(runner, "commit", "--quiet", "--allow-empty", "--message=Change")


def git(runner: RuleRunner, *arguments: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(
        ["git", *identity, *arguments], cwd=runner.build_root, check=True, capture_output=True
    )


def plan(runner: RuleRunner) -> Any:
    said = runner.run_goal_rule(
        ReleasePlan,
        args=["--offline", "--format=json", "::"],
        env_inherit={"HOME", "PATH", "PYENV_ROOT"},
    )
    return json.loads(said.stdout)


def ships(runner: RuleRunner) -> Sequence[str]:
    return [package["id"] for package in plan(runner)["packages"]]


@pytest.mark.parametrize(
    ("path", "due"),
    [
        (".github/workflows/test.yml", []),
        ("notes/[odd] name.md", ["crate:rooted"]),
        ("src/lib.rs", ["crate:rooted"]),
    ],
)
def test_what_no_build_can_see_ships_nothing(path: str, due: Sequence[str]) -> None:
    runner = released({**ROOT, path: "before"}, "rooted-v1.0.0")
    assert ships(runner) == []
    commit(runner, {path: "after"})
    assert ships(runner) == due
    commit(runner, {path: None})
    assert ships(runner) == due


def test_what_pants_ignores_ships_nothing() -> None:
    runner = released({**ROOT, "dist/notes.md": "before"}, "rooted-v1.0.0")
    commit(runner, {"dist/notes.md": "after"})
    assert ships(runner) == []


def test_what_a_plan_leaves_behind_does_not_make_the_checkout_dirty() -> None:
    runner = released(ROOT, "rooted-v1.0.0")
    root = Path(runner.build_root)
    (root / "dist").mkdir()
    (root / "dist" / "plan.json").write_text("{}")
    assert not plan(runner)["dirty"]
    (root / "notes.md").write_text("Not committed, and in the crate.")
    assert plan(runner)["dirty"]


def test_flags_in_a_folder_that_pants_does_not_see_ship_the_wheel() -> None:
    configuration = ".cargo/config.toml"
    runner = released({**WHEEL, configuration: '[alias]\nx = "check"\n'}, "bound-v1.0.0")
    commit(runner, {configuration: '[alias]\nx = "test"\n'})
    assert ships(runner) == []
    commit(runner, {configuration: '[build]\nrustflags = ["--cfg=new"]\n'})
    assert ships(runner) == ["wheel:bound"]


@pytest.mark.parametrize("path", ["core/tests/it.rs", "python/rust/benches/fast.rs"])
def test_tests_of_crates_that_are_not_published_ship_nothing(path: str) -> None:
    runner = released(WHEEL, "bound-v1.0.0")
    commit(runner, {path: "fn main() {}"})
    assert ships(runner) == []
    commit(runner, {path.replace("tests", "src").replace("benches", "src"): "fn main() {}"})
    assert ships(runner) == ["wheel:bound"]


def test_a_lock_that_git_does_not_have_is_frozen_as_it_is_here() -> None:
    lock = 'version = 3\n\n[[package]]\nname = "rooted"\nversion = "1.0.0"\n'
    runner = released({**ROOT, ".gitignore": "Cargo.lock\n"})
    root = Path(runner.build_root)

    def frozen() -> Any:
        options = ["--offline", "--output=dist/plan.json", "::"]
        runner.run_goal_rule(ReleasePlan, args=options, env_inherit={"HOME", "PATH", "PYENV_ROOT"})
        return json.loads((root / "dist" / "plan.json").read_text())["resolutions"]

    (root / "Cargo.lock").write_text(lock)
    assert frozen() == [{"path": "Cargo.lock", "content": lock}]
    commit(runner, {})
    assert frozen() == []

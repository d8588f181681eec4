"""The plan of a project's last release, once `release-init` has taken the project over.

Repositories shaped like projects that release wheels today: their tag schemes, their manifests, and
the recorded file names of their newest release.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from engine_runs import repository
from pants.testutil.rule_runner import RuleRunner

from cratewheel.adoption.proposal import ExistingPackage, propose
from pants_cratewheel.goals.release_plan import ReleasePlan

RECORDED = json.loads(Path("tests/unit/adoption/recorded_releases.json").read_text())
INHERITED = {"HOME", "PATH", "PYENV_ROOT"}


@dataclass(frozen=True)
class Shape:
    """A project: what it is called, how it tags, and its abi3 feature.

    Args:
        previous: the version before its newest.
        wheel_tag, crate_tag: how each is tagged; None for a project without a crate.
    """

    project: str
    previous: str
    wheel_tag: str
    crate_tag: str | None
    abi3: str

    @property
    def version(self) -> str:
        return str(RECORDED[self.project]["version"])

    @property
    def tags(self) -> Sequence[str]:
        formats = dict.fromkeys(each for each in (self.wheel_tag, self.crate_tag) if each)
        return [each + version for version in (self.previous, self.version) for each in formats]


SHAPES = [
    # One tag starts a crate's workflow and the wheels'; the manifests are bumped by hand.
    Shape("tokenizers", "0.23.2", "v", "v", "abi3-py310"),
    # The Python and the Rust side have tags of their own.
    Shape("polars-runtime-32", "2.0.0", "py-", "rs-", "abi3-py311"),
]


def files_of(shape: Shape) -> Mapping[str, str]:
    package = f"""
        [package]
        name = "{shape.project}"
        version = "{shape.version}"
        edition = "2021"
        description = "Shaped like {shape.project}"
        license = "MIT"
    """
    return {
        "BUILD": 'cargo_workspace(name="cargo")\n',
        "Cargo.toml": '[workspace]\nmembers = ["core", "python"]\nresolver = "2"\n',
        "core/BUILD": 'crate_package(name="core", publish=True)\n',
        "core/Cargo.toml": package,
        "core/src/lib.rs": "",
        "python/BUILD": 'maturin_wheel(name="python", publish=True)\n',
        "python/Cargo.toml": package.replace(shape.project, f"{shape.project}-python")
        + f"""
        [lib]
        crate-type = ["cdylib"]

        [dependencies]
        core = {{ package = "{shape.project}", path = "../core", version = "{shape.version}" }}
        pyo3 = {{ version = "0.28", features = ["{shape.abi3}"] }}
    """,
        "python/src/lib.rs": "",
        "python/pyproject.toml": f"""
        [build-system]
        requires = ["maturin>=1.9,<2"]
        build-backend = "maturin"

        [project]
        name = "{shape.project}"
        version = "{shape.version}"
        requires-python = ">=3.10"
    """,
    }


def planned(runner: RuleRunner, *options: str) -> Any:
    said = runner.run_goal_rule(
        ReleasePlan,
        global_args=options,
        args=["--offline", "--format=json", "::"],
        env_inherit=INHERITED,
    )
    return json.loads(said.stdout)


def git(root: str, *arguments: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def as_tags(filename: str) -> tuple[str, ...]:
    """A wheel's name with the order of its compressed tags out of account."""
    *front, platforms = filename[: -len(".whl")].split("-")
    return (*front, *sorted(platforms.split(".")))


@pytest.mark.parametrize("shape", SHAPES, ids=[shape.project for shape in SHAPES])
def test_the_plan_of_the_last_release_names_its_files(shape: Shape) -> None:
    files = files_of(shape)
    recorded = RECORDED[shape.project]["files"]
    packages = [
        ExistingPackage(
            f"{kind}:{shape.project}",
            kind,
            shape.project,
            address,
            shape.version,
            None,
            None,
            {shape.version: recorded} if kind == "wheel" else None,
        )
        for kind, address in (("crate", "core:core"), ("wheel", "python:python"))
    ]
    proposal = propose(
        packages,
        shape.tags,
        {name: text for name, text in files.items() if name in ("core/BUILD", "python/BUILD")},
        "",
        is_reachable=lambda tag: True,
    )
    assert 'versioning = "manifest"' in proposal.files["pants.toml"]
    runner = repository({**files, **proposal.files})
    root = runner.build_root
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "commit", "--quiet", "--allow-empty", "--message=Before")
    # As on the day of the release: the tags of the one before, and no others yet.
    for tag in shape.tags:
        if tag.endswith(shape.previous):
            git(root, "tag", "--annotate", tag, "--message=Release")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=Bump")
    plan = planned(runner, "--cratewheel-versioning=manifest")
    by_id = {package["id"]: package for package in plan["packages"]}
    wheel = by_id[f"wheel:{shape.project}"]
    assert (wheel["version"], wheel["tag"]) == (shape.version, f"{shape.wheel_tag}{shape.version}")
    names = [each["filename"] for each in wheel["files"]]
    assert sorted(as_tags(each) for each in names if each.endswith(".whl")) == sorted(
        as_tags(each) for each in recorded if each.endswith(".whl")
    )
    assert [each for each in names if not each.endswith(".whl")] == [
        each for each in recorded if not each.endswith(".whl")
    ]
    assert by_id[f"crate:{shape.project}"]["tag"] == f"{shape.crate_tag}{shape.version}"

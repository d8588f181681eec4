"""The plan of a project's last release, once `release-init` has taken the project over.

Repositories shaped like projects that release wheels today: their tag schemes, their manifests, their
branches, and the recorded file names of their newest release.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from engine_runs import repository
from pants.testutil.rule_runner import QueryRule, RuleRunner

from cratewheel.adoption.proposal import Proposal
from cratewheel.adoption.repository import adopt
from cratewheel.git import Git
from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from pants_cratewheel.goals.release_plan import ReleasePlan
from pants_cratewheel.products.plans import PublishablePackages

RECORDED = json.loads(Path("tests/unit/adoption/recorded_releases.json").read_text())
INHERITED = {"HOME", "PATH", "PYENV_ROOT"}


@dataclass(frozen=True)
class Shape:
    """A project: what it is called, how it tags, and who decides its versions.

    Args:
        previous: the version before its newest.
        wheel_tag, crate_tag: how each is tagged; None for a project without a crate.
        abi3: the features of its stable ABIs, separated by spaces.
        oldest: the oldest Python that it runs on.
        program: whether its wheels hold a program, and no module.
        trailer: the line of the released commit that decides its version; None where the manifests do.
        branches: whether it is released from branches of their own.
        instead: what its files say and those of the plan cannot, with what they say instead and what
            adopting it says about that.
        beyond: a pattern of the files that no row makes; adopting it names each.
    """

    project: str
    previous: str
    wheel_tag: str
    crate_tag: str | None = None
    abi3: str = ""
    oldest: str = "3.10"
    program: bool = False
    trailer: str | None = None
    branches: bool = False
    instead: Sequence[tuple[str, str, str]] = ()
    beyond: str = "nothing"

    def __str__(self) -> str:
        traits = [self.project]
        traits += ["trailers"] if self.trailer is not None else []
        traits += ["branches"] if self.branches else []
        return "-".join(traits)

    @property
    def version(self) -> str:
        return str(RECORDED[self.project]["version"])

    @property
    def files(self) -> Sequence[str]:
        """The wheels and the source distribution of its newest release."""
        return [str(each) for each in RECORDED[self.project]["files"]]

    @property
    def manifest(self) -> str:
        return self.version if self.trailer is None else "0.0.0"

    def tags(self, version: str) -> Sequence[str]:
        formats = dict.fromkeys(
            each for each in (self.wheel_tag, self.crate_tag) if each is not None
        )
        return [each + version for each in formats]


OLDER_THAN_RUST = [
    ("manylinux_2_5_i686", "manylinux_2_17_i686", "manylinux_2_5"),
    ("manylinux1_i686", "manylinux2014_i686", "manylinux_2_5"),
]
SHAPES = [
    # A crate and wheels with one version and one tag; CPython, free-threaded, GraalPy, WebAssembly.
    Shape(
        "jiter",
        "0.18.0",
        "v",
        "v",
        instead=[*OLDER_THAN_RUST, ("musllinux_1_1", "musllinux_1_2", "musllinux_1_1")],
        beyond="graalpy313",
    ),
    # The same platforms, and two releases of GraalPy; the floors of a build that is older than Rust's.
    Shape(
        "pydantic-core",
        "2.50.4",
        "v",
        instead=[
            *OLDER_THAN_RUST,
            ("musllinux_1_1", "musllinux_1_2", "musllinux_1_1"),
            ("pypy311_pp80", "pypy311_pp73", "tagged pypy311_pp80"),
        ],
        beyond="graalpy313",
    ),
    # A floor of macOS for each range of Pythons.
    Shape("tiktoken", "0.13.0", ""),
    # A program, for the first Raspberry Pi as well.
    Shape("ruff", "0.17.5", "", oldest="3.7", program=True),
    # A floor for one architecture alone.
    Shape("deltalake", "1.6.5", "python-v", "rust-v", "abi3-py310"),
    Shape("datafusion", "54.1.0", "", "", "abi3-py310"),
    # Bare versions, universal2, no crate; of one platform wheels for two floors.
    Shape("orjson", "3.12.0", ""),
    # Up to three floors of each platform, three stable ABIs, and PyPy.
    Shape(
        "cryptography",
        "50.0.1",
        "",
        abi3="abi3-py39 abi3t-py315",
        oldest="3.9",
        instead=[("pypy311_pp80", "pypy311_pp73", "tagged pypy311_pp80")],
    ),
    # A version that is a date; PyPy, of which two releases are in the tags.
    Shape(
        "rpds-py",
        "2026.9.0",
        "v",
        instead=[*OLDER_THAN_RUST, ("pypy311_pp80", "pypy311_pp73", "tagged pypy311_pp80")],
        beyond="pypy312",
    ),
    Shape("pycrdt", "0.14.7", "", instead=OLDER_THAN_RUST),
    # One tag starts a crate's workflow and the wheels'; the manifests are bumped by hand.
    Shape("safetensors", "0.7.0", "v", "v", "abi3-py310", instead=OLDER_THAN_RUST),
    Shape("tokenizers", "0.23.2", "v", "v", "abi3-py310"),
    # The Python and the Rust side have tags of their own.
    Shape("polars-runtime-32", "2.0.0", "py-", "rs-", "abi3-py311"),
    Shape("polars-runtime-32", "2.0.0", "py-", "rs-", "abi3-py311", branches=True),
    # Nobody raises the manifests: what commits say does.
    Shape(
        "safetensors",
        "0.7.0",
        "v",
        "v",
        "abi3-py310",
        trailer="release: minor",
        instead=OLDER_THAN_RUST,
    ),
    Shape("tokenizers", "0.23.2", "v", "v", "abi3-py310", trailer=""),
]


def files_of(shape: Shape) -> Mapping[str, str]:
    """The project as `pants tailor` leaves it."""
    package = f"""
        [package]
        name = "{shape.project}"
        version = "{shape.manifest}"
        edition = "2021"
        description = "Shaped like {shape.project}"
        license = "MIT"
    """
    features = f", features = {json.dumps(shape.abi3.split())}" if shape.abi3 else ""
    core = (
        f'core = {{ package = "{shape.project}", path = "../core", version = "{shape.manifest}" }}'
    )
    binding = f"""
        [lib]
        crate-type = ["cdylib"]

        [dependencies]
        {core if shape.crate_tag is not None else ""}
        pyo3 = {{ version = "0.28"{features} }}
    """
    members = ["python"] if shape.crate_tag is None else ["core", "python"]
    files = {
        "pants.toml": "",
        "BUILD": 'cargo_workspace(name="cargo")\n',
        "Cargo.toml": f'[workspace]\nmembers = {json.dumps(members)}\nresolver = "2"\n',
        "python/BUILD": 'maturin_wheel(name="python", publish=True)\n',
        "python/Cargo.toml": package.replace(
            f'name = "{shape.project}"', f'name = "{shape.project}-python"'
        )
        + ("" if shape.program else binding),
        "python/src/main.rs" if shape.program else "python/src/lib.rs": "",
        "python/pyproject.toml": f"""
        [build-system]
        requires = ["maturin>=1.9,<2"]
        build-backend = "maturin"

        [project]
        name = "{shape.project}"
        version = "{shape.manifest}"
        requires-python = ">={shape.oldest}"
    """,
    }
    if shape.crate_tag is not None:
        files["core/BUILD"] = 'crate_package(name="core", publish=True)\n'
        files["core/Cargo.toml"] = package
        files["core/src/lib.rs"] = ""
    return files


def facts_of(shape: Shape) -> Mapping[str, RegistryFacts]:
    """What the registries say: a crate's files are not theirs to name."""
    before = [each.replace(shape.version, shape.previous) for each in shape.files]
    return {
        f"{kind}:{shape.project}": RegistryFacts(
            tuple(
                PublishedVersion(version, files=tuple(files) if kind == "wheel" else ())
                for version, files in ((shape.previous, before), (shape.version, shape.files))
            )
        )
        for kind in ("crate", "wheel")
    }


@dataclass(frozen=True)
class Adopted:
    """A project on the day of its last release, had it been taken over before."""

    plan: Any
    proposal: Proposal


def adopted(shape: Shape) -> Adopted:
    runner = repository(files_of(shape), rules=[QueryRule(PublishablePackages, [])])
    root = Path(runner.build_root)
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "commit", "--quiet", "--allow-empty", "--message=Before")
    if shape.branches:
        git(root, "switch", "--quiet", "--create=one-before")
        git(root, "commit", "--quiet", "--allow-empty", "--message=Prepare the one before")
    for tag in shape.tags(shape.previous):
        git(root, "tag", "--annotate", tag, "--message=Release")
    git(root, "switch", "--quiet", "main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", f"--message=Work\n\n{shape.trailer or ''}")
    if shape.branches:
        git(root, "switch", "--quiet", "--create=newest")
        git(root, "commit", "--quiet", "--allow-empty", "--message=Prepare the newest")
    for tag in shape.tags(shape.version):
        git(root, "tag", "--annotate", tag, "--message=Release")
    git(root, "switch", "--quiet", "main")

    packages = runner.request(PublishablePackages, []).packages
    proposal = adopt(root, Git(str(root)), packages, facts_of(shape), {})
    runner.write_files(proposal.files)

    # Back to that day: the tags of the one before, and no others yet.
    git(root, "tag", "--delete", *shape.tags(shape.version))
    if shape.branches:
        git(root, "switch", "--quiet", "newest")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--amend", "--no-edit")
    section = proposal.files.get("pants.toml", "")
    options = [
        f"--cratewheel-{name}={value}"
        for name, value in re.findall(r'^(versioning|tags) = "(.*)"$', section, re.MULTILINE)
    ]
    return Adopted(planned(runner, *options), proposal)


def planned(runner: RuleRunner, *options: str) -> Any:
    said = runner.run_goal_rule(
        ReleasePlan,
        global_args=options,
        args=["--offline", "--format=json", "::"],
        env_inherit=INHERITED,
    )
    return json.loads(said.stdout)


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def as_tags(filename: str) -> tuple[str, ...]:
    """A file's name with the order of a wheel's compressed tags out of account."""
    if not filename.endswith(".whl"):
        return (filename,)
    *front, platforms = filename[: -len(".whl")].split("-")
    return (*front, *sorted(platforms.split(".")))


def expected(shape: Shape, notes: Sequence[str]) -> set[tuple[str, ...]]:
    """The files of the release, as far as a plan can have them; the notes must say where it cannot."""
    files = set()
    for name in shape.files:
        if re.search(shape.beyond, name):
            assert any(f": {name}: " in note for note in notes), name
            continue
        for old, new, said in shape.instead:
            if old in name:
                assert any(said in note for note in notes), name
                name = name.replace(old, new)
        files.add(as_tags(name))
    return files


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_plan_of_the_last_release_names_its_files(shape: Shape) -> None:
    found = adopted(shape)
    by_id = {package["id"]: package for package in found.plan["packages"]}
    wheel = by_id[f"wheel:{shape.project}"]
    assert {as_tags(each["filename"]) for each in wheel["files"]} == expected(
        shape, found.proposal.notes
    )
    kinds = {"wheel": shape.wheel_tag, "crate": shape.crate_tag}
    assert {
        package_id: (each["previous"], each["version"], each["tag"])
        for package_id, each in by_id.items()
    } == {
        f"{kind}:{shape.project}": (shape.previous, shape.version, f"{prefix}{shape.version}")
        for kind, prefix in kinds.items()
        if prefix is not None
    }
    if shape.crate_tag is not None:
        crate = by_id[f"crate:{shape.project}"]
        assert crate["files"] == [{"filename": f"{shape.project}-{shape.version}.crate"}]
        together = shape.project if shape.crate_tag == shape.wheel_tag else None
        assert crate.get("version_group") == wheel.get("version_group") == together


def test_no_project_that_there_is_a_record_of_is_left_out() -> None:
    assert set(RECORDED) == {shape.project for shape in SHAPES}

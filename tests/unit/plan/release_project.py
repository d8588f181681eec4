"""A small project in a real git repository, and the plan that cratewheel makes for it.

It stands in for the backend: it says which packages there are, who owns which file, and hands both
to the planner, so that a test states a history and looks at the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Optional

from git_repository import GitRepository

from cratewheel.cargo.model import load_cargo_model
from cratewheel.git import Git
from cratewheel.history import is_judged_by_content, read_history
from cratewheel.plan.compute import compute_plan
from cratewheel.plan.inputs import PlanInputs, PlanOptions, PublishedVersion, RegistryFacts
from cratewheel.plan.model import Plan
from cratewheel.plan.package import ReleasePackage, RowSpec
from cratewheel.records.values import ReleaseRecord

WHEEL_ROWS = (
    RowSpec(kind="sdist", runs_on="ubuntu-24.04"),
    RowSpec(
        kind="wheel",
        target="x86_64-unknown-linux-gnu",
        runs_on="ubuntu-24.04",
        libc="gnu",
        compatibility="manylinux_2_28",
        abis=("abi3",),
        wheel_tags=("cp39-abi3-manylinux_2_28_x86_64",),
    ),
)

#: A workspace with a core crate, a crate on top of it, and a wheel that binds the core.
WORKSPACE: Mapping[str, Optional[str]] = {
    "Cargo.toml": """\
[workspace]
members = ["crates/*", "bindings"]
resolver = "2"

[workspace.dependencies]
serde = "1"
log = "0.4"
""",
    "crates/core/Cargo.toml": """\
[package]
name = "core-lib"
version = "0.3.0"
edition = "2021"

[dependencies]
serde = { workspace = true }
""",
    "crates/core/src/lib.rs": "pub fn answer() -> u32 { 42 }\n",
    "crates/app/Cargo.toml": """\
[package]
name = "app-lib"
version = "0.1.0"
edition = "2021"

[dependencies]
core-lib = { path = "../core", version = "0.3.0" }
log = { workspace = true }

[dev-dependencies]
rand = "0.8"
""",
    "crates/app/src/lib.rs": "pub use core_lib::answer;\n",
    "bindings/Cargo.toml": """\
[package]
name = "my-py"
version = "0.3.0"
edition = "2021"
publish = false

[lib]
crate-type = ["cdylib"]

[dependencies]
core-lib = { path = "../crates/core", version = "0.3.0" }
""",
    "bindings/pyproject.toml": """\
[build-system]
requires = ["maturin>=1,<2"]
build-backend = "maturin"

[project]
name = "my-py"
dynamic = ["version"]
""",
    "bindings/src/lib.rs": "pub fn python() {}\n",
    "docs/index.md": "# Docs\n",
    "README.md": "# Project\n",
}

CORE = ReleasePackage(
    id="crate:core-lib",
    name="core-lib",
    kind="crate",
    address="crates/core:core",
    registry="crates.io",
    version="0.3.0",
    crate_directory="crates/core",
    rows=(RowSpec(kind="crate", runs_on="ubuntu-24.04"),),
)
APP = replace(
    CORE,
    id="crate:app-lib",
    name="app-lib",
    address="crates/app:app",
    version="0.1.0",
    crate_directory="crates/app",
    depends_on=("crate:core-lib",),
)
WHEEL = ReleasePackage(
    id="wheel:my-py",
    name="my-py",
    kind="wheel",
    address="bindings:my-py",
    registry="PyPI",
    version="0.3.0",
    crate_directory="bindings",
    pyproject="bindings/pyproject.toml",
    depends_on=("crate:core-lib",),
    rows=WHEEL_ROWS,
)
PACKAGES = (CORE, APP, WHEEL)


@dataclass
class Project:
    """A repository and the packages in it; directories own what is below them, `tests/` excepted."""

    root: Path
    packages: Sequence[ReleasePackage] = PACKAGES
    options: PlanOptions = PlanOptions()
    tags: Optional[str] = None
    registry: Optional[Mapping[str, RegistryFacts]] = None
    records: tuple[ReleaseRecord, ...] = ()
    repository: GitRepository = field(init=False)
    git: Git = field(init=False)

    def __post_init__(self) -> None:
        self.repository = GitRepository(self.root)
        self.git = Git(str(self.root))

    def released(
        self, files: Mapping[str, Optional[str]] = WORKSPACE, tags: Sequence[str] = ()
    ) -> int:
        """A first commit with tags: every package at its manifest's version by default."""
        first = self.repository.commit("Begin", files)
        for tag in tags or [f"{p.name}-v{p.version}" for p in self.packages]:
            self.repository.tag(tag, first)
        return first

    def inputs(self) -> PlanInputs:
        """What the backend would hand to the planner."""
        history = read_history(self.git, self.packages, tags=self.tags)
        files = {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if is_judged_by_content(path.relative_to(self.root).as_posix()) and path.is_file()
        }
        return PlanInputs(
            packages=tuple(self.packages),
            history=history,
            owners={path: self._owners(path) for path in history.paths},
            files=files,
            model=load_cargo_model(files),
            options=self.options,
            registry=self.registry,
            records=self.records,
        )

    def plan(self) -> Plan:
        """Writes the repository and plans its release."""
        self.repository.write()
        return compute_plan(self.inputs())

    def _owners(self, path: str) -> frozenset[str]:
        return frozenset(
            package.id
            for package in self.packages
            for directory in [package.crate_directory or ""]
            if (not directory or path.startswith(f"{directory}/")) and "/tests/" not in path
        )


def versions(plan: Plan) -> dict[str, str]:
    """The planned versions by id, in publish order."""
    return {package.id: package.version for package in plan.packages}


def reasons(plan: Plan, package_id: str) -> tuple[str, ...]:
    """Why a package ships."""
    return plan.package(package_id).reasons


def facts(*published: str, commit: Optional[str] = None) -> RegistryFacts:
    """A registry that has these versions, each with the file of a crate."""
    return RegistryFacts(
        tuple(PublishedVersion(version, commit, (f"file-{version}",)) for version in published)
    )

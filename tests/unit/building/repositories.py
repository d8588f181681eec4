"""A repository as targets and manifests describe it, and what cratewheel makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cratewheel.build.families import default_families
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.planned import recipe_of, row_request
from cratewheel.build.request import BuildRequest
from cratewheel.build.toolchain import RustToolchain
from cratewheel.cargo.model import load_cargo_model
from cratewheel.plan.compute import manifest_plan
from cratewheel.plan.gather import release_packages
from cratewheel.plan.model import Plan, Row
from cratewheel.platforms import PLATFORMS
from cratewheel.project import CRATE, WHEEL, DeclaredPackage, Project
from cratewheel.python_project import load_python_projects
from cratewheel.wheel_rows import (
    BuildSettings,
    check_abis,
    check_platforms,
    resolve_rows,
)

LIBRARY = '[package]\nname = "{name}"\nversion = "0.4.0"\nedition = "2021"\n'
CDYLIB = '[lib]\nname = "{name}"\ncrate-type = ["cdylib"]\n'
PYPROJECT = (
    '[build-system]\nrequires = ["maturin>=1.9,<2"]\nbuild-backend = "maturin"\n\n'
    '[project]\nname = "{name}"\nrequires-python = "{requires_python}"\ndynamic = ["version"]\n'
)


def overridden(*entries: Any) -> list[tuple[Any, Any]]:
    """`platforms` or `abis` as a BUILD file has them: names, or (name, dictionary) with overrides."""
    return [
        (entry, ()) if isinstance(entry, str) else (entry[0], tuple(entry[1].items()))
        for entry in entries
    ]


@dataclass(frozen=True)
class Wheel:
    """A `maturin_wheel` on a crate of its own.

    Args:
        pyo3: the crate's dependency on pyo3, None for a program.
        maturin: further lines of `[tool.maturin]`.
        cargo: further lines of Cargo.toml.
        platforms, abis: names, or (name, dictionary) with overrides.
    """

    platforms: Iterable[Any]
    abis: Any = None
    name: str = "fast"
    pyo3: Any = '{ version = "0.30" }'
    requires_python: str = ">=3.9"
    settings: BuildSettings = BuildSettings()
    maturin: str = ""
    cargo: str = ""
    sdist: bool = True
    manifests: Mapping[str, str] = field(default_factory=dict)

    @property
    def package(self) -> DeclaredPackage:
        """The target."""
        return DeclaredPackage(
            f"python:{self.name}", WHEEL, "python", publish=True, sdist=self.sdist
        )

    @property
    def project(self) -> Project:
        """The repository: this wheel's manifests, and a crate for every other Cargo.toml."""
        cargo = LIBRARY.format(name=self.name)
        if self.pyo3 is not None:
            cargo += CDYLIB.format(name=self.name) + f"[dependencies]\npyo3 = {self.pyo3}\n"
        pyproject = PYPROJECT.format(name=self.name, requires_python=self.requires_python)
        files = {
            "python/Cargo.toml": (cargo + self.cargo).encode(),
            "python/pyproject.toml": f"{pyproject}[tool.maturin]\n{self.maturin}".encode(),
            **{path: text.encode() for path, text in self.manifests.items()},
        }
        crates = [
            path.rpartition("/")[0]
            for path in self.manifests
            if path.endswith("/Cargo.toml") and "[workspace]" not in self.manifests[path]
        ]
        packages = [DeclaredPackage(f"{each}:{each}", CRATE, each, publish=True) for each in crates]
        return Project(
            load_cargo_model(files),
            load_python_projects(files),
            files,
            tuple(sorted((*packages, self.package), key=lambda each: each.address)),
            {},
        )

    @property
    def plan(self) -> Plan:
        """What a release of everything ships, at the manifests' own versions."""
        project, package = self.project, self.package
        platforms = overridden(*self.platforms)
        abis = None if self.abis is None else overridden(*self.abis)
        assert not check_platforms(platforms, "platforms"), check_platforms(platforms, "platforms")
        assert not check_abis(abis or (), "abis"), check_abis(abis or (), "abis")
        rows = resolve_rows(
            self.settings,
            platforms,
            abis,
            default_families=lambda own: default_families(project, package, own),
        )
        released = release_packages(
            project,
            project.packages,
            {},
            {package.address: rows},
            {package.address: self.settings},
        )
        return manifest_plan(released)

    def filenames(self) -> list[str]:
        """The files of the wheel that the plan names."""
        return sorted(each.filename for each in self.plan.package(f"wheel:{self.name}").files)

    def row(self, triple: str) -> Row:
        """The row of a platform."""
        (found,) = (each for each in self.plan.matrix if each.target == triple)
        return found

    def build(
        self, triple: str, toolchain: RustToolchain, pythons: Iterable[Interpreter]
    ) -> BuildRequest:
        """What a machine does for a row."""
        row, plan = self.row(triple), self.plan
        return row_request(
            self.project, row, recipe_of(plan, row), toolchain, tuple(pythons), zig=True
        )


def toolchain(
    host: str, *, libc: str = "2.36", targets: Iterable[str] = PLATFORMS
) -> RustToolchain:
    """The Rust of a machine that has the standard libraries of `targets`."""
    every = tuple(each for triple in targets for each in PLATFORMS[triple].rust_targets)
    return RustToolchain(
        "0123", "rustc 1.95.0", "cargo 1.95.0", host, every, libc if "gnu" in host else None, (), ()
    )

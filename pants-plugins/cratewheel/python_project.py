"""pyproject.toml as far as a wheel with Rust in it is concerned: `[project]` and `[tool.maturin]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional

from cratewheel.cargo.manifest import CrateManifest
from cratewheel.errors import Finding


@dataclass(frozen=True)
class MaturinPattern:
    """An entry of `[tool.maturin] include` or `exclude`.

    Args:
        pattern: a glob relative to the project's directory.
        formats: which of "sdist" and "wheel" it is for; empty for maturin's default.
    """

    pattern: str
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class MaturinSettings:
    """`[tool.maturin]`; None or () for what it leaves to maturin.

    Args:
        crate_directory: repository-relative directory of the crate that is bound: `manifest-path`
            resolved, or what maturin takes without one.
        manifest_path: `manifest-path` as written.
        module_name: dotted import path of the extension module.
        python_source: repository-relative directory of the Python sources.
        python_packages: Python packages to include from `python_source`.
        bindings: `pyo3`, `bin`, `cffi`, `uniffi` as written.
    """

    crate_directory: str
    manifest_path: Optional[str] = None
    module_name: Optional[str] = None
    python_source: Optional[str] = None
    python_packages: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    no_default_features: bool = False
    all_features: bool = False
    bindings: Optional[str] = None
    strip: bool = False
    profile: Optional[str] = None
    compatibility: Optional[str] = None
    data: Optional[str] = None
    include: tuple[MaturinPattern, ...] = ()
    exclude: tuple[MaturinPattern, ...] = ()
    sdist_generator: Optional[str] = None


@dataclass(frozen=True)
class PythonProject:
    """A pyproject.toml with a build system.

    Args:
        path: the pyproject.toml, repository-relative.
        directory: its directory, "" for the root.
        name: `[project] name`; None when there is none (maturin takes the crate's).
        normalized_name: the name normalised by PEP 503; None as `name`.
        version: `[project] version`; None when it is dynamic or absent.
        dynamic: `[project] dynamic`.
        requires_python: as written.
        build_backend: `[build-system] build-backend`, "setuptools.build_meta:__legacy__" when there
            is a build system without one (PEP 517).
        rust_backend: `maturin`, `setuptools-rust`, another Rust-building backend's name, or None.
        maturin: set when `rust_backend` is `maturin`.
        readme: repository-relative path of the readme, None when there is none or it is inline.
        license: the SPDX expression (PEP 639) or the text of the older table form.
        license_files: `license-files` globs as written; None when the key is absent.
        license_file: repository-relative `license = {file = …}` of the older form.
        classifiers: trove classifiers, `Private :: …` among them.
    """

    path: str
    directory: str
    build_backend: str
    name: Optional[str] = None
    normalized_name: Optional[str] = None
    version: Optional[str] = None
    dynamic: tuple[str, ...] = ()
    requires_python: Optional[str] = None
    rust_backend: Optional[str] = None
    maturin: Optional[MaturinSettings] = None
    build_requires: tuple[str, ...] = ()
    description: Optional[str] = None
    readme: Optional[str] = None
    license: Optional[str] = None
    license_files: Optional[tuple[str, ...]] = None
    license_file: Optional[str] = None
    classifiers: tuple[str, ...] = ()
    scripts: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_private(self) -> bool:
        """Whether a classifier `Private :: …` forbids PyPI to take it."""
        return any(
            classifier.startswith("Private ::") for classifier in self.classifiers
        )


@dataclass(frozen=True)
class PythonProjects:
    """Every Python project of a repository.

    Args:
        by_directory: the projects.
        problems: by path of the pyproject.toml: why it could not be taken.
    """

    by_directory: Mapping[str, PythonProject] = field(default_factory=dict, hash=False)
    problems: Mapping[str, Finding] = field(default_factory=dict, hash=False)


def load_python_projects(files: Mapping[str, bytes]) -> PythonProjects:
    """The Python projects among `files` (only those named pyproject.toml are looked at).

    A pyproject.toml without `[build-system]` and `[project]` (tool settings only) is no project.
    """
    raise NotImplementedError


def bindings_of(project: PythonProject, crate: CrateManifest) -> str:
    """How maturin binds the crate: `pyo3`, `cffi`, `uniffi` or `bin`.

    The setting, else what maturin infers from the crate's dependencies (maturin's
    `bridge/detection.rs`): pyo3 or pyo3-ffi, uniffi, a cdylib (cffi), and otherwise a binary.
    """
    raise NotImplementedError

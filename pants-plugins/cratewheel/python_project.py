"""pyproject.toml as far as a wheel with Rust in it is concerned: `[project]` and `[tool.maturin]`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from cratewheel.cargo.manifest import CrateManifest
from cratewheel.cargo.paths import parent, resolve
from cratewheel.errors import CratewheelError, Finding
from cratewheel.maturin_settings import MaturinSettings, read_maturin_settings
from cratewheel.toml_tables import Table, read_document

#: Packages of a build system that build Rust by themselves, beside maturin.
_OTHER_RUST_BACKENDS = ("setuptools-rust", "hatch-rs", "milksnake")


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
        scripts: `[project.scripts]`, entry point by command.
        other_crates: directories of the crates that setuptools-rust's settings name.
    """

    path: str
    directory: str
    build_backend: str
    name: str | None = None
    normalized_name: str | None = None
    version: str | None = None
    dynamic: tuple[str, ...] = ()
    requires_python: str | None = None
    rust_backend: str | None = None
    maturin: MaturinSettings | None = None
    build_requires: tuple[str, ...] = ()
    description: str | None = None
    readme: str | None = None
    license: str | None = None
    license_files: tuple[str, ...] | None = None
    license_file: str | None = None
    classifiers: tuple[str, ...] = ()
    scripts: Mapping[str, str] = field(default_factory=dict, hash=False)
    other_crates: tuple[str, ...] = ()

    @property
    def is_private(self) -> bool:
        """Whether a classifier `Private :: …` forbids PyPI to take it."""
        return any(classifier.startswith("Private ::") for classifier in self.classifiers)


@dataclass(frozen=True)
class PythonProjects:
    """Every Python project of a repository.

    Args:
        by_directory: the projects.
        problems: by path of the pyproject.toml: why it could not be taken.
    """

    by_directory: Mapping[str, PythonProject] = field(default_factory=dict, hash=False)
    problems: Mapping[str, Finding] = field(default_factory=dict, hash=False)


def load_python_projects(
    files: Mapping[str, bytes], all_files: Collection[str] = ()
) -> PythonProjects:
    """The Python projects among `files` (of which those named pyproject.toml are read).

    A pyproject.toml without `[build-system]` and `[project]` (tool settings only) is no project.

    Args:
        files: contents by repository-relative path; which Cargo.toml there are decides, as in
            maturin, where the crate of a project without `manifest-path` is.
        all_files: the paths of all files of the repository, for maturin's `rust/` layout; without
            them a `rust/Cargo.toml` is taken where the project has no Cargo.toml of its own.
    """
    found: dict[str, PythonProject] = {}
    problems: dict[str, Finding] = {}
    for path, content in sorted(files.items()):
        if path.rpartition("/")[2] != "pyproject.toml":
            continue
        try:
            document = read_document(path, content)
            if "build-system" in document or "project" in document:
                found[parent(path)] = _read_project(document, parent(path), files, all_files)
        except CratewheelError as e:
            problems[path] = e.findings[0]
    return PythonProjects(found, problems)


def distribution_name(project: PythonProject, crate: CrateManifest) -> str:
    """The name the wheel is released under: the project's, else the crate's, as maturin has it."""
    return project.name or crate.name


def normalize(name: str) -> str:
    """A distribution's name in the form in which names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _read_project(
    document: Table, directory: str, files: Mapping[str, bytes], all_files: Collection[str]
) -> PythonProject:
    build_system = document.table("build-system") or Table(document.path, "build-system", {})
    backend = build_system.string("build-backend") or "setuptools.build_meta:__legacy__"
    requires = build_system.strings("requires")
    project = document.table("project") or Table(document.path, "project", {})
    name = project.string("name")
    rust_backend = _rust_backend(backend, requires)
    tool = document.table("tool")
    settings = tool.table("maturin") if tool is not None else None
    maturin: MaturinSettings | None = None
    if rust_backend == "maturin":
        table = settings or Table(document.path, "tool.maturin", {})
        maturin = read_maturin_settings(table, directory, name, files, all_files)
    license_text, license_file = _license(project, directory)
    return PythonProject(
        path=document.path,
        directory=directory,
        build_backend=backend,
        name=name,
        normalized_name=None if name is None else normalize(name),
        version=project.string("version"),
        dynamic=project.strings("dynamic"),
        requires_python=project.string("requires-python"),
        rust_backend=rust_backend,
        maturin=maturin,
        build_requires=requires,
        description=project.string("description"),
        readme=_readme(project, directory),
        license=license_text,
        license_files=project.strings("license-files") if "license-files" in project else None,
        license_file=license_file,
        classifiers=project.strings("classifiers"),
        scripts=_strings_table(project, "scripts"),
        other_crates=_setuptools_rust_crates(tool, directory),
    )


def _rust_backend(backend: str, requires: tuple[str, ...]) -> str | None:
    if backend == "maturin" or backend.startswith(("maturin.", "maturin:")):
        return "maturin"
    required = {normalize(found[0]) for r in requires if (found := re.match(r"[\w.-]+", r))}
    for other in _OTHER_RUST_BACKENDS:
        if other in required or normalize(backend.partition(".")[0]) == other:
            return other
    # A backend of the project's own that calls maturin.
    return backend if "maturin" in required else None


def _readme(project: Table, directory: str) -> str | None:
    """`readme = "…"` or `readme = {file = "…"}`; the text form has no file."""
    value = project.values.get("readme")
    if isinstance(value, dict):
        table = project.table("readme")
        value = table.string("file") if table is not None else None
        return None if value is None else resolve(directory, value)
    path = project.string("readme")
    return None if path is None else resolve(directory, path)


def _license(project: Table, directory: str) -> tuple[str | None, str | None]:
    """`license` as text and as the file of the older table form (PEP 621 before PEP 639)."""
    if not isinstance(project.values.get("license"), dict):
        return project.string("license"), None
    table = project.table("license")
    assert table is not None
    file = table.string("file")
    return table.string("text"), None if file is None else resolve(directory, file)


def _strings_table(project: Table, key: str) -> Mapping[str, str]:
    table = project.table(key)
    if table is None:
        return {}
    return {name: table.string(name) or "" for name in table}


def _setuptools_rust_crates(tool: Table | None, directory: str) -> tuple[str, ...]:
    """Directories of the crates that `[[tool.setuptools-rust.ext-modules]]` and `bins` name."""
    settings = tool.table("setuptools-rust") if tool is not None else None
    if settings is None:
        return ()
    entries = (*settings.tables("ext-modules"), *settings.tables("bins"))
    paths = (entry.string("path") or "Cargo.toml" for entry in entries)
    return tuple(sorted({parent(resolve(directory, path)) for path in paths}))

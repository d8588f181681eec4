"""Sorts the crates and Python projects of a repository into what gets which BUILD target."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from cratewheel.cargo.manifest import CrateManifest
from cratewheel.cargo.model import CargoModel
from cratewheel.cargo.paths import is_within, parent, resolve
from cratewheel.publication import Publication, is_aside, is_data, publication
from cratewheel.python_project import (
    PythonProject,
    PythonProjects,
    distribution_name,
    normalize,
)


@dataclass(frozen=True)
class Repository:
    """What gets which target.

    Args:
        crates: directories of the crates that get a `crate_package`.
        wheels: the maturin projects that get a `maturin_wheel`, by directory.
        others: directories of Python projects and crates that are built by something else.
        published_wheels: directories of the wheels to publish.
    """

    model: CargoModel
    all_files: Collection[str]
    crates: tuple[str, ...]
    wheels: Mapping[str, PythonProject]
    others: frozenset[str]
    publication: Publication
    published_wheels: frozenset[str]

    @property
    def package_directories(self) -> frozenset[str]:
        return frozenset((*self.crates, *self.wheels))

    def bound_crate(self, directory: str) -> CrateManifest:
        """The crate that the wheel in `directory` binds."""
        settings = self.wheels[directory].maturin
        assert settings is not None
        return self.model.crates[settings.crate_directory]


def survey(
    model: CargoModel, projects: PythonProjects, all_files: frozenset[str]
) -> tuple[Repository, tuple[str, ...]]:
    """What gets which target, and a sentence for each project that was left alone.

    Args:
        all_files: the paths of all files of the repository.
    """
    notes = [
        f"{finding.place}: {finding.message}; no target is written for it"
        for path, finding in sorted({**model.problems, **projects.problems}.items())
        if not is_data(parent(path))
    ]
    wheels: dict[str, PythonProject] = {}
    others: set[str] = set()
    built_elsewhere: set[str] = set()
    for directory, project in sorted(projects.by_directory.items()):
        if is_data(directory):
            continue
        if project.maturin is None:
            others.add(directory)
            if project.rust_backend is not None:
                built_elsewhere.update(project.other_crates or (directory,))
                notes.append(f"{project.path} is built by {project.rust_backend}; left alone")
        elif project.maturin.crate_directory not in model.crates:
            crate = resolve(project.maturin.crate_directory, "Cargo.toml")
            if crate not in model.problems:
                notes.append(f"{project.path} binds {crate}, which is not there; left alone")
        elif not model.problems_around(project.maturin.crate_directory):
            wheels[directory] = project
    notes += _without_pyproject(model, projects, all_files)
    wheels, crates, duplicates = _without_duplicates(model, wheels, built_elsewhere)
    notes += duplicates
    bindings = {
        project.maturin.crate_directory: project
        for project in wheels.values()
        if project.maturin is not None
    }
    published = publication(model, all_files, bindings, crates)
    own = _owned_by_wheels(model, wheels, bindings, crates)
    kept = tuple(d for d in crates if d in published.crates or d not in own)
    return (
        Repository(
            model=model,
            all_files=all_files,
            crates=kept,
            wheels=wheels,
            others=frozenset((others | built_elsewhere) - set(bindings)),
            publication=published,
            published_wheels=frozenset(
                d for d, project in wheels.items() if not is_aside(d) and not project.is_private
            ),
        ),
        tuple(notes),
    )


def _without_pyproject(
    model: CargoModel, projects: PythonProjects, all_files: frozenset[str]
) -> Iterator[str]:
    """A sentence for each setup.py that builds a crate on PyO3, with no pyproject.toml to say so."""
    known = {*projects.by_directory, *map(parent, projects.problems)}
    for path in sorted(path for path in all_files if posixpath.basename(path) == "setup.py"):
        directory = parent(path)
        bound = any(
            is_within(crate, directory)
            and any(each.package == "pyo3" for each in model.crates[crate].dependencies)
            for crate in model.crates
        )
        if bound and directory not in known and not is_aside(directory) and not is_data(directory):
            yield (
                f"{path} is built by setuptools; left alone: a wheel of cratewheel's is built by "
                "maturin, from a pyproject.toml"
            )


def _without_duplicates(
    model: CargoModel, wheels: Mapping[str, PythonProject], built_elsewhere: Collection[str]
) -> tuple[dict[str, PythonProject], tuple[str, ...], list[str]]:
    """The wheels and crates to write targets for: of several with one name, which would produce
    the same file, the first outside tests and examples."""
    notes: list[str] = []
    taken: dict[str, str] = {}
    kept: dict[str, PythonProject] = {}
    for directory, project in sorted(wheels.items(), key=lambda item: (is_aside(item[0]), item[0])):
        assert project.maturin is not None
        crate = model.crates[project.maturin.crate_directory]
        name = normalize(distribution_name(project, crate))
        if taken.setdefault(name, project.path) == project.path:
            kept[directory] = project
        else:
            notes.append(f"{project.path} has the name of {taken[name]}; left alone")
    needed = {path for d in model.crates if not is_data(d) for path in model.build_closure(d)}
    candidates = [
        directory
        for directory in model.crates
        if model.is_member(directory)
        and directory in needed
        and directory not in built_elsewhere
        and not model.problems_around(directory)
    ]
    taken = {}
    crates = []
    for directory in sorted(candidates, key=lambda d: (is_aside(d), d)):
        crate = model.crates[directory]
        if taken.setdefault(crate.name, crate.path) == crate.path:
            crates.append(directory)
        else:
            notes.append(f"{crate.path} has the name of {taken[crate.name]}; left alone")
    return dict(sorted(kept.items())), tuple(sorted(crates)), notes


def _owned_by_wheels(
    model: CargoModel,
    wheels: Mapping[str, PythonProject],
    bindings: Mapping[str, PythonProject],
    crates: Collection[str],
) -> frozenset[str]:
    """Directories of the bound crates whose files are among the sources of the wheel itself.

    A crate in or below the directory of its pyproject.toml, with no other package in between.
    """
    packages = {*wheels, *(directory for directory in crates if directory not in bindings)}
    own = set()
    for directory, project in bindings.items():
        around = [package for package in packages if is_within(directory, package)]
        if around and max(around, key=len) == project.directory:
            own.add(directory)
    return frozenset(own)

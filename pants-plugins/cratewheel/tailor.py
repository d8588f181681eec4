"""Which BUILD targets a repository should have, from its manifests alone."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Union

from cratewheel.cargo.manifest import CrateManifest
from cratewheel.cargo.model import CargoModel, load_cargo_model
from cratewheel.cargo.paths import is_within, parent, relative_to, resolve
from cratewheel.cargo.targets import readme_path
from cratewheel.publication import Publication, is_aside, is_data, publication, version_groups
from cratewheel.python_project import (
    PythonProject,
    PythonProjects,
    distribution_name,
    load_python_projects,
    normalize,
)

#: The default `sources` of `crate_package` and `maturin_wheel`.
DEFAULT_SOURCES = (
    "**/*",
    "!**/BUILD",
    "!**/BUILD.*",
    "!**/__pycache__/**",
    "!target/**",
)

#: The platforms of a new `maturin_wheel`: those that nearly every PyO3 project ships.
DEFAULT_PLATFORMS = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
)

Value = Union[str, bool, tuple[str, ...]]


@dataclass(frozen=True)
class SuggestedTarget:
    """A target that a BUILD file should have.

    Args:
        directory: the BUILD file's directory, "" for the root.
        type_alias: `cargo_workspace`, `crate_package`, `maturin_wheel` or `files`.
        name: the target's name.
        kwargs: the other fields, in the order they should be written.
        why: one phrase for the user.
    """

    directory: str
    type_alias: str
    name: str
    kwargs: Mapping[str, Value] = field(default_factory=dict, hash=False)
    why: str = ""


@dataclass(frozen=True)
class Suggestions:
    """The targets to write, sorted by directory, and sentences on what was left alone and why."""

    targets: tuple[SuggestedTarget, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Repository:
    """Everything the suggestions are made from.

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


def suggest_targets(
    files: Mapping[str, bytes],
    all_files: Collection[str],
    owned: Collection[tuple[str, str]] = (),
    owned_sources: Collection[str] = (),
) -> Suggestions:
    """The targets a repository lacks.

    A `cargo_workspace` at every workspace root (a crate outside any workspace is its own), a
    `maturin_wheel` for every pyproject.toml that maturin builds, a `crate_package` for every other
    crate, and `files` for readmes and licences that packages below or beside them name.

    Args:
        files: the repository's Cargo.toml and pyproject.toml files, contents by path.
        all_files: the paths of all its files.
        owned: (type alias, directory) of the targets there are; what they cover is not suggested.
        owned_sources: paths that some target owns already; only `files` targets ask for them.
    """
    present = frozenset(all_files) | frozenset(files)
    model = load_cargo_model(files)
    projects = load_python_projects(files, present)
    repository, notes = _survey(model, projects, present)
    shared = _shared_files(repository)
    have = frozenset(owned)
    targets = [
        *_workspaces(repository),
        *_crates(repository, shared),
        *_wheels(repository, shared),
        *_shared_file_targets(shared, frozenset(owned_sources)),
    ]
    lacking = [target for target in targets if (target.type_alias, target.directory) not in have]
    new_crates = {
        t.directory for t in lacking if t.type_alias in ("crate_package", "maturin_wheel")
    }
    withheld = repository.publication.withheld
    # Said once, with the BUILD file it explains; afterwards the BUILD file is the user's word.
    explained = [
        f"{model.crates[directory].path}: {why}"
        for directory, why in sorted(withheld.items())
        if any(is_within(directory, new) for new in new_crates)
    ]
    order = {"cargo_workspace": 0, "crate_package": 1, "maturin_wheel": 2, "files": 3}
    lacking.sort(key=lambda target: (target.directory, order[target.type_alias]))
    return Suggestions(tuple(lacking), (*notes, *explained))


def _survey(
    model: CargoModel, projects: PythonProjects, all_files: frozenset[str]
) -> tuple[_Repository, tuple[str, ...]]:
    """Sorts crates and Python projects into what gets which target, with what was left alone."""
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
        _Repository(
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


def _workspaces(repository: _Repository) -> Iterable[SuggestedTarget]:
    bound = {repository.bound_crate(directory).directory for directory in repository.wheels}
    roots = {
        repository.model.workspace_of(directory).directory
        for directory in (*repository.crates, *bound)
    }
    for root in sorted(roots):
        declared = repository.model.workspaces[root].declared
        why = "the root of a Cargo workspace" if declared else "a crate that is its own workspace"
        yield SuggestedTarget(root, "cargo_workspace", "cargo", {}, why)


def _crates(
    repository: _Repository, shared: Mapping[str, Collection[str]]
) -> Iterable[SuggestedTarget]:
    groups = _groups(repository)
    for directory in repository.crates:
        crate = repository.model.crates[directory]
        public = directory in repository.publication.crates
        kwargs: dict[str, Value] = {"publish": True} if public else {}
        if ("crate", directory) in groups:
            kwargs["version_group"] = groups["crate", directory]
        kwargs.update(_sources(repository, directory, shared))
        why = (
            "a library with all that crates.io demands" if public else "a crate for this repository"
        )
        name = _crate_target_name(crate)
        yield SuggestedTarget(directory, "crate_package", name, kwargs, why)


def _wheels(
    repository: _Repository, shared: Mapping[str, Collection[str]]
) -> Iterable[SuggestedTarget]:
    groups = _groups(repository)
    for directory, project in repository.wheels.items():
        crate = repository.bound_crate(directory)
        kwargs: dict[str, Value] = {}
        if directory in repository.published_wheels:
            kwargs["publish"] = True
            if ("wheel", directory) in groups:
                kwargs["version_group"] = groups["wheel", directory]
            kwargs["platforms"] = DEFAULT_PLATFORMS
        kwargs.update(_sources(repository, directory, shared))
        name = distribution_name(project, crate)
        taken = {"cargo"}
        if directory in repository.crates:
            taken.add(_crate_target_name(repository.model.crates[directory]))
        name = f"{name}-wheel" if name in taken else name
        yield SuggestedTarget(directory, "maturin_wheel", name, kwargs, "built by maturin")


def _crate_target_name(crate: CrateManifest) -> str:
    return f"{crate.name}-crate" if crate.name == "cargo" else crate.name


def _groups(repository: _Repository) -> Mapping[tuple[str, str], str]:
    return version_groups(
        repository.model,
        repository.publication.crates,
        [repository.wheels[directory] for directory in repository.published_wheels],
    )


def _sources(
    repository: _Repository, directory: str, shared: Mapping[str, Collection[str]]
) -> Mapping[str, Value]:
    """The `sources` of a package, when the default would take in what belongs to others."""
    below = sorted(
        package
        for package in repository.package_directories | repository.others
        if package != directory
        and is_within(package, directory)
        and not is_within(_python_source(repository, directory), package)
        and not is_within(_bound_directory(repository, directory), package)
    )
    outermost = [d for d in below if not any(d != o and is_within(d, o) for o in below)]
    excluded = [f"!{relative_to(package, directory)}/**" for package in outermost]
    excluded += [f"!{name}" for name in sorted(shared.get(directory, ()))]
    return {"sources": (*DEFAULT_SOURCES, *excluded)} if excluded else {}


def _python_source(repository: _Repository, directory: str) -> str:
    project = repository.wheels.get(directory)
    settings = project.maturin if project is not None else None
    return (settings.python_source or directory) if settings is not None else directory


def _bound_directory(repository: _Repository, directory: str) -> str:
    """The crate whose files a wheel's sources must hold: the bound one, unless it has a target."""
    if directory not in repository.wheels:
        return directory
    bound = repository.bound_crate(directory).directory
    return directory if bound in repository.crates else bound


def _shared_files(repository: _Repository) -> Mapping[str, Collection[str]]:
    """Names, by directory, of readmes and licences that a package elsewhere names."""
    named: dict[str, set[str]] = {}
    for directory in repository.crates:
        named.setdefault(directory, set()).update(_crate_files(repository, directory))
    for directory, project in repository.wheels.items():
        bound = repository.bound_crate(directory)
        named.setdefault(directory, set()).update(
            (
                *(path for path in (project.readme, project.license_file) if path is not None),
                *(resolve(directory, glob) for glob in project.license_files or ()),
                *_included_files(project),
                *_crate_files(repository, bound.directory),
            )
        )
    shared: dict[str, set[str]] = {}
    for directory, paths in named.items():
        for path in paths:
            if path not in repository.all_files or _is_held_by(repository, path, directory):
                continue
            shared.setdefault(parent(path), set()).add(posixpath.basename(path))
    return shared


def _crate_files(repository: _Repository, directory: str) -> Iterable[str]:
    crate = repository.model.crates[directory]
    paths = (readme_path(crate, repository.all_files), crate.license_file)
    return (path for path in paths if path is not None)


def _included_files(project: PythonProject) -> Iterable[str]:
    """Single files above the project that `[tool.maturin] include` names."""
    settings = project.maturin
    for pattern in settings.include if settings is not None else ():
        if pattern.pattern.startswith("../") and pattern.out_dir_to is None:
            yield resolve(project.directory, pattern.pattern)


def _is_held_by(repository: _Repository, path: str, directory: str) -> bool:
    """Whether `path` is among the sources of the package in `directory`."""
    if not is_within(path, directory):
        return False
    around = [p for p in repository.package_directories if is_within(parent(path), p)]
    return max(around, key=len) == directory


def _shared_file_targets(
    shared: Mapping[str, Collection[str]], owned_sources: frozenset[str]
) -> Iterable[SuggestedTarget]:
    for directory, names in sorted(shared.items()):
        lacking = sorted(n for n in names if resolve(directory, n) not in owned_sources)
        if lacking:
            kwargs: dict[str, Value] = {"sources": tuple(lacking)}
            why = "named by packages in other directories"
            yield SuggestedTarget(directory, "files", "docs", kwargs, why)

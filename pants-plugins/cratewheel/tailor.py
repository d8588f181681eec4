"""Which BUILD targets a repository should have, from its manifests alone."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Union

from cratewheel.cargo.manifest import CrateManifest
from cratewheel.cargo.model import load_cargo_model
from cratewheel.cargo.paths import is_within, parent, relative_to, resolve
from cratewheel.cargo.targets import readme_path
from cratewheel.publication import version_groups
from cratewheel.python_project import PythonProject, distribution_name, load_python_projects
from cratewheel.survey import Repository, survey

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

_PANTS_FILE = re.compile(r"pants|pants(\.[^/]+)?\.toml")
#: Beside the launcher that cratewheel comes with: what it installs.
_LAUNCHER_LOCKS = "3rdparty/launcher"

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
    repository, notes = survey(model, projects, present)
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


def _workspaces(repository: Repository) -> Iterable[SuggestedTarget]:
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
    repository: Repository, shared: Mapping[str, Collection[str]]
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
    repository: Repository, shared: Mapping[str, Collection[str]]
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


def _groups(repository: Repository) -> Mapping[tuple[str, str], str]:
    return version_groups(
        repository.model,
        repository.publication.crates,
        [repository.wheels[directory] for directory in repository.published_wheels],
    )


def _sources(
    repository: Repository, directory: str, shared: Mapping[str, Collection[str]]
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
    if not directory:
        excluded += _of_pants(repository)
    return {"sources": (*DEFAULT_SOURCES, *excluded)} if excluded else {}


def _of_pants(repository: Repository) -> Iterable[str]:
    """What at the top is there for Pants: no change of a package, and nothing to ship with it."""
    yield from (f"!{name}" for name in sorted(repository.all_files) if _PANTS_FILE.fullmatch(name))
    if any(is_within(name, _LAUNCHER_LOCKS) for name in repository.all_files):
        yield f"!{_LAUNCHER_LOCKS}/**"


def _python_source(repository: Repository, directory: str) -> str:
    project = repository.wheels.get(directory)
    settings = project.maturin if project is not None else None
    return (settings.python_source or directory) if settings is not None else directory


def _bound_directory(repository: Repository, directory: str) -> str:
    """The crate whose files a wheel's sources must hold: the bound one, unless it has a target."""
    if directory not in repository.wheels:
        return directory
    bound = repository.bound_crate(directory).directory
    return directory if bound in repository.crates else bound


def _shared_files(repository: Repository) -> Mapping[str, Collection[str]]:
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
            )
        )
        if bound.directory not in repository.crates:
            named[directory].update(_crate_files(repository, bound.directory))
    shared: dict[str, set[str]] = {}
    for directory, paths in named.items():
        for path in paths:
            if path not in repository.all_files or _is_held_by(repository, path, directory):
                continue
            shared.setdefault(parent(path), set()).add(posixpath.basename(path))
    return shared


def _crate_files(repository: Repository, directory: str) -> Iterable[str]:
    crate = repository.model.crates[directory]
    paths = (readme_path(crate, repository.all_files), crate.license_file)
    return (path for path in paths if path is not None)


def _included_files(project: PythonProject) -> Iterable[str]:
    """Single files above the project that `[tool.maturin] include` names."""
    settings = project.maturin
    for pattern in settings.include if settings is not None else ():
        if pattern.pattern.startswith("../") and pattern.out_dir_to is None:
            yield resolve(project.directory, pattern.pattern)


def _is_held_by(repository: Repository, path: str, directory: str) -> bool:
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

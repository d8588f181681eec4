"""What the graph of targets has wrong: what nobody owns, and what goes public too early or by mistake."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Optional

from cratewheel.bindings import bindings_of
from cratewheel.cargo.manifest import DEV
from cratewheel.cargo.paths import is_within, parent, relative_to, resolve
from cratewheel.errors import Finding
from cratewheel.package_inputs import module_name
from cratewheel.project import CRATE, WHEEL, DeclaredPackage, Project

_SHOWN = 3

_WITHOUT_VERSION = "leave the version out: cargo then drops the dev-dependency when it packs"

#: Names of files that a package's directory has for the repository's own use.
_NOT_SOURCES = ("BUILD", ".gitignore", ".gitattributes", "Cargo.lock", "pants.toml")


def owned(
    paths: Iterable[str], targets: Iterable[tuple[str, Callable[[str], bool]]]
) -> frozenset[str]:
    """The paths that some target owns.

    Args:
        targets: (directory, whether it owns a path) of every target with sources.
    """
    by_directory: dict[str, list[Callable[[str], bool]]] = defaultdict(list)
    for directory, owns in targets:
        by_directory[directory].append(owns)
    return frozenset(
        path
        for path in paths
        if any(owns(path) for each in _ancestors(path) for owns in by_directory.get(each, ()))
    )


def unowned_findings(
    packages: Iterable[DeclaredPackage],
    tracked: Collection[str],
    owned_paths: Collection[str],
    included: Collection[str] = (),
) -> Iterator[Finding]:
    """Files in the directories of packages that no target owns, so that no sandbox has them.

    Around a package at the root lies the rest of the repository, so of that only sources count.

    Args:
        tracked: the files that git knows.
        owned_paths: those of them that some target owns.
        included: those that Rust sources include.
    """
    everything = list(packages)
    directories = {package.directory for package in everything}
    for package in everything:
        missing = [
            path
            for path in sorted(tracked)
            if path not in owned_paths
            and _innermost(path, directories) == package.directory
            and not _is_for_the_repository(relative_to(path, package.directory))
            and (package.directory or path in included or _is_a_source(path))
            # Those that matter are modules of the wheel, which `module_findings` looks at.
            and not (package.kind == WHEEL and path.endswith((".py", ".pyi")))
        ]
        if missing:
            shown = ", ".join(missing[:_SHOWN])
            more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            message = (
                f"no target owns {shown}{more}: a change of it ships nothing, and no build has it"
            )
            yield Finding("CW-FILES-UNOWNED", f"{package.address}: sources", message)


def module_findings(
    project: Project,
    packages: Iterable[DeclaredPackage],
    tracked: Collection[str],
    ignored: Collection[str],
    owned_paths: Collection[str],
) -> Iterator[Finding]:
    """Python modules beside a wheel's own that the wheel would not have.

    maturin packs the packages named by the module and by `python-packages`, of those what git does
    not ignore; a build here has of those what some target owns.

    Args:
        tracked: the files that git knows.
        ignored: files of the checkout that git ignores.
        owned_paths: the files that some target owns.
    """
    for package in packages:
        python = project.python_project(package)
        if package.kind != WHEEL or python is None or python.maturin is None:
            continue
        name = module_name(project, package)
        if name is None:
            continue
        settings = python.maturin
        roots = {*settings.python_packages, name.split(".")[0].replace("-", "_")}
        source = settings.python_source
        place = f"{python.path}: tool.maturin.python-packages"
        for folder in _folders(package.directory, source):
            beside = [
                path
                for path in sorted(tracked)
                if path.endswith(".py")
                and is_within(path, folder)
                and relative_to(path, folder).split("/")[0] not in roots
            ]
            # Without `python-source` the folder holds whatever the project needs beside the package.
            if source is not None and beside:
                message = (
                    f"{_listed(beside)}: maturin packs {' and '.join(sorted(roots))} of {folder}, "
                    "so the wheel would miss it"
                )
                yield Finding("CW-MODULE-NOT-IN-WHEEL", place, message)
            within = [resolve(folder, root) for root in roots]
            lost = [
                path
                for path in sorted(ignored)
                if path.endswith((".py", ".pyi"))
                and "__pycache__" not in path
                and any(is_within(path, each) for each in within)
            ]
            if lost:
                message = f"{_listed(lost)}: git ignores it, so the wheel would miss it"
                mend = "commit it, or have `[tool.maturin] include` name it if a build makes it"
                yield Finding("CW-MODULE-NOT-IN-WHEEL", python.path, message, mend)
            strangers = [
                path
                for path in sorted(tracked)
                if path.endswith((".py", ".pyi"))
                and path not in owned_paths
                and any(is_within(path, each) for each in within)
            ]
            if strangers:
                message = f"{_listed(strangers)}: no target owns it, so the wheel would miss it"
                mend = "add it to the target's `sources`, or to a `python_sources` target"
                yield Finding(
                    "CW-MODULE-NOT-IN-WHEEL", f"{package.address}: sources", message, mend
                )


def python_folders(project: Project, packages: Iterable[DeclaredPackage]) -> tuple[str, ...]:
    """The folders in which the Python packages of wheels lie, `src` beside the manifest included."""
    found = []
    for package in packages:
        python = project.python_project(package)
        if package.kind == WHEEL and python is not None and python.maturin is not None:
            found += _folders(package.directory, python.maturin.python_source)
    return tuple(found)


def _folders(directory: str, source: Optional[str]) -> list[str]:
    # The second is maturin's other layout, with the crate in `rust/`.
    return [source] if source is not None else [directory, resolve(directory, "src")]


def unpublished_needs(
    project: Project, packages: Iterable[DeclaredPackage]
) -> Mapping[tuple[str, str], str]:
    """Crates here that crates to be published need by version and that are not published themselves.

    Returns:
        Their names by the manifest path and the dotted key of the dependency.
    """
    found = {}
    for package in packages:
        crate = project.crate(package)
        if package.kind != CRATE or not package.publish or crate is None:
            continue
        for dependency in crate.dependencies:
            if dependency.path is None or dependency.requirement is None:
                continue
            owner = project.owner_of_crate(dependency.path)
            if owner is None or owner.kind != CRATE or not owner.publish:
                found[crate.path, f"{dependency.table}.{dependency.key}"] = dependency.package
    return found


def prerequisite_findings(
    project: Project,
    packages: Iterable[DeclaredPackage],
    live: Mapping[str, Optional[bool]],
) -> Iterator[Finding]:
    """Crates to be published that depend on crates here which are not, by a version they cannot find.

    crates.io refuses a crate whose dependencies it does not know, dev-dependencies with a version
    among them.

    Args:
        live: crate name to whether crates.io has it; None, or no entry, where that is not known.
    """
    for (path, key), name in unpublished_needs(project, packages).items():
        if live.get(name):
            continue
        known = live.get(name) is False
        message = f"{name} is not published from here" + (
            ", and crates.io does not have it" if known else ""
        )
        mend = _WITHOUT_VERSION if key.startswith(DEV) else ""
        yield Finding("CW-DEPENDENCY-UNPUBLISHED", f"{path}: {key}", message, mend)


def circle_findings(project: Project, packages: Iterable[DeclaredPackage]) -> Iterator[Finding]:
    """Dev-dependencies with a version on a crate that can only be published afterwards."""
    for package in packages:
        crate = project.crate(package)
        if package.kind != CRATE or not package.publish or crate is None:
            continue
        for dependency in crate.dependencies:
            if dependency.table != DEV or dependency.path is None or dependency.requirement is None:
                continue
            if dependency.path not in project.cargo.crates:
                continue
            if crate.directory in project.cargo.build_closure(dependency.path):
                place = f"{crate.path}: {dependency.table}.{dependency.key}"
                message = (
                    f"{dependency.package} needs {crate.name} on crates.io first, and {crate.name} "
                    "cannot be published before it with this version"
                )
                yield Finding("CW-DEPENDENCY-UNPUBLISHED", place, message, _WITHOUT_VERSION)


def binding_findings(project: Project, packages: Iterable[DeclaredPackage]) -> Iterator[Finding]:
    """Crates to be published that a Python package is built from: bindings, no library for others."""
    bound = {}
    for python in project.python.by_directory.values():
        if python.maturin is not None:
            bound[python.maturin.crate_directory] = python
    for package in packages:
        crate = project.crate(package)
        if package.kind != CRATE or not package.publish or crate is None:
            continue
        project_of_it = bound.get(package.directory)
        if project_of_it is None or bindings_of(project.cargo, project_of_it) == "bin":
            continue
        message = f"the crate {crate.name} is the binding that {project_of_it.path} builds, and would become public"
        yield Finding("CW-BINDING-PUBLIC", f"{package.address}: publish", message)


def dependents_findings(with_dependents: bool, published: bool) -> Iterator[Finding]:
    """Whether `--changed-since` leaves out what is built from what changed."""
    if published and not with_dependents:
        message = "`--changed-since` would leave out the packages that are built from what changed"
        yield Finding("CW-CHANGED-DEPENDENTS", "pants.toml: changed.dependents", message)


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more


def _ancestors(path: str) -> Iterator[str]:
    directory = path
    while directory:
        directory = parent(directory)
        yield directory


def _innermost(path: str, directories: Collection[str]) -> Optional[str]:
    return next((each for each in _ancestors(path) if each in directories), None)


def _is_a_source(path: str) -> bool:
    """Whether a path is one of the sources of a crate at the root."""
    return path == "build.rs" or path.startswith("src/")


def _is_for_the_repository(path: str) -> bool:
    name = posixpath.basename(path)
    return (
        name in _NOT_SOURCES
        or name.startswith("BUILD.")
        or path.startswith((".", "target/", "tests/", "benches/", "examples/"))
        or "/." in path
    )

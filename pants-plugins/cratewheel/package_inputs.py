"""What a package is built from: the targets and files that its manifests and sources name."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping

from cratewheel.cargo.manifest import BUILD, NORMAL
from cratewheel.cargo.sources import manifest_relative_files, referenced_files
from cratewheel.errors import Finding
from cratewheel.project import WHEEL, DeclaredPackage, Project, path


def target_inputs(project: Project, package: DeclaredPackage) -> tuple[str, ...]:
    """Addresses of the targets that a package is built from directly, sorted.

    The owners of its path dependencies (normal and build tables; dev-dependencies never reach what
    is released, and may form cycles) and of path patches, the root of its workspace, and for a
    wheel the crate it binds where a `crate_package` owns that.
    """
    directory = project.crate_directory(package)
    if directory is None or directory not in project.cargo.crates:
        return ()
    found: set[str] = set()
    workspace = project.cargo.workspace_of(directory)
    if workspace.directory in project.workspace_targets:
        found.add(project.workspace_targets[workspace.directory])
    needed = {*project.cargo.path_dependencies(directory, tables=(NORMAL, BUILD)), directory}
    needed.update(patch.path for patch in workspace.patches if patch.path is not None)
    for crate in needed:
        owner = project.owner_of_crate(crate)
        if owner is not None:
            found.add(owner.address)
    return tuple(sorted(found - {package.address}))


def binary_crates(
    project: Project, package: DeclaredPackage, binaries: Iterable[str]
) -> tuple[str, ...]:
    """Addresses of the crates whose programs a wheel carries, sorted.

    Args:
        binaries: the target's `binaries` field, entries `NAME` or `NAME=DIRECTORY`.
    """
    found = set()
    for entry in binaries:
        directory = crate_of_binary(project, package, entry.partition("=")[0])
        owner = None if directory is None else project.owner_of_crate(directory)
        if owner is not None:
            found.add(owner.address)
    return tuple(sorted(found - {package.address}))


def crate_of_binary(project: Project, package: DeclaredPackage, name: str) -> str | None:
    """The directory of the crate whose program `name` a wheel of `package` carries.

    The crate that declares `[[bin]] name`, else the crate called `name` (cargo names the program of
    `src/main.rs` after its crate); of several, one in the workspace of the wheel's own crate.
    """
    own = project.crate_directory(package)
    if own is None or own not in project.cargo.crates:
        return None
    members = project.cargo.workspace_of(own).members
    ordered = [*members, *(each for each in sorted(project.cargo.crates) if each not in members)]
    for directory in ordered:
        crate = project.cargo.crates.get(directory)
        if crate is not None and any(declared.name == name for declared in crate.bins):
            return directory
    for directory in ordered:
        crate = project.cargo.crates.get(directory)
        if crate is not None and crate.name == name:
            return directory
    return None


def manifest_files(
    project: Project, package: DeclaredPackage, links: Mapping[str, str]
) -> tuple[str, ...]:
    """Files that a package's manifests name: readme, licence, patterns without wildcards; sorted.

    Args:
        links: symbolic links among readme and licence files, with the paths they point to.
    """
    found: set[str] = set()
    crate = project.crate(package)
    if crate is not None:
        found.update(each for each in (crate.readme, crate.license_file) if isinstance(each, str))
    python = project.python_project(package) if package.kind == WHEEL else None
    if python is not None:
        found.update(each for each in (python.readme, python.license_file) if each is not None)
        for pattern in python.license_files or ():
            found.add(posixpath.normpath(path(python.directory, pattern)))
        if python.maturin is not None:
            for included in python.maturin.include:
                found.add(posixpath.normpath(path(python.directory, included.pattern)))
    found.update(
        target for link, target in links.items() if posixpath.dirname(link) == package.directory
    )
    return tuple(sorted(name for name in found if not name.startswith("..") and "*" not in name))


def unowned_files(
    project: Project, package: DeclaredPackage, links: Mapping[str, str], owned: Collection[str]
) -> tuple[Finding, ...]:
    """Readme and licence files that a package's manifests name and that no target brings along.

    Args:
        owned: the files of the package's targets and everything they depend on.
    """
    named: dict[str, str | bool | None] = {}
    crate = project.crate(package)
    if crate is not None:
        named[f"{crate.path}: package.readme"] = crate.readme
        named[f"{crate.path}: package.license-file"] = crate.license_file
    python = project.python_project(package) if package.kind == WHEEL else None
    if python is not None:
        named[f"{python.path}: project.readme"] = python.readme
        named[f"{python.path}: project.license"] = python.license_file
    return tuple(
        Finding(
            "CW-FILE-UNOWNED",
            place,
            f"{file} is needed to build {package.address}, and no target that it depends on owns it",
        )
        for place, file in named.items()
        if isinstance(file, str) and file not in owned and file not in links
    )


def referenced_paths(directory: str, source: str, text: str) -> tuple[str, ...]:
    """Repository-relative files that one Rust source of the crate in `directory` includes."""
    found = {*referenced_files(source, text), *manifest_relative_files(directory, text)}
    return tuple(sorted(name for name in found if not name.startswith("..")))


def wheel_globs(project: Project, package: DeclaredPackage) -> tuple[str, ...]:
    """Globs of the files that maturin puts into a wheel beside the extension, sorted.

    Its Python packages, below `python-source` or beside the manifest, and what `include` names by
    wildcard. Other targets may own those files as well as the wheel.
    """
    python = project.python_project(package) if package.kind == WHEEL else None
    if python is None or python.maturin is None:
        return ()
    if python.maturin.python_source is not None:
        sources = [python.maturin.python_source]
    else:
        # The second is maturin's other layout, with the crate in `rust/`.
        sources = [package.directory, path(package.directory, "src")]
    name = module_name(project, package)
    modules = {*python.maturin.python_packages}
    if name is not None:
        modules.add(name.split(".")[0].replace("-", "_"))
    found = {f"{path(source, module)}/**/*" for source in sources for module in modules}
    found.update(
        posixpath.normpath(path(python.directory, included.pattern))
        for included in python.maturin.include
        if "*" in included.pattern and included.out_dir_to is None
    )
    return tuple(sorted(each for each in found if not each.startswith("..")))


def module_name(project: Project, package: DeclaredPackage) -> str | None:
    """The dotted name of a wheel's extension module, in maturin's order of precedence.

    `[tool.maturin].module-name`, the library's name, the project's and the crate's as written; None
    where no manifest has any.
    """
    python = project.python_project(package)
    crate = project.crate(package)
    if python is not None and python.maturin is not None and python.maturin.module_name:
        return python.maturin.module_name
    if crate is not None and crate.lib is not None and crate.lib.name:
        return crate.lib.name
    if python is not None and python.name is not None:
        return python.name
    return None if crate is None else crate.name

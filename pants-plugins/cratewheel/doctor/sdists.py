"""What goes into a source distribution beside what cargo packs, and what is kept out of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from cratewheel.cargo.paths import is_within, relative_to, resolve
from cratewheel.cargo.targets import build_script_of, library_of
from cratewheel.doctor.patterns import excludes, matching
from cratewheel.errors import Finding
from cratewheel.package_inputs import module_name
from cratewheel.project import WHEEL, DeclaredPackage, Project
from cratewheel.python_project import PythonProject


def excluded_findings(
    project: Project, packages: Iterable[DeclaredPackage], all_files: Collection[str]
) -> Iterator[Finding]:
    """Files that a wheel's source distribution must have and its manifest excludes.

    Source: maturin, "Python Metadata", `exclude`: globs in the form of `.gitignore`.

    Args:
        all_files: the paths of all files of the repository.
    """
    for package in packages:
        python = project.python_project(package)
        if package.kind != WHEEL or not package.sdist or python is None or python.maturin is None:
            continue
        patterns = [
            each.pattern
            for each in python.maturin.exclude
            if not each.formats or "sdist" in each.formats
        ]
        for what, path in _needed(project, package, python, all_files):
            if path not in all_files or not is_within(path, python.directory):
                continue
            name = relative_to(path, python.directory)
            by = next((each for each in patterns if excludes(each, name)), None)
            if by is not None:
                message = f"`{by}` keeps {what}, {path}, out of the source distribution"
                place = f"{python.path}: tool.maturin.exclude"
                yield Finding("CW-SDIST-FILE-LEFT-OUT", place, message)


def _needed(
    project: Project,
    package: DeclaredPackage,
    python: PythonProject,
    all_files: Collection[str],
) -> Iterator[tuple[str, str]]:
    """Files without which the distribution cannot be built or would lose what it promises."""
    crate = project.crate(package)
    if crate is not None:
        yield "the crate's manifest", crate.path
        library = library_of(crate, all_files)
        if library is not None:
            yield "the library", library.path
        script = build_script_of(crate, all_files)
        if script is not None:
            yield "the build script", script
    if python.readme is not None:
        yield "the readme", python.readme
    if python.license_file is not None:
        yield "the licence", python.license_file
    module = module_name(project, package)
    if module is not None and python.maturin is not None:
        source = python.maturin.python_source or python.directory
        root = module.split(".")[0].replace("-", "_")
        yield "the package's first module", resolve(source, f"{root}/__init__.py")


def included(python: PythonProject, all_files: Collection[str]) -> frozenset[str]:
    """Files that `[tool.maturin] include` puts into a source distribution, whatever cargo packs.

    Args:
        all_files: the paths of all files of the repository.
    """
    if python.maturin is None:
        return frozenset()
    patterns = [
        resolve(python.directory, each.pattern)
        for each in python.maturin.include
        if each.out_dir_to is None and (not each.formats or "sdist" in each.formats)
    ]
    return frozenset(path for each in patterns for path in matching(each, all_files))

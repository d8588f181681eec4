"""The Python files that a wheel has beside its extension, at the paths by which Python imports them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cratewheel.project import DeclaredPackage, Project, path

_SOURCES = (".py", ".pyi")


def python_side(
    project: Project,
    package: DeclaredPackage,
    names: Iterable[str],
    folder: str,
    files: Iterable[str],
) -> Mapping[str, str]:
    """The repository's files of a wheel's Python packages, by import path.

    Args:
        names: dotted, those of the extension (`cratewheel.build.importable.extension_modules`).
        folder: the one that is on `sys.path` where the wheel is installed.
        files: those that the wheel's globs match.
    """
    python = project.python_project(package)
    settings = None if python is None else python.maturin
    tops = {*(name.split(".")[0] for name in names)}
    tops.update(() if settings is None else settings.python_packages)
    above = f"{folder}/" if folder else ""
    inside = tuple(f"{above}{top}/" for top in sorted(tops))
    return {file[len(above) :]: file for file in sorted(files) if file.startswith(inside)}


def stub_globs(names: Iterable[str], folder: str) -> tuple[str, ...]:
    """Globs of the stubs that lie beside a wheel's packages; those within are files of the packages.

    A module without a package has its own stub file beside the manifest (maturin's user guide, "Adding
    Python type information"); PEP 561 has packages of nothing but stubs.

    Args:
        names: dotted, those of the extension.
        folder: the one that is on `sys.path` where the wheel is installed.
    """
    tops = sorted({name.split(".")[0] for name in names})
    return tuple(
        path(folder, glob) for top in tops for glob in (f"{top}.pyi", f"{top}-stubs/**/*.pyi")
    )


def stubs(side: Mapping[str, str], folder: str, beside: Iterable[str]) -> Mapping[str, str]:
    """The repository's files that say a wheel's types, by the import path of what they describe.

    Args:
        side: the wheel's `python_side`.
        folder: the one that is on `sys.path` where the wheel is installed.
        beside: those that `stub_globs` match.
    """
    found = {}
    for file in beside:
        top, slash, rest = file[len(folder) + 1 if folder else 0 :].partition("/")
        # A type checker looks for a package of stubs among installed packages alone.
        found[f"{top[: -len('-stubs')]}/{rest}" if slash else top] = file
    found.update({name: file for name, file in side.items() if name.endswith(".pyi")})
    return found


def module_names(files: Iterable[str]) -> tuple[str, ...]:
    """The dotted names of the Python modules among import paths, sorted."""
    found = set()
    for file in files:
        stem, dot, suffix = file.rpartition(".")
        if dot + suffix in _SOURCES:
            parts = stem.split("/")
            found.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return tuple(sorted(found - {""}))

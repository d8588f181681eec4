"""The extension module of a wheel for Python code of the same repository: nothing but what Rust makes.

A test, a REPL or a PEX wants the compiled module beside the Python sources that Pants already knows.
So maturin is given the tree without its Python side: what it puts into the wheel then is what it
compiled or generated, and an edit of a Python file leaves the inputs, and so the result, alone.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cratewheel.bindings import bindings_of
from cratewheel.build.crates import root_name
from cratewheel.build.families import stable_floor
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.request import WheelBuild
from cratewheel.build.toolchain import RustToolchain
from cratewheel.build.wheels import row_builds
from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.package_inputs import module_name, wheel_globs
from cratewheel.project import DeclaredPackage, Project, path
from cratewheel.wheel_rows import PANTS, WheelRow


@dataclass(frozen=True)
class ImportableBuild:
    """The build of an extension module, as that of the wheel around it.

    Args:
        separable: whether it can be done in two steps (`cratewheel.build.extension.is_separable`).
    """

    wheel: WheelBuild
    separable: bool


def python_folder(project: Project, package: DeclaredPackage, files: Iterable[str]) -> str:
    """The folder that is on `sys.path` where the wheel is installed: the one with its packages.

    Args:
        files: those that the wheel's globs match.
    """
    python = project.python_project(package)
    if python is not None and python.maturin is not None and python.maturin.python_source:
        return python.maturin.python_source
    for glob in sorted(wheel_globs(project, package), key=len, reverse=True):
        if glob.endswith("/**/*") and any(file.startswith(glob[: -len("**/*")]) for file in files):
            return posixpath.dirname(glob[: -len("/**/*")])
    return package.directory


def extension_modules(
    project: Project, package: DeclaredPackage, files: Iterable[str]
) -> tuple[str, ...]:
    """The dotted names that only an installed wheel has; empty for a wheel of programs.

    maturin makes a package around a module whose name has no dot, unless there is one (its user
    guide, "Project layout").

    Args:
        files: those that the wheel's globs match.
    """
    python = project.python_project(package)
    name = module_name(project, package)
    if python is None or project.crate(package) is None or name is None:
        return ()
    if bindings_of(project.cargo, python) == "bin":
        return ()
    name = name.replace("-", "_")
    if "." in name:
        return (name,)
    inside = f"{path(python_folder(project, package, files), name)}/"
    if any(file.startswith(inside) for file in files):
        return (f"{name}.{name}",)
    return (name, f"{name}.{name}")


def python_constraints(
    project: Project, package: DeclaredPackage, rows: Iterable[WheelRow]
) -> tuple[str, ...]:
    """The Pythons that some wheel of the rows is for, as alternative requirements; empty for any.

    Raises:
        CratewheelError: `CW-REQUIRES-PYTHON`, when pyproject.toml cannot be understood.
    """
    python = project.python_project(package)
    assert python is not None
    required = (python.requires_python or "").replace(" ", "")
    found: dict[str, None] = {}
    for each in (each for row in rows for each in row.families):
        family = each.family
        name = {"pypy": "PyPy", "graalpy": "GraalPy"}.get(family.kind, "CPython")
        if family.python is not None and not family.is_stable:
            found[f"{name}=={family.python[0]}.{family.python[1]}.*"] = None
            continue
        floor = stable_floor(project, package, each)
        lowest = "" if floor is None else f">={floor[0]}.{floor[1]}"
        both = ",".join(dict.fromkeys(part for part in (required, lowest) if part))
        if both:
            found[f"{name}{both}"] = None
    return tuple(found)


def importable_build(
    project: Project,
    package: DeclaredPackage,
    row: WheelRow,
    toolchain: RustToolchain,
    interpreters: Sequence[Interpreter],
    *,
    profile: str | None = None,
) -> ImportableBuild:
    """The build of a wheel's extension module for this machine.

    Args:
        row: this machine's, whoever builds it for a release.
        interpreters: those that must be able to import it.
        profile: cargo's profile in place of the row's own; the module then keeps no floor either,
            since it is for this machine only.

    Raises:
        CratewheelError: what keeps the module from being built here.
    """
    settings = replace(row.settings, binaries=())
    here = replace(row, built_by=PANTS, environment=None, settings=settings)
    if profile is not None:
        here = replace(here, floor=None)
    builds = row_builds(project, package, [here], toolchain, interpreters)
    raise_all(builds.findings)
    (made,) = builds.rows
    if made.build is None:
        reasons = "; ".join(each.reason for each in made.missing)
        raise CratewheelError(
            Finding("CW-EXTENSION-NOT-HERE", package.address, f"no extension module: {reasons}")
        )
    if profile is None:
        return ImportableBuild(made.build, made.separable)
    wheel: WheelBuild = replace(
        made.build,
        settings=replace(made.build.settings, root=f"{root_name(package)}-{profile}"),
        # Of a Linux wheel maturin would otherwise check what it promises.
        compatibility="off",
        passes=tuple(replace(each, profile=profile) for each in made.build.passes),
    )
    return ImportableBuild(wheel, made.separable)


def module_files(wheel: bytes, present: Collection[str], folder: str) -> Mapping[str, bytes]:
    """What maturin compiled or generated, by import path.

    Args:
        wheel: the wheel, built from a tree without its Python side.
        present: the files of that tree; what maturin merely copied is none of its own.
        folder: the wheel's `python_folder`.
    """
    taken = {}
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        for member in archive.infolist():
            top = member.filename.partition("/")[0]
            if member.is_dir() or top.endswith((".dist-info", ".data")):
                continue
            if path(folder, member.filename) not in present:
                taken[member.filename] = archive.read(member)
    return taken

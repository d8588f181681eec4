"""How the rows of a wheel are built on this machine, and which ones are not."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Optional, Union

from cratewheel.build.crates import root_name
from cratewheel.build.extension import is_separable
from cratewheel.build.families import family_pass, wheel_bindings
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.request import AbiBuild, BinaryBuild, SdistBuild, Settings, WheelBuild
from cratewheel.build.row_interpreters import (
    interpreters_for,
    oldest_since,
    platform_of_pythons,
)
from cratewheel.build.toolchain import RustToolchain
from cratewheel.errors import Finding
from cratewheel.machines import CrossLinker, Linker, Machine, NotHere, how_to_build, linking
from cratewheel.package_inputs import crate_of_binary, module_name
from cratewheel.project import DeclaredPackage, Project, path
from cratewheel.pythons import lowest_python
from cratewheel.wheel_rows import WORKFLOW, BuildSettings, WheelRow


@dataclass(frozen=True)
class RowNotHere:
    """Why this machine does not build a row, or one ABI family of it.

    Args:
        family: the ABI family for which there is no interpreter; "" for a whole row.
    """

    reason: str
    family: str = ""


@dataclass(frozen=True)
class RowBuild:
    """What this machine does for one row.

    Args:
        build: None where this machine does not build it.
        missing: the row, or families of it, that are left out.
        separable: whether native code can be compiled by itself, before the wheel is put together.
    """

    row: WheelRow
    build: Optional[WheelBuild]
    missing: tuple[RowNotHere, ...] = ()
    separable: bool = False


@dataclass(frozen=True)
class RowBuilds:
    """What this machine does for the rows of a wheel; or `findings`, when the target is wrong."""

    rows: tuple[RowBuild, ...] = ()
    findings: tuple[Finding, ...] = ()


def machine(toolchain: RustToolchain, *, zig: bool = True) -> Machine:
    """This machine as far as linking goes.

    Args:
        zig: whether zig is to be had; Pants has it from PyPI.
    """
    libc = toolchain.libc_version
    return Machine(
        host=toolchain.host,
        libc=_numbers(libc or ""),
        rust_targets=frozenset(toolchain.targets),
        linkers={
            triple: Linker(program, _numbers(glibc)) for triple, program, glibc in toolchain.linkers
        },
        zig=zig,
        apple_sdk="-apple-" in toolchain.host,
    )


def _numbers(version: str) -> Optional[tuple[int, ...]]:
    return tuple(int(part) for part in version.split(".")) if version else None


def built_by_workflow(row: WheelRow) -> RowBuild:
    """What any machine does for a row that the project's own workflow builds."""
    by = f"the job {row.job!r}" if row.job else "the project's own workflow"
    return RowBuild(row, None, (RowNotHere(f"built by {by}"),))


def row_builds(
    project: Project,
    package: DeclaredPackage,
    rows: Iterable[WheelRow],
    toolchain: RustToolchain,
    interpreters: Sequence[Interpreter],
    *,
    zig: bool = True,
) -> RowBuilds:
    """How this machine builds each row.

    Args:
        zig: whether zig is to be had; Pants has it from PyPI.
    """
    here = machine(toolchain, zig=zig)
    python = project.python_project(package)
    crate = project.crate(package)
    assert python is not None
    assert python.maturin is not None
    assert crate is not None
    maturin = python.maturin
    bindings = wheel_bindings(project, package)
    builds: list[RowBuild] = []
    findings: list[Finding] = []
    for row in rows:
        if row.built_by == WORKFLOW:
            builds.append(built_by_workflow(row))
            continue
        how = how_to_build(row.platform, row.floor, here, row.settings.linker)
        if isinstance(how, NotHere):
            reason = f"{how.reason} ({how.mend})" if how.mend else how.reason
            builds.append(RowBuild(row, None, (RowNotHere(reason),)))
            continue
        runs_here = platform_of_pythons(row.platform, toolchain.host) is not None
        suitable = interpreters_for(row.platform, toolchain.host, interpreters)
        passes: list[AbiBuild] = []
        missing: list[RowNotHere] = []
        for family in row.families:
            # Of bindings through cffi only the declarations come from an interpreter: any one here.
            pythons = interpreters if family.family.kind == "cffi" else suitable
            made = family_pass(project, package, family, pythons, runs_here)
            if isinstance(made, AbiBuild):
                passes.append(made)
            elif isinstance(made, Finding):
                findings.append(made)
            else:
                missing.append(RowNotHere(made, family.family.name))
        binaries = _binaries(project, package, row)
        findings += [each for each in binaries if isinstance(each, Finding)]
        build = WheelBuild(
            settings=wheel_settings(package, row),
            target=row.triple,
            compatibility=_compatibility(row),
            linking=linking(how),
            passes=tuple(passes),
            linker=how.program if isinstance(how, CrossLinker) else "",
            binaries=tuple(each for each in binaries if isinstance(each, BinaryBuild)),
        )
        separable = is_separable(build, bindings, maturin)
        builds.append(RowBuild(row, build if passes else None, tuple(missing), separable))
    return RowBuilds(tuple(builds), tuple(dict.fromkeys(findings)))


def row_builds_on(
    project: Project,
    package: DeclaredPackage,
    rows: Iterable[WheelRow],
    machines: Mapping[Optional[str], tuple[RustToolchain, Sequence[Interpreter]]],
) -> RowBuilds:
    """How each row is built by the machine that it is for.

    Args:
        machines: what each of them builds with, by `WheelRow.environment`.
    """
    each = [row_builds(project, package, [row], *machines[row.environment]) for row in rows]
    return RowBuilds(
        tuple(row for builds in each for row in builds.rows),
        tuple(dict.fromkeys(finding for builds in each for finding in builds.findings)),
    )


def sdist_build(
    project: Project,
    package: DeclaredPackage,
    settings: BuildSettings,
    rows: Iterable[RowBuild],
    interpreters: Sequence[Interpreter],
) -> SdistBuild:
    """The build of a wheel's source distribution.

    The wheel that is built from it takes an interpreter that a wheel of `rows` is built for, where
    there is one, and neither features nor arguments: whoever installs from source gives none.

    Args:
        settings: those of the target.
    """
    directory = project.crate_directory(package)
    assert directory is not None
    here = [each.name for each in interpreters if not each.platform]
    used = [
        name
        for row in rows
        if row.build is not None
        for each in row.build.passes
        for name in each.interpreters
        if name in here
    ]
    if not used:
        python = project.python_project(package)
        assert python is not None
        found = oldest_since(lowest_python(python.requires_python, python.path), interpreters, True)
        used = [] if isinstance(found, str) else [*found]
    return SdistBuild(
        Settings(
            root=f"{root_name(package)}-sdist",
            manifest_directory=package.directory,
            env=settings.env,
            rustflags=settings.rustflags,
        ),
        crate_directory=directory,
        interpreter=used[0] if used else "",
    )


def wheel_settings(package: DeclaredPackage, row: WheelRow) -> Settings:
    """What every pass of a row has in common."""
    env: tuple[tuple[str, str], ...] = ()
    if row.platform.os == "macos" and row.floor is not None:
        env = (("MACOSX_DEPLOYMENT_TARGET", row.floor.dotted),)
    root = f"{root_name(package)}-{row.triple}"
    if row.floor is not None and str(row.floor) != row.platform.floor:
        root += f"-{row.floor}"
    return Settings(
        # Rows have roots of their own, so that they can be built at the same time.
        root=root,
        manifest_directory=package.directory,
        env=env,
    )


def _compatibility(row: WheelRow) -> str:
    return str(row.floor) if row.floor is not None and row.platform.os == "linux" else ""


def _binaries(
    project: Project, package: DeclaredPackage, row: WheelRow
) -> tuple[Union[BinaryBuild, Finding], ...]:
    found: list[Union[BinaryBuild, Finding]] = []
    python = project.python_project(package)
    assert python is not None
    assert python.maturin is not None
    for entry in row.settings.binaries:
        name, _, directory = entry.partition("=")
        crate = crate_of_binary(project, package, name)
        if crate is None:
            found.append(
                Finding(
                    "CW-BINARY-UNKNOWN",
                    f"{package.address}: binaries",
                    f"no crate of this repository has a program called {name}",
                )
            )
            continue
        if not directory:
            data = python.maturin.data or f"{module_name(project, package)}.data"
            directory = posixpath.join(data, "scripts")
        declared = [each for each in project.cargo.crates[crate].bins if each.name == name]
        found.append(
            BinaryBuild(
                manifest_directory=crate,
                name=name,
                destination=posixpath.normpath(path(package.directory, directory)),
                features=declared[0].required_features if declared else (),
                env=row.settings.env,
                rustflags=row.settings.rustflags,
                cargo_args=row.settings.cargo_args,
                profile=row.settings.profile,
            )
        )
    return tuple(found)

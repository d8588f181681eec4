"""How the rows of a wheel are built on this machine, and which ones are not."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Optional, Union

from cratewheel.bindings import bindings_of
from cratewheel.build.crates import root_name
from cratewheel.build.extension import is_separable
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.request import AbiBuild, BinaryBuild, SdistBuild, Settings, WheelBuild
from cratewheel.build.row_interpreters import (
    cpython_version,
    interpreters_for,
    of_family,
    oldest_since,
    platform_of_pythons,
)
from cratewheel.build.toolchain import RustToolchain
from cratewheel.cargo.manifest import NORMAL
from cratewheel.errors import Finding
from cratewheel.machines import CrossLinker, Linker, Machine, NotHere, how_to_build, linking
from cratewheel.package_inputs import crate_of_binary, module_name
from cratewheel.project import DeclaredPackage, Project, path
from cratewheel.pythons import Python, lowest_python, pythons_admitted
from cratewheel.stable_abi import StableAbi, abi3_floor, pyo3_features, stable_abis
from cratewheel.wheel_rows import WORKFLOW, BuildSettings, FamilySettings, WheelRow


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


def wheel_bindings(project: Project, package: DeclaredPackage) -> str:
    """How maturin binds a wheel's crate."""
    python = project.python_project(package)
    assert python is not None
    return bindings_of(project.cargo, python)


def default_families(
    project: Project, package: DeclaredPackage, settings: BuildSettings
) -> tuple[str, ...]:
    """The ABI families of a row for which none are named.

    Args:
        settings: those of the row.
    """
    python = project.python_project(package)
    assert python is not None
    bindings = wheel_bindings(project, package)
    if bindings != "pyo3":
        return (bindings,)
    stable = _stable(project, package, settings.features, settings.no_default_features)
    if stable:
        return tuple(each.kind for each in stable)
    if settings.interpreters:
        return settings.interpreters
    admitted = pythons_admitted(python.requires_python, f"{python.path}: project.requires-python")
    return tuple(f"{major}.{minor}" for major, minor in admitted)


def stable_floor(
    project: Project, package: DeclaredPackage, family: FamilySettings
) -> Optional[Python]:
    """The lowest Python of a family's wheel; None for one that is no stable ABI or not turned on."""
    if not family.family.is_stable:
        return None
    python = project.python_project(package)
    assert python is not None
    settings = family.settings
    for each in _stable(project, package, settings.features, settings.no_default_features):
        if each.kind == family.family.kind:
            return family.family.python or abi3_floor(each, python.requires_python, python.path)
    return None


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
            made = _pass(project, package, family, pythons, runs_here)
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


def _pass(
    project: Project,
    package: DeclaredPackage,
    family: FamilySettings,
    interpreters: Sequence[Interpreter],
    runs_here: bool,
) -> Union[AbiBuild, Finding, str]:
    settings = family.settings
    features = list(settings.features)
    found: Union[str, tuple[str, ...]] = ()
    if family.family.is_stable:
        python = project.python_project(package)
        assert python is not None
        stable = {
            each.kind: each
            for each in _stable(project, package, features, settings.no_default_features)
        }
        chosen = stable.get(family.family.kind)
        if chosen is None:
            return Finding(
                "CW-ABI-NOT-ENABLED",
                f"{package.address}: abis",
                f"the family {family.family.name} needs pyo3's feature `{family.family.kind}`, and "
                "no feature of this build turns it on",
            )
        own = family.family.python
        if own is not None and chosen.floor is not None and chosen.floor != own:
            fixed = f"{chosen.kind}-py{chosen.floor[0]}{chosen.floor[1]}"
            return Finding(
                "CW-ABI-NOT-ENABLED",
                f"{package.address}: abis",
                f"the family {family.family.name} cannot be built while pyo3's feature `{fixed}` is "
                "on",
                f"turn on `{chosen.kind}` instead, which leaves the oldest Python to the family",
            )
        if chosen.floor is None and own is None and not (python.requires_python or "").strip():
            return Finding(
                "CW-REQUIRES-PYTHON",
                f"{python.path}: project.requires-python",
                f"an {chosen.kind} wheel is for the oldest Python that it admits, and it is not there",
            )
        floor = own or abi3_floor(chosen, python.requires_python, python.path)
        key = _pyo3_key(project, package)
        if chosen.floor is None and key is None:
            # Cargo takes features of direct dependencies alone. PyO3 goes by the interpreter then.
            interpreters = [each for each in interpreters if cpython_version(each.tag) == floor]
            if runs_here and not interpreters:
                return (
                    f"there is no CPython {floor[0]}.{floor[1]} on this machine, and no other builds "
                    "for it where pyo3 is not a dependency of the wheel's own crate"
                )
        elif chosen.floor is None:
            # Otherwise maturin would take the interpreter it happens to be given for the lowest.
            # maturin takes those of the project only where the command line names none.
            assert python.maturin is not None
            features = [*(settings.features or python.maturin.features)]
            features.append(f"{key}/{chosen.kind}-py{floor[0]}{floor[1]}")
        found = oldest_since(floor, interpreters, runs_here, settings.interpreters)
    elif family.family.needs_python:
        found = of_family(family.family, interpreters, runs_here)
    if isinstance(found, str):
        return found
    return AbiBuild(
        name=family.family.name,
        interpreters=found,
        features=tuple(features),
        no_default_features=settings.no_default_features,
        env=settings.env,
        rustflags=settings.rustflags,
        cargo_args=settings.cargo_args,
        maturin_args=settings.maturin_args,
        profile=settings.profile,
    )


def _stable(
    project: Project,
    package: DeclaredPackage,
    features: Sequence[str],
    no_default_features: bool,
) -> tuple[StableAbi, ...]:
    python = project.python_project(package)
    directory = project.crate_directory(package)
    assert python is not None
    assert python.maturin is not None
    assert directory is not None
    asked = features or python.maturin.features
    defaults = not (no_default_features or python.maturin.no_default_features)
    found = pyo3_features(project.cargo, directory, asked, default_features=defaults)
    return stable_abis(found or ())


def _pyo3_key(project: Project, package: DeclaredPackage) -> Optional[str]:
    crate = project.crate(package)
    assert crate is not None
    for dependency in crate.dependencies:
        if dependency.table == NORMAL and dependency.package in ("pyo3", "pyo3-ffi"):
            return dependency.key
    return None


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

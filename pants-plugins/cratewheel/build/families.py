"""The ABI families of a wheel's rows: which there are, and how each is built on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional, Union

from cratewheel.abis import AbiFamily
from cratewheel.bindings import bindings_of
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.request import AbiBuild
from cratewheel.build.row_interpreters import cpython_version, of_family, oldest_since
from cratewheel.cargo.manifest import NORMAL
from cratewheel.errors import Finding
from cratewheel.project import DeclaredPackage, Project
from cratewheel.pyo3_support import oldest_supported, pyo3_release
from cratewheel.pythons import Python, pythons_admitted
from cratewheel.stable_abi import BINDING_CRATES, StableAbi, abi3_floor, pyo3_features, stable_abis
from cratewheel.wheel_rows import BuildSettings, FamilySettings


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


def family_pass(
    project: Project,
    package: DeclaredPackage,
    family: FamilySettings,
    interpreters: Sequence[Interpreter],
    runs_here: bool,
) -> Union[AbiBuild, Finding, str]:
    """How a family of a row is built, what is wrong with it, or why it is not built on this machine.

    Args:
        interpreters: those of the row's platform.
        runs_here: whether the row's wheels are imported by interpreters of this machine.
    """
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
        unsupported = _unsupported(project, package, family.family, floor)
        if unsupported is not None:
            return unsupported
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
        if family.family.python is not None:
            unsupported = _unsupported(project, package, family.family, family.family.python)
            if unsupported is not None:
                return unsupported
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


def _unsupported(
    project: Project, package: DeclaredPackage, family: AbiFamily, python: Python
) -> Optional[Finding]:
    """What is wrong where the crate's PyO3 has no code for the oldest Python of a family's wheels."""
    directory = project.crate_directory(package)
    manifest = project.python_project(package)
    assert directory is not None
    assert manifest is not None
    release = pyo3_release(project.cargo, directory)
    if release is None:
        return None
    implementation = {"pypy": "PyPy", "graalpy": "GraalPy"}.get(family.kind, "CPython")
    oldest = oldest_supported(implementation, release)
    if oldest is None or python >= oldest:
        return None
    place, mend = f"{package.address}: abis", ""
    if family.is_stable and family.python is None:
        place = f"{manifest.path}: project.requires-python"
        mend = f'write requires-python = ">={oldest[0]}.{oldest[1]}", or take an older PyO3'
    return Finding(
        "CW-PYTHON-UNSUPPORTED",
        place,
        f"a wheel of the ABI family {family.name} would be for {implementation} {python[0]}.{python[1]}, "
        f"and PyO3 0.{release} has code for {oldest[0]}.{oldest[1]} and later",
        mend,
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
        if dependency.table == NORMAL and dependency.package in BINDING_CRATES:
            return dependency.key
    return None

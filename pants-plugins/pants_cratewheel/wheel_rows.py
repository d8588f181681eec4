"""How targets are built, from their fields: settings, and the rows of a `maturin_wheel`."""

from __future__ import annotations

from collections.abc import Iterable

from cratewheel.build.families import default_families
from cratewheel.project import DeclaredPackage, Project
from cratewheel.wheel_rows import BuildSettings, WheelRow, resolve_rows
from pants_cratewheel.build_objects import WheelPlatform, overrides
from pants_cratewheel.field_sets import CratePackageFieldSet, MaturinWheelFieldSet


def crate_settings(field_set: CratePackageFieldSet) -> BuildSettings:
    """What the build fields of a crate's target say."""
    return BuildSettings(
        features=field_set.features.value or (),
        no_default_features=field_set.no_default_features.value,
        env=tuple(sorted((field_set.env.value or {}).items())),
        rustflags=field_set.rustflags.value or (),
        cargo_args=field_set.cargo_args.value or (),
        tools=field_set.tools.value or (),
    )


def build_settings(field_set: MaturinWheelFieldSet, package: DeclaredPackage) -> BuildSettings:
    """What the target's own build fields say."""
    return BuildSettings(
        features=field_set.features.value or (),
        no_default_features=field_set.no_default_features.value,
        profile=package.profile,
        env=tuple(sorted((field_set.env.value or {}).items())),
        rustflags=field_set.rustflags.value or (),
        cargo_args=field_set.cargo_args.value or (),
        maturin_args=field_set.maturin_args.value or (),
        tools=field_set.tools.value or (),
        interpreters=field_set.interpreters.value or (),
        binaries=field_set.binaries.value or (),
        test_requires=field_set.test_requires.value or (),
        test_command=field_set.test_command.value,
        compatibility=field_set.compatibility.value,
    )


def wheel_rows(
    field_set: MaturinWheelFieldSet, project: Project, package: DeclaredPackage, host: str
) -> tuple[WheelRow, ...]:
    """The rows; a target without `platforms` has one, for the machine at hand.

    Args:
        host: the triple of this machine.
    """
    platforms = field_set.platforms.value or [WheelPlatform(host)]
    return _rows(field_set, project, package, platforms)


def _rows(
    field_set: MaturinWheelFieldSet,
    project: Project,
    package: DeclaredPackage,
    platforms: Iterable[WheelPlatform],
) -> tuple[WheelRow, ...]:
    abis = field_set.abis.value
    return resolve_rows(
        build_settings(field_set, package),
        [overrides(each) for each in platforms],
        [overrides(each) for each in abis] if abis else None,
        default_families=lambda own: default_families(project, package, own),
    )


def row_of_machine(
    field_set: MaturinWheelFieldSet, project: Project, package: DeclaredPackage, host: str
) -> WheelRow:
    """The row for this machine: the target's own, or one with its settings where it has none.

    Of several floors the first is taken: nothing that is not released has to keep one.

    Args:
        host: the triple of this machine.
    """
    own = [each for each in field_set.platforms.value or () if each.triple == host]
    (row,) = _rows(field_set, project, package, own[:1] or [WheelPlatform(host)])
    return row

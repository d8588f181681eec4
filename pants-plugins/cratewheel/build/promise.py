"""What the files of a package must turn out to be, as a plan that they are judged by."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cratewheel.build.wheels import RowBuild
from cratewheel.plan.model import Plan, PlannedPackage, Row
from cratewheel.project import CRATE, CRATES_IO, PYPI, WHEEL, DeclaredPackage, Project
from cratewheel.wheel_rows import RowKey, row_title


def promise(
    project: Project,
    package: DeclaredPackage,
    version: str,
    rows: Iterable[RowBuild] = (),
    handed_over: Collection[RowKey] = (),
) -> Plan:
    """The plan of one package, with a row for every wheel row that this machine builds.

    A row names the ABI families that are built, so a family that is left out is none that is missing.

    Args:
        version: the one that is built, as stamped into the tree.
        handed_over: the rows that were built elsewhere, every family of them.
    """
    name = project.released_name(package)
    assert name is not None
    planned = PlannedPackage(
        id=project.package_id(package),
        name=name,
        address=package.address,
        kind=package.kind,
        registry=package.registry or (CRATES_IO if package.kind == CRATE else PYPI),
        version=version,
    )
    return Plan(
        packages=(planned,),
        matrix=tuple(
            Row(
                id=planned.id,
                kind=WHEEL,
                name=name,
                address=package.address,
                version=version,
                target=each.row.triple,
                compatibility=str(each.row.floor) if each.row.floor is not None else None,
                artifact_name=row_title(name, *each.row.key),
                abis=_families(each, handed_over),
            )
            for each in rows
            if each.build is not None or each.row.key in handed_over
        ),
    )


def _families(build: RowBuild, handed_over: Collection[RowKey]) -> tuple[str, ...]:
    if build.row.key in handed_over or build.build is None:
        return tuple(each.family.name for each in build.row.families)
    return tuple(each.name for each in build.build.passes)

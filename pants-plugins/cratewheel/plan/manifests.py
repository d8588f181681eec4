"""The plan of a release whose versions are those of the manifests, as they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Optional

from cratewheel.plan.model import Plan, PlannedFile, PlannedPackage
from cratewheel.project import CRATE, CRATES_IO, PYPI, DeclaredPackage, Project
from cratewheel.release_graph import in_order


def plan_of_manifests(
    project: Project,
    packages: Sequence[DeclaredPackage],
    needs: Mapping[str, Sequence[str]],
    files: Mapping[str, Sequence[str]],
    *,
    commit: Optional[str] = None,
) -> Plan:
    """The plan, packages in publish order.

    Args:
        needs: for each package's address, the addresses of those that must be live before it.
        files: for each package's address, the names of its built files.
        commit: HEAD, None outside git.
    """
    by_address = {package.address: package for package in packages}
    # Crates come before wheels among packages that do not wait for each other.
    preferred = sorted(by_address, key=lambda each: (by_address[each].kind != CRATE, each))
    return Plan(
        commit=commit,
        packages=tuple(
            _planned(project, by_address[address], by_address, needs, files)
            for address in in_order({each: needs.get(each, ()) for each in preferred}, preferred)
        ),
    )


def _planned(
    project: Project,
    package: DeclaredPackage,
    by_address: Mapping[str, DeclaredPackage],
    needs: Mapping[str, Sequence[str]],
    files: Mapping[str, Sequence[str]],
) -> PlannedPackage:
    version = project.manifest_version(package) or "0.0.0"
    return PlannedPackage(
        id=project.package_id(package),
        name=project.released_name(package) or package.address,
        address=package.address,
        kind=package.kind,
        registry=package.registry or (CRATES_IO if package.kind == CRATE else PYPI),
        version=version,
        depends_on=tuple(
            project.package_id(by_address[each]) for each in needs.get(package.address, ())
        ),
        reasons=(f"the manifest's version is {version}",),
        files=tuple(PlannedFile(name) for name in files.get(package.address, ())),
    )

"""The packages of a plan, gathered from the targets, the manifests and the build graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cratewheel.abis import abi_tag
from cratewheel.build.families import stable_floor
from cratewheel.floors import promised_tags
from cratewheel.plan.files import distribution_name
from cratewheel.plan.package import ReleasePackage, RowSpec
from cratewheel.platforms import UBUNTU, Platform
from cratewheel.project import CRATE, CRATES_IO, PYPI, DeclaredPackage, Project, path
from cratewheel.wheel_rows import BuildSettings, WheelRow


def release_packages(
    project: Project,
    packages: Sequence[DeclaredPackage],
    needs: Mapping[str, Sequence[str]],
    rows: Mapping[str, Sequence[WheelRow]],
    settings: Mapping[str, BuildSettings],
) -> tuple[ReleasePackage, ...]:
    """The packages as the planner takes them.

    Args:
        needs: for each package's address, the addresses of the packages it needs live.
        rows: the rows of each wheel, by address.
        settings: what the build fields of each target say, by address.
    """
    ids = {package.address: project.package_id(package) for package in packages}
    return tuple(
        ReleasePackage(
            id=ids[package.address],
            name=project.released_name(package) or package.address,
            kind=package.kind,
            address=package.address,
            registry=package.registry or (CRATES_IO if package.kind == CRATE else PYPI),
            version=project.manifest_version(package),
            crate_directory=project.crate_directory(package),
            pyproject=None if package.kind == CRATE else path(package.directory, "pyproject.toml"),
            depends_on=tuple(ids[each] for each in needs.get(package.address, ()) if each in ids),
            tag_format=package.tag_format,
            version_group=package.version_group,
            first_version=package.first_version,
            prereleases=package.prereleases,
            version_files=package.version_files,
            profile=package.profile,
            drops=package.drops,
            rows=tuple(
                _rows(
                    project,
                    package,
                    project.released_name(package) or "",
                    rows.get(package.address, ()),
                    settings.get(package.address, BuildSettings()),
                )
            ),
        )
        for package in packages
    )


def _rows(
    project: Project,
    package: DeclaredPackage,
    name: str,
    rows: Iterable[WheelRow],
    settings: BuildSettings,
) -> Iterable[RowSpec]:
    if package.kind == CRATE:
        yield RowSpec(
            "crate",
            runs_on=UBUNTU,
            artifact_path=f"dist/{name}-{{version}}.crate",
            settings=settings,
        )
        return
    stem = distribution_name(name)
    if package.sdist:
        yield RowSpec(
            "sdist",
            runs_on=UBUNTU,
            artifact_path=f"dist/{stem}-{{version}}.tar.gz",
            settings=settings,
        )
    for row in rows:
        yield RowSpec(
            "wheel",
            target=row.triple,
            runs_on=row.runner,
            libc=row.platform.libc,
            compatibility=None if row.floor is None else str(row.floor),
            abis=tuple(each.family.name for each in row.families),
            interpreters=row.settings.interpreters,
            built_by=row.built_by,
            artifact_path=f"dist/{stem}-{{version}}-*{_platform_glob(row.platform)}.whl",
            wheel_tags=_wheel_tags(project, package, row),
            settings=row.settings,
            families=tuple((each.family.name, each.settings) for each in row.families),
            job=row.job or "",
        )


def _platform_glob(platform: Platform) -> str:
    family = {"gnu": "manylinux*_", "musl": "musllinux*_"}.get(platform.libc or "", "")
    if platform.os == "macos":
        family = "macosx*_"
    return f"{family}{platform.architecture}"


def _wheel_tags(project: Project, package: DeclaredPackage, row: WheelRow) -> tuple[str, ...]:
    platforms = promised_tags(row.platform, row.floor)
    tags = []
    for each in row.families:
        lowest = stable_floor(project, package, each)
        if not platforms or (each.family.kind in ("abi3", "abi3t") and lowest is None):
            continue
        tags.append(f"{abi_tag(each.family, lowest)}-{'.'.join(platforms)}")
    return tuple(tags)

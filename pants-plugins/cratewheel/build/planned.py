"""What to build for one row of a plan, from the plan and the manifests of its checkout alone.

For machines where BUILD files cannot be read: the plan says which packages there are and what the
build fields of their targets say, and the rest is what a build by Pants asks, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Union

from cratewheel.abis import AbiFamily, check_abi
from cratewheel.build.crates import crate_build
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.request import BuildRequest
from cratewheel.build.toolchain import RustToolchain
from cratewheel.build.wheels import row_builds, sdist_build
from cratewheel.cargo.model import load_cargo_model
from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.plan.model import HeldPackage, Plan, PlannedPackage, Row
from cratewheel.plan.promises import row_promise
from cratewheel.plan.recipes import Recipe
from cratewheel.project import CRATE, DeclaredPackage, Project
from cratewheel.python_project import load_python_projects
from cratewheel.wheel_rows import FamilySettings, WheelRow


def planned_project(plan: Plan, manifests: Mapping[str, bytes]) -> Project:
    """The repository as far as a plan knows it.

    Args:
        manifests: every Cargo.toml and pyproject.toml by path, stamped.
    """
    return Project(
        cargo=load_cargo_model(manifests),
        python=load_python_projects(manifests),
        manifests=manifests,
        packages=tuple(
            sorted((_declared(each) for each in plan.all_packages), key=lambda each: each.address)
        ),
        workspace_targets={},
    )


def recipe_of(plan: Plan, row: Row) -> Recipe:
    """How a row is built.

    Raises:
        CratewheelError: `CW-PLAN-INVALID` when the plan does not say.
    """
    for recipe in plan.builds:
        if recipe.row == row.artifact_name:
            return recipe
    message = f"it does not say how {row.artifact_name} is built"
    raise CratewheelError(Finding("CW-PLAN-INVALID", "builds", message, "write the plan again"))


def row_request(
    project: Project,
    row: Row,
    recipe: Recipe,
    toolchain: RustToolchain,
    interpreters: Sequence[Interpreter],
    *,
    zig: bool,
) -> BuildRequest:
    """The build of one row on one machine, every ABI family of it.

    Args:
        zig: whether zig is to be had.

    Raises:
        CratewheelError: `CW-ROW-NOT-HERE` with every reason why this machine cannot build it, and
            what else is wrong with it.
    """
    package = next(
        each
        for each in project.packages
        if each.address == row.address and each.kind == ("crate" if row.kind == CRATE else "wheel")
    )
    directory = project.crate_directory(package)
    if directory is None or directory not in project.cargo.crates:
        raise CratewheelError(
            Finding("CW-NO-MANIFEST", row.address, "its manifests are not in this checkout")
        )
    raise_all(project.cargo.findings_for((directory,)))
    if row.kind == CRATE:
        return crate_build(project, package, row.version, recipe.settings)
    if row.kind == "sdist":
        return sdist_build(project, package, recipe.settings, (), interpreters)
    builds = row_builds(
        project, package, [planned_row(row, recipe)], toolchain, interpreters, zig=zig
    )
    raise_all(builds.findings)
    (built,) = builds.rows
    if built.build is None or built.missing:
        raise CratewheelError(
            *(Finding("CW-ROW-NOT-HERE", row.artifact_name, each.reason) for each in built.missing)
        )
    return built.build


def planned_row(row: Row, recipe: Recipe) -> WheelRow:
    """A wheel row as its target has it.

    Raises:
        CratewheelError: the plan names a platform, a floor or an ABI family that there is not.
    """
    platform, floor = row_promise(row)
    return WheelRow(
        platform=platform,
        floor=floor,
        runner=row.runs_on or platform.runner,
        # Whoever asks for the row has it built here, whatever builds it otherwise.
        built_by="pants",
        settings=recipe.settings,
        families=tuple(FamilySettings(_family(abi), settings) for abi, settings in recipe.families),
    )


def _family(name: str) -> AbiFamily:
    family = check_abi(name)
    if isinstance(family, Finding):
        raise CratewheelError(family)
    return family


def _declared(package: Union[PlannedPackage, HeldPackage]) -> DeclaredPackage:
    directory = package.address.partition(":")[0].lstrip("/")
    return DeclaredPackage(package.address, package.kind, directory, publish=True)

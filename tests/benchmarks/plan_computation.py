"""A plan of a generated repository by the library alone, in the steps of the backend's rules."""

from __future__ import annotations

import os
from pathlib import Path

from plan_repository import PLATFORMS

from cratewheel.cargo.model import load_cargo_model
from cratewheel.git import Git
from cratewheel.history import JUDGED_BY_CONTENT, read_history
from cratewheel.package_inputs import target_inputs
from cratewheel.plan.compute import compute_plan
from cratewheel.plan.gather import release_packages
from cratewheel.plan.inputs import PlanInputs
from cratewheel.plan.model import Plan
from cratewheel.plan.ownership import owners_of, packages_by_target
from cratewheel.project import CRATE, WHEEL, DeclaredPackage, Project, findings_for_packages
from cratewheel.python_project import load_python_projects
from cratewheel.release_graph import prerequisites
from cratewheel.wheel_rows import BuildSettings, resolve_rows


def plan_of(git: Git) -> Plan:
    """Reads the repository that `git` is in, and plans its release.

    What Pants itself does is left out: parsing BUILD files, and telling by glob patterns which target
    owns a file (every target of these repositories owns its whole directory).
    """
    files = _judged_files(Path(git.root))
    model = load_cargo_model(files)
    packages = tuple(_declared(folder) for folder in sorted(model.crates))
    workspaces = {"": "//:cargo"}
    project = Project(model, load_python_projects(files), files, packages, workspaces)
    findings = findings_for_packages(project, packages)
    assert not findings, findings
    graph = {package.address: target_inputs(project, package) for package in packages}
    wheels = [package for package in packages if package.kind == WHEEL]
    platforms = [(triple, ()) for triple in PLATFORMS]
    released = release_packages(
        project,
        packages,
        prerequisites(graph, {package.address for package in packages}),
        {each.address: resolve_rows(BuildSettings(), platforms, [("abi3", ())]) for each in wheels},
        {},
    )
    history = read_history(git, released)
    owners = owners_of(
        sorted(history.paths),
        [(package.address, package.directory, lambda path: True) for package in packages],
        packages_by_target(graph, {package.address: package.id for package in released}),
        {package.directory for package in packages},
    )
    return compute_plan(PlanInputs(released, history, owners, files, model))


def _judged_files(root: Path) -> dict[str, bytes]:
    files = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in JUDGED_BY_CONTENT.intersection(names):
            path = Path(folder, name)
            files[path.relative_to(root).as_posix()] = path.read_bytes()
    return files


def _declared(folder: str) -> DeclaredPackage:
    kind = CRATE if folder.startswith("crates/") else WHEEL
    return DeclaredPackage(f"{folder}:{folder.rpartition('/')[2]}", kind, folder, publish=True)

"""What the doctor's own process is asked to look at: one JSON document.

The Pants process writes it and the doctor's process reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Optional

from cratewheel.plan.model import Plan
from cratewheel.project import CRATE, DeclaredPackage, Project
from cratewheel.versions import parse_version


@dataclass(frozen=True)
class ProjectRequest:
    """A Python project whose metadata is judged.

    Args:
        path: its pyproject.toml, repository-relative.
        crate_directory: of the crate it binds.
        version: of the release, as an index spells it.
        for_pypi: whether it goes to PyPI, whose own rules are asked as well.
        readme: the path of its readme.
    """

    path: str
    crate_directory: Optional[str]
    version: str
    for_pypi: bool
    readme: Optional[str] = None


@dataclass(frozen=True)
class Request:
    """What is looked at.

    Args:
        projects: Python projects to be published.
        crates: directories of crates to be published.
    """

    projects: tuple[ProjectRequest, ...] = ()
    crates: tuple[str, ...] = ()


def examined(project: Project, packages: Iterable[DeclaredPackage], plan: Plan) -> Request:
    """The request for the packages of a project that are to be published."""
    projects = []
    crates = []
    for package in packages:
        crate = project.crate(package)
        if not package.publish or crate is None:
            continue
        if package.kind == CRATE:
            crates.append(package.directory)
            continue
        python = project.python_project(package)
        if python is not None:
            projects.append(
                ProjectRequest(
                    path=python.path,
                    crate_directory=crate.directory,
                    version=_version(project, package, plan),
                    for_pypi=package.registry is None,
                    readme=python.readme,
                )
            )
    return Request(tuple(projects), tuple(crates))


def _version(project: Project, package: DeclaredPackage, plan: Plan) -> str:
    """The version as an index spells it; a stand-in for one that is none, which the plan says."""
    package_id = project.package_id(package)
    planned = [each.version for each in plan.all_packages if each.id == package_id]
    version = parse_version(planned[0] if planned else project.manifest_version(package) or "")
    return (version.pep440 if version is not None else None) or "0"


def dumps(request: Request) -> str:
    """The request as text."""
    return json.dumps(asdict(request), sort_keys=True)


def loads(text: str) -> Request:
    """Reads what `dumps` wrote."""
    document = json.loads(text)
    return Request(
        projects=tuple(ProjectRequest(**entry) for entry in document["projects"]),
        crates=tuple(document["crates"]),
    )

"""What the doctor's own process is asked to look at: one JSON document.

The Pants process writes it and the doctor's process reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Optional

from cratewheel.doctor.checkout import Checkout
from cratewheel.plan.model import Plan
from cratewheel.project import CRATE, DeclaredPackage, Project
from cratewheel.versions import parse_version

#: The folder that the workflows of the last release are put in.
EARLIER = ".earlier"

#: What GitHub tells a job of itself.
JOB_VARIABLES = ("GITHUB_REPOSITORY", "GITHUB_WORKFLOW_REF")


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
        policies: (address of a target, its `trust_policy`).
        workflows: paths of the workflows there are, and of the repository's own actions.
        earlier: paths, below `EARLIER`, of those there were at the last release.
        remote: the address of the git remote.
        environment: variables of the running job that say what it is.
        creates: whether the next release creates a crate.
    """

    projects: tuple[ProjectRequest, ...] = ()
    crates: tuple[str, ...] = ()
    policies: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    workflows: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    remote: Optional[str] = None
    environment: tuple[tuple[str, str], ...] = ()
    creates: bool = False


def examined(
    project: Project,
    packages: Iterable[DeclaredPackage],
    plan: Plan,
    checkout: Checkout,
    environment: Mapping[str, str],
) -> Request:
    """The request for the packages of a project that are to be published.

    Args:
        environment: the variables of the running job.
    """
    packages = tuple(packages)
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
    return Request(
        projects=tuple(projects),
        crates=tuple(crates),
        policies=tuple(
            (package.address, package.trust_policy) for package in packages if package.trust_policy
        ),
        workflows=tuple(sorted(checkout.workflows)),
        earlier=tuple(f"{EARLIER}/{path}" for path in sorted(checkout.earlier)),
        remote=checkout.remote,
        environment=tuple(
            (name, environment[name]) for name in JOB_VARIABLES if environment.get(name)
        ),
        creates=any(each.kind == CRATE and each.previous is None for each in plan.packages),
    )


def workflow_files(checkout: Checkout) -> Mapping[str, bytes]:
    """The workflows, as the request names them."""
    return {
        **checkout.workflows,
        **{f"{EARLIER}/{path}": content for path, content in checkout.earlier.items()},
    }


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
        policies=tuple(
            (address, tuple((field, value) for field, value in policy))
            for address, policy in document["policies"]
        ),
        workflows=tuple(document["workflows"]),
        earlier=tuple(document["earlier"]),
        remote=document["remote"],
        environment=tuple((name, value) for name, value in document["environment"]),
        creates=document["creates"],
    )

"""Which registry each package of a release goes to and what opens it for reading."""

from __future__ import annotations

from collections.abc import Mapping

from cratewheel.plan.model import PlannedPackage
from cratewheel.project import CRATE
from cratewheel.publishing.credentials import Credential, Endpoint, given_credential
from cratewheel.publishing.request import ReleaseRequest


def endpoint_of(request: ReleaseRequest, package: PlannedPackage) -> Endpoint:
    """The registry of a package."""
    default = request.crates_registry if package.kind == CRATE else request.python_repository
    address = request.registries.get(package.id, default)
    return Endpoint(package.kind, package.registry, address, default)


def endpoints(request: ReleaseRequest) -> tuple[Endpoint, ...]:
    """The registries of all packages that are published."""
    found = (endpoint_of(request, package) for package in request.plan.packages)
    return tuple(dict.fromkeys(found))


def openings(request: ReleaseRequest, environment: Mapping[str, str]) -> dict[Endpoint, Credential]:
    """The credentials with which private registries are read.

    Raises:
        CratewheelError: `CW-CREDENTIALS-INVALID`.
    """
    given = {each: given_credential(each, environment) for each in endpoints(request)}
    return {endpoint: found for endpoint, found in given.items() if found is not None}

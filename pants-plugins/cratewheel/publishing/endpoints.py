"""Which registry each package of a release goes to (standard library only)."""

from __future__ import annotations

from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.credentials import CRATE, Endpoint
from cratewheel.publishing.request import ReleaseRequest


def endpoint_of(request: ReleaseRequest, package: PlannedPackage) -> Endpoint:
    """The registry of a package."""
    default = request.crates_registry if package.kind == CRATE else request.python_repository
    address = request.registries.get(package.id, default)
    return Endpoint(package.kind, package.registry, address, default)


def endpoints(request: ReleaseRequest) -> tuple[Endpoint, ...]:
    """The registries of all packages that are published."""
    found = (endpoint_of(request, package) for package in request.selected().packages)
    return tuple(dict.fromkeys(found))

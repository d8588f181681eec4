"""Packages that another run publishes, and whose tags this one may not make before they are live."""

from __future__ import annotations

from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.answers import Present
from cratewheel.publishing.connections import Connections
from cratewheel.publishing.request import ReleaseRequest


def awaited_tags(
    request: ReleaseRequest, connections: Connections
) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """The tags that other runs still have to upload for, each with a package that is not complete.

    Asked when everything is uploaded. A registry that does not answer by then keeps the tag waiting, and
    nothing else: one says which tag it is that the next run of the same release makes.

    Returns:
        Tag to the id of a package, and why registries could not be asked.
    """
    waiting: dict[str, str] = {}
    findings: list[Finding] = []
    for package in request.awaited.packages:
        if package.tag is None:
            continue
        try:
            complete = _complete(package, connections)
        except CratewheelError as error:
            findings += error.findings
            complete = False
        if not complete:
            waiting[package.tag] = package.id
    return waiting, tuple(findings)


def _complete(package: PlannedPackage, connections: Connections) -> bool:
    """Whether every file that is known to belong to a package is live."""
    if package.kind == "crate":
        state = connections.crates(package).look(package.name, package.version)
        return isinstance(state, Present)
    files = connections.python(package).look(package.name, package.version).files
    return bool(files) and {file.filename for file in package.files} <= set(files)

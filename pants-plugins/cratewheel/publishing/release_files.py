"""The files of a release that is live, from wherever they still are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Optional

from cratewheel.errors import Finding, raise_all
from cratewheel.plan.model import Plan, PlannedPackage
from cratewheel.project import CRATE, WHEEL
from cratewheel.publishing.connections import Connections
from cratewheel.publishing.due_releases import DuePackage, DueRelease
from cratewheel.publishing.request import Artifact, ReleaseRequest


def request_of(release: DueRelease) -> ReleaseRequest:
    """The release as the publisher has one, yet without its files."""
    return ReleaseRequest(
        plan=Plan(tuple(_planned(each, release.tag) for each in release.packages)),
        artifacts=(),
        destination="registries",
        rehearsal_dir="",
        crates_registry=_default(release, CRATE),
        python_repository=_default(release, WHEEL),
        registries={
            each.id: each.endpoint.address for each in release.packages if each.endpoint.address
        },
    )


def gather(
    release: DueRelease, folders: Iterable[Path], connections: Connections, into: Path
) -> tuple[Artifact, ...]:
    """The files of a release: those of the build where they are kept, else what the registry gives.

    Args:
        folders: where they may be.
        connections: for `request_of` the release.
        into: an empty folder for what is downloaded.

    Raises:
        CratewheelError: `CW-RELEASE-FILES-GONE`, for all at once, or `CW-REGISTRY-UNREACHABLE`.
    """
    known = tuple(folders)
    found: list[Artifact] = []
    findings: list[Finding] = []
    for package in release.packages:
        for filename, sha256 in sorted(package.files.items()):
            path = _kept(filename, sha256, known)
            if path is None:
                data = _downloaded(_planned(package, release.tag), filename, connections)
                if data is None or hashlib.sha256(data).hexdigest() != sha256:
                    has = "does not have it any more" if data is None else "gives other bytes"
                    message = f"{package.endpoint.name} {has}; its sha256 is {sha256}"
                    findings.append(
                        Finding("CW-RELEASE-FILES-GONE", f"{release.tag}: {filename}", message)
                    )
                    continue
                path = into / filename
                path.write_bytes(data)
            kind = package.endpoint.kind if filename.endswith((".whl", ".crate")) else "sdist"
            found.append(Artifact(package.id, kind, str(path), filename, sha256))
    raise_all(findings)
    return tuple(found)


def _kept(filename: str, sha256: str, folders: Iterable[Path]) -> Optional[Path]:
    for folder in folders:
        for path in sorted(folder.rglob(filename)):
            if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
                return path
    return None


def _downloaded(
    package: PlannedPackage, filename: str, connections: Connections
) -> Optional[bytes]:
    if package.kind == CRATE:
        return connections.crates(package).download(package.name, package.version)
    return connections.python(package).download(package.name, filename)


def _planned(package: DuePackage, tag: str) -> PlannedPackage:
    return PlannedPackage(
        id=package.id,
        name=package.name,
        address="",
        kind=package.endpoint.kind,
        registry=package.endpoint.name,
        version=package.version,
        tag=tag,
    )


def _default(release: DueRelease, kind: str) -> str:
    return next(
        (each.endpoint.default for each in release.packages if each.endpoint.kind == kind), ""
    )

"""The files of a release that is live, from wherever they still are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Optional

from cratewheel.errors import Finding, raise_all
from cratewheel.plan.model import Plan, PlannedPackage
from cratewheel.publishing.connections import Connections
from cratewheel.publishing.due_releases import DuePackage, DueRelease
from cratewheel.publishing.request import Artifact, ReleaseRequest


def request_of(release: DueRelease) -> ReleaseRequest:
    """The release as the publisher has one, yet without its files."""
    return ReleaseRequest(
        plan=Plan(
            tuple(
                PlannedPackage(
                    id=each.id,
                    name=each.name,
                    address="",
                    kind=each.kind,
                    registry=each.registry,
                    version=each.version,
                    tag=release.tag,
                )
                for each in release.packages
            )
        ),
        artifacts=(),
        destination="registries",
        rehearsal_dir="",
        crates_registry=_default(release, "crate"),
        python_repository=_default(release, "wheel"),
        registries={each.id: each.address for each in release.packages if each.address},
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
                data = _downloaded(package, filename, connections)
                if data is None or hashlib.sha256(data).hexdigest() != sha256:
                    has = "does not have it any more" if data is None else "gives other bytes"
                    message = f"{package.registry} {has}; its sha256 is {sha256}"
                    findings.append(
                        Finding("CW-RELEASE-FILES-GONE", f"{release.tag}: {filename}", message)
                    )
                    continue
                path = into / filename
                path.write_bytes(data)
            kind = package.kind if filename.endswith((".whl", ".crate")) else "sdist"
            found.append(Artifact(package.id, kind, str(path), filename, sha256))
    raise_all(findings)
    return tuple(found)


def _kept(filename: str, sha256: str, folders: Iterable[Path]) -> Optional[Path]:
    for folder in folders:
        for path in sorted(folder.rglob(filename)):
            if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
                return path
    return None


def _downloaded(package: DuePackage, filename: str, connections: Connections) -> Optional[bytes]:
    planned = PlannedPackage(
        id=package.id,
        name=package.name,
        address="",
        kind=package.kind,
        registry=package.registry,
        version=package.version,
    )
    if package.kind == "crate":
        return connections.crates(planned).download(package.name, package.version)
    return connections.python(planned).download(package.name, filename)


def _default(release: DueRelease, kind: str) -> str:
    return next((each.default for each in release.packages if each.kind == kind), "")

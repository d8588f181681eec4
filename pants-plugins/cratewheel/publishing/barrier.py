"""What must hold before the first byte is uploaded anywhere: all files there, and the right ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from cratewheel.errors import Finding
from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.request import Artifact, ReleaseRequest
from cratewheel.registries.crate_file import MalformedCrateError, publish_body, read_crate


def check_artifacts(request: ReleaseRequest) -> tuple[Finding, ...]:
    """Everything that is wrong with the files of a release.

    A rehearsal takes the rows that are there; a real release needs all of them.
    """
    return tuple(_findings(request))


def _findings(request: ReleaseRequest) -> Iterator[Finding]:
    for package in request.plan.packages:
        artifacts = request.artifacts_of(package.id)
        if not artifacts and not _excused(request, package):
            yield Finding("CW-ARTIFACT-MISSING", package.id, "the release has no file of it")
        for artifact in artifacts:
            yield from _check(artifact, package)
    if request.rehearsed:
        return
    ids = {package.id for package in request.plan.packages}
    for row in request.missing_rows:
        if row.id in ids:
            yield Finding("CW-WHEEL-MISSING", row.title, row.reason)


def _excused(request: ReleaseRequest, package: PlannedPackage) -> bool:
    return any(row.id == package.id for row in request.missing_rows)


def _check(artifact: Artifact, package: PlannedPackage) -> Iterator[Finding]:
    path = Path(artifact.path)
    try:
        data = path.read_bytes()
    except OSError as error:
        yield Finding("CW-ARTIFACT-MISSING", artifact.path, error.strerror or str(error))
        return
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != artifact.sha256.lower():
        yield Finding(
            "CW-ARTIFACT-MISMATCH",
            artifact.path,
            f"its sha256 is {sha256}, recorded when it was built was {artifact.sha256}",
        )
        return
    if path.name != artifact.filename:
        message = f"the file is to be published as {artifact.filename}"
        yield Finding("CW-ARTIFACT-MISMATCH", artifact.path, message)
    try:
        found = _identity(artifact, data)
    except (
        MalformedCrateError,
        InvalidWheelFilename,
        InvalidSdistFilename,
        InvalidVersion,
    ) as error:
        yield Finding("CW-ARTIFACT-MISMATCH", artifact.path, str(error))
        return
    wanted = _wanted(package)
    if found != wanted:
        yield Finding(
            "CW-ARTIFACT-MISMATCH",
            artifact.path,
            f"it is {' '.join(found)}, the plan says {' '.join(wanted)}",
        )


def _identity(artifact: Artifact, data: bytes) -> tuple[str, str]:
    if artifact.kind == "crate":
        crate = read_crate(data)
        # What is uploaded beside the file is made from it, and has to be possible.
        publish_body(crate)
        return crate.name, crate.version
    if artifact.kind == "wheel":
        name, version, _, _ = parse_wheel_filename(artifact.filename)
    else:
        name, version = parse_sdist_filename(artifact.filename)
    return str(name), str(version)


def _wanted(package: PlannedPackage) -> tuple[str, str]:
    if package.kind == "crate":
        return package.name, package.version
    return str(canonicalize_name(package.name)), str(Version(package.version))

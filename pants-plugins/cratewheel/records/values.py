"""The records of releases as values and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Optional

from cratewheel import shapes
from cratewheel.errors import CratewheelError, Finding
from cratewheel.versions import same_version

SCHEMA = 1


@dataclass(frozen=True)
class RecordedPackage:
    """A package as a release was going to publish it.

    Args:
        tag: the tag that it was going to get.
        files: file name to sha256, hex.
    """

    id: str
    version: str
    tag: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class Attempt:
    """One attempt at a release, written down before anything of it was uploaded.

    Args:
        commit: what it was made from.
        abandoned: whether somebody has said that it is not going to be finished.
        run: the address of the CI run that made it, which has the files; "" outside CI.
    """

    commit: str
    packages: tuple[RecordedPackage, ...]
    abandoned: bool = False
    run: str = ""

    def package(self, package_id: str, version: str) -> Optional[RecordedPackage]:
        """What it says of a version of a package; None when it says nothing."""
        for package in self.packages:
            if package.id == package_id and same_version(package.version, version):
                return package
        return None


@dataclass(frozen=True)
class ReleaseRecord:
    """What is recorded for one release tag.

    Args:
        object_id: of the git object that the newest attempt is kept in.
        attempts: newest first; at least one.
    """

    tag: str
    object_id: str
    attempts: tuple[Attempt, ...]

    @property
    def last(self) -> Attempt:
        """The newest attempt."""
        return self.attempts[0]


def dumps(attempt: Attempt) -> str:
    """An attempt as text; the same attempt always gives the same text."""
    document = {"schema": SCHEMA, **asdict(attempt)}
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def loads(text: str, *, place: str) -> Attempt:
    """Reads an attempt back.

    Args:
        place: what to call the document in an error.

    Raises:
        CratewheelError: `CW-RECORD-INVALID`.
    """
    try:
        document = shapes.decode(text)
        if isinstance(document, dict) and document.get("schema") != SCHEMA:
            raise _invalid(place, f"expected schema {SCHEMA}, found {document.get('schema')!r}")
        return shapes.read(Attempt, document)
    except shapes.ShapeError as error:
        raise _invalid(place, f"not the record of a release: {error}") from error


def _invalid(place: str, message: str) -> CratewheelError:
    return CratewheelError(Finding("CW-RECORD-INVALID", place, message))

"""Reading a wheel: what its name, its tags and its own records say of it (PEP 427, PEP 376)."""

from __future__ import annotations

import base64
import binascii
import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Optional

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion

from cratewheel.artifacts.archives import open_zip
from cratewheel.errors import CratewheelError, Finding

_CHUNK = 1 << 20
# Not listed in RECORD with a hash (PEP 376, PEP 427).
_UNHASHED = ("RECORD", "RECORD.jws", "RECORD.p7s")


@dataclass(frozen=True, order=True)
class WheelTag:
    """One tag of a wheel, not compressed: `cp39`, `abi3`, `manylinux_2_17_x86_64`."""

    python: str
    abi: str
    platform: str

    def __str__(self) -> str:
        return f"{self.python}-{self.abi}-{self.platform}"


@dataclass(frozen=True)
class WheelFacts:
    """A wheel, read.

    Args:
        name: normalised (PEP 503), as the file name has it.
        version: normalised (PEP 440), as the file name has it.
        build: the build number of the file name, "" for none.
        tags: every tag of the file name.
        declared_tags: every tag in the WHEEL file.
        metadata: the text of METADATA; None when there is none.
        files: names of the members, sorted.
        sha256: of the whole file, in hex.
        record_faults: how RECORD differs from what is in the wheel, a clause each.
    """

    path: Path
    name: str
    version: str
    build: str
    tags: frozenset[WheelTag]
    declared_tags: frozenset[WheelTag]
    metadata: Optional[str]
    files: tuple[str, ...]
    sha256: str
    size: int
    record_faults: tuple[str, ...] = ()

    @property
    def filename(self) -> str:
        """The name of the file."""
        return self.path.name

    @property
    def platforms(self) -> frozenset[str]:
        """The platform tags."""
        return frozenset(tag.platform for tag in self.tags)

    @property
    def info_directory(self) -> str:
        """The `.dist-info` directory that the file name asks for."""
        name, version = self.filename.split("-")[:2]
        return f"{name}-{version}.dist-info"

    def header(self, field: str) -> Optional[str]:
        """One field of METADATA, None when it is not there."""
        return None if self.metadata is None else HeaderParser().parsestr(self.metadata)[field]


def read_wheel(path: Path) -> WheelFacts:
    """Reads a wheel.

    Raises:
        CratewheelError: `CW-WHEEL-NAME` when the file name is not a wheel's, and as
            `cratewheel.artifacts.archives.open_zip`.
    """
    try:
        name, version, build, tags = parse_wheel_filename(path.name)
    except (InvalidWheelFilename, InvalidVersion) as error:
        raise CratewheelError(Finding("CW-WHEEL-NAME", str(path), str(error))) from error
    prefix = "-".join(path.name.split("-")[:2])
    info = f"{prefix}.dist-info"
    with open_zip(path) as archive:
        members = {entry.filename: entry for entry in archive.infolist() if not entry.is_dir()}
        return WheelFacts(
            path=path,
            name=str(name),
            version=str(version),
            build="".join(map(str, build)),
            tags=frozenset(WheelTag(tag.interpreter, tag.abi, tag.platform) for tag in tags),
            declared_tags=_declared(_text(archive, members, f"{info}/WHEEL")),
            metadata=_text(archive, members, f"{info}/METADATA"),
            files=tuple(sorted(members)),
            sha256=file_sha256(path),
            size=path.stat().st_size,
            record_faults=tuple(_record_faults(archive, members, info)),
        )


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _declared(wheel_file: Optional[str]) -> frozenset[WheelTag]:
    if wheel_file is None:
        return frozenset()
    found = set()
    for value in HeaderParser().parsestr(wheel_file).get_all("Tag", []):
        parts = value.strip().split("-")
        if len(parts) == 3:
            found |= {
                WheelTag(python, abi, platform)
                for python in parts[0].split(".")
                for abi in parts[1].split(".")
                for platform in parts[2].split(".")
            }
    return frozenset(found)


def _text(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str
) -> Optional[str]:
    return archive.read(name).decode("utf-8", "replace") if name in members else None


def _record_faults(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], info: str
) -> Iterator[str]:
    record = _text(archive, members, f"{info}/RECORD")
    if record is None:
        yield f"there is no {info}/RECORD"
        return
    listed: dict[str, tuple[str, str]] = {}
    try:
        rows = list(csv.reader(io.StringIO(record)))
    except csv.Error as error:
        yield f"RECORD cannot be read: {error}"
        return
    for row in rows:
        if len(row) != 3:
            yield f"RECORD has a line of {len(row)} fields"
            continue
        if row[0] in listed:
            yield f"RECORD lists `{row[0]}` twice"
        listed[row[0]] = (row[1], row[2])
    unhashed = {f"{info}/{name}" for name in _UNHASHED}
    for name in sorted(set(listed) - set(members)):
        yield f"RECORD lists `{name}`, which is not there"
    for name in sorted(set(members) - set(listed) - unhashed):
        yield f"`{name}` is not in RECORD"
    for name in sorted(set(members) & set(listed) - unhashed):
        recorded, size = listed[name]
        algorithm, _, value = recorded.partition("=")
        if algorithm not in {"sha256", "sha384", "sha512"}:
            yield f"RECORD has no secure hash of `{name}`"
            continue
        digest = hashlib.new(algorithm)
        with archive.open(members[name]) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        if _decoded(value) != digest.digest():
            yield f"`{name}` has not the hash that RECORD has for it"
        elif size and size != str(members[name].file_size):
            yield f"`{name}` has not the size that RECORD has for it"


def _decoded(value: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        return b""

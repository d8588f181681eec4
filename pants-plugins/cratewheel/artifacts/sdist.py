"""Reading a source distribution: a gzipped tar of one folder `NAME-VERSION/` (PEP 625, PEP 643)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import InvalidSdistFilename, parse_sdist_filename
from packaging.version import InvalidVersion

from cratewheel.artifacts import limits
from cratewheel.artifacts.archives import ArchivedFile, common_root, read_tar_gz
from cratewheel.artifacts.wheel import file_sha256
from cratewheel.errors import CratewheelError, Finding


@dataclass(frozen=True)
class SdistFacts:
    """A source distribution, read.

    Args:
        name: normalised (PEP 503), as the file name has it.
        version: normalised (PEP 440), as the file name has it.
        metadata: the text of PKG-INFO.
        files: the regular files by their path below the folder.
        sha256: of the whole file, in hex.
    """

    path: Path
    name: str
    version: str
    metadata: str
    files: Mapping[str, ArchivedFile] = field(hash=False)
    sha256: str
    size: int


def read_sdist(path: Path) -> SdistFacts:
    """Reads a source distribution.

    Raises:
        CratewheelError: `CW-SDIST-CONTENT` when the name or the content is not that of one, and as
            `cratewheel.artifacts.archives.read_tar_gz`.
    """
    try:
        name, version = parse_sdist_filename(path.name)
    except (InvalidSdistFilename, InvalidVersion) as error:
        raise _wrong(path, str(error)) from error
    if not path.name.endswith(".tar.gz"):
        raise _wrong(path, "it does not end in .tar.gz (PEP 625)")
    members = read_tar_gz(path, unpacked_limit=limits.SDIST_UNPACKED)
    root = common_root(members)
    if root != path.name[: -len(".tar.gz")]:
        raise _wrong(path, "it is not one folder of its own name")
    if f"{root}/PKG-INFO" not in members:
        raise _wrong(path, f"there is no {root}/PKG-INFO")
    return SdistFacts(
        path=path,
        name=str(name),
        version=str(version),
        metadata=members[f"{root}/PKG-INFO"].content.decode("utf-8", "replace"),
        files={member[len(root) + 1 :]: content for member, content in members.items()},
        sha256=file_sha256(path),
        size=path.stat().st_size,
    )


def _wrong(path: Path, message: str) -> CratewheelError:
    return CratewheelError(Finding("CW-SDIST-CONTENT", str(path), message))

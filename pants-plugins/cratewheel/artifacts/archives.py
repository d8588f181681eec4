"""Opening archives that somebody else may have made: nothing is extracted, and nothing is believed.

An archive is refused as a whole (`CW-ARCHIVE-UNSAFE`) when it holds an absolute path, a path that
leaves its folder, a link, a device, the same name twice, more bytes than it may, or bytes that one
reader sees and another does not. The last follows PyPI's own rules for ZIP files.
"""

from __future__ import annotations

import gzip
import io
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cratewheel.artifacts import limits
from cratewheel.errors import CratewheelError, Finding

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_END_OF_DIRECTORY_BYTES = 22
_ENCRYPTED = 0x1
_DATA_DESCRIPTOR = 0x8
_UTF8_NAME = 0x800
# What the standard library raises for offsets, names and times that no ZIP file has.
_NOT_A_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    OverflowError,
    ValueError,
    struct.error,
    NotImplementedError,
)
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class ArchivedFile:
    """A regular file of a tar archive, in memory.

    Args:
        content: its bytes.
        mode: its permission bits.
    """

    content: bytes
    mode: int


def refuse_size(path: Path, limit: int) -> None:
    """Refuses a file that is larger than a registry takes.

    Args:
        limit: in bytes.

    Raises:
        CratewheelError: `CW-ARTIFACT-TOO-LARGE`, or `CW-ARTIFACT-MISSING` when there is no file.
    """
    size = _size(path)
    if size > limit:
        raise CratewheelError(
            Finding(
                "CW-ARTIFACT-TOO-LARGE",
                str(path),
                f"it has {size / limits.MIB:.1f} MiB, the registry takes {limit // limits.MIB} MiB",
            )
        )


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """A ZIP file of which every name, kind and size was looked at before it is handed out.

    Raises:
        CratewheelError: `CW-ARCHIVE-UNSAFE` with everything that is wrong, `CW-ARCHIVE-BROKEN` when
            it is no ZIP file, `CW-ARTIFACT-MISSING` when there is no file.
    """
    size = _size(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            faults = [*_name_faults([entry.filename for entry in entries])]
            faults += [fault for entry in entries for fault in _entry_faults(entry)]
            unpacked = sum(entry.file_size for entry in entries)
            if unpacked > limits.WHEEL_UNPACKED:
                faults.append(f"it unpacks to {unpacked / limits.MIB:.0f} MiB")
            elif unpacked > max(limits.RATIO_APPLIES_ABOVE, limits.RATIO * size):
                faults.append(f"it unpacks to more than {limits.RATIO} times its size")
            if not faults:
                faults += _framing_faults(path, archive, entries)
            if faults:
                raise _unsafe(path, faults)
            yield archive
    except _NOT_A_ZIP as error:
        raise _broken(path, "a ZIP file", error) from error


def read_tar_gz(path: Path, *, unpacked_limit: int) -> Mapping[str, ArchivedFile]:
    """The regular files of a gzipped tar, by name.

    Args:
        unpacked_limit: how many bytes it may unpack to.

    Raises:
        CratewheelError: as `open_zip`.
    """
    _size(path)
    files: dict[str, ArchivedFile] = {}
    names: list[str] = []
    faults: list[str] = []
    try:
        with gzip.open(path) as stream:
            unpacked = stream.read(unpacked_limit + 1)
        if len(unpacked) > unpacked_limit:
            raise _unsafe(path, [f"it unpacks to more than {unpacked_limit // limits.MIB} MiB"])
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
            for member in archive:
                names.append(member.name)
                if len(names) > limits.MEMBERS:
                    break
                if member.isdir():
                    continue
                if not member.isreg() or member.issparse():
                    faults.append(f"`{member.name}` is {_kind(member)}")
                    continue
                content = archive.extractfile(member)
                assert content is not None, "a regular file has content"
                files[member.name] = ArchivedFile(content.read(), member.mode & 0o777)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise _broken(path, "a gzipped tar", error) from error
    faults += _name_faults(names)
    if faults:
        raise _unsafe(path, faults)
    return files


def common_root(names: Iterable[str]) -> str:
    """The one folder that all names of an archive are in, or "" when there is not one."""
    roots = {name.split("/", 1)[0] for name in names}
    return roots.pop() if len(roots) == 1 else ""


def _name_faults(names: list[str]) -> Iterator[str]:
    if len(names) > limits.MEMBERS:
        yield f"it has more than {limits.MEMBERS} members"
        return
    seen: set[str] = set()
    for name in names:
        plain = name.rstrip("/")
        if plain in seen:
            yield f"`{_shown(name)}` is there twice"
        seen.add(plain)
        if not plain or _CONTROL.search(name):
            yield f"{name!r} is no file name"
        elif name.startswith("/") or "\\" in name or re.match(r"[A-Za-z]:", name):
            yield f"`{name}` is not a relative path with forward slashes"
        elif not {"", ".", ".."}.isdisjoint(plain.split("/")):
            yield f"`{name}` is not a plain path below its archive"


def _entry_faults(entry: zipfile.ZipInfo) -> Iterator[str]:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        yield f"`{entry.filename}` is not a regular file"
    if entry.flag_bits & _ENCRYPTED:
        yield f"`{entry.filename}` is encrypted"
    if entry.flag_bits & _DATA_DESCRIPTOR:
        # PyPI refuses them: a reader that streams sees other sizes than one that seeks.
        yield f"`{entry.filename}` is written with a data descriptor"
    if entry.compress_type not in _READABLE:
        yield f"`{entry.filename}` is compressed by neither deflate nor store"


def _framing_faults(
    path: Path, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]
) -> Iterator[str]:
    """Bytes between, before or behind the entries, and entries whose own header says otherwise."""
    end = 0
    with path.open("rb") as stream:
        for entry in sorted(entries, key=lambda each: each.header_offset):
            if entry.header_offset != end:
                yield f"there are bytes outside of any file before `{entry.filename}`"
                return
            stream.seek(entry.header_offset)
            header = stream.read(_LOCAL_HEADER.size)
            _, name_bytes, extra_bytes = _LOCAL_HEADER.unpack(header)
            encoding = "utf-8" if entry.flag_bits & _UTF8_NAME else "cp437"
            if stream.read(name_bytes) != entry.orig_filename.encode(encoding):
                yield f"`{entry.filename}` has another name in its own header"
                return
            end = entry.header_offset + len(header) + name_bytes + extra_bytes
            end += entry.compress_size
        if end != archive.start_dir:
            yield "there are bytes between the files and the directory"
        stream.seek(-_END_OF_DIRECTORY_BYTES, 2)
        if archive.comment or stream.read(4) != b"PK\x05\x06":
            yield "there are bytes behind the directory"


def _kind(member: tarfile.TarInfo) -> str:
    if member.issym():
        return "a symbolic link"
    if member.islnk():
        return "a hard link"
    return "a sparse file" if member.issparse() else "not a regular file"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise CratewheelError(
            Finding("CW-ARTIFACT-MISSING", str(path), error.strerror or str(error))
        ) from error


def _shown(name: str) -> str:
    return _CONTROL.sub("?", name)


def _unsafe(path: Path, faults: list[str]) -> CratewheelError:
    return CratewheelError(
        *(Finding("CW-ARCHIVE-UNSAFE", str(path), fault) for fault in dict.fromkeys(faults))
    )


def _broken(path: Path, expected: str, error: Exception) -> CratewheelError:
    return CratewheelError(
        Finding("CW-ARCHIVE-BROKEN", str(path), f"it is not {expected}, or not all of one: {error}")
    )

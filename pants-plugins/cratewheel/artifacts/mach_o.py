"""What the Mach-O files in a macOS wheel are for: architectures, and the oldest system of each.

Read from Apple's headers `mach-o/fat.h` and `mach-o/loader.h`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from cratewheel.artifacts.archives import open_zip

_FAT = {b"\xca\xfe\xba\xbe": ">IIIII", b"\xca\xfe\xba\xbf": ">IIQQII"}
# Little-endian and big-endian, of 32 and 64 bits; the last number is the size of the header.
_THIN = {
    b"\xce\xfa\xed\xfe": ("<", 28),
    b"\xcf\xfa\xed\xfe": ("<", 32),
    b"\xfe\xed\xfa\xce": (">", 28),
    b"\xfe\xed\xfa\xcf": (">", 32),
}
_ARCHITECTURES = {0x7: "i386", 0x01000007: "x86_64", 0xC: "arm", 0x0100000C: "arm64"}
_VERSION_MIN_MACOSX = 0x24
_BUILD_VERSION = 0x32
# Java's class files begin like a fat file, with their version where that has its number of parts.
_MOST_PARTS = 20


@dataclass(frozen=True)
class MachObject:
    """The part of a Mach-O file that is for one architecture.

    Args:
        member: the file's name in the wheel.
        architecture: as wheel tags spell it; of one that no tag has, its number.
        minimum: the oldest macOS it is linked for, such as `(10, 12)`; None where it does not say.
    """

    member: str
    architecture: str
    minimum: Optional[tuple[int, int]]


def mach_objects(wheel: Path) -> tuple[MachObject, ...]:
    """The Mach-O files in a wheel, each part of a universal one; what only begins like one is left out.

    Raises:
        CratewheelError: as `cratewheel.artifacts.archives.open_zip`.
    """
    found: list[MachObject] = []
    with open_zip(wheel) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as stream:
                if stream.read(4) not in {*_FAT, *_THIN}:
                    continue
            try:
                found += _parts(entry.filename, archive.read(entry))
            except struct.error:
                continue
    return tuple(found)


def _parts(member: str, content: bytes) -> Iterator[MachObject]:
    layout = _FAT.get(content[:4])
    if layout is None:
        yield _part(member, content)
        return
    (count,) = struct.unpack_from(">I", content, 4)
    if count > _MOST_PARTS:
        return
    for number in range(count):
        values = struct.unpack_from(layout, content, 8 + number * struct.calcsize(layout))
        yield _part(member, content[values[2] : values[2] + values[3]])


def _part(member: str, content: bytes) -> MachObject:
    if content[:4] not in _THIN:
        raise struct.error("no Mach-O header")
    order, place = _THIN[content[:4]]
    (kind,) = struct.unpack_from(f"{order}I", content, 4)
    (count,) = struct.unpack_from(f"{order}I", content, 16)
    minimum = None
    for _ in range(count):
        command, size = struct.unpack_from(f"{order}II", content, place)
        if command in (_VERSION_MIN_MACOSX, _BUILD_VERSION):
            at = place + (8 if command == _VERSION_MIN_MACOSX else 12)
            (version,) = struct.unpack_from(f"{order}I", content, at)
            minimum = (version >> 16, version >> 8 & 0xFF)
        # One that has no size would be read for ever.
        place += max(size, 8)
    return MachObject(member, _ARCHITECTURES.get(kind, hex(kind)), minimum)

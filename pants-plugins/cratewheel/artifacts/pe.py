"""Which processors the libraries and programs in a Windows wheel are for.

Read as Microsoft's "PE Format" has it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from cratewheel.artifacts.archives import open_zip

_MACHINES = {0x014C: "win32", 0x8664: "win_amd64", 0xAA64: "win_arm64"}


@dataclass(frozen=True)
class PortableExecutable:
    """A library or a program for Windows.

    Args:
        member: its name in the wheel.
        machine: the wheel tag of its processor; of one that has no tag, its number.
    """

    member: str
    machine: str


def portable_executables(wheel: Path) -> tuple[PortableExecutable, ...]:
    """The libraries and programs in a wheel; what only begins like one is left out.

    Raises:
        CratewheelError: as `cratewheel.artifacts.archives.open_zip`.
    """
    found = []
    with open_zip(wheel) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as stream:
                if stream.read(2) != b"MZ":
                    continue
            content = archive.read(entry)
            try:
                (place,) = struct.unpack_from("<I", content, 0x3C)
                signature, machine = struct.unpack_from("<4sH", content, place)
            except struct.error:
                continue
            if signature == b"PE\0\0":
                name = _MACHINES.get(machine, hex(machine))
                found.append(PortableExecutable(entry.filename, name))
    return tuple(found)

"""Headers of libraries for macOS and Windows, as their linkers write them."""

from __future__ import annotations

import struct

#: Processors, as Mach-O numbers them.
X86_64, ARM64 = 0x01000007, 0x0100000C


def mach_o(processor: int, minimum: tuple[int, int], *, since: str = "build") -> bytes:
    """A dylib's header, with another command before the one that says for which macOS it is."""
    version = minimum[0] << 16 | minimum[1] << 8
    commands = struct.pack("<II8x", 0x1B, 16)
    if since == "build":
        commands += struct.pack("<IIIIII", 0x32, 24, 1, version, 0, 0)
    else:
        commands += struct.pack("<IIII", 0x24, 16, version, 0)
    return struct.pack("<IIIIIIII", 0xFEEDFACF, processor, 0, 6, 2, len(commands), 0, 0) + commands


def fat(*parts: bytes, wide: bool = False) -> bytes:
    """A universal file."""
    layout, magic = (">IIQQII", 0xCAFEBABF) if wide else (">IIIII", 0xCAFEBABE)
    place = 8 + len(parts) * struct.calcsize(layout)
    header, content = struct.pack(">II", magic, len(parts)), b""
    for part in parts:
        rest = (0, 0) if wide else (0,)
        header += struct.pack(layout, 0, 0, place + len(content), len(part), *rest)
        content += part
    return header + content


def pe(machine: int) -> bytes:
    """A library's headers."""
    return b"MZ" + bytes(0x3A) + struct.pack("<I4x4sH", 0x44, b"PE\0\0", machine) + bytes(18)

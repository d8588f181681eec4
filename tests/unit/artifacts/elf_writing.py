"""Shared objects written by hand: small, for any architecture, and asking for whatever a test wants."""

from __future__ import annotations

import struct
from collections.abc import Mapping

X86_64 = 62
AARCH64 = 183

_STRTAB, _DYNAMIC, _DYNSYM, _VERSYM, _VERNEED = 3, 6, 11, 0x6FFFFFFF, 0x6FFFFFFE
_SYMBOL = struct.Struct("<IBBHQQ")


def shared_object(
    *,
    machine: int = X86_64,
    needed: tuple[str, ...] = ("libc.so.6",),
    symbols: Mapping[str, str] = {"memcpy": "GLIBC_2.14"},
) -> bytes:
    """A 64-bit little-endian ELF file with the sections that a dynamic linker reads.

    Args:
        machine: its architecture, as ELF numbers them.
        needed: the libraries that it is linked against.
        symbols: what it takes from the first of them, and the version it wants of each.
    """
    strings = bytearray(b"\x00")

    def at(text: str) -> int:
        strings.extend(text.encode() + b"\x00")
        return len(strings) - len(text) - 1

    dynamic = b"".join(struct.pack("<QQ", 1, at(name)) for name in needed) + struct.pack(
        "<QQ", 0, 0
    )
    table = _SYMBOL.pack(0, 0, 0, 0, 0, 0)
    versions = struct.pack("<H", 0)
    wanted = {version: number for number, version in enumerate(sorted(set(symbols.values())), 2)}
    for name, version in symbols.items():
        table += _SYMBOL.pack(at(name), 0x12, 0, 0, 0, 0)
        versions += struct.pack("<H", wanted[version])
    needs = b""
    if wanted:
        needs = struct.pack("<HHIII", 1, len(wanted), at(needed[0]), 16, 0)
        for version, number in wanted.items():
            following = 16 if number < len(wanted) + 1 else 0
            needs += struct.pack("<IHHII", 0, 0, number, at(version), following)
    names = b"\x00.dynstr\x00.dynsym\x00.gnu.version\x00.gnu.version_r\x00.dynamic\x00.shstrtab\x00"
    sections = (
        # Name, type, content, link, info, size of an entry.
        ("", 0, b"", 0, 0, 0),
        (".dynstr", _STRTAB, bytes(strings), 0, 0, 0),
        (".dynsym", _DYNSYM, table, 1, 1, _SYMBOL.size),
        (".gnu.version", _VERSYM, versions, 2, 0, 2),
        (".gnu.version_r", _VERNEED, needs, 1, 1 if wanted else 0, 0),
        (".dynamic", _DYNAMIC, dynamic, 1, 0, 16),
        (".shstrtab", _STRTAB, names, 0, 0, 0),
    )
    content, headers = b"", b""
    for name, kind, data, link, info, entry in sections:
        where = names.index(f"\x00{name}\x00".encode()) + 1 if name else 0
        headers += struct.pack(
            "<IIQQQQIIQQ", where, kind, 0, 0, 64 + len(content), len(data), link, info, 1, entry
        )
        content += data
    return (
        struct.pack(
            "<4sBBBB8xHHIQQQIHHHHHH",
            *(b"\x7fELF", 2, 1, 1, 0),
            *(3, machine, 1, 0, 0, 64 + len(content), 0, 64, 0, 0, 64, len(sections)),
            len(sections) - 1,
        )
        + content
        + headers
    )

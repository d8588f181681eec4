"""What the shared objects in a Linux wheel ask of the system they are loaded on.

Runs in a tool process (it needs pyelftools).
"""

# mypy: disable-error-code="no-untyped-call"
# (pyelftools is marked as typed, but few of its functions are.)

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection, GNUVerSymSection
from elftools.elf.sections import SymbolTableSection

from cratewheel.artifacts.archives import open_zip

_MAGIC = b"\x7fELF"
_GLIBC = re.compile(r"GLIBC_(\d+(?:\.\d+)+)")
_MACHINES = {
    "x86_64": "EM_X86_64",
    "i686": "EM_386",
    "aarch64": "EM_AARCH64",
    "armv7l": "EM_ARM",
    "armv6l": "EM_ARM",
    "ppc64": "EM_PPC64",
    "ppc64le": "EM_PPC64",
    "s390x": "EM_S390",
    "riscv64": "EM_RISCV",
}


@dataclass(frozen=True, order=True)
class GlibcSymbol:
    """A symbol that a shared object takes from glibc.

    Args:
        version: the glibc that first had it in this form, such as `(2, 34)`.
    """

    version: tuple[int, ...]
    name: str

    def __str__(self) -> str:
        return f"{self.name}@GLIBC_{'.'.join(map(str, self.version))}"


@dataclass(frozen=True)
class SharedObject:
    """An ELF file of a wheel: an extension module, a library or a program.

    Args:
        member: its name in the wheel.
        machine: its architecture, as ELF names it (`EM_X86_64`).
        needed: the libraries it is linked against.
        glibc: the versioned symbols it takes from glibc.
    """

    member: str
    machine: str
    needed: tuple[str, ...]
    glibc: tuple[GlibcSymbol, ...]

    @property
    def is_for_glibc(self) -> bool:
        """Whether it is linked against glibc."""
        return bool(self.glibc) or "libc.so.6" in self.needed

    @property
    def is_for_musl(self) -> bool:
        """Whether it is linked against musl."""
        return any(
            library == "libc.so" or library.startswith("libc.musl-") for library in self.needed
        )

    def newer_than(self, glibc: tuple[int, ...]) -> tuple[GlibcSymbol, ...]:
        """The symbols that a glibc of this version does not have, newest first."""
        return tuple(sorted((each for each in self.glibc if each.version > glibc), reverse=True))

    def is_for(self, architecture: str) -> bool:
        """Whether it runs on the architecture of a wheel's platform tag."""
        return _MACHINES.get(architecture, self.machine) == self.machine


def shared_objects(wheel: Path) -> tuple[SharedObject, ...]:
    """The ELF files in a wheel; a file that begins like one and is none is left out.

    Raises:
        CratewheelError: as `cratewheel.artifacts.archives.open_zip`.
    """
    found = []
    with open_zip(wheel) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as stream:
                if stream.read(len(_MAGIC)) != _MAGIC:
                    continue
            try:
                found.append(_read(entry.filename, archive.read(entry)))
            except ELFError:
                continue
    return tuple(found)


def _read(member: str, content: bytes) -> SharedObject:
    elf = ELFFile(io.BytesIO(content))
    dynamic = elf.get_section_by_name(".dynamic")
    needed = (
        tuple(tag.needed for tag in dynamic.iter_tags("DT_NEEDED"))
        if isinstance(dynamic, DynamicSection)
        else ()
    )
    return SharedObject(member, elf["e_machine"], needed, tuple(sorted(set(_glibc(elf)))))


def _glibc(elf: ELFFile) -> Iterator[GlibcSymbol]:
    symbols = elf.get_section_by_name(".dynsym")
    versions = elf.get_section_by_name(".gnu.version")
    needs = elf.get_section_by_name(".gnu.version_r")
    if not (
        isinstance(symbols, SymbolTableSection)
        and isinstance(versions, GNUVerSymSection)
        and isinstance(needs, GNUVerNeedSection)
    ):
        return
    # Bit 15 of an index hides the symbol; the rest names an entry of .gnu.version_r.
    names: dict[int, str] = {
        auxiliary["vna_other"] & 0x7FFF: auxiliary.name
        for _, auxiliaries in needs.iter_versions()
        for auxiliary in auxiliaries
    }
    for number, symbol in enumerate(symbols.iter_symbols()):
        index = versions.get_symbol(number)["ndx"]
        version = names.get(index & 0x7FFF) if isinstance(index, int) else None
        parsed = _GLIBC.fullmatch(version) if version is not None else None
        if parsed is not None:
            yield GlibcSymbol(tuple(map(int, parsed[1].split("."))), symbol.name)

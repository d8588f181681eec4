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
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection, GNUVerSymSection
from elftools.elf.sections import SymbolTableSection

from cratewheel.artifacts.archives import open_zip
from cratewheel.errors import CratewheelError, Finding

# The magic, then 32 or 64 bits, either byte order, and the one version of the format.
_IDENTIFICATION = re.compile(rb"\x7fELF[\x01\x02][\x01\x02]\x01")
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
# Far more than any shared object has; a header that claims more keeps its reader busy for hours.
_SECTIONS = 10_000
_VERSIONS = 10_000


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
        """Whether it is known to run on the architecture of a wheel's platform tag."""
        return _MACHINES.get(architecture) == self.machine


def shared_objects(wheel: Path) -> tuple[SharedObject, ...]:
    """The ELF files in a wheel; what does not say of itself that it is one is none.

    Raises:
        CratewheelError: `CW-ARCHIVE-BROKEN` with every one that cannot be read, and as `cratewheel.artifacts.archives.open_zip`.
    """
    found = []
    findings = []
    with open_zip(wheel) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as stream:
                if not _IDENTIFICATION.match(stream.read(7)):
                    continue
            content = archive.read(entry)
            try:
                found.append(_read(entry.filename, content))
            # What is not as pyelftools expects it ends in any error at all: of its own, of its parser, of
            # Python's arithmetic.
            except Exception as error:
                reason = next(iter(str(error).splitlines()), "") or type(error).__name__
                message = f"`{entry.filename}` is a shared object that cannot be read: {reason}"
                findings.append(Finding("CW-ARCHIVE-BROKEN", str(wheel), message))
    if findings:
        raise CratewheelError(*findings)
    return tuple(found)


def _read(member: str, content: bytes) -> SharedObject:
    elf = ELFFile(io.BytesIO(content))
    if elf.num_sections() > _SECTIONS:
        raise ELFError(f"it claims to have {elf.num_sections()} sections")
    dynamic = elf.get_section_by_name(".dynamic")
    needed = (
        tuple(tag.needed for tag in dynamic.iter_tags("DT_NEEDED"))
        if isinstance(dynamic, DynamicSection)
        else ()
    )
    return SharedObject(member, str(elf["e_machine"]), needed, tuple(sorted(set(_glibc(elf)))))


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
        auxiliary["vna_other"] & 0x7FFF: auxiliary.name for auxiliary in _auxiliaries(needs)
    }
    if symbols["sh_entsize"] != elf.structs.Elf_Sym.sizeof():
        raise ELFError(f"its symbols have a size of {symbols['sh_entsize']} bytes")
    for number, symbol in enumerate(symbols.iter_symbols()):
        index = versions.get_symbol(number)["ndx"]
        version = names.get(index & 0x7FFF) if isinstance(index, int) else None
        parsed = _GLIBC.fullmatch(version) if version is not None else None
        if parsed is not None:
            yield GlibcSymbol(tuple(map(int, parsed[1].split("."))), symbol.name)


def _auxiliaries(needs: GNUVerNeedSection) -> Iterator[Any]:
    seen = 0
    for _, auxiliaries in needs.iter_versions():
        for auxiliary in auxiliaries:
            seen += 1
            if seen > _VERSIONS:
                raise ELFError("it needs more versions than there are")
            yield auxiliary

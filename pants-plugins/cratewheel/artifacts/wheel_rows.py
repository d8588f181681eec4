"""Which row of the plan a wheel is of, and whether its tags keep what the row promised."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Optional

from cratewheel.abis import AbiFamily, abi_tag
from cratewheel.artifacts.expected import row_families
from cratewheel.artifacts.mach_o import mach_objects
from cratewheel.artifacts.pe import portable_executables
from cratewheel.artifacts.shared_objects import SharedObject, shared_objects
from cratewheel.artifacts.wheel import WheelFacts
from cratewheel.errors import CratewheelError, Finding
from cratewheel.floors import Floor, TagFit, closest, fit, parse_platform_tag
from cratewheel.plan.model import Row
from cratewheel.plan.promises import row_promise
from cratewheel.platforms import Platform
from cratewheel.pythons import Python, lowest_python

_SHOWN = 5
# CPython and PyPy look for an extension module under the names of their own C library alone:
# `_fast.cpython-312-x86_64-linux-musl.so`, on 32-bit ARM with `eabihf` after it.
_NAMED_LIBC = re.compile(r"\.(?:cpython|pypy)[^/]*-linux-(gnu|musl)[a-z]*\.so$")


def row_of(wheel: WheelFacts, rows: Iterable[Row]) -> Optional[Row]:
    """The wheel row whose platform the wheel is for, whatever floor it keeps; None for none."""
    own = [row for row in rows if row.kind == "wheel" and row.target is not None]
    number = closest([row_promise(row) for row in own], wheel.platforms)
    return None if number is None else own[number]


def family_of(wheel: WheelFacts, families: Iterable[AbiFamily]) -> Optional[AbiFamily]:
    """The ABI family that a wheel is of by its python and abi tags; None for none of them."""
    pythons = {tag.python for tag in wheel.tags}
    abis = {tag.abi for tag in wheel.tags}
    # One that says its oldest Python comes before one that takes any.
    for family in sorted(families, key=lambda each: not (each.is_stable and each.python)):
        if family.is_stable and family.python is not None:
            tag = abi_tag(family, family.python)
            matches = (pythons, abis) == ({tag.python}, set(tag.abis))
        elif family.kind == "abi3":
            matches = abis == {"abi3"} and all(each.startswith("cp3") for each in pythons)
        elif family.kind == "abi3t":
            matches = "abi3t" in abis and abis <= {"abi3", "abi3t"}
        elif family.kind in {"bin", "cffi", "uniffi"}:
            matches = abis == {"none"} and "py3" in pythons
        elif family.kind == "graalpy":
            # The release of GraalPy in the ABI tag may be newer than the one we know of.
            matches = pythons == {abi_tag(family).python} and abis != {"none"}
        else:
            tag = abi_tag(family)
            matches = (pythons, abis) == ({tag.python}, set(tag.abis))
        if matches:
            return family
    return None


def tag_findings(wheel: WheelFacts, rows: Sequence[Row]) -> Iterator[Finding]:
    """What is wrong with the tags of a wheel: its row, its floor, its ABI family, its content."""
    place = str(wheel.path)
    if wheel.declared_tags != wheel.tags:
        declared = ", ".join(map(str, sorted(wheel.declared_tags))) or "none"
        yield _finding(place, f"its WHEEL file has other tags than its name: {declared}")
    row = row_of(wheel, rows)
    if row is None or row.target is None:
        planned = ", ".join(each.target for each in rows if each.target) or "none"
        platforms = ", ".join(sorted(wheel.platforms))
        yield _finding(place, f"it is for {platforms}; the plan has wheels for {planned}")
        return
    platform, floor = row_promise(row)
    objects = shared_objects(wheel.path) if platform.os == "linux" else ()
    if fit(platform, floor, wheel.platforms) is TagFit.NEWER:
        platforms = ", ".join(sorted(wheel.platforms))
        message = f"it is tagged {platforms}, promised is {floor}"
        yield _finding(place, message + _responsible(objects, floor))
    yield from _content_findings(place, wheel, platform, objects)
    foreign = {"macos": _mac_faults, "windows": _windows_faults}.get(platform.os)
    if foreign is not None:
        yield from (_finding(place, fault) for fault in foreign(wheel, platform))
    yield from _abi_findings(place, wheel, row)


def _responsible(objects: Iterable[SharedObject], floor: Optional[Floor]) -> str:
    """The symbols that a glibc of the promised version does not have, as the end of a sentence."""
    if floor is None or floor.family != "manylinux":
        return ""
    lines = []
    for each in objects:
        newer = each.newer_than(floor.version)
        if newer:
            shown = ", ".join(map(str, newer[:_SHOWN]))
            more = f" and {len(newer) - _SHOWN} more" if len(newer) > _SHOWN else ""
            lines.append(f"`{each.member}` needs {shown}{more}")
    return "".join(f"; {line}" for line in lines)


def _content_findings(
    place: str, wheel: WheelFacts, platform: Platform, objects: Iterable[SharedObject]
) -> Iterator[Finding]:
    """What the shared objects need beyond what the wheel's own tags say, and their names."""
    for member in wheel.files:
        named = _NAMED_LIBC.search(member)
        if named is not None and platform.libc is not None and named[1] != platform.libc:
            message = f"`{member}` is named for {named[1]}; no Python on {platform.libc} loads it"
            yield _finding(place, message)
    tags = [parse_platform_tag(tag) for tag in wheel.platforms]
    lowest = min(
        (tag.version for tag in tags if tag is not None and tag.family == "manylinux"), default=None
    )
    for each in objects:
        if not each.is_for(platform.architecture):
            yield _finding(place, f"`{each.member}` is for another architecture ({each.machine})")
        if platform.libc == "musl" and each.is_for_glibc:
            yield _finding(place, f"`{each.member}` is linked against glibc")
        if platform.libc == "gnu" and each.is_for_musl:
            yield _finding(place, f"`{each.member}` is linked against musl")
        if lowest is not None and platform.libc == "gnu":
            newer = each.newer_than(lowest)
            if newer:
                claimed = f"manylinux_{lowest[0]}_{lowest[1]}"
                shown = ", ".join(map(str, newer[:_SHOWN]))
                yield _finding(place, f"it claims {claimed}, but `{each.member}` needs {shown}")


def _mac_faults(wheel: WheelFacts, platform: Platform) -> Iterator[str]:
    """What the Mach-O files lack, or need, beyond what the wheel's own tags say."""
    own = platform.architecture
    wanted = ("x86_64", "arm64") if own == "universal2" else (own,)
    objects = mach_objects(wheel.path)
    for member in dict.fromkeys(each.member for each in objects):
        there = [each.architecture for each in objects if each.member == member]
        for architecture in wanted:
            if architecture not in there:
                yield f"`{member}` is not for {architecture} but for {', '.join(there)}"
    for each in objects:
        claimed = _oldest_macos(wheel, each.architecture)
        if claimed is not None and each.minimum is not None and each.minimum > claimed:
            needed, tagged = (".".join(map(str, version)) for version in (each.minimum, claimed))
            yield (
                f"it claims macOS {tagged} on {each.architecture}, but `{each.member}` is linked "
                f"for {needed} and later"
            )


def _oldest_macos(wheel: WheelFacts, architecture: str) -> Optional[tuple[int, ...]]:
    """The oldest macOS on which a wheel's tags have it installed, by machines of an architecture."""
    tags = (parse_platform_tag(tag) for tag in wheel.platforms)
    versions = [
        tag.version
        for tag in tags
        if tag is not None
        and tag.family == "macosx"
        and tag.architecture in (architecture, "universal2")
    ]
    # There is none before 11 on ARM, whatever a tag for both says.
    oldest = (11, 0) if architecture == "arm64" else (0, 0)
    return max(min(versions), oldest) if versions else None


def _windows_faults(wheel: WheelFacts, platform: Platform) -> Iterator[str]:
    """Which libraries and programs are for another processor than the row."""
    for each in portable_executables(wheel.path):
        if each.machine != platform.architecture:
            yield f"`{each.member}` is for another processor ({each.machine})"


def _abi_findings(place: str, wheel: WheelFacts, row: Row) -> Iterator[Finding]:
    families = row_families(row)
    family = family_of(wheel, families)
    if families and family is None:
        tags = ", ".join(sorted({f"{tag.python}-{tag.abi}" for tag in wheel.tags}))
        planned = ", ".join(map(str, families))
        yield _finding(place, f"it is tagged {tags}; the row has the ABI families {planned}")
    if family is not None and family.kind == "abi3" and family.python is None:
        oldest = _oldest_of_tags(wheel)
        try:
            admitted = lowest_python(wheel.header("Requires-Python"), place)
        except CratewheelError as error:
            yield from error.findings
            return
        if oldest is not None and oldest > admitted:
            yield _finding(
                place,
                f"it is built for Python {oldest[0]}.{oldest[1]} and later, but its "
                f"Requires-Python admits {admitted[0]}.{admitted[1]}",
            )


def _oldest_of_tags(wheel: WheelFacts) -> Optional[Python]:
    minors = [int(tag.python[3:]) for tag in wheel.tags if tag.python[3:].isdigit()]
    return (3, min(minors)) if minors else None


def _finding(place: str, message: str) -> Finding:
    return Finding("CW-WHEEL-TAG", place, message)

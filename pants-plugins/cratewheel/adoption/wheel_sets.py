"""The `platforms` and `abis` that would make the wheels of a release again.

Standard library and this library only: Pants' own process asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Optional, Union

from cratewheel.abis import AbiFamily, abi_tag, check_abi
from cratewheel.errors import Finding
from cratewheel.floors import (
    Floor,
    PlatformTag,
    check_compatibility,
    parse_floor,
    parse_platform_tag,
)
from cratewheel.platforms import PLATFORMS, Platform

_OS = {
    "manylinux": "gnu",
    "linux": "gnu",
    "musllinux": "musl",
    "macosx": "macos",
    "win": "windows",
    "android": "android",
    "ios": "ios",
    "pyemscripten": "emscripten",
}


@dataclass(frozen=True)
class AdoptedPlatform:
    """A platform of the release.

    Args:
        compatibility: the floor, None where it is the platform's own default or there is none.
        abis: its ABI families, in the order of the release.
        workflow_only: whether cratewheel has no way to build it, so that the project's job stays.
    """

    triple: str
    compatibility: Optional[str]
    abis: tuple[str, ...]
    workflow_only: bool = False


@dataclass(frozen=True)
class AdoptedWheels:
    """What a `maturin_wheel` must say to make the same wheels.

    Args:
        sdist: whether the release has a source distribution.
        notes: what it cannot say, a sentence each.
    """

    platforms: tuple[AdoptedPlatform, ...]
    sdist: bool
    notes: tuple[str, ...] = ()

    @property
    def common_abis(self) -> tuple[str, ...]:
        """The ABI families that most platforms have; a platform with others says so itself."""
        counts: dict[tuple[str, ...], int] = defaultdict(int)
        for platform in self.platforms:
            counts[platform.abis] += 1
        return max(counts, key=lambda abis: (counts[abis], len(abis)), default=())


@dataclass(frozen=True)
class _Wheel:
    python: str
    abi: str
    platform: Platform
    floor: Optional[Floor]
    family: AbiFamily


def adopt_wheels(filenames: Iterable[str]) -> AdoptedWheels:
    """Reads a release's file names; what is no wheel and no source distribution is passed over."""
    names = sorted(filenames)
    notes: list[str] = []
    wheels: list[_Wheel] = []
    for name in names:
        if name.endswith(".whl"):
            found = _wheel(name)
            if isinstance(found, str):
                notes.append(f"{name}: {found}")
            else:
                wheels.append(found)
    wheels = _with_floors_of_their_own(wheels)
    platforms = []
    for platform in PLATFORMS.values():
        those = [wheel for wheel in wheels if wheel.platform == platform]
        notes += (*_too_old(platform, those), *_other_tags(platform, those))
        by_floor: dict[Optional[str], list[_Wheel]] = defaultdict(list)
        for wheel in sorted(those, key=lambda wheel: wheel.floor or Floor("")):
            by_floor[_compatibility(wheel)].append(wheel)
        for compatibility, built in by_floor.items():
            families = sorted({_order(wheel.family): wheel.family.name for wheel in built}.items())
            platforms.append(
                AdoptedPlatform(
                    platform.triple,
                    compatibility,
                    tuple(name for _, name in families),
                    platform.workflow_only,
                )
            )
    sdist = any(name.endswith(".tar.gz") for name in names)
    return AdoptedWheels(tuple(platforms), sdist, tuple(notes))


def _wheel(filename: str) -> Union[_Wheel, str]:
    """The wheel that a file name stands for, or a clause about what is not known of it."""
    *_, python, abi, tags = filename[: -len(".whl")].split("-")
    parsed = [tag for each in tags.split(".") if (tag := parse_platform_tag(each)) is not None]
    platform = _platform(parsed)
    if platform is None:
        return f"no platform of cratewheel has the tag {tags}"
    family = _family(python, abi)
    if isinstance(family, Finding):
        return f"cratewheel builds no wheels tagged {python}-{abi}"
    floors = [
        Floor(tag.family, tag.version)
        for tag in parsed
        if tag.version and tag.family in ("manylinux", "musllinux", "macosx", "pyemscripten")
    ]
    # The wheel for both kinds of Mac has a floor for each; the one for Intel is what is asked for.
    return _Wheel(python, abi, platform, min(floors, default=None), family)


def _platform(tags: Sequence[PlatformTag]) -> Optional[Platform]:
    universal = any(tag.architecture == "universal2" for tag in tags)
    for tag in tags:
        architecture = "universal2" if universal else tag.architecture
        for platform in PLATFORMS.values():
            kind = platform.libc or platform.os
            if kind == _OS.get(tag.family) and platform.architecture == architecture:
                return platform
    return None


def _family(python: str, abi: str) -> Union[AbiFamily, Finding]:
    if "abi3t" in abi.split("."):
        return AbiFamily("abi3t")
    if abi == "abi3":
        return AbiFamily("abi3")
    if abi == "none" and python.startswith("py"):
        return AbiFamily("bin")
    free_threaded = python.startswith("cp") and abi == f"{python}t"
    return check_abi(f"{python}t" if free_threaded else python)


def _other_tags(platform: Platform, wheels: Sequence[_Wheel]) -> list[str]:
    """What the release calls the ABI of PyPy and GraalPy where a plan names another release of it."""
    found = {
        (wheel.abi, planned)
        for wheel in wheels
        if wheel.family.kind in ("pypy", "graalpy")
        for planned in abi_tag(wheel.family).abis
        if wheel.abi != planned
    }
    return [
        f"{platform.triple}: the release has wheels tagged {abi}; a plan expects {planned}"
        for abi, planned in sorted(found)
    ]


def _order(family: AbiFamily) -> tuple[object, ...]:
    kinds = ("bin", "abi3", "abi3t", "cpython", "pypy", "graalpy")
    return (kinds.index(family.kind), family.free_threaded, family.python or ())


def _with_floors_of_their_own(wheels: Sequence[_Wheel]) -> list[_Wheel]:
    """The wheels, where those of the stable ABI for a later Python than the lowest say which."""
    lowest = min((_minor(each) for each in wheels if each.family.kind == "abi3"), default=0)
    return [
        replace(wheel, family=AbiFamily("abi3", (3, _minor(wheel))))
        if wheel.family.kind == "abi3" and _minor(wheel) > lowest
        else wheel
        for wheel in wheels
    ]


def _minor(wheel: _Wheel) -> int:
    """The 11 of `cp311`."""
    return int(wheel.python[len("cp3") :])


def _compatibility(wheel: _Wheel) -> Optional[str]:
    """The floor to ask for, None for the platform's default."""
    default = parse_floor(wheel.platform.floor) if wheel.platform.floor else None
    if wheel.floor in (None, default) or _is_too_old(wheel):
        return None
    return str(wheel.floor)


def _is_too_old(wheel: _Wheel) -> bool:
    return isinstance(check_compatibility(wheel.platform, str(wheel.floor)), Finding)


def _too_old(platform: Platform, wheels: Sequence[_Wheel]) -> list[str]:
    """What the release promises that Rust itself does not."""
    floors = sorted({wheel.floor for wheel in wheels if wheel.floor and _is_too_old(wheel)})
    return [
        f"{platform.triple}: the release says {floor}; Rust itself needs {platform.oldest}, so that is "
        "what the wheels will say"
        for floor in floors
    ]

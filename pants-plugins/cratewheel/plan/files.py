"""The files that a release will contain, and what it no longer has that the last one had."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Optional

from cratewheel.plan.package import ReleasePackage, RowSpec
from cratewheel.platforms import platform_for

_FAMILIES = (
    (re.compile(r"manylinux(?:1|2010|2014|_\d+_\d+)_(.+)"), "manylinux"),
    (re.compile(r"musllinux_\d+_\d+_(.+)"), "musllinux"),
    (re.compile(r"macosx_\d+_\d+_(.+)"), "macosx"),
    (re.compile(r"linux_(.+)"), "linux"),
)
_UNIVERSAL = {"universal2": ("x86_64", "arm64")}


@dataclass(frozen=True)
class _Wheel:
    """One (interpreter, ABI, platform family) that a wheel serves."""

    python: str
    abi: str
    platform: str

    def serves(self, other: _Wheel) -> bool:
        """Whether an installer that took `other` finds this one instead."""
        if self.platform not in (other.platform, "any"):
            return False
        if (self.python, self.abi) == (other.python, other.abi) or self.abi == "none":
            return True
        if self.abi != "abi3" or other.abi.endswith("t"):
            return False
        mine, theirs = _cpython(self.python), _cpython(other.python)
        return mine is not None and theirs is not None and mine <= theirs

    def __str__(self) -> str:
        python = self.python if self.abi in ("none", self.python) else f"{self.python}-{self.abi}"
        return f"{python} for {self.platform}"


def distribution_name(name: str) -> str:
    """A Python package's name as it stands in file names (the binary distribution format,
    "Escaping and Unicode")."""
    return re.sub(r"[-_.]+", "_", name).lower()


def filenames(package: ReleasePackage, row: RowSpec, version: str) -> tuple[str, ...]:
    """The names of a row's files, as far as they are known before the build."""
    if row.kind == "crate":
        return (f"{package.name}-{version}.crate",)
    if row.kind == "sdist":
        return (f"{distribution_name(package.name)}-{version}.tar.gz",)
    return tuple(
        f"{distribution_name(package.name)}-{version}-{tags}.whl" for tags in row.wheel_tags
    )


def unforeseen(package: ReleasePackage) -> tuple[str, ...]:
    """The platforms of the rows whose wheels have names that are only known after the build."""
    found: list[str] = []
    for row in package.rows:
        if row.kind != "wheel" or len(row.wheel_tags) >= max(len(row.abis), 1):
            continue
        platform = platform_for(row.target or "")
        libc = {"gnu": "manylinux", "musl": "musllinux"}.get(platform.libc or "")
        if libc is not None:
            found += [f"{libc} {platform.architecture}", f"linux {platform.architecture}"]
        elif platform.os == "macos":
            architectures = _UNIVERSAL.get(platform.architecture, (platform.architecture,))
            found += [f"macosx {architecture}" for architecture in architectures]
        else:
            found.append(platform.architecture)
    return tuple(dict.fromkeys(found))


def dropped(
    before: Iterable[str], now: Iterable[str], unforeseen: Collection[str] = ()
) -> tuple[str, ...]:
    """What the files of an earlier release served and those of this one do not, sorted.

    Only the kind of file counts, not the version: `sdist`, or an interpreter and a platform such as
    `cp310 for win32`. A stable-ABI wheel serves later interpreters too, and a changed glibc or macOS
    floor is no drop.

    Args:
        unforeseen: platforms for which there will be wheels that nobody can name yet: nothing is
            said of them.
    """
    earlier, later = tuple(before), tuple(now)
    wheels = [wheel for name in later for wheel in _wheels(name)]
    gone = {
        str(wheel)
        for name in earlier
        for wheel in _wheels(name)
        if wheel.platform not in unforeseen and not any(other.serves(wheel) for other in wheels)
    }
    if any(_is_sdist(name) for name in earlier) and not any(_is_sdist(name) for name in later):
        gone.add("sdist")
    return tuple(sorted(gone))


def _is_sdist(name: str) -> bool:
    return name.endswith((".tar.gz", ".zip"))


def _wheels(name: str) -> tuple[_Wheel, ...]:
    parts = name[: -len(".whl")].split("-") if name.endswith(".whl") else []
    if len(parts) < 5:
        return ()
    pythons, abis, platforms = (part.split(".") for part in parts[-3:])
    return tuple(
        dict.fromkeys(
            _Wheel(python, abi, family)
            for python in pythons
            for abi in abis
            for platform in platforms
            for family in _families(platform)
        )
    )


def _families(platform: str) -> tuple[str, ...]:
    for pattern, family in _FAMILIES:
        match = pattern.fullmatch(platform)
        if match:
            return tuple(f"{family} {arch}" for arch in _UNIVERSAL.get(match[1], (match[1],)))
    return (platform,)


def _cpython(tag: str) -> Optional[int]:
    match = re.fullmatch(r"cp3(\d+)", tag)
    return int(match[1]) if match else None

"""What a wheel promises of the system it runs on: compatibility floors and platform tags.

A floor is the version part of a platform tag, `manylinux_2_28` (PEP 600), `musllinux_1_2`
(PEP 656) or `macosx_11_0` (PEP 425's platform tag as pip reads it).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Optional, Union

from cratewheel.errors import Finding
from cratewheel.platforms import Platform
from cratewheel.spelling import nearest

#: The names from before PEP 600, which PyPI takes for these architectures only.
LEGACY_MANYLINUX = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_LEGACY_ARCHITECTURES = {
    "manylinux1": ("x86_64", "i686"),
    "manylinux2010": ("x86_64", "i686"),
    "manylinux2014": ("x86_64", "i686", "aarch64", "armv7l", "ppc64", "ppc64le", "s390x"),
}
_USUAL = (
    *("manylinux_2_17", "manylinux_2_28", "manylinux_2_31", "manylinux_2_34", "manylinux_2_39"),
    *("musllinux_1_1", "musllinux_1_2", "macosx_10_12", "macosx_11_0", "linux"),
)
_JOINT_LINUX = frozenset({"x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64"})
_MAC_ARCHITECTURES = frozenset(
    {"ppc", "ppc64", "i386", "x86_64", "arm64", "intel"}
    | {"fat", "fat3", "fat64", "universal", "universal2"}
)
_ANDROID_ARCHITECTURES = frozenset({"armeabi_v7a", "arm64_v8a", "x86", "x86_64"})
_MAC_MAJORS = frozenset({11, 12, 13, 14, 15, 26})
_VERSIONLESS = frozenset(
    {"any", "win32", "win_amd64", "win_arm64", "win_ia64", "linux_armv6l", "linux_armv7l"}
)


@dataclass(frozen=True, order=True)
class Floor:
    """A floor: floors of one family are ordered, and a lower one runs on more systems.

    Args:
        family: `manylinux`, `musllinux`, `macosx`, `android`, `ios`, `pyemscripten`, or `linux` for
            the tag that promises nothing.
        version: its numbers, empty for `linux`.
    """

    family: str
    version: tuple[int, ...] = ()

    def __str__(self) -> str:
        return "_".join((self.family, *map(str, self.version)))

    @property
    def dotted(self) -> str:
        """The version as other tools want it: `2.28` for zig, `11.0` for a deployment target."""
        return ".".join(map(str, self.version))


@dataclass(frozen=True)
class PlatformTag:
    """A platform tag taken apart: `manylinux2014_x86_64` is manylinux 2.17 on x86_64."""

    family: str
    version: tuple[int, ...]
    architecture: str


class TagFit(Enum):
    """How a wheel's platform tag relates to the promise made for it."""

    AS_PROMISED = "as promised"
    #: Runs on everything that was promised, and on older systems too.
    OLDER = "older than promised"
    #: Asks for a newer system than was promised.
    NEWER = "newer than promised"
    #: Another operating system, C library or architecture.
    ELSEWHERE = "for another platform"


_FLOOR = re.compile(r"(manylinux|musllinux|macosx|ios|pyemscripten)_(\d+)_(\d+)")
_ANDROID_FLOOR = re.compile(r"(android)_(\d+)")
_TAG = re.compile(r"(manylinux|musllinux|macosx|ios|pyemscripten)_(\d+)_(\d+)_(\w+)")
_ANDROID_TAG = re.compile(r"(android)_(\d+)_(\w+)")


def parse_floor(text: str) -> Optional[Floor]:
    """The floor that `text` names, the names from before PEP 600 included; None if it is none."""
    if text == "linux":
        return Floor("linux")
    if text in LEGACY_MANYLINUX:
        return Floor("manylinux", LEGACY_MANYLINUX[text])
    found = _FLOOR.fullmatch(text) or _ANDROID_FLOOR.fullmatch(text)
    if found is None:
        return None
    return Floor(found[1], tuple(int(number) for number in found.groups()[1:]))


def parse_platform_tag(tag: str) -> Optional[PlatformTag]:
    """Takes one platform tag (not a dotted set of them) apart; None if its form is not known."""
    if tag == "any":
        return PlatformTag("any", (), "")
    if tag.startswith("win") and tag in _VERSIONLESS:
        return PlatformTag("win", (), tag)
    for legacy, version in LEGACY_MANYLINUX.items():
        if tag.startswith(f"{legacy}_"):
            return PlatformTag("manylinux", version, tag[len(legacy) + 1 :])
    if tag.startswith("linux_"):
        return PlatformTag("linux", (), tag[len("linux_") :])
    found = _TAG.fullmatch(tag) or _ANDROID_TAG.fullmatch(tag)
    if found is None:
        return None
    *numbers, architecture = found.groups()[1:]
    return PlatformTag(found[1], tuple(map(int, numbers)), architecture)


def check_compatibility(
    platform: Platform, text: Optional[str], place: str = ""
) -> Union[Floor, Finding, None]:
    """The floor that is promised for a platform, or what is wrong with the one asked for.

    Args:
        text: the floor asked for; None or empty takes the platform's own default.
        place: where the floor was written, for the finding.

    Returns:
        None where wheels of the platform carry no floor, as on Windows.
    """
    if not text:
        return parse_floor(platform.floor) if platform.floor else None
    floor = parse_floor(text)
    example = platform.floor
    if floor is None:
        meant = nearest(text, [each for each in _USUAL if _fits_family(platform, each)])
        return _unknown(text, place, meant or example)
    if not _fits_family(platform, text):
        wanted = f"write `{example}` or a later one" if example else "leave `compatibility` out"
        return Finding(
            "CW-COMPATIBILITY-PLATFORM",
            place,
            f"`{text}` cannot be promised for {platform.triple}",
            wanted,
        )
    if platform.oldest is not None:
        oldest = parse_floor(platform.oldest)
        if oldest is not None and oldest.family == floor.family and floor < oldest:
            return Finding(
                "CW-COMPATIBILITY-PLATFORM",
                place,
                f"`{text}` is older than Rust's standard library supports on {platform.triple}",
                f"write `{platform.oldest}` or a later one",
            )
    return floor


def check_floor(text: str, place: str) -> Optional[Finding]:
    """What is wrong with a floor for whichever platforms it fits, None when nothing is."""
    if parse_floor(text) is not None:
        return None
    return _unknown(text, place, nearest(text, _USUAL))


def _unknown(text: str, place: str, meant: Optional[str]) -> Finding:
    return Finding(
        "CW-COMPATIBILITY-UNKNOWN",
        place,
        f"`{text}` is not a compatibility floor",
        f"write `{meant}`" if meant else "leave `compatibility` out",
    )


def _fits_family(platform: Platform, text: str) -> bool:
    floor = parse_floor(text)
    return floor is not None and floor.family in _families(platform)


def _families(platform: Platform) -> tuple[str, ...]:
    if platform.os == "linux":
        if platform.architecture == "armv6l":
            return ("linux",)
        own = "manylinux" if platform.libc == "gnu" else "musllinux"
        # PyPI takes the bare tag for 32-bit ARM, where it is older than the manylinux one.
        return (own, "linux") if platform.architecture == "armv7l" else (own,)
    return {
        "macos": ("macosx",),
        "android": ("android",),
        "ios": ("ios",),
        "emscripten": ("pyemscripten",),
    }.get(platform.os, ())


def promised_tags(platform: Platform, floor: Optional[Floor]) -> tuple[str, ...]:
    """The platform tags that maturin writes for a platform and floor, sorted as in its file names.

    Args:
        floor: what `check_compatibility` gave.

    Returns:
        One tag, or more where there is an older name for the same promise or where a wheel is for
        several architectures; empty where the tag is not known before the build (Emscripten without
        a floor).
    """
    if platform.os == "windows":
        return (platform.architecture,)
    if floor is None:
        return ()
    if platform.architecture == "universal2":
        arm = max(floor, Floor("macosx", (11, 0)))
        return tuple(sorted((f"{floor}_x86_64", f"{arm}_arm64", f"{floor}_universal2")))
    tags = [f"{floor}_{platform.architecture}"]
    for legacy, version in LEGACY_MANYLINUX.items():
        known = platform.architecture in _LEGACY_ARCHITECTURES[legacy]
        if known and floor == Floor("manylinux", version):
            tags.append(f"{legacy}_{platform.architecture}")
    return tuple(sorted(tags))


def fit(platform: Platform, floor: Optional[Floor], tags: Iterable[str]) -> TagFit:
    """How the platform tags of one wheel relate to what was promised for its row.

    A wheel with several tags is judged by the lowest, since an installer may take any of them; one
    tag of another platform spoils them all.

    Args:
        tags: every platform tag of the wheel, single ones.
    """
    parsed = [parse_platform_tag(tag) for tag in tags]
    families = ("win",) if platform.os == "windows" else _families(platform)
    wanted = _architectures(platform)
    lowest: Optional[tuple[int, ...]] = None
    covered: set[str] = set()
    for tag in parsed:
        if tag is None or tag.family not in families or tag.architecture not in wanted:
            return TagFit.ELSEWHERE
        covered.add(tag.architecture)
        if platform.architecture == "universal2" and tag.architecture == "arm64":
            continue
        if floor is not None and floor.family != tag.family:
            # The bare `linux` tag says nothing of a floor, so any other promise is more than it.
            return TagFit.NEWER if tag.family == "linux" else TagFit.OLDER
        lowest = tag.version if lowest is None else min(lowest, tag.version)
    if lowest is None:
        return TagFit.ELSEWHERE
    if platform.architecture == "universal2" and not (
        "universal2" in covered or {"x86_64", "arm64"} <= covered
    ):
        return TagFit.ELSEWHERE
    if floor is None or lowest == floor.version:
        return TagFit.AS_PROMISED
    return TagFit.OLDER if lowest < floor.version else TagFit.NEWER


def closest(
    promises: Sequence[tuple[Platform, Optional[Floor]]], tags: Collection[str]
) -> Optional[int]:
    """Which of several promises a wheel was made for, by its platform tags; None for none of them.

    One that it keeps comes before one that it breaks, and then the one whose floor is nearest: a
    target may promise several floors of one platform.

    Args:
        promises: platforms with their floors, as `check_compatibility` gave them.
        tags: every platform tag of the wheel, single ones.
    """
    best: Optional[int] = None
    chosen = TagFit.ELSEWHERE
    for number, (platform, floor) in enumerate(promises):
        found = fit(platform, floor, tags)
        if found is TagFit.ELSEWHERE:
            continue
        if best is None or _NEARNESS.index(found) < _NEARNESS.index(chosen):
            best, chosen = number, found
            continue
        before = promises[best][1]
        if found is chosen and floor is not None and before is not None:
            nearer = floor < before if found is TagFit.OLDER else floor > before
            if nearer:
                best = number
    return best


_NEARNESS = (TagFit.AS_PROMISED, TagFit.OLDER, TagFit.NEWER)


def _architectures(platform: Platform) -> frozenset[str]:
    if platform.architecture == "universal2":
        return frozenset({"universal2", "x86_64", "arm64"})
    return frozenset({platform.architecture})


def accepted_by_pypi(tag: str) -> bool:
    """Whether PyPI takes a wheel with this platform tag (a single one).

    The rule is that of PyPI's upload code, August 2026 (`_valid_platform_tag`): fixed names, macOS
    10.x and the X.0 of known releases, and manylinux, musllinux, iOS, Android and PyEmscripten tags
    of known architectures.
    """
    if tag in _VERSIONLESS:
        return True
    for legacy, architectures in _LEGACY_ARCHITECTURES.items():
        if tag in {f"{legacy}_{architecture}" for architecture in architectures}:
            return True
    if tag.startswith(tuple(f"{legacy}_" for legacy in LEGACY_MANYLINUX)):
        return False
    parsed = parse_platform_tag(tag)
    if parsed is None:
        return False
    if parsed.family == "macosx":
        major, minor = parsed.version
        known = major == 10 or (major in _MAC_MAJORS and minor == 0)
        return known and parsed.architecture in _MAC_ARCHITECTURES
    if parsed.family == "ios":
        architecture, _, sdk = parsed.architecture.rpartition("_")
        return architecture in {"arm64", "x86_64"} and sdk in {"iphoneos", "iphonesimulator"}
    return parsed.architecture in {
        "manylinux": _JOINT_LINUX | {"ppc64"},
        "musllinux": _JOINT_LINUX,
        "android": _ANDROID_ARCHITECTURES,
        "pyemscripten": frozenset({"wasm32"}),
    }.get(parsed.family, frozenset())

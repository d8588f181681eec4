"""The platforms that wheels are made for, by rustc's target triples.

The table has every triple that both maturin can build for and PyPI takes wheels of. Default floors
are the oldest that rustc's own standard library supports there: glibc 2.17 since Rust 1.64 (2.31
where the architecture is younger than that), musl 1.2, macOS 10.12 on Intel and 11.0 on ARM
(rustc book, "Platform Support").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Optional, Union

from cratewheel.errors import CratewheelError, Finding
from cratewheel.spelling import nearest

UBUNTU = "ubuntu-24.04"
UBUNTU_ARM = "ubuntu-24.04-arm"
MACOS = "macos-15"
MACOS_INTEL = "macos-15-intel"
WINDOWS = "windows-2025"
WINDOWS_ARM = "windows-11-arm"


@dataclass(frozen=True)
class Platform:
    """One platform that wheels are made for.

    Args:
        triple: rustc's target triple, or maturin's `universal2-apple-darwin`.
        os: `linux`, `macos`, `windows`, `android`, `ios` or `emscripten`.
        libc: `gnu` or `musl` on Linux, else None.
        architecture: the architecture as wheel tags spell it (`x86_64`, `armv7l`, `arm64`), on
            Windows the whole tag (`win_amd64`), on iOS with the SDK (`arm64_iphoneos`).
        runner: the runner image that builds it by default, always a pinned one.
        floor: the compatibility promised by default, None where wheel tags carry no version.
        oldest: the oldest floor that can be promised, None where nothing limits it.
        rust_targets: the triples that rustc compiles for; two for universal2.
        zig: whether zig can be its linker.
        workflow_only: whether cratewheel itself has no way to build it, on any machine.
    """

    triple: str
    os: str
    libc: Optional[str]
    architecture: str
    runner: str
    floor: Optional[str]
    oldest: Optional[str]
    rust_targets: tuple[str, ...]
    zig: bool = False
    workflow_only: bool = False


def _linux(
    triple: str,
    libc: str,
    architecture: str,
    *,
    runner: str = UBUNTU,
    floor: Optional[str] = None,
    zig: bool = True,
) -> Platform:
    default = floor or ("manylinux_2_17" if libc == "gnu" else "musllinux_1_2")
    return Platform(
        triple, "linux", libc, architecture, runner, default, default, (triple,), zig=zig
    )


def _windows(triple: str, tag: str, runner: str = WINDOWS) -> Platform:
    return Platform(triple, "windows", None, tag, runner, None, None, (triple,))


def _macos(triple: str, architecture: str, runner: str, floor: str, *targets: str) -> Platform:
    return Platform(
        triple, "macos", None, architecture, runner, floor, floor, targets or (triple,), zig=True
    )


def _elsewhere(
    triple: str, os: str, architecture: str, runner: str, floor: Optional[str]
) -> Platform:
    return Platform(
        triple, os, None, architecture, runner, floor, None, (triple,), workflow_only=True
    )


_TABLE = (
    _linux("x86_64-unknown-linux-gnu", "gnu", "x86_64"),
    _linux("i686-unknown-linux-gnu", "gnu", "i686"),
    _linux("aarch64-unknown-linux-gnu", "gnu", "aarch64", runner=UBUNTU_ARM),
    _linux("armv7-unknown-linux-gnueabihf", "gnu", "armv7l"),
    _linux("powerpc64le-unknown-linux-gnu", "gnu", "ppc64le"),
    _linux("s390x-unknown-linux-gnu", "gnu", "s390x"),
    _linux("riscv64gc-unknown-linux-gnu", "gnu", "riscv64", floor="manylinux_2_31"),
    _linux("powerpc64-unknown-linux-gnu", "gnu", "ppc64", zig=False),
    # PyPI takes ARMv6 (the first Raspberry Pi) only under the tag without a C library in it.
    _linux("arm-unknown-linux-gnueabihf", "gnu", "armv6l", floor="linux"),
    _linux("x86_64-unknown-linux-musl", "musl", "x86_64"),
    _linux("i686-unknown-linux-musl", "musl", "i686"),
    _linux("aarch64-unknown-linux-musl", "musl", "aarch64", runner=UBUNTU_ARM),
    _linux("armv7-unknown-linux-musleabihf", "musl", "armv7l"),
    _linux("powerpc64le-unknown-linux-musl", "musl", "ppc64le"),
    _linux("s390x-unknown-linux-musl", "musl", "s390x"),
    _linux("riscv64gc-unknown-linux-musl", "musl", "riscv64"),
    _linux("arm-unknown-linux-musleabihf", "musl", "armv6l", floor="linux"),
    _macos("x86_64-apple-darwin", "x86_64", MACOS_INTEL, "macosx_10_12"),
    _macos("aarch64-apple-darwin", "arm64", MACOS, "macosx_11_0"),
    _macos(
        "universal2-apple-darwin",
        "universal2",
        MACOS,
        "macosx_10_12",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
    ),
    _windows("x86_64-pc-windows-msvc", "win_amd64"),
    _windows("i686-pc-windows-msvc", "win32"),
    _windows("aarch64-pc-windows-msvc", "win_arm64", WINDOWS_ARM),
    _windows("x86_64-pc-windows-gnu", "win_amd64"),
    _windows("i686-pc-windows-gnu", "win32"),
    _elsewhere("wasm32-unknown-emscripten", "emscripten", "wasm32", UBUNTU, None),
    _elsewhere("aarch64-linux-android", "android", "arm64_v8a", UBUNTU, "android_24"),
    _elsewhere("x86_64-linux-android", "android", "x86_64", UBUNTU, "android_24"),
    _elsewhere("aarch64-apple-ios", "ios", "arm64_iphoneos", MACOS, "ios_13_0"),
    _elsewhere("aarch64-apple-ios-sim", "ios", "arm64_iphonesimulator", MACOS, "ios_13_0"),
    _elsewhere("x86_64-apple-ios", "ios", "x86_64_iphonesimulator", MACOS_INTEL, "ios_13_0"),
)

PLATFORMS: Mapping[str, Platform] = MappingProxyType({each.triple: each for each in _TABLE})

#: Architectures as people, `uname` and wheel tags spell them, and rustc's word for each.
_ARCHITECTURE_WORDS = {
    "amd64": "x86_64",
    "x64": "x86_64",
    "arm64": "aarch64",
    "armv7l": "armv7",
    "armv7hf": "armv7",
    "armv6l": "arm",
    "ppc64le": "powerpc64le",
    "ppc64": "powerpc64",
    "riscv64": "riscv64gc",
    "i386": "i686",
    "x86": "i686",
}
_SYSTEM_WORDS = {
    "macos": "apple-darwin",
    "macosx": "apple-darwin",
    "darwin": "apple-darwin",
    "windows": "pc-windows-msvc",
    "win": "pc-windows-msvc",
    "manylinux": "unknown-linux-gnu",
    "musllinux": "unknown-linux-musl",
    "manylinux1": "unknown-linux-gnu",
    "manylinux2010": "unknown-linux-gnu",
    "manylinux2014": "unknown-linux-gnu",
    "linux": "unknown-linux-gnu",
}
_WHOLE_WORDS = {
    "win32": "i686-pc-windows-msvc",
    "universal2": "universal2-apple-darwin",
    "wasm32": "wasm32-unknown-emscripten",
    "pyodide": "wasm32-unknown-emscripten",
    "emscripten": "wasm32-unknown-emscripten",
}


def platform_for(triple: str) -> Platform:
    """The platform of a triple that is known to be right.

    Raises:
        CratewheelError: `CW-TRIPLE-UNKNOWN`.
    """
    found = check_triple(triple)
    if isinstance(found, Finding):
        raise CratewheelError(found)
    return found


def check_triple(triple: str, place: str = "") -> Union[Platform, Finding]:
    """The platform of a triple, or what is wrong with it and the nearest right one.

    Args:
        place: where the triple was written, for the finding.
    """
    if triple in PLATFORMS:
        return PLATFORMS[triple]
    meant = nearest_triple(triple)
    return Finding(
        "CW-TRIPLE-UNKNOWN",
        place,
        f"`{triple}` is not a target triple that wheels can be built for",
        f"write `{meant}`" if meant else "",
    )


def nearest_triple(text: str) -> Optional[str]:
    """The triple that is meant by another spelling of it, a wheel tag or `uname` words, if any."""
    words = text.lower().replace("_", "-").replace("x86-64", "x86_64").split("-")
    for word in words:
        if word in _WHOLE_WORDS:
            return _WHOLE_WORDS[word]
    known = {triple.split("-")[0] for triple in PLATFORMS}
    architecture = next(
        (_ARCHITECTURE_WORDS.get(word, word) for word in words if {word, *_aka(word)} & known), None
    )
    system = next((_SYSTEM_WORDS[word] for word in words if word in _SYSTEM_WORDS), None)
    if architecture and system:
        if system == "unknown-linux-gnu" and any(word.startswith("musl") for word in words):
            system = "unknown-linux-musl"
        if system == "pc-windows-msvc" and "gnu" in words:
            system = "pc-windows-gnu"
        of_architecture = [each for each in PLATFORMS if each.startswith(f"{architecture}-")]
        return nearest(f"{architecture}-{system}", of_architecture)
    return nearest(text, PLATFORMS)


def _aka(word: str) -> tuple[str, ...]:
    return (_ARCHITECTURE_WORDS[word],) if word in _ARCHITECTURE_WORDS else ()

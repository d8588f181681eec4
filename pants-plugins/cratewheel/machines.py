"""How one machine can build and run the wheels of one platform, from facts about the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional, Union

from cratewheel.floors import Floor
from cratewheel.platforms import PLATFORMS, Platform


@dataclass(frozen=True)
class Linker:
    """A cross compiler found on the search path.

    Args:
        program: its name or path.
        libc: the version of the C library it links against, such as `(2, 28)`; None if not known.
    """

    program: str
    libc: Optional[tuple[int, ...]] = None


@dataclass(frozen=True)
class Machine:
    """What decides which wheels a machine can build.

    Args:
        host: the triple its rustc runs on.
        libc: the version of its own C library, such as `(2, 36)`; None on macOS and Windows.
        rust_targets: triples that its rustc has a standard library for, the host's included.
        linkers: cross compilers by the triple they link for.
        zig: whether zig is on the search path or beside maturin.
        apple_sdk: whether `SDKROOT` names an Apple SDK (on macOS there always is one).
    """

    host: str
    libc: Optional[tuple[int, ...]] = None
    rust_targets: frozenset[str] = frozenset()
    linkers: Mapping[str, Linker] = field(default_factory=dict)
    zig: bool = False
    apple_sdk: bool = False


@dataclass(frozen=True)
class Native:
    """The machine's own linker keeps the promise."""


@dataclass(frozen=True)
class CrossLinker:
    """A cross compiler on the search path links it."""

    program: str


@dataclass(frozen=True)
class Zig:
    """zig links it, against the C library that was promised."""


@dataclass(frozen=True)
class NotHere:
    """This machine cannot build it.

    Args:
        reason: why, a clause without a full stop.
        mend: what would make it possible; may be empty.
    """

    reason: str
    mend: str = ""


#: The words for the ways of linking, in BUILD files and in builds.
NATIVE, CROSS, ZIG = "native", "cross", "zig"
LINKERS = (NATIVE, CROSS, ZIG)

HowToBuild = Union[Native, CrossLinker, Zig, NotHere]

#: GNU names of the architectures, in Debian's and most others' names of cross compilers.
_GNU_NAMES = {
    "x86_64-unknown-linux-gnu": "x86_64-linux-gnu",
    "i686-unknown-linux-gnu": "i686-linux-gnu",
    "aarch64-unknown-linux-gnu": "aarch64-linux-gnu",
    "armv7-unknown-linux-gnueabihf": "arm-linux-gnueabihf",
    "arm-unknown-linux-gnueabihf": "arm-linux-gnueabihf",
    "powerpc64le-unknown-linux-gnu": "powerpc64le-linux-gnu",
    "powerpc64-unknown-linux-gnu": "powerpc64-linux-gnu",
    "s390x-unknown-linux-gnu": "s390x-linux-gnu",
    "riscv64gc-unknown-linux-gnu": "riscv64-linux-gnu",
    "x86_64-unknown-linux-musl": "x86_64-linux-musl",
    "i686-unknown-linux-musl": "i686-linux-musl",
    "aarch64-unknown-linux-musl": "aarch64-linux-musl",
    "armv7-unknown-linux-musleabihf": "arm-linux-musleabihf",
    "arm-unknown-linux-musleabihf": "arm-linux-musleabihf",
    "powerpc64le-unknown-linux-musl": "powerpc64le-linux-musl",
    "s390x-unknown-linux-musl": "s390x-linux-musl",
    "riscv64gc-unknown-linux-musl": "riscv64-linux-musl",
    "x86_64-pc-windows-gnu": "x86_64-w64-mingw32",
    "i686-pc-windows-gnu": "i686-w64-mingw32",
}


def cross_compilers(triple: str) -> tuple[str, ...]:
    """Names that a C compiler which links for `triple` goes by, the usual one first."""
    name = _GNU_NAMES.get(triple)
    return (f"{name}-gcc",) if name else ()


def linking(how: Union[Native, CrossLinker, Zig]) -> str:
    """The word for a way of linking."""
    if isinstance(how, CrossLinker):
        return CROSS
    return NATIVE if isinstance(how, Native) else ZIG


def how_to_build(
    platform: Platform, floor: Optional[Floor], machine: Machine, linker: Optional[str] = None
) -> HowToBuild:
    """How a machine builds the wheels of a platform so that they keep their floor.

    The machine's own linker is taken where its C library is no newer than the floor, then a cross
    compiler of which the same is known, then zig, which brings the C library of every version.

    Args:
        floor: what `cratewheel.floors.check_compatibility` gave.
        linker: the one of `LINKERS` that is taken and no other; None for the first that can.
    """
    if platform.workflow_only:
        return NotHere(
            f"{platform.triple} needs a toolchain of its own",
            f'build it in the workflow: wheel_platform("{platform.triple}", built_by="workflow")',
        )
    missing = [each for each in platform.rust_targets if each not in machine.rust_targets]
    how = _linking(platform, floor, machine, linker)
    if not missing:
        return how
    reason = f"rustc has no standard library for {' and '.join(missing)} on this machine"
    mend = f"run `rustup target add {' '.join(missing)}`"
    if isinstance(how, NotHere):
        # Whoever mends the one meets the other next, unless there is no mending it.
        return (
            NotHere(f"{how.reason}, and {reason}", f"{how.mend}, and {mend}") if how.mend else how
        )
    return NotHere(reason, mend)


def _linking(
    platform: Platform, floor: Optional[Floor], machine: Machine, wanted: Optional[str]
) -> HowToBuild:
    if platform.os == "linux":
        return _linux(platform, floor, machine, wanted)
    how = _elsewhere(platform, machine)
    if wanted is not None and not isinstance(how, NotHere) and linking(how) != wanted:
        return NotHere(
            f"{platform.triple} is not linked by `{wanted}` here",
            f'write linker="{linking(how)}" or leave it out',
        )
    return how


def _elsewhere(platform: Platform, machine: Machine) -> HowToBuild:
    host = PLATFORMS.get(machine.host)
    if platform.os == "windows":
        return _windows(platform, host, machine)
    if host is not None and host.os == "macos":
        return Native()
    if machine.zig and machine.apple_sdk:
        return Zig()
    return NotHere(f"{platform.triple} is linked with Apple's SDK, which macOS machines have")


def _linux(
    platform: Platform, floor: Optional[Floor], machine: Machine, wanted: Optional[str]
) -> HowToBuild:
    linker = machine.linkers.get(platform.triple)
    own = machine.host == platform.triple
    if wanted in (None, NATIVE) and own and _permits(platform, floor, machine.libc):
        return Native()
    if wanted in (None, CROSS) and linker is not None and _permits(platform, floor, linker.libc):
        return CrossLinker(linker.program)
    if wanted in (None, ZIG) and platform.zig and machine.zig:
        return Zig()
    return _why_not(platform, floor, machine, wanted)


def _why_not(
    platform: Platform, floor: Optional[Floor], machine: Machine, wanted: Optional[str]
) -> NotHere:
    linker = machine.linkers.get(platform.triple)
    with_zig = wanted in (None, ZIG)
    if wanted == ZIG:
        reason = "there is no zig" if platform.zig else f"zig does not link for {platform.triple}"
    elif wanted == NATIVE and machine.host != platform.triple:
        reason = (
            f"the row is for the linker of {platform.triple} itself, and this is {machine.host}"
        )
    elif machine.host == platform.triple and wanted != CROSS:
        reason = f"{_libc_name(platform, machine.libc)} here is newer than {floor} permits"
    elif linker is not None:
        known = _libc_name(platform, linker.libc)
        reason = f"{linker.program} links against {known}, which {floor} does not permit"
    else:
        names = cross_compilers(platform.triple)
        reason = f"nothing here links for {platform.triple}" + (
            f": no {names[0]} on PATH" if names else ""
        )
    if platform.zig and wanted is None:
        reason += ", and there is no zig"
    mend = "install zig (`pip install ziglang`)" if platform.zig and with_zig else ""
    return NotHere(reason, mend or "name a container for the row in `environment`")


def _windows(platform: Platform, host: Optional[Platform], machine: Machine) -> HowToBuild:
    on_windows = "-windows-" in machine.host
    if on_windows and (platform.triple.endswith("-gnu") == machine.host.endswith("-gnu")):
        return Native()
    linker = machine.linkers.get(platform.triple)
    if linker is not None:
        return CrossLinker(linker.program)
    if platform.triple.endswith("-msvc"):
        return NotHere(f"{platform.triple} is linked by Visual Studio's tools, on Windows")
    names = cross_compilers(platform.triple)
    return NotHere(f"nothing here links for {platform.triple}: no {names[0]} on PATH")


def _permits(platform: Platform, floor: Optional[Floor], libc: Optional[tuple[int, ...]]) -> bool:
    """Whether what is linked against this C library can keep the floor."""
    if floor is None or floor.family == "linux":
        return True
    if platform.libc == "musl":
        # musl has no symbol versions, and its ABI has only grown since 1.2; a compiler of which
        # nothing is known is one of the common musl 1.2 toolchains.
        return libc is None or libc[:2] <= max(floor.version, (1, 2))
    return libc is not None and libc[:2] <= floor.version


def _libc_name(platform: Platform, libc: Optional[tuple[int, ...]]) -> str:
    name = "musl" if platform.libc == "musl" else "glibc"
    return f"{name} {'.'.join(map(str, libc))}" if libc else f"a {name} of unknown version"


def can_run(platform: Platform, machine: Machine) -> bool:
    """Whether the machine runs programs of the platform without an emulator."""
    host = PLATFORMS.get(machine.host)
    if host is None:
        return machine.host == platform.triple
    if platform.architecture == "universal2":
        return host.os == "macos"
    if (host.os, host.libc) != (platform.os, platform.libc):
        return False
    if host.os == "windows":
        return platform.architecture in {host.architecture, "win32"}
    return host.architecture == platform.architecture


def foreign_python(platform: Platform) -> Optional[str]:
    """The name of a program on PATH that would run a platform's wheels here, through qemu-user.

    None for platforms that are not emulated: those of other systems, and of musl, whose interpreters
    say of themselves what glibc's do.
    """
    name = _GNU_NAMES.get(platform.triple)
    return f"{name}-python3" if name and platform.libc == "gnu" else None

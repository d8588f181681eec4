"""Which interpreters of this machine the wheels of a row are built for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Optional, Union

from cratewheel.abis import AbiFamily
from cratewheel.build.interpreters import Interpreter
from cratewheel.platforms import PLATFORMS, Platform
from cratewheel.pythons import Python

_WINDOWS_PYTHONS = {"win_amd64": "win-amd64", "win32": "win32", "win_arm64": "win-arm64"}


def interpreters_for(
    platform: Platform, host: str, interpreters: Iterable[Interpreter]
) -> tuple[Interpreter, ...]:
    """The interpreters that a platform's wheels are built for, where that is done with real ones.

    Wheels for other machines are built with what maturin knows of their interpreters.

    Args:
        host: the triple of this machine.
    """
    wanted = platform_of_pythons(platform, host)
    return tuple(each for each in interpreters if each.platform == wanted)


def platform_of_pythons(platform: Platform, host: str) -> Optional[str]:
    """`Interpreter.platform` of those that a platform's wheels are built with; None for none."""
    own = PLATFORMS.get(host)
    if platform.triple == host:
        return ""
    if own is None or own.os != platform.os:
        return None
    if own.os == "windows":
        same = own.architecture == platform.architecture
        return "" if same else _WINDOWS_PYTHONS[platform.architecture]
    # To maturin the other architecture of a Mac is no other machine, and another C library is one.
    same = (own.architecture, own.libc) == (platform.architecture, platform.libc)
    return "" if own.os == "macos" or same else None


def oldest_since(
    floor: Python,
    interpreters: Sequence[Interpreter],
    runs_here: bool,
    wanted: Sequence[str] = (),
) -> Union[str, tuple[str, ...]]:
    """The interpreter that a stable ABI's wheel is built with: the oldest that is not below its floor.

    Args:
        runs_here: whether the wheel is built with an interpreter of this machine.
        wanted: versions such as `3.11` that alone may be taken; any when empty.

    Returns:
        Its name, or why there is none, one clause.
    """
    if not runs_here:
        return (f"python{floor[0]}.{floor[1]}",)
    suitable = sorted(
        (version, each.name)
        for each in interpreters
        if (version := cpython_version(each.tag)) is not None
        and version >= floor
        and (not wanted or f"{version[0]}.{version[1]}" in wanted)
    )
    if not suitable:
        what = " or ".join(wanted) or f"{floor[0]}.{floor[1]} or later"
        return f"there is no CPython {what} on this machine"
    return (suitable[0][1],)


def of_family(
    family: AbiFamily, interpreters: Sequence[Interpreter], runs_here: bool
) -> Union[str, tuple[str, ...]]:
    """The interpreter of an ABI family of one Python; the other terms are those of `oldest_since`."""
    if family.python is None:
        own = [
            each.name for each in interpreters if cpython_version(each.tag) and not each.platform
        ]
        return tuple(own[-1:]) or "there is no CPython on this machine"
    prefix = {"cpython": "cp", "pypy": "pp", "graalpy": "graalpy"}[family.kind]
    free_threaded = "t" if family.free_threaded else ""
    if not runs_here:
        name = {"cpython": "python"}.get(family.kind, family.kind)
        return (f"{name}{family.python[0]}.{family.python[1]}{free_threaded}",)
    tag = f"{prefix}{family.python[0]}{family.python[1]}{free_threaded}"
    for each in interpreters:
        if each.tag == tag:
            return (each.name,)
    return f"there is no interpreter for {family.name} on this machine"


def cpython_version(tag: str) -> Optional[Python]:
    """The version that a tag such as `cp311` stands for; None for anything but ordinary CPython."""
    found = re.fullmatch(r"cp(\d)(\d+)", tag)
    return None if found is None else (int(found[1]), int(found[2]))

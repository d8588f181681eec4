"""Where the parts of a build lie, and which target directory a combination of settings has."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from cratewheel.build.commands import Places, target_key
from cratewheel.build.request import (
    AbiBuild,
    BinaryBuild,
    BuildRequest,
    CrateBuild,
    Job,
    WheelBuild,
)
from cratewheel.build.root import BuildRoot


def places(job: Job, root: BuildRoot, tools: Path, out: Path, key: str) -> Places:
    """The folders of a build in a build root.

    Args:
        tools: the folder of toolchain links.
        key: of the target directory.
    """
    return Places(
        sources=root.sources,
        target=root.target(key),
        out=out,
        zig=root.path.with_name("zig"),
        system=system_variables(tools / job.toolchain, root.home),
        pythons=pythons(tools),
        python=sys.executable,
    )


def system_variables(toolchain: Path, home: Path) -> Mapping[str, str]:
    """What every process of a build needs of this machine.

    Args:
        toolchain: the folder of links to it.
        home: HOME of the tools.
    """
    return {
        **dict(network_variables(toolchain)),
        "PATH": str(toolchain / "bin"),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "CARGO_HOME": str(toolchain / "cargo-home"),
    }


def pythons(tools: Path) -> Mapping[str, str]:
    """The interpreters of this machine by the names that builds have for them."""
    return {each.name: str(each) for each in (tools / "python").glob("*")}


def network_variables(toolchain: Path) -> tuple[tuple[str, str], ...]:
    """The user's proxy and certificate settings, as discovery wrote them beside the tools."""
    try:
        lines = (toolchain / "network").read_text().splitlines()
    except FileNotFoundError:
        return ()
    pairs = (line.partition("=") for line in lines)
    return tuple((name, value) for name, _, value in pairs)


def crate_key(job: Job, build: CrateBuild) -> str:
    """The target directory in which a crate is verified."""
    return target_key(job.toolchain, "host", "package", "", common_flags(build))


def wheel_key(job: Job, build: WheelBuild, number: int) -> str:
    """The target directory of one pass of a wheel."""
    family = build.passes[number]
    interpreter = " ".join(family.interpreters)
    flags = _row_flags(build, family)
    return target_key(job.toolchain, build.target, family.profile, interpreter, flags)


def binary_key(job: Job, build: WheelBuild, binary: BinaryBuild) -> str:
    """The target directory of a program that a wheel carries."""
    flags = _row_flags(build, binary)
    return target_key(job.toolchain, build.target, binary.profile, "", flags)


def common_flags(build: BuildRequest) -> tuple[str, ...]:
    """What of a build's settings makes rustc or a build script do something else."""
    settings = build.settings
    return (*settings.rustflags, *(f"{name}={value}" for name, value in settings.env))


def _row_flags(build: WheelBuild, part: AbiBuild | BinaryBuild) -> tuple[str, ...]:
    return (
        *common_flags(build),
        build.linking,
        build.compatibility,
        *part.rustflags,
        *part.cargo_args,
        *(f"{name}={value}" for name, value in part.env),
    )

"""Where the parts of a build lie, and which target directory a combination of settings has."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path, PurePath

from cratewheel.build.anonymity import with_flags, without_folders
from cratewheel.build.commands import Places, target_key
from cratewheel.build.equipment import PYTHONS, SYSTEM, noted
from cratewheel.build.request import (
    AbiBuild,
    BinaryBuild,
    BuildRequest,
    CompileBuild,
    CrateBuild,
    Job,
    LockBuild,
    ProgramsBuild,
    SdistBuild,
    WheelBuild,
)
from cratewheel.build.root import BuildRoot

#: The target directory of zig's root in which it keeps the C libraries that it has made.
ZIG_CACHE = "cache"


def zig_root(root: BuildRoot) -> BuildRoot:
    """What zig keeps, a build root of its own that the builds in all the others share."""
    return BuildRoot(root.path.with_name("zig"))


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
        zig=zig_root(root).target(ZIG_CACHE),
        system=system_variables(tools / job.toolchain, root.home),
        pythons=pythons(tools),
        program=maturin(),
    )


def anonymous_places(job: Job, root: BuildRoot, tools: Path, out: Path, key: str) -> Places:
    """The same, such that what is built does not name them.

    Programs around cargo and rustc see to that; they are shell scripts, so that Windows has flags instead.
    """
    at = places(job, root, tools, out, key)
    if on_windows(job, tools):
        build = job.build
        assert isinstance(build, WheelBuild)
        return with_flags(at, build.target, build.settings.manifest_directory)
    return without_folders(at, root)


def on_windows(job: Job, tools: Path) -> bool:
    """Whether a build runs where neither links nor shell scripts are to be had."""
    return (tools / job.toolchain / SYSTEM).exists()


def maturin() -> str:
    """The program of maturin beside this interpreter; "" where there is none."""
    program = Path(sys.executable).with_name("maturin")
    return str(program) if program.is_file() else ""


def system_variables(toolchain: Path, home: PurePath) -> Mapping[str, str]:
    """What every process of a build needs of this machine.

    Args:
        toolchain: the folder of links to it.
        home: HOME of the tools.
    """
    own = noted(toolchain / SYSTEM)
    if own:
        return {"HOME": str(home), **own}
    return {
        **dict(network_variables(toolchain)),
        "PATH": str(toolchain / "bin"),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "CARGO_HOME": str(toolchain / "cargo-home"),
    }


def pythons(tools: Path) -> Mapping[str, str]:
    """The interpreters of this machine by the names that builds have for them."""
    linked = {each.name: str(each) for each in (tools / "python").glob("*")}
    return {**linked, **noted(tools / PYTHONS)}


def network_variables(toolchain: Path) -> tuple[tuple[str, str], ...]:
    """The user's proxy and certificate settings, as discovery wrote them beside the tools."""
    try:
        lines = (toolchain / "network").read_text().splitlines()
    except FileNotFoundError:
        return ()
    pairs = (line.partition("=") for line in lines)
    return tuple((name, value) for name, _, value in pairs)


def target_keys(job: Job) -> tuple[str, ...]:
    """The target directories that a job builds in."""
    build = job.build
    if isinstance(build, CrateBuild):
        return (crate_key(job, build),)
    if isinstance(build, LockBuild):
        return (lock_key(job),)
    if isinstance(build, SdistBuild):
        return (sdist_key(job, build),)
    if isinstance(build, CompileBuild):
        return (wheel_key(job, build.wheel, 0),)
    if isinstance(build, ProgramsBuild):
        return tuple(binary_key(job, build.wheel, each) for each in build.wheel.binaries)
    if isinstance(build, WheelBuild):
        passes = [wheel_key(job, build, number) for number in range(len(build.passes))]
        return (*passes, *(binary_key(job, build, each) for each in build.binaries))
    return ()


def lock_key(job: Job) -> str:
    """The target directory of a resolution, in which nothing is compiled."""
    return target_key(job.toolchain, "host", "lock", "", ())


def sdist_key(job: Job, build: SdistBuild) -> str:
    """The target directory in which a source distribution is proven."""
    return target_key(job.toolchain, "host", "dev", build.interpreter, common_flags(build))


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
        "without folders",
        build.linking,
        build.compatibility,
        *part.rustflags,
        *part.cargo_args,
        *(f"{name}={value}" for name, value in part.env),
    )

"""What keeps the folders of this machine out of what is built: programs around cargo and rustc, or flags."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePath, PureWindowsPath

from cratewheel.build.cargo_settings import has_flags_for_all
from cratewheel.build.commands import Places
from cratewheel.build.recording import ANYWHERE, address
from cratewheel.build.root import BuildRoot
from cratewheel.build.scripts import write_script


def rustc_wrapper(at: Places, root: BuildRoot) -> Path:
    """A program around rustc that makes it name no folder of this machine in what it makes.

    Its flags go around cargo: as `rustflags` they would replace those of the project's own
    configuration, and cargo would compile everything again in another folder.
    """
    cargo_home = at.system["CARGO_HOME"]
    flags = _renaming_flags(at, (cargo_home, os.path.realpath(cargo_home)))
    wrapper = root.path / "rustc-anywhere"
    write_script(wrapper, f'exec "$@" {" ".join(map(shlex.quote, flags))}\n')
    return wrapper


def with_flags(at: Places, target: str, directory: str) -> Places:
    """The same folders, with flags that make rustc name none of them, for a machine without a shell.

    They join those of the project's own configuration, whichever kind that has: flags for a target
    replace those for all.

    Args:
        target: the triple.
        directory: that of the manifest, relative to the sources.
    """
    home = at.system.get("USERPROFILE") or at.system["HOME"]
    cargo_home = at.system.get("CARGO_HOME") or str(PureWindowsPath(home) / ".cargo")
    flags = _renaming_flags(at, (cargo_home,))
    if target.endswith("-msvc"):
        # Otherwise the linker writes the time into what it makes.
        flags += ("-Clink-arg=/Brepro",)
    of_all = has_flags_for_all(Path(cargo_home), Path(at.sources, directory))
    return replace(
        at, flags=flags, flags_key="build.rustflags" if of_all else f"target.{target}.rustflags"
    )


def _renaming_flags(at: Places, cargo_homes: Iterable[str]) -> tuple[str, ...]:
    names = [(at.sources, "/source"), (at.target, "/target")]
    return tuple(
        f"--remap-path-prefix={folder}={name}"
        for folder, name in (*names, *((home, "/cargo") for home in cargo_homes))
    )


def without_folders(at: Places, root: BuildRoot) -> Places:
    """The same folders, with programs in front of cargo and rustc.

    That of rustc gives way to one of the user's own, in `env`. That of cargo has it answer with
    other identifiers of the packages in the sources: maturin writes them into a wheel's bill of
    materials.
    """
    programs = root.path / "programs"
    programs.mkdir(exist_ok=True)
    write_script(programs / "cargo", _renaming(PurePath(at.system["PATH"]), at.sources))
    system = {
        **at.system,
        "PATH": f"{programs}:{at.system['PATH']}",
        "RUSTC_WRAPPER": str(rustc_wrapper(at, root)),
    }
    return replace(at, system=system)


def _renaming(programs: PurePath, sources: PurePath) -> str:
    # A build's search path has few programs on it, and this one is none of them.
    sed = shlex.quote(shutil.which("sed", path=os.defpath) or "/bin/sed")
    cargo = shlex.quote(str(programs / "cargo"))
    here = re.sub(r"([].*^$|\\[])", r"\\\1", address(sources))
    script = shlex.quote(f"s|{here}|{ANYWHERE}|g")
    # What cargo says passes through as it is said, and its exit status by another way.
    return (
        f"PATH={shlex.quote(str(programs))}\n"
        f'{{ status=$( {{ {{ {cargo} "$@" 3>&- 4>&-; echo "$?" >&4; }} | {sed} -e {script} >&3\n'
        "} 4>&1 ); } 3>&1\n"
        'exit "$status"\n'
    )

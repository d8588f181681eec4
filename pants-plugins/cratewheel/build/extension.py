"""A wheel in two steps: its native code is compiled, then maturin packs that with the Python files.

The first depends on what Rust is built from, the second on everything else as well; so a changed
Python file compiles nothing. What either does is maturin's own work, see `recording`.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path, PurePath

from cratewheel.build import recording
from cratewheel.build.commands import Command, Places, wheel_command
from cratewheel.build.places import (
    maturin,
    places,
    pythons,
    rustc_wrapper,
    system_variables,
    wheel_key,
)
from cratewheel.build.processes import BuildFailed, status_of
from cratewheel.build.recording import Folders
from cratewheel.build.request import AssemblyBuild, CompileBuild, Job, WheelBuild
from cratewheel.build.root import BuildRoot
from cratewheel.maturin_settings import MaturinSettings

_ANSWERS = "answers.json"
_ARTIFACTS = "target"

#: Arguments of maturin that concern only the packing, or what cargo is asked and told anyway.
_HARMLESS = ("--strip", "--compression-", "--auditwheel", "--skip-auditwheel", "--quiet", "-q")


def is_separable(build: WheelBuild, bindings: str, settings: MaturinSettings) -> bool:
    """Whether the wheels of a row can be built in two steps.

    Not where maturin runs more than one compilation, or takes in what a compilation leaves behind
    besides the library.

    Args:
        bindings: what kind of wheel it is, `pyo3`, `bin`, …
    """
    return (
        bindings == "pyo3"
        and not build.binaries
        and not build.target.startswith("universal2")
        and all(each.out_dir_to is None for each in settings.include)
        and all(
            argument.startswith(_HARMLESS)
            for each in build.passes
            for argument in each.maturin_args
        )
    )


def single_passes(build: WheelBuild) -> tuple[WheelBuild, ...]:
    """One build for each ABI family, each with a build root of its own: they run side by side."""
    return tuple(
        replace(
            build,
            settings=replace(build.settings, root=f"{build.settings.root}-{each.name}"),
            passes=(each,),
        )
        for each in build.passes
    )


def compile_extension(
    job: Job, build: CompileBuild, root: BuildRoot, tools: Path, out: Path
) -> None:
    """Compiles in a build root and puts the recording and the libraries into `out`.

    Raises:
        BuildFailed: cargo or maturin refused.
    """
    at = places(job, root, tools, out, wheel_key(job, build.wheel, 0))
    recorders = root.path / "recorders"
    recording.install_recorders(recorders, PurePath(at.system["PATH"]), rustc_wrapper(at, root))
    status = status_of(_with_programs(_command(build.wheel, at), recorders))
    folders = _folders(at)
    answers = recording.recorded(recorders, folders)
    compiling = recording.compiled(answers)
    if compiling is None:
        raise BuildFailed(status or 1)
    for artifact in recording.artifacts(compiling, folders):
        kept = out / _ARTIFACTS / artifact.relative_to(at.target)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(artifact, kept)
    (out / _ANSWERS).write_text(recording.dumps(answers))


def assembly_command(job: Job, build: AssemblyBuild, sandbox: Path, out: Path) -> Command:
    """maturin's packing of a recorded compilation.

    Args:
        sandbox: with the tree and what `compile_extension` made.
    """
    tools = (sandbox / job.tools).resolve()
    compiled = (sandbox / build.compiled).resolve()
    at = Places(
        sources=(sandbox / job.tree).resolve(),
        target=compiled / _ARTIFACTS,
        out=out,
        zig=compiled / "zig",
        system=system_variables(tools / job.toolchain, compiled / "home"),
        pythons=pythons(tools),
        maturin=maturin(),
    )
    folders = _folders(at)
    answers = recording.loads((compiled / _ANSWERS).read_text())
    players = compiled / "players"
    recording.install_players(players, answers, folders)
    # zig links, and there is nothing left to be linked.
    packed = replace(build.wheel, linking="native")
    return _with_programs(_command(packed, at), players)


def library(compiled: Collection[str]) -> str:
    """Of the files of a compilation, the extension itself, under the name that cargo gave it.

    Args:
        compiled: paths, relative to the output of the step.
    """
    # target/TRIPLE/PROFILE/NAME; what build scripts leave lies deeper.
    (found,) = [
        each
        for each in compiled
        if each.count("/") == 3
        and each.startswith(f"{_ARTIFACTS}/")
        and each.endswith((".so", ".dylib", ".dll"))
    ]
    return found


def _folders(at: Places) -> Folders:
    return Folders(at.sources, at.target, PurePath(at.system["CARGO_HOME"]))


def _command(build: WheelBuild, at: Places) -> Command:
    (family,) = build.passes
    return wheel_command(build, family, at)


def _with_programs(command: Command, programs: Path) -> Command:
    path = f"{programs}:{command.env['PATH']}"
    return replace(command, env={**command.env, "PATH": path})

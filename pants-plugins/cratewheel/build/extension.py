"""A wheel in two steps: its native code is compiled, then maturin packs that with the Python files.

The first depends on what Rust is built from, the second on everything else as well; so a changed
Python file compiles nothing. What either does is maturin's own work, see `recording`.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path, PurePath

from cratewheel.build import recording, repeating
from cratewheel.build.anonymity import rustc_wrapper
from cratewheel.build.commands import Command, Places, wheel_command
from cratewheel.build.places import places, wheel_key
from cratewheel.build.processes import BuildFailed, status_of
from cratewheel.build.recording import Folders
from cratewheel.build.request import AbiBuild, CompileBuild, Job, ProgramsBuild, WheelBuild
from cratewheel.build.root import BuildRoot
from cratewheel.maturin_settings import MaturinSettings

#: Where the packing has what was compiled, relative to its sandbox.
COMPILED = "compiled"
#: Where it has the links to tools.
_TOOLS = ".toolchains"
#: In what was compiled: the answers.
_PLAYERS = "players"

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
            binaries=(),
        )
        for each in build.passes
    )


def programs(build: WheelBuild) -> ProgramsBuild | None:
    """The build of the programs that the wheels of a row carry, in a build root of its own."""
    if not build.binaries:
        return None
    settings = replace(build.settings, root=f"{build.settings.root}-programs")
    return ProgramsBuild(replace(build, settings=settings, passes=()))


def compile_extension(
    job: Job, build: CompileBuild, root: BuildRoot, tools: Path, out: Path
) -> None:
    """Compiles in a build root and puts the library and what packs it into `out`.

    Raises:
        BuildFailed: cargo or maturin refused.
    """
    at = places(job, root, tools, out, wheel_key(job, build.wheel, 0))
    programs, recorders = Path(at.system["PATH"]), root.path / "recorders"
    asked = {
        name: at.pythons[name] for name in _family(build.wheel).interpreters if name in at.pythons
    }
    wrapper = rustc_wrapper(at, root)
    now = repeating.state(_command(build.wheel, at), root.sources, tuple(asked.values()), out)
    # What zig links with has the path of a sandbox in it.
    repeatable = build.wheel.linking != "zig"
    if not (repeatable and repeating.repeat(recorders, now, programs / "cargo")):
        recording_pythons = recording.install_recorders(recorders, programs, wrapper, asked)
        recording_places = replace(at, pythons={**at.pythons, **recording_pythons})
        command = _command(build.wheel, recording_places)
        status = status_of(_with_programs(command, recorders))
        if recording.kept_compilation(recorders) is None:
            raise BuildFailed(status or 1)
    folders = Folders(at.sources, at.target, PurePath(at.system["CARGO_HOME"]))
    answers = recording.recorded(recorders, folders)
    compiling = recording.compiled(answers)
    if compiling is None:
        raise BuildFailed(1)
    repeating.note(recorders, now)
    for artifact in recording.artifacts(compiling, folders):
        kept = out / recording.ARTIFACTS / artifact.relative_to(at.target)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(artifact, kept)
    recording.write_players(out / _PLAYERS, answers, f"{_TOOLS}/{job.toolchain}/cargo-home")


def packing_command(
    wheel: WheelBuild, toolchain: str, maturin: str, pythons: Collection[str], sandbox: PurePath
) -> Command:
    """maturin's packing of what was compiled, with the Python files of the tree.

    Args:
        wheel: with one pass.
        toolchain: the id of the Rust toolchain.
        maturin: its program.
        pythons: those of the wheel's interpreters that were asked (`interpreters`).
        sandbox: a folder with the sources in `tree`, in `compiled` what `compile_extension` made of
            them, and the links to tools in `.toolchains`; the wheel goes into `out`.
    """
    compiled, tools = sandbox / COMPILED, sandbox / _TOOLS / toolchain
    at = Places(
        sources=sandbox / "tree",
        target=compiled / recording.ARTIFACTS,
        out=sandbox / "out",
        zig=compiled / "zig",
        system={
            "PATH": str(tools / "bin"),
            "HOME": str(compiled / "home"),
            "LANG": "C.UTF-8",
            "CARGO_HOME": str(tools / "cargo-home"),
        },
        pythons={name: str(compiled / _PLAYERS / name) for name in pythons},
        program=maturin,
    )
    # zig links, and there is nothing left to be linked.
    return _with_programs(_command(replace(wheel, linking="native"), at), compiled / _PLAYERS)


def interpreters(wheel: WheelBuild, compiled: Collection[str]) -> tuple[str, ...]:
    """Of a wheel's interpreters those that were asked, and need not be again.

    Args:
        compiled: paths, relative to the output of the step.
    """
    return tuple(name for name in _family(wheel).interpreters if f"{_PLAYERS}/{name}" in compiled)


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
        and each.startswith(f"{recording.ARTIFACTS}/")
        and each.endswith((".so", ".dylib", ".dll"))
    ]
    return found


def _family(wheel: WheelBuild) -> AbiBuild:
    (family,) = wheel.passes
    return family


def _command(wheel: WheelBuild, at: Places) -> Command:
    return wheel_command(wheel, _family(wheel), at)


def _with_programs(command: Command, programs: PurePath) -> Command:
    path = f"{programs}:{command.env['PATH']}"
    return replace(command, env={**command.env, "PATH": path})

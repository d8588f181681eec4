"""Carries one build out: synchronise, run the tools, put the artifacts where the sandbox expects them."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from cratewheel.build.bills import hide_sources
from cratewheel.build.commands import (
    Command,
    binary_commands,
    binary_path,
    crate_command,
    fetch_command,
    lock_command,
    sdist_command,
    sdist_proof_command,
    wheel_command,
)
from cratewheel.build.disk import note_use, prune
from cratewheel.build.extension import compile_extension
from cratewheel.build.places import (
    ZIG_CACHE,
    anonymous_places,
    binary_key,
    crate_key,
    lock_key,
    on_windows,
    places,
    sdist_key,
    target_keys,
    wheel_key,
    zig_root,
)
from cratewheel.build.processes import BuildFailed, run
from cratewheel.build.reasons import reason, told
from cratewheel.build.request import (
    CompileBuild,
    CrateBuild,
    Job,
    LockBuild,
    ProgramsBuild,
    SdistBuild,
    WheelBuild,
    links_with_zig,
    loads,
)
from cratewheel.build.root import BuildRoot, locked, shared, synchronise
from cratewheel.errors import CratewheelError


def run_job(
    job: Job, sandbox: Path, tell: Callable[[str], None] = lambda line: None
) -> tuple[Path, ...]:
    """Builds what `job` asks for and returns the artifacts, in `sandbox/job.out`.

    Args:
        job: what to build.
        sandbox: the folder that the job's relative paths are relative to.
        tell: is told why the build had to run, as `cratewheel.build.reasons` has it.

    Raises:
        BuildFailed: cargo, maturin or a compiler refused.
    """
    out = (sandbox / job.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    tools = (sandbox / job.tools).resolve()
    with ExitStack() as held:
        root = held.enter_context(locked((sandbox / job.roots).resolve() / job.build.settings.root))
        zig = held.enter_context(shared(zig_root(root).path)) if links_with_zig(job.build) else None
        keys = target_keys(job)
        first = not root.sources.exists()
        why = told(synchronise(sandbox / job.tree, root.sources), first=first)
        tell(why)
        if isinstance(job.build, CompileBuild):
            compile_extension(job, job.build, root, tools, out)
        else:
            for command in commands(job, root, tools, out):
                run(command)
        note_use(root, keys, reason(why))
        if zig is not None:
            note_use(zig, [ZIG_CACHE], reason(why))
    limit = disk_limit(tools)
    if limit is not None:
        prune(root.path.parent, limit)
    return tuple(sorted(out.iterdir()))


def disk_limit(tools: Path) -> int | None:
    """What build roots may take on the disk, in bytes, as the run that found the tools was told."""
    try:
        return int((tools / "disk-limit").read_text())
    except (FileNotFoundError, ValueError):
        return None


def commands(job: Job, root: BuildRoot, tools: Path, out: Path) -> Iterator[Command]:
    """The commands of a job, each yielded when the ones before it have run."""
    build = job.build
    if isinstance(build, CrateBuild):
        at = places(job, root, tools, out, crate_key(job, build))
        yield crate_command(build, at)
        crate = f"{build.name}-{build.version}.crate"
        shutil.copyfile(Path(at.target) / "package" / crate, out / crate)
    elif isinstance(build, LockBuild):
        at = places(job, root, tools, out, lock_key(job))
        yield lock_command(build, at)
        directory = root.sources / build.settings.manifest_directory
        shutil.copyfile(directory / "Cargo.lock", out / "Cargo.lock")
    elif isinstance(build, SdistBuild):
        yield from _sdist_commands(job, build, root, tools, out)
    elif isinstance(build, ProgramsBuild):
        yield from _program_commands(job, build.wheel, root, tools, out, out)
    elif isinstance(build, WheelBuild):
        yield from _program_commands(job, build, root, tools, out, root.sources)
        for number, family in enumerate(build.passes):
            at = anonymous_places(job, root, tools, out, wheel_key(job, build, number))
            yield wheel_command(build, family, at)
        if on_windows(job, tools):
            for wheel in out.glob("*.whl"):
                hide_sources(wheel, root.sources)


def _program_commands(
    job: Job, wheel: WheelBuild, root: BuildRoot, tools: Path, out: Path, into: Path
) -> Iterator[Command]:
    for binary in wheel.binaries:
        at = anonymous_places(job, root, tools, out, binary_key(job, wheel, binary))
        yield from binary_commands(wheel, binary, at)
        built = Path(binary_path(wheel, binary, at))
        placed = into / binary.destination / built.name
        placed.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(built, placed)


def _sdist_commands(
    job: Job, build: SdistBuild, root: BuildRoot, tools: Path, out: Path
) -> Iterator[Command]:
    # Its libraries take as long to load as all the others that a build needs.
    from importlib.metadata import version

    from cratewheel.build.sdist import check_requirement, cut_down, unpack

    at = places(job, root, tools, out, sdist_key(job, build))
    # maturin brings a lock that does not fit in line without a word.
    yield fetch_command(build, at, locked=build.settings.locked)
    if cut_down(root.sources, build.crate_directory):
        yield fetch_command(build, at, locked=False)
    yield sdist_command(build, at)
    (archive,) = out.iterdir()
    with tempfile.TemporaryDirectory() as scratch:
        unpacked, wheels = Path(scratch, "sdist"), Path(scratch, "wheels")
        unpack(archive, unpacked)
        check_requirement(unpacked, version("maturin"))
        synchronise(unpacked, root.unpacked)
        yield sdist_proof_command(build, replace(at, sources=root.unpacked, out=wheels))


def main(arguments: Sequence[str]) -> int:
    """`python -m cratewheel.build JOB.json`, from the sandbox's working directory."""
    (job,) = arguments
    try:
        run_job(loads(Path(job).read_text()), Path(os.getcwd()), print)
    except BuildFailed as failure:
        return failure.status
    except CratewheelError as error:
        print(error, file=sys.stderr)
        return 1
    return 0

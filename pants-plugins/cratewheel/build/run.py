"""Carries one build out: synchronise, run the tools, put the artifacts where the sandbox expects them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cratewheel.build.commands import (
    Command,
    binary_command,
    crate_command,
    fetch_command,
    lock_command,
    sdist_command,
    sdist_proof_command,
    target_key,
    wheel_command,
)
from cratewheel.build.extension import assembly_command, compile_extension
from cratewheel.build.places import binary_key, common_flags, crate_key, places, wheel_key
from cratewheel.build.processes import BuildFailed, run
from cratewheel.build.reasons import told
from cratewheel.build.request import (
    AssemblyBuild,
    BinaryBuild,
    CompileBuild,
    CrateBuild,
    Job,
    LockBuild,
    SdistBuild,
    WheelBuild,
    loads,
)
from cratewheel.build.root import BuildRoot, locked, synchronise
from cratewheel.build.sdist import cut_down, unpack


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
    if isinstance(job.build, AssemblyBuild):
        run(assembly_command(job, job.build, sandbox, out))
        return tuple(sorted(out.iterdir()))
    tools = (sandbox / job.tools).resolve()
    with locked((sandbox / job.roots).resolve() / job.build.settings.root) as root:
        first = not root.sources.exists()
        tell(told(synchronise(sandbox / job.tree, root.sources), first=first))
        if isinstance(job.build, CompileBuild):
            compile_extension(job, job.build, root, tools, out)
        else:
            for command in commands(job, root, tools, out):
                run(command)
    return tuple(sorted(out.iterdir()))


def commands(job: Job, root: BuildRoot, tools: Path, out: Path) -> Iterator[Command]:
    """The commands of a job, each yielded when the ones before it have run."""
    build = job.build
    if isinstance(build, CrateBuild):
        at = places(job, root, tools, out, crate_key(job, build))
        yield crate_command(build, at)
        crate = f"{build.name}-{build.version}.crate"
        shutil.copyfile(Path(at.target) / "package" / crate, out / crate)
    elif isinstance(build, LockBuild):
        at = places(job, root, tools, out, target_key(job.toolchain, "host", "lock", "", ()))
        yield lock_command(build, at)
        directory = root.sources / build.settings.manifest_directory
        shutil.copyfile(directory / "Cargo.lock", out / "Cargo.lock")
    elif isinstance(build, SdistBuild):
        yield from _sdist_commands(job, build, root, tools, out)
    elif isinstance(build, WheelBuild):
        for binary in build.binaries:
            at = places(job, root, tools, out, binary_key(job, build, binary))
            yield binary_command(build, binary, at)
            _place_binary(build, binary, root, Path(at.target))
        for number, family in enumerate(build.passes):
            at = places(job, root, tools, out, wheel_key(job, build, number))
            yield wheel_command(build, family, at)


def _sdist_commands(
    job: Job, build: SdistBuild, root: BuildRoot, tools: Path, out: Path
) -> Iterator[Command]:
    key = target_key(job.toolchain, "host", "dev", build.interpreter, common_flags(build))
    at = places(job, root, tools, out, key)
    # maturin brings a lock that does not fit in line without a word.
    yield fetch_command(build, at, locked=build.settings.locked)
    if cut_down(root.sources, build.crate_directory):
        yield fetch_command(build, at, locked=False)
    yield sdist_command(build, at)
    (archive,) = out.iterdir()
    with tempfile.TemporaryDirectory() as scratch:
        unpacked, wheels = Path(scratch, "sdist"), Path(scratch, "wheels")
        unpack(archive, unpacked)
        synchronise(unpacked, root.unpacked)
        yield sdist_proof_command(build, replace(at, sources=root.unpacked, out=wheels))


def _place_binary(build: WheelBuild, binary: BinaryBuild, root: BuildRoot, target: Path) -> None:
    folder = {"dev": "debug", "test": "debug", "bench": "release"}.get(
        binary.profile, binary.profile
    )
    suffix = ".exe" if "windows" in build.target else ""
    built = target / build.target / folder / f"{binary.name}{suffix}"
    placed = root.sources / binary.destination / built.name
    placed.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(built, placed)


def main(arguments: Sequence[str]) -> int:
    """`python -m cratewheel.build JOB.json`, from the sandbox's working directory."""
    (job,) = arguments
    try:
        run_job(loads(Path(job).read_text()), Path(os.getcwd()), print)
    except BuildFailed as failure:
        return failure.status
    return 0

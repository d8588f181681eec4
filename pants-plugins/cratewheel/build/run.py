"""Carries one build out: synchronise, run the tools, put the artifacts where the sandbox expects them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cratewheel.build.commands import (
    Command,
    Places,
    binary_command,
    crate_command,
    fetch_command,
    lock_command,
    sdist_command,
    sdist_proof_command,
    target_key,
    wheel_command,
)
from cratewheel.build.request import (
    AbiBuild,
    BinaryBuild,
    BuildRequest,
    CrateBuild,
    Job,
    LockBuild,
    SdistBuild,
    WheelBuild,
    loads,
)
from cratewheel.build.root import BuildRoot, locked, synchronise
from cratewheel.build.sdist import cut_down, unpack


class BuildFailed(Exception):
    """A tool ended with `status`; what it had to say is on standard error already."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def run_job(job: Job, sandbox: Path) -> tuple[Path, ...]:
    """Builds what `job` asks for and returns the artifacts, in `sandbox/job.out`.

    Args:
        job: what to build.
        sandbox: the folder that the job's relative paths are relative to.

    Raises:
        BuildFailed: cargo, maturin or a compiler refused.
    """
    out = (sandbox / job.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    with locked((sandbox / job.roots).resolve() / job.build.settings.root) as root:
        synchronise(sandbox / job.tree, root.sources)
        for command in commands(job, root, (sandbox / job.tools).resolve(), out):
            _run(command)
    return tuple(sorted(out.iterdir()))


def commands(job: Job, root: BuildRoot, tools: Path, out: Path) -> Iterator[Command]:
    """The commands of a job, each yielded when the ones before it have run."""
    build = job.build
    if isinstance(build, CrateBuild):
        places = _places(job, root, tools, out, _crate_key(job, build))
        yield crate_command(build, places)
        crate = f"{build.name}-{build.version}.crate"
        shutil.copyfile(Path(places.target) / "package" / crate, out / crate)
    elif isinstance(build, LockBuild):
        places = _places(job, root, tools, out, target_key(job.toolchain, "host", "lock", "", ()))
        yield lock_command(build, places)
        directory = root.sources / build.settings.manifest_directory
        shutil.copyfile(directory / "Cargo.lock", out / "Cargo.lock")
    elif isinstance(build, SdistBuild):
        yield from _sdist_commands(job, build, root, tools, out)
    else:
        for binary in build.binaries:
            places = _places(job, root, tools, out, _binary_key(job, build, binary))
            yield binary_command(build, binary, places)
            _place_binary(build, binary, root, Path(places.target))
        for number, family in enumerate(build.passes):
            places = _places(job, root, tools, out, _wheel_key(job, build, number))
            yield wheel_command(build, family, places)


def _sdist_commands(
    job: Job, build: SdistBuild, root: BuildRoot, tools: Path, out: Path
) -> Iterator[Command]:
    key = target_key(job.toolchain, "host", "dev", build.interpreter, _flags(build))
    places = _places(job, root, tools, out, key)
    # maturin brings a lock that does not fit in line without a word.
    yield fetch_command(build, places, locked=build.settings.locked)
    if cut_down(root.sources, build.crate_directory):
        yield fetch_command(build, places, locked=False)
    yield sdist_command(build, places)
    (archive,) = out.iterdir()
    with tempfile.TemporaryDirectory() as scratch:
        unpacked, wheels = Path(scratch, "sdist"), Path(scratch, "wheels")
        unpack(archive, unpacked)
        synchronise(unpacked, root.unpacked)
        yield sdist_proof_command(build, replace(places, sources=root.unpacked, out=wheels))


def _places(job: Job, root: BuildRoot, tools: Path, out: Path, key: str) -> Places:
    return Places(
        sources=root.sources,
        target=root.target(key),
        out=out,
        zig=root.path.with_name("zig"),
        system={
            **dict(network_variables(tools / job.toolchain)),
            "PATH": str(tools / job.toolchain / "bin"),
            "HOME": str(root.home),
            "LANG": "C.UTF-8",
            "CARGO_HOME": str(tools / job.toolchain / "cargo-home"),
        },
        pythons={each.name: str(each) for each in (tools / "python").glob("*")},
        python=sys.executable,
    )


def network_variables(toolchain: Path) -> tuple[tuple[str, str], ...]:
    """The user's proxy and certificate settings, as discovery wrote them beside the tools."""
    try:
        lines = (toolchain / "network").read_text().splitlines()
    except FileNotFoundError:
        return ()
    pairs = (line.partition("=") for line in lines)
    return tuple((name, value) for name, _, value in pairs)


def _crate_key(job: Job, build: CrateBuild) -> str:
    return target_key(job.toolchain, "host", "package", "", _flags(build))


def _wheel_key(job: Job, build: WheelBuild, number: int) -> str:
    family = build.passes[number]
    interpreter = " ".join(family.interpreters)
    flags = _row_flags(build, family)
    return target_key(job.toolchain, build.target, family.profile, interpreter, flags)


def _binary_key(job: Job, build: WheelBuild, binary: BinaryBuild) -> str:
    flags = _row_flags(build, binary)
    return target_key(job.toolchain, build.target, binary.profile, "", flags)


def _row_flags(build: WheelBuild, part: AbiBuild | BinaryBuild) -> tuple[str, ...]:
    return (
        *_flags(build),
        build.linking,
        build.compatibility,
        *part.rustflags,
        *part.cargo_args,
        *(f"{name}={value}" for name, value in part.env),
    )


def _flags(build: BuildRequest) -> tuple[str, ...]:
    settings = build.settings
    return (*settings.rustflags, *(f"{name}={value}" for name, value in settings.env))


def _place_binary(build: WheelBuild, binary: BinaryBuild, root: BuildRoot, target: Path) -> None:
    folder = {"dev": "debug", "test": "debug", "bench": "release"}.get(
        binary.profile, binary.profile
    )
    suffix = ".exe" if "windows" in build.target else ""
    built = target / build.target / folder / f"{binary.name}{suffix}"
    placed = root.sources / binary.destination / built.name
    placed.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(built, placed)


def _run(command: Command) -> None:
    program = shutil.which(command.argv[0], path=command.env["PATH"]) or command.argv[0]
    done = subprocess.run(
        [program, *command.argv[1:]],
        cwd=command.directory,
        env=dict(command.env),
        stdout=sys.stderr,
        check=False,
    )
    if done.returncode != 0:
        if command.failure:
            print(command.failure, file=sys.stderr)
        raise BuildFailed(done.returncode)


def main(arguments: Sequence[str]) -> int:
    """`python -m cratewheel.build JOB.json`, from the sandbox's working directory."""
    (job,) = arguments
    try:
        run_job(loads(Path(job).read_text()), Path(os.getcwd()))
    except BuildFailed as failure:
        return failure.status
    return 0

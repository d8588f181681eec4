"""How time and memory grow with a repository: 300 crates beside 75, in 10 workspaces, with 30 wheels.

    ./pants run tests/benchmarks:scale -- --json scale.json

Runs `tailor`, `dependencies ::`, `list --changed-since`, `release-plan` and a `package` of one wheel that has
nothing to do, each in a daemon that has done nothing else yet, and writes a list of `{case, ours, peer, ratio,
bound, holds, pairs}`. Growth: `ours` is the large repository, `peer` the small one, and the bound of
4 is linear; seconds are those beyond what Pants takes to do nothing, memory is the most that the daemon had, in
MiB. Beside cargo: `peer` is `cargo metadata` of all ten workspaces. On Linux, which says what a process had at
most. About a quarter of an hour.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from comparison import Comparison, compare, document, table
from pants_run import PANTS_TOML, Repository, install_launcher, repository
from scale_repository import Shape, generate, workspaces

SMALL = Shape(crates=75, wheels=30)
LARGE = Shape(crates=300, wheels=30)
TINY = Shape(crates=4, wheels=2, workspaces=2, files=1)

GROWTH = LARGE.crates / SMALL.crates
COMMANDS = {
    "tailor": ("tailor", "::"),
    "dependencies": ("dependencies", "::"),
    "list --changed-since": ("--changed-since=HEAD~1", "list"),
    "release-plan": ("release-plan", "--offline", "::"),
    "package, nothing to do": ("package", "ws0/wheels/w0::"),
}
_NOTHING = ("version",)
_TOML = PANTS_TOML + '\n[changed]\ndependents = "transitive"\n'


@dataclass(frozen=True)
class Measured:
    """One command in one repository.

    Args:
        seconds: from start to end.
        mebibytes: the most memory that the daemon had.
    """

    seconds: float
    mebibytes: float


@dataclass(frozen=True)
class Measurements:
    """All commands in one repository.

    Args:
        commands: by the name of the command.
        nothing: a command that does nothing.
        cargo: seconds of `cargo metadata` in every workspace, one after the other.
    """

    commands: dict[str, Measured]
    nothing: Measured
    cargo: float


def measure(folder: Path, shape: Shape) -> Measurements:
    """Writes a repository and runs everything in it, each command in a daemon of its own."""
    generate(folder, shape, {"pants.toml": _TOML})
    install_launcher(folder)
    with repository(folder, commit=False) as made:
        commands = {}
        for name, command in COMMANDS.items():
            if command[0] == "package":
                made.pants(*command).succeeded()
            commands[name] = _in_new_daemon(made, *command)
            if command[0] == "tailor":
                made.commit("Targets")
                made.write({"ws0/crates/c0/src/m0.rs": "// changed again\n"})
                made.commit("Change a crate")
        return Measurements(commands, _in_new_daemon(made, *_NOTHING), _cargo_metadata(folder))


def comparisons(rounds: Sequence[tuple[Measurements, Measurements]]) -> list[Comparison]:
    """The cases of rounds of (large, small)."""
    cases = []
    for name in COMMANDS:
        pairs = [(large.commands[name], small.commands[name]) for large, small in rounds]
        cases.append(
            compare(
                f"{name}: seconds, large / small",
                [
                    (_beyond(each.seconds, large), _beyond(other.seconds, small))
                    for (each, other), (large, small) in zip(pairs, rounds)
                ],
                GROWTH,
            )
        )
        cases.append(
            compare(
                f"{name}: MiB, large / small",
                [(each.mebibytes, other.mebibytes) for each, other in pairs],
                GROWTH,
            )
        )
        cases.append(
            compare(
                f"{name}: seconds, large / cargo metadata",
                [
                    (_beyond(each.seconds, large), large.cargo)
                    for (each, _), (large, _) in zip(pairs, rounds)
                ],
                _BESIDE_CARGO[name],
            )
        )
    return cases


# What the commands took when these were written, doubled: a promise that a slower machine keeps, too.
_BESIDE_CARGO = {
    "tailor": 40.0,
    "dependencies": 40.0,
    "list --changed-since": 40.0,
    "release-plan": 40.0,
    "package, nothing to do": 40.0,
}


def _beyond(seconds: float, nothing: Measurements) -> float:
    return max(seconds - nothing.nothing.seconds, 0.01)


def _in_new_daemon(made: Repository, *command: str) -> Measured:
    for pid_file in made.root.glob(".pids/*/pantsd/pid"):
        _end(pid_file)
    made.pants(*_NOTHING).succeeded()
    started = time.perf_counter()
    made.pants(*command).succeeded()
    seconds = time.perf_counter() - started
    (pid_file,) = made.root.glob(".pids/*/pantsd/pid")
    return Measured(seconds, _most_memory(int(pid_file.read_text())))


def _end(pid_file: Path) -> None:
    process = int(pid_file.read_text())
    subprocess.run(["kill", str(process)], check=False, stderr=subprocess.DEVNULL)
    with suppress(OSError):
        while Path(f"/proc/{process}").exists():
            time.sleep(0.05)


def _most_memory(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("Linux says VmHWM of every process")


def _cargo_metadata(folder: Path) -> float:
    started = time.perf_counter()
    for workspace in workspaces(folder):
        subprocess.run(
            ["cargo", "metadata", "--offline", "--format-version=1"],
            cwd=workspace,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
    return time.perf_counter() - started


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the benchmark; the exit status is 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the results")
    parser.add_argument("--rounds", type=int, default=1, help="how many pairs of each case")
    options = parser.parse_args(arguments)
    rounds = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as directory:
            small = measure(Path(directory, "small"), SMALL)
            large = measure(Path(directory, "large"), LARGE)
        rounds.append((large, small))
    cases = comparisons(rounds)
    print(table(cases))
    if options.json is not None:
        options.json.write_text(document(cases), encoding="utf-8")
    return 0 if all(each.holds for each in cases) else 1


if __name__ == "__main__":
    sys.exit(main())

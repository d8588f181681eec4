"""How time and memory grow with a repository: 300 crates beside 75, in 10 workspaces, with 30 wheels.

    ./pants run tests/benchmarks:scale -- --json scale.json

Runs `tailor`, `dependencies ::`, `list --changed-since`, `release-plan` and a `package` of one wheel that has
nothing to do, each in a daemon that has done nothing else yet, and writes a list of `{case, ours, peer, ratio,
bound, holds, pairs}`. Growth: `ours` is the large repository, `peer` the small one, and the bound of
4 is linear; memory is the most that the daemon or any process that it started had, in MiB. Beside cargo: seconds
beyond what Pants takes to do nothing, and `peer` is `cargo metadata` of all ten workspaces. Below it a table of the
medians, whole seconds beside those beyond doing nothing, as docs/scale.md has it. On Linux, where a process can
adopt a daemon and be told at its end what it used. About half an hour.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from comparison import Benchmark, Comparison, Results, compare
from pants_run import PANTS_TOML_WITH_PYTHON, Repository, install_launcher, repository
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
_TOML = PANTS_TOML_WITH_PYTHON + '\n[changed]\ndependents = "transitive"\n'


@dataclass(frozen=True)
class Measured:
    """One command in one repository.

    Args:
        seconds: from start to end.
        mebibytes: the most memory that the daemon, or any process that it started, had.
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
                # Whole: beyond doing nothing the small one takes tenths of a second, and so does chance.
                [(each.seconds, other.seconds) for each, other in pairs],
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


# Twice what the commands took on two cores, rounded up: a promise that a slower machine keeps, too, and
# that a command which asks something of every crate again does not.
_BESIDE_CARGO = {
    "tailor": 2.0,
    "dependencies": 4.0,
    "list --changed-since": 4.0,
    "release-plan": 5.0,
    "package, nothing to do": 11.0,
}
# Linux, `prctl(2)`.
_PR_SET_CHILD_SUBREAPER = 36


def adopt_daemons() -> None:
    """Makes this process the parent of every daemon that it starts by way of another one."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "this process cannot adopt daemons")


def _beyond(seconds: float, nothing: Measurements) -> float:
    return max(seconds - nothing.nothing.seconds, 0.01)


def _in_new_daemon(made: Repository, *command: str) -> Measured:
    for process in _daemons(made):
        _end(process)
    made.pants(*_NOTHING).succeeded()
    started = time.perf_counter()
    made.pants(*command).succeeded()
    seconds = time.perf_counter() - started
    (process,) = _daemons(made)
    return Measured(seconds, _end(process))


def _daemons(made: Repository) -> list[int]:
    return [int(each.read_text()) for each in made.root.glob(".pids/*/pantsd/pid")]


def _end(process: int) -> float:
    """Ends a daemon, and says how many MiB it or any process that it started had at most."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)
    try:
        _, _, used = os.wait4(process, 0)
    except ChildProcessError:
        # It was ended, and waited for, before.
        return 0.0
    return used.ru_maxrss / 1024


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


def medians(rounds: Sequence[tuple[Measurements, Measurements]]) -> Iterator[str]:
    """A Markdown table of what one run measured, a row a command."""
    yield (
        "| Command | 75 crates, whole | beyond nothing | 300 crates, whole | beyond nothing | growth "
        "| MiB, 75 | MiB, 300 | × `cargo metadata` |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for name in COMMANDS:
        large = [(each.commands[name], each) for each, _ in rounds]
        small = [(each.commands[name], each) for _, each in rounds]
        beyond = [
            [_beyond(command.seconds, whole) for command, whole in each] for each in (small, large)
        ]
        growth = median(more.seconds / less.seconds for (less, _), (more, _) in zip(small, large))
        beside_cargo = median(more / whole.cargo for more, (_, whole) in zip(beyond[1], large))
        cells = []
        for those, extra in zip((small, large), beyond):
            cells += [
                f"{median(each.seconds for each, _ in those):.1f} s",
                f"{median(extra):.1f} s",
            ]
        cells.append(f"{growth:.1f}")
        cells += [f"{median(each.mebibytes for each, _ in those):.0f}" for those in (small, large)]
        cells.append(f"{beside_cargo:.1f}")
        yield f"| `{name}` | {' | '.join(cells)} |"
    nothing = [median(each.nothing.seconds for each in those) for those in zip(*rounds)]
    cargo = [median(each.cargo for each in those) for those in zip(*rounds)]
    yield ""
    yield f"Doing nothing takes {nothing[1]:.1f} s and {nothing[0]:.1f} s."
    yield f"`cargo metadata` of all ten workspaces takes {cargo[1]:.1f} s and {cargo[0]:.1f} s."


def run(options: argparse.Namespace) -> Results:
    """Everything, in repositories of its own."""
    adopt_daemons()
    shapes = (TINY, TINY) if options.quick else (SMALL, LARGE)
    rounds = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as directory:
            small, large = (
                measure(Path(directory, name), shape)
                for name, shape in zip(("small", "large"), shapes)
            )
        rounds.append((large, small))
    cases = comparisons(rounds)
    whole = {
        f"{name}: seconds, large / small": {
            "whole": [
                [large.commands[name].seconds, small.commands[name].seconds]
                for large, small in rounds
            ],
            "nothing": [[large.nothing.seconds, small.nothing.seconds] for large, small in rounds],
        }
        for name in COMMANDS
    }
    return Results(cases, whole, ("", *medians(rounds)), binding=not options.quick)


main = Benchmark(
    __doc__,
    run,
    rounds=3,
    quick="tiny repositories, to see that it works; no bound is meant for them",
).main


if __name__ == "__main__":
    sys.exit(main())

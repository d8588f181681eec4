"""How long a plan takes, beside what anybody would have to run on the same repository.

    ./pants run tests/benchmarks:plan -- --json plan.json

generates a repository of 300 crates and 30 wheels with 5,000 commits and 1,000 tags, prints a table
and writes a list of `{case, ours, peer, ratio, bound, holds, pairs}`: the medians in seconds, the
median ratio, the largest one that is promised and whether it is kept. About two minutes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from comparison import A_TENTH, Benchmark, Comparison, Results, compare, in_turn
from git_repository import CountedGit
from pants_run import PANTS_TOML_WITH_PYTHON, Repository, install_launcher, repository
from plan_computation import plan_of
from plan_repository import Size, generate

from cratewheel.git import Git

LARGE = Size(crates=300, wheels=30, commits=5000, tags=1000)
QUICK = Size(crates=30, wheels=3, commits=500, tags=100)
SMALL = Size(crates=3, wheels=1, commits=20, tags=8)

_LOG = ("git", "log", "--name-only")
_METADATA = ("cargo", "metadata", "--no-deps", "--offline", "--format-version=1")


def library_cases(large: Path, rounds: int) -> list[Comparison]:
    """The library's own time: reading the manifests and the history, and planning."""
    actions = {"plan": lambda: plan_of(Git(str(large))), **_peers(large)}
    measured = in_turn(actions, rounds)
    return [
        _case("library: plan / git log --name-only", measured, _plan, _log, 25.0),
        _case("library: plan / cargo metadata", measured, _plan, _metadata, 80.0),
    ]


def process_case(large: Path, small: Path) -> Comparison:
    """How often git is run: it must not depend on how much there is."""
    counts = []
    for root in (large, small):
        git = CountedGit(root)
        plan_of(git)
        counts.append(float(len(git.asked)))
    return compare("git processes: large / small repository", [(counts[0], counts[1])], 1.0)


def pants_cases(large: Path, rounds: int) -> list[Comparison]:
    """The command's time, with Pants' daemon running, beyond what Pants takes to list the targets."""
    install_launcher(large)
    with repository(large, commit=False) as pants:
        for start_daemon_and_fill_memory in _commands(pants).values():
            start_daemon_and_fill_memory()
        warm = in_turn({**_commands(pants), **_peers(large)}, rounds)
        manifest = large / "crates" / "c0" / "Cargo.toml"
        edited = in_turn(_commands(pants, lambda: _append_comment(manifest)), rounds)
    return [
        _case("release-plan, warm, - list / git log", warm, _plan_beyond_list, _log, 20.0),
        _case(
            "release-plan, warm, - list / cargo metadata", warm, _plan_beyond_list, _metadata, 50.0
        ),
        _case("release-plan, warm / list", warm, _plan, _list, 4.0),
        _case("release-plan, a manifest edited / list", edited, _plan, _list, 8.0),
    ]


def _commands(
    pants: Repository, before: Callable[[], object] = lambda: None
) -> Mapping[str, Callable[[], object]]:
    def run(*arguments: str) -> Callable[[], object]:
        def action() -> None:
            before()
            pants.pants(*arguments).succeeded()

        return action

    return {"plan": run("release-plan", "--offline", "::"), "list": run("list", "::")}


def _peers(root: Path) -> Mapping[str, Callable[[], object]]:
    def run(command: Sequence[str]) -> Callable[[], object]:
        return lambda: subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL, check=True)

    return {"git log": run(_LOG), "cargo metadata": run(_METADATA)}


def _append_comment(file: Path) -> None:
    with file.open("a", encoding="utf-8") as manifest:
        manifest.write("# edited\n")


_Seconds = Mapping[str, float]


def _plan(seconds: _Seconds) -> float:
    return seconds["plan"]


def _plan_beyond_list(seconds: _Seconds) -> float:
    return seconds["plan"] - seconds["list"]


def _list(seconds: _Seconds) -> float:
    return seconds["list"]


def _log(seconds: _Seconds) -> float:
    return seconds["git log"]


def _metadata(seconds: _Seconds) -> float:
    return seconds["cargo metadata"]


def _case(
    case: str,
    measured: Sequence[_Seconds],
    ours: Callable[[_Seconds], float],
    peer: Callable[[_Seconds], float],
    bound: float,
) -> Comparison:
    return compare(case, [(ours(seconds), peer(seconds)) for seconds in measured], bound)


def measure(options: argparse.Namespace) -> Results:
    """Everything, in repositories of its own."""
    with tempfile.TemporaryDirectory() as directory:
        large, small = Path(directory, "large"), Path(directory, "small")
        further = {"pants.toml": PANTS_TOML_WITH_PYTHON}
        generate(large, QUICK if options.quick else LARGE, further)
        generate(small, SMALL, further)
        return Results(
            [
                *library_cases(large, options.rounds),
                process_case(large, small),
                *pants_cases(large, options.rounds),
            ],
            binding=not options.quick,
        )


main = Benchmark(__doc__, measure, rounds=5, quick=A_TENTH).main


if __name__ == "__main__":
    sys.exit(main())

"""How long a plan takes, beside what anybody would have to run on the same repository.

    ./pants run tests/benchmarks:plan -- --json plan-benchmark.json

prints a table and writes a list of `{case, ours, peer, ratio, bound, holds}`: seconds of ours and of
the other program, ours divided by the other, the largest ratio that is promised and whether it is
kept. The last case counts how often git is run, in a small and in the large repository.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Optional

from plan_repository import Size, gather, generate

from cratewheel.git import Git
from cratewheel.plan.compute import compute_plan

LARGE = Size(crates=300, wheels=30, commits=5000, tags=1000)
SMALL = Size(crates=3, wheels=1, commits=20, tags=8)


@dataclass(frozen=True)
class Result:
    """One line of the table.

    Args:
        ours, peer: seconds, or a count.
        bound: the largest ratio of the two that is promised.
    """

    case: str
    ours: float
    peer: float
    ratio: float
    bound: float
    holds: bool


def result(case: str, ours: float, peer: float, bound: float) -> Result:
    """A line with its ratio."""
    ratio = ours / peer
    return Result(case, round(ours, 3), round(peer, 3), round(ratio, 2), bound, ratio <= bound)


def measured(runs: int, action: Callable[[], object]) -> float:
    """The best time of several runs, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def measure(root: Path, runs: int) -> list[Result]:
    """Generates the repositories below `root` and measures."""
    large, small = root / "large", root / "small"
    packages = generate(large, LARGE)
    few = generate(small, SMALL)

    def plan() -> None:
        compute_plan(gather(Git(str(large)), packages))

    def run(*command: str) -> Callable[[], object]:
        return lambda: subprocess.run(command, cwd=large, stdout=subprocess.DEVNULL, check=True)

    metadata = run("cargo", "metadata", "--offline", "--no-deps", "--format-version=1")
    log = run("git", "log", "--raw", "-z", "--format=%H%n%P%n%B")
    ours = measured(runs, plan)
    counts = []
    for path, of_repository in ((large, packages), (small, few)):
        git = Git(str(path))
        gather(git, of_repository)
        counts.append(git.calls)
    return [
        result("plan beside cargo metadata", ours, measured(runs, metadata), 100.0),
        result("plan beside git log --raw", ours, measured(runs, log), 40.0),
        result("git processes, large beside small", counts[0], counts[1], 1.0),
    ]


def table(results: Sequence[Result]) -> str:
    """The results in aligned columns."""
    rows = [("case", "ours", "peer", "ratio", "bound", "holds")]
    rows += [
        (r.case, f"{r.ours:g}", f"{r.peer:g}", f"{r.ratio:g}", f"{r.bound:g}", str(r.holds).lower())
        for r in results
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows
    )


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the benchmark; the exit status is 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the results")
    parser.add_argument("--runs", type=int, default=3, help="runs of each, the best one counts")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as directory:
        results = measure(Path(directory), options.runs)
    print(table(results))
    if options.json is not None:
        options.json.write_text(json.dumps([asdict(each) for each in results], indent=2) + "\n")
    return 0 if all(each.holds for each in results) else 1


if __name__ == "__main__":
    sys.exit(main())

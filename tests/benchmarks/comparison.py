"""Ours beside another program, measured in turn, and the table and JSON of that."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Optional

A_TENTH = "a tenth of everything, to see that it works; the bounds are those of the full size"


@dataclass(frozen=True)
class Comparison:
    """One case of a benchmark.

    Args:
        ours, peer: the medians of the two, in seconds (or a count where the case says so).
        ratio: the median of the pairs' ratios.
        bound: the largest ratio that is promised.
        holds: whether that is kept.
        pairs: (ours, peer) as measured.
    """

    case: str
    ours: float
    peer: float
    ratio: float
    bound: float
    holds: bool
    pairs: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Benchmark:
    """A benchmark as a program.

    Args:
        text: its docstring, whose first line says what it measures.
        run: measures what the options ask for. `rounds` and `quick` are among them, and further ones
            that `options` adds.
        rounds: how many pairs of each case, where nobody says.
        quick: what `--quick` does instead.
        options: adds arguments of its own.
    """

    text: Optional[str]
    run: Callable[[argparse.Namespace], Results]
    rounds: int
    quick: str
    options: Callable[[argparse.ArgumentParser], object] = lambda parser: None

    def main(self, arguments: Optional[Sequence[str]] = None) -> int:
        """Measures, prints the table, writes the JSON; the exit status is 1 when a bound does not hold."""
        parser = argparse.ArgumentParser(description=(self.text or "").split("\n")[0])
        parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the results")
        parser.add_argument(
            "--rounds",
            type=int,
            default=self.rounds,
            help=f"how many pairs of each case (default: {self.rounds})",
        )
        parser.add_argument("--quick", action="store_true", help=self.quick)
        self.options(parser)
        options = parser.parse_args(arguments)
        results = self.run(options)
        print(table(results.comparisons))
        for line in results.further:
            print(line)
        if options.json is not None:
            options.json.write_text(results.document(), encoding="utf-8")
        kept = all(each.holds for each in results.comparisons)
        return 0 if kept or not results.binding else 1


@dataclass(frozen=True)
class Results:
    """What a benchmark measured.

    Args:
        comparisons: the cases.
        raw: by case, what else of it belongs into the JSON.
        further: lines to be read below the table.
        binding: whether a bound that does not hold is a failure: not where little was measured.
    """

    comparisons: Sequence[Comparison]
    raw: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    further: Sequence[str] = ()
    binding: bool = True

    def document(self) -> str:
        """The cases as JSON: a list of `{case, ours, peer, ratio, bound, holds, pairs}` and what else there is."""
        entries = [{**asdict(each), **self.raw.get(each.case, {})} for each in self.comparisons]
        return json.dumps(entries, indent=2) + "\n"


def compare(case: str, pairs: Iterable[tuple[float, float]], bound: float) -> Comparison:
    """The case with its medians."""
    measured = tuple(pairs)
    ratio = median(ours / peer for ours, peer in measured)
    return Comparison(
        case,
        round(median(ours for ours, _ in measured), 3),
        round(median(peer for _, peer in measured), 3),
        round(ratio, 2),
        bound,
        ratio <= bound,
        tuple((round(ours, 3), round(peer, 3)) for ours, peer in measured),
    )


def in_turn(
    actions: Mapping[str, Callable[[], object]], rounds: int
) -> tuple[Mapping[str, float], ...]:
    """Runs every action once a round, every other round backwards.

    Returns:
        the seconds each action took, by name, a mapping for each round.
    """
    names = list(actions)
    measured = []
    for number in range(rounds):
        seconds = {}
        for name in reversed(names) if number % 2 else names:
            start = time.perf_counter()
            actions[name]()
            seconds[name] = time.perf_counter() - start
        measured.append(seconds)
    return tuple(measured)


def table(comparisons: Sequence[Comparison]) -> str:
    """The cases in aligned columns."""
    rows = [("case", "ours", "peer", "ratio", "bound", "holds")]
    rows += [
        (
            each.case,
            f"{each.ours:g}",
            f"{each.peer:g}",
            f"{each.ratio:g}",
            f"{each.bound:g}",
            "yes" if each.holds else "NO",
        )
        for each in comparisons
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows
    )

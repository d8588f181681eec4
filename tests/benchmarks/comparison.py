"""Ours beside another program, measured in turn, and the table and JSON of that."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median


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


def document(comparisons: Sequence[Comparison]) -> str:
    """The cases as JSON: a list of `{case, ours, peer, ratio, bound, holds, pairs}`."""
    return json.dumps([asdict(each) for each in comparisons], indent=2) + "\n"

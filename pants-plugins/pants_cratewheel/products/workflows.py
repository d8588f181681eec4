"""What the repository's own workflows do."""

from __future__ import annotations

from dataclasses import dataclass

from pants.util.frozendict import FrozenDict

from cratewheel.workflows.neighbours import Neighbours


@dataclass(frozen=True)
class NeighboursRequest:
    """Asks what workflows do.

    Args:
        files: texts of the repository's workflows and actions, by path.
    """

    files: FrozenDict[str, str]


@dataclass(frozen=True)
class NeighboursAnswer:
    """What they do."""

    neighbours: Neighbours

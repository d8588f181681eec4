"""Cargo.lock as a graph, and what changed in the part of it that one crate uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from cratewheel.cargo.model import CargoModel


@dataclass(frozen=True, order=True)
class LockedPackage:
    """A package of a lock.

    Args:
        source: where it comes from (`registry+…`, `git+…#commit`); None for a path package.
        checksum: sha256 of the .crate in hex; None for path and git packages.
    """

    name: str
    version: str
    source: Optional[str] = None
    checksum: Optional[str] = None


@dataclass(frozen=True)
class LockGraph:
    """A Cargo.lock.

    Args:
        version: the format's version (1 and 2 have none written and count as 2).
        packages: sorted by name, version and source.
        edges: (from, to) pairs.
    """

    version: int
    packages: tuple[LockedPackage, ...]
    edges: frozenset[tuple[LockedPackage, LockedPackage]]

    def local(self, name: str) -> tuple[LockedPackage, ...]:
        """The path packages of that name."""
        raise NotImplementedError


def parse_lock(content: bytes, path: str = "Cargo.lock") -> LockGraph:
    """Reads a Cargo.lock, format 1 to 4.

    Raises:
        CratewheelError: CW-LOCK-SYNTAX when it is not one, with `path` and the line where known.
    """
    raise NotImplementedError


def subgraph(
    lock: LockGraph, model: CargoModel, directory: str
) -> frozenset[LockedPackage]:
    """The locked packages that the crate in `directory` is built from, itself included.

    A lock does not tell dev-dependencies from others; the manifests in `model` do, for the crate
    and for every path crate on the way (registry packages have none of theirs in a lock). Empty
    when the lock does not have the crate.
    """
    raise NotImplementedError


def changed_packages(
    old: frozenset[LockedPackage], new: frozenset[LockedPackage]
) -> tuple[str, ...]:
    """What changed between two `subgraph`s, a phrase each, sorted: `serde 1.0.1 → 1.0.2`,
    `itoa 1.0.9 added`, `ryu 1.0.15 removed`, `foo 1.0.0 from another source`.

    Path packages are left out: their files speak for themselves, and a version there changes with
    every release.
    """
    raise NotImplementedError

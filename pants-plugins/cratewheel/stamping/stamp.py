"""The plan's versions put into a tree, for one package's build or for all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from cratewheel.cargo.model import CargoModel
from cratewheel.plan.model import Plan


def stamp(
    files: Mapping[str, bytes], plan: Plan, model: CargoModel, *, package_id: Optional[str] = None
) -> Mapping[str, bytes]:
    """The files that must change for the tree to carry the plan's versions.

    Args:
        files: contents by repository-relative path: at least every Cargo.toml, Cargo.lock,
            pyproject.toml and version file of the tree; others are not looked at. A tree that holds
            only part of the repository is stamped as far as it goes.
        plan: its packages and its held ones give the versions, its resolutions the missing locks.
        model: the crates of `files`.
        package_id: the package that is being built. It matters where a crate and a wheel share a
            Cargo.toml: the wheel's build sees the wheel's version there, the crate's its own.

    Returns:
        Only what changed (or is new), by path.

    Raises:
        CratewheelError: `CW-STAMP-…` findings, all at once.
    """
    raise NotImplementedError

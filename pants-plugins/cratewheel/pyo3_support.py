"""Which Pythons a PyO3 has code for, as its build script demands.

Cargo ends in PyO3's own words where it does not, deep in a build, or does not know a feature for that
Python at all. The table is read off PyO3's releases (`SUPPORTED_VERSIONS_…` in `pyo3-ffi/build.rs`).
"""

from __future__ import annotations

import re
from typing import Optional

from cratewheel.cargo.manifest import DEV
from cratewheel.cargo.model import CargoModel
from cratewheel.pythons import Python
from cratewheel.stable_abi import BINDING_CRATES

#: From which minor release of PyO3 0.x on which Python is the oldest, the newest first.
_OLDEST: dict[str, tuple[tuple[int, Python], ...]] = {
    "CPython": ((30, (3, 9)), (29, (3, 8)), (16, (3, 7))),
    "PyPy": ((27, (3, 11)), (23, (3, 9)), (16, (3, 7))),
    "GraalPy": ((21, (3, 10)),),
}
_NEWEST = max(since for releases in _OLDEST.values() for since, _ in releases)
_COMPARATOR = re.compile(r"(=|\^|~|>=|>|<=|<)?\s*(\d+)(?:\.(\d+))?")


def pyo3_release(model: CargoModel, directory: str) -> Optional[int]:
    """The N of the PyO3 0.N that a crate is built with, or of the oldest that its requirement admits.

    Args:
        directory: the crate's.

    Returns:
        None where PyO3 is no dependency of it or of the crates here that it is built from, or is required
        by no version.
    """
    found = [
        release
        for each in model.build_closure(directory)
        for dependency in model.crates[each].dependencies
        if dependency.package in BINDING_CRATES and dependency.table != DEV
        for release in [_lowest(dependency.requirement or "")]
        if release is not None
    ]
    # Cargo takes one that all of them admit.
    return max(found, default=None)


def oldest_supported(implementation: str, release: int) -> Optional[Python]:
    """The oldest Python that PyO3 0.N has code for; None where that is older than any that we know.

    Args:
        implementation: `CPython`, `PyPy` or `GraalPy`.
        release: the N.
    """
    for since, python in _OLDEST[implementation]:
        if release >= since:
            return python
    return None


def _lowest(requirement: str) -> Optional[int]:
    for part in requirement.split(","):
        comparator = _COMPARATOR.match(part.strip())
        if comparator is None or comparator[1] in ("<", "<="):
            continue
        if comparator[2] != "0":
            # What comes after 0.x has code for no older Python than its last.
            return _NEWEST
        if comparator[3] is not None:
            return int(comparator[3])
    return None

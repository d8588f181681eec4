"""What this machine has for a release: tools, interpreters, disk, and the rows it can build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cratewheel.build.wheels import RowBuild
from cratewheel.errors import Finding
from cratewheel.wheel_rows import promise_title

GIB = 1024**3

#: A release build of a crate with a few dozen dependencies, its wheels and their tests.
_LEAST_FREE = 2 * GIB


def disk_findings(folders: Iterable[tuple[str, int]]) -> Iterator[Finding]:
    """Folders on disks that are nearly full.

    Args:
        folders: (what it is for and where, free bytes).
    """
    for what, free in folders:
        if free < _LEAST_FREE:
            message = f"{free / GIB:.1f} GiB are free, and a build may need {_LEAST_FREE / GIB:.0f}"
            yield Finding("CW-DISK-LOW", what, message)


def interpreter_findings(package_id: str, rows: Iterable[RowBuild]) -> Iterator[Finding]:
    """ABI families that this machine could build but for an interpreter, row by row."""
    for row in rows:
        families = [each.family for each in row.missing if each.family]
        if families:
            message = (
                f"no interpreter of this machine builds {', '.join(families)} for {_named(row)}"
            )
            yield Finding("CW-INTERPRETER-MISSING", package_id, message)


def rows_here(package_id: str, rows: Sequence[RowBuild]) -> str:
    """Which rows of a wheel this machine builds, which not and why; "" for a package without rows."""
    here = [_named(row) for row in rows if row.build is not None]
    elsewhere = [f"{_named(row)}: {each.reason}" for row in rows for each in row.missing]
    if not here and not elsewhere:
        return ""
    head = f"{package_id}: {', '.join(here) or 'no row'}"
    return "\n    ".join((f"{head}, and not" if elsewhere else head, *elsewhere))


def _named(row: RowBuild) -> str:
    return promise_title(*row.row.key)

"""What this machine has for a release: tools, interpreters, disk, and the rows it can build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cratewheel.build.wheels import RowBuild
from cratewheel.errors import Finding

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


def row_findings(package_id: str, rows: Sequence[RowBuild]) -> Iterator[Finding]:
    """What of a wheel's rows this machine does not build, in one finding."""
    here = [row.row.triple for row in rows if row.build is not None]
    elsewhere = [f"{each.triple}: {each.reason}" for row in rows for each in row.missing]
    if elsewhere:
        head = f"this machine builds {', '.join(here) or 'no row'}, and leaves to others"
        yield Finding("CW-ROW-ELSEWHERE", package_id, "\n      ".join((head, *elsewhere)))

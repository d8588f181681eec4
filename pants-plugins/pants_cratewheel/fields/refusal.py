"""How a field refuses what a BUILD file gives it."""

from __future__ import annotations

from collections.abc import Iterable

from pants.engine.target import InvalidFieldException

from cratewheel.errors import Finding


def refuse(findings: Iterable[Finding]) -> None:
    """Raises when there are findings; Pants puts the BUILD file and the line before them."""
    found = "\n".join(str(finding) for finding in findings)
    if found:
        raise InvalidFieldException(found)

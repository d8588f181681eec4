"""What a release from this commit would come to: what ships, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator

from cratewheel.codes import NOTE, WARNING
from cratewheel.plan.model import Plan

#: What stops a release of this moment and need not worry before one.
BEFORE_A_RELEASE = {
    "CW-CREDENTIALS-MISSING": NOTE,
    "CW-DESTINATION-UNSET": WARNING,
    "CW-GIT-NO-COMMIT": WARNING,
    "CW-GIT-NO-REPOSITORY": WARNING,
    "CW-TREE-DIRTY": NOTE,
}


def ships(plan: Plan) -> Iterator[str]:
    """One line for each package that the plan ships, in publish order."""
    for package in plan.packages:
        line = f"{package.id} {package.previous or 'new'} → {package.version}"
        reason = f": {package.reasons[0]}" if package.reasons else ""
        yield f"{line}{reason}"

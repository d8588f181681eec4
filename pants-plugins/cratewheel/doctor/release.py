"""What a release from this commit would come to: what ships, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

from cratewheel.codes import NOTE, WARNING
from cratewheel.history import History
from cratewheel.plan.model import Plan

#: What stops a release of this moment and need not worry before one.
BEFORE_A_RELEASE = {
    "CW-CRATE-FIRST-PUBLISH": WARNING,
    "CW-CREDENTIALS-MISSING": NOTE,
    "CW-DESTINATION-UNSET": WARNING,
    "CW-GIT-NO-COMMIT": WARNING,
    "CW-GIT-NO-REPOSITORY": WARNING,
    "CW-REMOTE-CACHE": WARNING,
    "CW-TREE-DIRTY": NOTE,
}


def ships(plan: Plan) -> Iterator[str]:
    """One line for each package that the plan ships, in publish order."""
    for package in plan.packages:
        line = f"{package.id} {package.previous or 'new'} → {package.version}"
        reason = f": {package.reasons[0]}" if package.reasons else ""
        yield f"{line}{reason}"


def last_release(history: Optional[History]) -> Optional[str]:
    """The commit of the newest release that HEAD descends from."""
    bases = {base.commit for base in history.bases.values()} if history is not None else set()
    if history is None or not bases:
        return None
    newest_first = [commit.id for commit in history.commits]
    # The oldest base lies just beyond what is listed, and HEAD is listed by no one but itself.
    newest_first += [parent for commit in history.commits for parent in commit.parents]
    return next((each for each in (*newest_first, history.head) if each in bases), None)


def released_before(plan: Plan, history: Optional[History]) -> frozenset[str]:
    """The ids of the packages that a tag, or a frozen plan, says were released before."""
    planned = {each.id for each in plan.packages if each.previous is not None}
    tagged = {each for each, tags in history.tagged.items() if tags} if history is not None else {}
    return frozenset({*planned, *tagged})

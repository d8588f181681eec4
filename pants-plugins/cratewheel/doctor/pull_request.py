"""What a pull request's title and body would say once they are the message of its squash commit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Optional

from cratewheel.errors import CratewheelError, Finding
from cratewheel.history import Commit, History
from cratewheel.plan.inputs import PlanOptions
from cratewheel.plan.package import ReleasePackage
from cratewheel.plan.requests import read_requests
from cratewheel.pull_request import (
    MEND,
    PLACE,
    PullRequest,
    about_the_description,
    branch_commits,
)
from cratewheel.trailers import ReleaseTrailer, parse_release, parse_trailers, release_trailers

_LIKE_A_TRAILER = re.compile(r"[ \t>*-]*release[ \t]*:[ \t]*(?P<value>\S.*)", re.IGNORECASE)


def pull_request_findings(
    event: PullRequest, packages: Sequence[ReleasePackage], options: PlanOptions
) -> Iterator[Finding]:
    """What the plan will say of the squashed commit's trailers.

    Args:
        packages: every publishable package.
    """
    stand_in = Commit("0" * 40, (), event.message, ())
    history = History(head=stand_in.id, commits=(stand_in,))
    try:
        read_requests(history, packages, replace(options, release=(), ignore_trailers=()))
    except CratewheelError as error:
        yield from about_the_description(error.findings, stand_in.short)


def lost_trailer_findings(event: PullRequest, history: History) -> Iterator[Finding]:
    """Trailers of the branch's commits that the squashed commit would not have."""
    kept = {str(trailer) for trailer in release_trailers(event.message).releases}
    recent = {commit.id for commit in history.recent}
    for commit in branch_commits(event, history):
        if commit.id not in recent:
            continue
        for trailer in release_trailers(commit.message).releases:
            if str(trailer) not in kept:
                message = f"`{trailer}` is in no line of the pull request, so squashing loses it"
                place = f"commit {commit.short}, line {trailer.line}"
                yield Finding("CW-TRAILER-LOST", place, message)


def uncounted_findings(
    history: Optional[History], event: Optional[PullRequest]
) -> Iterator[Finding]:
    """Lines that look like trailers and are none, because of where they stand."""
    messages = [(PLACE, event.message)] if event is not None else []
    for commit in history.recent if history is not None else ():
        messages.append((f"commit {commit.short}", commit.message))
    for place, message in messages:
        counted = {trailer.line for trailer in parse_trailers(message)}
        for number, line in enumerate(message.split("\n"), 1):
            found = _LIKE_A_TRAILER.fullmatch(line.rstrip())
            if found is None or number in counted:
                continue
            if isinstance(parse_release(found["value"]), ReleaseTrailer):
                said = f"`{line.strip()}` does not count: trailers are the last lines of a message, on their own"
                mend = MEND if place == PLACE else ""
                yield Finding("CW-TRAILER-NOT-COUNTED", f"{place}, line {number}", said, mend)

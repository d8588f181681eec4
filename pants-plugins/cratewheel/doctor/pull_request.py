"""What a pull request's title and body would say once they are the message of its squash commit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

from cratewheel.errors import CratewheelError, Finding
from cratewheel.history import Commit, History
from cratewheel.plan.inputs import PlanOptions
from cratewheel.plan.package import ReleasePackage
from cratewheel.plan.requests import read_requests
from cratewheel.trailers import ReleaseTrailer, parse_release, parse_trailers, release_trailers

#: Where GitHub puts what started a job.
EVENT_VARIABLES = ("GITHUB_EVENT_PATH",)

_PLACE = "pull request"
_MEND = "edit the pull request's description: it becomes the message of the squashed commit"
_LIKE_A_TRAILER = re.compile(r"[ \t>*-]*release[ \t]*:[ \t]*(?P<value>\S.*)", re.IGNORECASE)


@dataclass(frozen=True)
class PullRequest:
    """The pull request that a job runs for.

    Args:
        base: the commit that it would be merged onto.
    """

    number: int
    title: str
    body: str
    base: str

    @property
    def message(self) -> str:
        """The message of its squashed commit, as GitHub suggests it."""
        body = self.body.replace("\r\n", "\n").strip()
        return f"{self.title} (#{self.number})\n\n{body}\n"


def read_event(environment: Mapping[str, str]) -> Optional[PullRequest]:
    """The pull request that GitHub started this job for; None for anything else.

    Source: GitHub's "Webhook events and payloads", `pull_request`.
    """
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return None
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8")).get("pull_request")
        return PullRequest(
            number=int(found["number"]),
            title=str(found["title"]),
            body=str(found.get("body") or ""),
            base=str(found["base"]["sha"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


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
        for finding in error.findings:
            place = finding.place.replace(f"commit {stand_in.short}", _PLACE)
            yield replace(finding, place=place, mend=_MEND)


def lost_trailer_findings(event: PullRequest, history: History) -> Iterator[Finding]:
    """Trailers of the branch's commits that the squashed commit would not have."""
    kept = {str(trailer) for trailer in release_trailers(event.message).releases}
    on_base = history.graph.reached_from([event.base])
    for commit in history.recent:
        if on_base.get(commit.id):
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
    messages = [(_PLACE, event.message)] if event is not None else []
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
                mend = _MEND if place == _PLACE else ""
                yield Finding("CW-TRAILER-NOT-COUNTED", f"{place}, line {number}", said, mend)

"""The pull request that a CI job runs for, and the history as it would be once it is squashed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

from cratewheel.errors import Finding
from cratewheel.git import Git
from cratewheel.history import Commit, History

#: Where GitHub puts what started a job.
EVENT_VARIABLES = ("GITHUB_EVENT_PATH",)

#: What a finding about the description has for a place, before the line.
PLACE = "pull request"
MEND = "edit the pull request's description: it becomes the message of the squashed commit"


@dataclass(frozen=True)
class PullRequest:
    """The pull request that a job runs for.

    Args:
        base: the commit that it would be merged onto.
        head: the newest commit of its branch.
    """

    number: int
    title: str
    body: str
    base: str
    head: str = ""

    @property
    def message(self) -> str:
        """The message of its squashed commit, as GitHub suggests it."""
        body = self.body.replace("\r\n", "\n").strip()
        return f"{self.title} (#{self.number})\n\n{body}\n"


def read_event(environment: Mapping[str, str]) -> Optional[PullRequest]:
    """The pull request that GitHub started this job for; None for anything else.

    None, too, where the repository does not squash: no commit gets its title and description then.

    Source: GitHub's "Webhook events and payloads", `pull_request`.
    """
    path = environment.get("GITHUB_EVENT_PATH")
    if not path:
        return None
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8")).get("pull_request")
        if (found["base"].get("repo") or {}).get("allow_squash_merge") is False:
            return None
        return PullRequest(
            number=int(found["number"]),
            title=str(found["title"]),
            body=str(found.get("body") or ""),
            base=str(found["base"]["sha"]),
            head=str((found.get("head") or {}).get("sha") or ""),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def of_checkout(event: PullRequest, git: Git) -> Optional[PullRequest]:
    """The pull request with the commit for a base at which HEAD has left it.

    None where HEAD and the base have nothing in common: the event is of another repository.
    """
    code, output, _ = git.attempt(["merge-base", "HEAD", event.base])
    return replace(event, base=output.decode().strip()) if code == 0 else None


def branch_commits(event: PullRequest, history: History) -> tuple[Commit, ...]:
    """The commits of HEAD that the base does not have, newest first, GitHub's test merge included."""
    bases = [event.base]
    tested = _tested_base(event, history)
    if tested is not None:
        bases.append(tested)
    on_base = history.graph.reached_from(bases)
    return tuple(
        commit
        for commit in history.commits
        if history.is_since("", commit) and not on_base.get(commit.id)
    )


def squashed(history: History, event: PullRequest) -> History:
    """The history with one commit, HEAD, in the place of all that the pull request brings.

    Its message is the pull request's title and description, its paths are those of the branch. A
    branch on which something was released is left as it is: no squash leads there.
    """
    branch = branch_commits(event, history)
    ids = {commit.id for commit in branch}
    if not ids or any(base.commit in ids for base in history.bases.values()):
        return history
    position = {commit.id: at for at, commit in enumerate(history.commits)}
    outside = {parent for commit in branch for parent in commit.parents} - ids
    parent = _tested_base(event, history) or min(
        sorted(outside), key=lambda each: position.get(each, len(position)), default=None
    )
    stand_in = Commit(
        history.head,
        () if parent is None else (parent,),
        event.message,
        tuple(sorted({path for commit in branch for path in commit.paths})),
    )
    rest = (commit for commit in history.commits if commit.id not in ids)
    note = (
        f"pull request #{event.number} is taken to be squashed: its title and description decide, and "
        "trailers of its commits do not count"
    )
    return replace(history, commits=(stand_in, *rest), notes=(*history.notes, note))


def about_the_description(findings: Iterable[Finding], commit: str) -> Iterator[Finding]:
    """Findings with those about a commit's message turned into ones about the description.

    Args:
        commit: the short id of the commit that stands in for the pull request.
    """
    for finding in findings:
        before = f"commit {commit}"
        if finding.place.startswith(before):
            place = f"{PLACE}{finding.place[len(before) :]}"
            finding = replace(finding, place=place, mend=MEND)
        yield finding


def _tested_base(event: PullRequest, history: History) -> Optional[str]:
    """The commit of the base that HEAD merges, where HEAD is the merge that GitHub makes for tests."""
    head = next((commit for commit in history.commits if commit.id == history.head), None)
    if head is not None and event.head and head.parents[1:] == (event.head,):
        return head.parents[0]
    return None

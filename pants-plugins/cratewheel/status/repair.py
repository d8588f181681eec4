"""Mending what a status finds: tags are made where the commit is proven, and pushed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from cratewheel.errors import CratewheelError, Finding
from cratewheel.git import Git
from cratewheel.records.store import (
    NAMESPACE,
    publish_record,
    read_recorded_plan,
    store_attempt,
)
from cratewheel.records.values import ReleaseRecord
from cratewheel.release_tags import fetch_tag, make_tags
from cratewheel.status import values
from cratewheel.status.values import Deviation, PackageStatus

#: What only a person, or a release, can mend.
_LEFT = {
    values.PARTIAL: "CW-RELEASE-UNFINISHED",
    values.CONTRADICTED: "CW-PROVENANCE-CONTRADICTED",
    values.UNPUBLISHED: "CW-TAG-UNPUBLISHED",
    values.UNREACHABLE: "CW-REGISTRY-UNREACHABLE",
}


@dataclass(frozen=True)
class Decision:
    """A person's word about which commit a published version came from.

    Args:
        commit: as it was written.
    """

    package_id: str
    version: str
    commit: str


def read_decision(text: str) -> Decision:
    """Reads `ID@VERSION=COMMIT`.

    Raises:
        CratewheelError: `CW-REPAIR-OPTION`.
    """
    subject, equals, commit = text.rpartition("=")
    package_id, at, version = subject.rpartition("@")
    if not (equals and at and package_id and version and commit):
        message = "expected ID@VERSION=COMMIT, such as crate:my-crate@1.2.3=4f5e6d7"
        raise CratewheelError(Finding("CW-REPAIR-OPTION", f"--commit={text}", message))
    return Decision(package_id, version, commit)


def repair(
    git: Git,
    packages: Iterable[PackageStatus],
    decisions: Iterable[Decision],
    remote: str,
    say: Callable[[str], None],
) -> tuple[Finding, ...]:
    """Makes and pushes the tags that are missing, and fetches those that are elsewhere.

    Returns:
        What is still out of step.

    Raises:
        CratewheelError: `CW-REPAIR-OPTION`, before anything is changed.
    """
    known = tuple(packages)
    decided = _decided(git, known, decisions)
    by_kind: dict[str, list[tuple[PackageStatus, Deviation]]] = defaultdict(list)
    for package in known:
        for deviation in package.deviations:
            by_kind[deviation.kind].append((package, deviation))
    findings = list(_tag(git, by_kind[values.UNTAGGED], decided, remote, say))
    pushed: dict[str, Deviation] = {
        deviation.tag: deviation for _, deviation in by_kind[values.UNPUSHED] if deviation.tag
    }
    for tag, deviation in pushed.items():
        findings.extend(make_tags(git, (tag,), deviation.commit or "", remote, say))
    for tag in dict.fromkeys(each.tag for _, each in by_kind[values.UNFETCHED] if each.tag):
        findings.extend(fetch_tag(git, tag, remote, say))
    findings += [
        Finding(_LEFT[kind], _place(package, deviation), deviation.message, deviation.mend)
        for kind in _LEFT
        for package, deviation in by_kind[kind]
    ]
    return tuple(findings)


def abandon(
    git: Git,
    packages: Iterable[PackageStatus],
    records: Iterable[ReleaseRecord],
    remote: str,
    say: Callable[[str], None],
    left: Iterable[Finding] = (),
) -> tuple[Finding, ...]:
    """Says of every half-published release of `packages` that it is not going to be finished.

    Args:
        left: what `repair` has left out of step.

    Returns:
        What is out of step now: what of `left` is about something else, and what could not be noted.
    """
    by_tag = {record.tag: record for record in records}
    begun: dict[str, list[str]] = defaultdict(list)
    for package in packages:
        for deviation in package.deviations:
            if deviation.kind == values.PARTIAL and deviation.tag:
                begun[deviation.tag].append(_place(package, deviation))
    half_done = {place for places in begun.values() for place in places}
    findings = [
        each for each in left if each.code != _LEFT[values.PARTIAL] or each.place not in half_done
    ]
    if not begun:
        say("there is no half-published release to give up")
    for tag, those in begun.items():
        subject = ", ".join(those)
        record = by_tag.get(tag)
        if record is not None:
            plan = read_recorded_plan(git, f"{NAMESPACE}{tag}")
            given_up = replace(record.last, abandoned=True)
            made = store_attempt(git, given_up, plan, [record.object_id])
            finding = publish_record(git, (tag,), made, {tag: record.object_id}, remote)
            if finding is not None:
                findings.append(finding)
                continue
        say(f"{subject}: given up; what is live stays, and the next version moves past it")
    return tuple(findings)


def _decided(
    git: Git, packages: Iterable[PackageStatus], decisions: Iterable[Decision]
) -> Mapping[tuple[str, str], str]:
    """The full commit that was decided on, by package id and version."""
    untagged = {
        (package.id, deviation.version): deviation
        for package in packages
        for deviation in package.deviations
        if deviation.kind == values.UNTAGGED
    }
    decided = {}
    findings = []
    for decision in decisions:
        place = f"--commit={decision.package_id}@{decision.version}={decision.commit}"
        key = (decision.package_id, decision.version)
        code, output, _ = git.attempt(
            ["rev-parse", "--verify", "--quiet", f"{decision.commit}^{{commit}}"]
        )
        if key not in untagged:
            message = "there is no such version that is live without a tag"
            findings.append(Finding("CW-REPAIR-OPTION", place, message))
        elif code != 0:
            message = f"{decision.commit} is no commit of this clone"
            findings.append(Finding("CW-REPAIR-OPTION", place, message))
        else:
            commit = output.decode().strip()
            proven = untagged[key]
            if proven.commit not in (None, commit):
                message = f"{proven.evidence} says it came from {proven.commit}"
                findings.append(Finding("CW-PROVENANCE-CONTRADICTED", place, message))
            decided[key] = commit
    if findings:
        raise CratewheelError(*findings)
    return {
        (package_id, version or ""): commit for (package_id, version), commit in decided.items()
    }


def _tag(
    git: Git,
    untagged: Iterable[tuple[PackageStatus, Deviation]],
    decided: Mapping[tuple[str, str], str],
    remote: str,
    say: Callable[[str], None],
) -> Iterable[Finding]:
    by_tag: dict[str, list[tuple[PackageStatus, Deviation]]] = defaultdict(list)
    for package, deviation in untagged:
        by_tag[deviation.tag or ""].append((package, deviation))
    for tag, members in by_tag.items():
        commits = {
            decided.get((package.id, deviation.version or ""), deviation.commit)
            for package, deviation in members
        }
        ids = ", ".join(_place(package, deviation) for package, deviation in members)
        commit = commits.pop()
        if commits:
            message = f"they share {tag}, and did not come from one commit"
            yield Finding("CW-PROVENANCE-CONTRADICTED", ids, message)
        elif commit is None:
            _, deviation = members[0]
            yield Finding("CW-PROVENANCE-UNKNOWN", ids, deviation.message, deviation.mend)
        elif git.attempt(["cat-file", "-e", f"{commit}^{{commit}}"])[0] != 0:
            message = f"it came from {commit}, which this clone does not have"
            yield Finding("CW-COMMIT-MISSING", ids, message)
        else:
            yield from make_tags(git, (tag,), commit, remote, say)


def _place(package: PackageStatus, deviation: Deviation) -> str:
    return f"{package.id} {deviation.version}" if deviation.version else package.id

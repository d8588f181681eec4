"""What commits and the command line ask for, package by package."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Optional

from cratewheel.errors import Finding, raise_all
from cratewheel.history import Commit, CommitGraph, History
from cratewheel.plan.inputs import PlanOptions
from cratewheel.plan.names import PackageNames, split_release_option
from cratewheel.plan.package import ReleasePackage
from cratewheel.trailers import (
    MalformedTrailer,
    ReleaseTrailer,
    parse_release,
    release_trailers,
)


@dataclass(frozen=True)
class Request:
    """A trailer of a commit.

    Args:
        listed: the ids of the packages that it lists; empty when it has no list.
    """

    commit: Commit
    trailer: ReleaseTrailer
    listed: frozenset[str]

    @property
    def place(self) -> str:
        """Where it stands, for a message."""
        return f"commit {self.commit.short}, line {self.trailer.line}"

    @property
    def has_own_changes(self) -> bool:
        """Whether the commit is an ordinary one, neither empty nor a merge."""
        return len(self.commit.parents) < 2 and bool(self.commit.paths)

    def __str__(self) -> str:
        return f"{self.trailer} in {self.commit.short}"


@dataclass(frozen=True)
class Requests:
    """Everything that was asked for.

    Args:
        trailers: newest first; `skip` ones are not among them.
        decided: by package id: what the command line decides.
        skips: by commit id: the package ids whose changes in that commit are left out, None for
            every package.
        notes: what a reader of the plan should know.
        findings: what is wrong with the others.
    """

    trailers: tuple[Request, ...] = ()
    decided: Mapping[str, ReleaseTrailer] = field(default_factory=dict)
    skips: Mapping[str, Optional[frozenset[str]]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def is_skipped(self, commit_id: str, package_id: str) -> bool:
        """Whether a commit's changes are left out of the question of releasing a package."""
        if commit_id not in self.skips:
            return False
        listed = self.skips[commit_id]
        return listed is None or package_id in listed


def read_requests(
    history: History, packages: Sequence[ReleasePackage], options: PlanOptions
) -> Requests:
    """The trailers since the packages' bases, and the decisions of the command line.

    With `versioning = "manifest"` commit messages are not looked at.

    Raises:
        CratewheelError: `CW-TRAILER-MALFORMED`, `CW-TRAILER-UNKNOWN-PACKAGE`,
            `CW-TRAILER-CONFLICT`, `CW-RELEASE-OPTION`; all at once.
    """
    requests = collect_requests(history, packages, options)
    raise_all(requests.findings)
    return requests


def collect_requests(
    history: History, packages: Sequence[ReleasePackage], options: PlanOptions
) -> Requests:
    """As `read_requests`, with the faults beside what could be understood."""
    names = PackageNames(packages)
    decided, findings = _decided(options.release, names)
    findings += _split_groups(packages, decided)
    requests: list[Request] = []
    notes: list[str] = []
    if options.versioning == "trailers":
        requests, trailer_findings, notes = _trailers(history, names, options.ignore_trailers)
        findings += trailer_findings
        findings += _contradictions(requests)
    skips, skip_notes = _skips(
        [request for request in requests if request.trailer.action == "skip"], history
    )
    return Requests(
        tuple(request for request in requests if request.trailer.action != "skip"),
        decided,
        skips,
        (*notes, *skip_notes),
        tuple(findings),
    )


def _trailers(
    history: History, names: PackageNames, ignored_by_option: Collection[str]
) -> tuple[list[Request], list[Finding], list[str]]:
    findings: list[Finding] = []
    requests: list[Request] = []
    by_option = tuple(entry.lower() for entry in ignored_by_option)
    taken_back: dict[str, Commit] = {}
    used: set[str] = set()
    for commit in history.recent:
        matching = [entry for entry in taken_back if commit.id.startswith(entry)]
        used.update(matching)
        if matching or commit.id.startswith(by_option):
            continue
        trailers = release_trailers(commit.message)
        taken_back.update(dict.fromkeys(trailers.ignored, commit))
        findings += [_malformed(commit, malformed) for malformed in trailers.malformed]
        for trailer in trailers.releases:
            listed: set[str] = set()
            for name in trailer.names:
                found = names.find(name)
                listed |= found
                if not found:
                    findings.append(_unknown(commit, trailer, name, names))
            requests.append(Request(commit, trailer, frozenset(listed)))
    notes = [
        f"release-ignore in {commit.short}: {entry} is no earlier commit since the last releases"
        for entry, commit in taken_back.items()
        if entry not in used
    ]
    return requests, findings, notes


def _malformed(commit: Commit, malformed: MalformedTrailer) -> Finding:
    return Finding(
        "CW-TRAILER-MALFORMED",
        f"commit {commit.short}, line {malformed.line}",
        f"`{malformed.text}`: {malformed.fault}",
        way_out(commit),
    )


def _unknown(commit: Commit, trailer: ReleaseTrailer, name: str, names: PackageNames) -> Finding:
    return Finding(
        "CW-TRAILER-UNKNOWN-PACKAGE",
        f"commit {commit.short}, line {trailer.line}",
        f"`{trailer}`: no published package is called {name!r}; {names.suggestion(name)}",
        way_out(commit),
    )


def way_out(commit: Commit) -> str:
    """What can be done about a trailer, wherever its commit is by now."""
    return (
        "amend the commit, or take its trailers back with a later commit that says "
        f"`release-ignore: {commit.short}`"
    )


def _contradictions(requests: Sequence[Request]) -> list[Finding]:
    """Trailers of one commit that both skip and release the same packages."""
    by_commit: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        by_commit[request.commit.id].append(request)
    findings = []
    for of_commit in by_commit.values():
        for skip in (request for request in of_commit if request.trailer.action == "skip"):
            for other in of_commit:
                same = skip.listed & other.listed or (not skip.listed and not other.listed)
                if other.trailer.action != "skip" and same:
                    findings.append(
                        Finding(
                            "CW-TRAILER-CONFLICT",
                            other.place,
                            f"`{other.trailer}` and `{skip.trailer}` speak for the same packages",
                            way_out(other.commit),
                        )
                    )
    return findings


def _skips(
    requests: Sequence[Request], history: History
) -> tuple[dict[str, Optional[frozenset[str]]], list[str]]:
    """The commits that `skip` leaves out: its own, or of a merge those that it brought in."""
    skips: dict[str, Optional[frozenset[str]]] = {}
    notes = []
    for request in requests:
        merged = _brought_in(request.commit, history) if len(request.commit.parents) > 1 else ()
        if not request.commit.paths and not merged:
            notes.append(f"{request}: the commit has no changes to leave out")
        for commit_id in (request.commit.id, *merged):
            known = skips.get(commit_id, frozenset())
            skips[commit_id] = (
                None if known is None or not request.listed else known | request.listed
            )
    return skips, notes


def _brought_in(merge: Commit, history: History) -> tuple[str, ...]:
    first, *others = merge.parents
    graph: CommitGraph = history.graph
    seen_from = graph.reached_from([first, *others])
    return tuple(
        commit.id
        for commit in history.commits
        if seen_from[commit.id] and not seen_from[commit.id] & 1
    )


def _split_groups(
    packages: Sequence[ReleasePackage], decided: Mapping[str, ReleaseTrailer]
) -> list[Finding]:
    """Groups of which only some members are to stay behind: they would no longer move together."""
    held_back = {each for each, trailer in decided.items() if trailer.action == "skip"}
    groups: dict[str, list[str]] = defaultdict(list)
    for package in packages:
        if package.version_group:
            groups[package.version_group].append(package.id)
    return [
        Finding(
            "CW-RELEASE-OPTION",
            f"--release={', '.join(staying)}@skip",
            f"moves with {', '.join(sorted(set(members) - set(staying)))} in version group {group}",
            f"hold all of it back with --release={group}@skip",
        )
        for group, members in sorted(groups.items())
        for staying in [sorted(held_back.intersection(members))]
        if staying and len(staying) < len(members)
    ]


def _decided(
    entries: Sequence[str], names: PackageNames
) -> tuple[dict[str, ReleaseTrailer], list[Finding]]:
    decided: dict[str, ReleaseTrailer] = {}
    findings: list[Finding] = []
    for entry in entries:
        place = f"--release={entry}"
        parts = split_release_option(entry)
        if parts is None:
            findings.append(Finding("CW-RELEASE-OPTION", place, "expected ID@LEVEL-OR-VERSION"))
            continue
        name, decision = parts
        trailer = parse_release(decision)
        found = names.find(name)
        if isinstance(trailer, MalformedTrailer) or trailer.names:
            fault = "a list has no place here"
            if isinstance(trailer, MalformedTrailer):
                fault = trailer.fault
            findings.append(Finding("CW-RELEASE-OPTION", place, fault))
            continue
        if not found:
            findings.append(
                Finding(
                    "CW-RELEASE-OPTION",
                    place,
                    f"no published package is called {name!r}; {names.suggestion(name)}",
                )
            )
        for package_id in sorted(found):
            if decided.setdefault(package_id, trailer) != trailer:
                findings.append(
                    Finding("CW-RELEASE-OPTION", place, f"{package_id} is decided twice")
                )
    return decided, findings

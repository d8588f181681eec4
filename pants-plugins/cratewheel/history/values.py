"""Commits, bases and what changed since: a repository's history as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cratewheel.versions import Version


@dataclass(frozen=True)
class Commit:
    """A commit.

    Args:
        id: its full id.
        parents: ids.
        message: the whole message.
        paths: repository-relative paths that it added, changed or removed; of a merge, those that
            differ from every parent.
    """

    id: str
    parents: tuple[str, ...]
    message: str
    paths: tuple[str, ...]

    @property
    def short(self) -> str:
        """The id as people read it, seven digits."""
        return self.id[:7]


@dataclass(frozen=True)
class Base:
    """Where a package was last released."""

    version: Version
    tag: str
    commit: str


@dataclass(frozen=True)
class WorkingTree:
    """How a checkout differs from HEAD.

    Args:
        uncommitted: paths that differ from HEAD.
        untracked: those of them that git has never been told about.
    """

    uncommitted: frozenset[str] = frozenset()
    untracked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class History:
    """A repository's history as far as its packages' releases need it.

    Args:
        head: the id of HEAD.
        commits: newest first, parents after their children, as far back as the oldest base; those
            of release branches that HEAD does not have are among them.
        bases: by package id; a package that was never released has none.
        tagged: by package id: every version that has a tag, on this branch or another.
        net_changes: by base commit: the paths whose contents differ between it and HEAD.
        old_files: by (commit, path): manifests and locks as they were at a base where they changed
            since, and at HEAD where the working tree has another; absent when there was no file.
        uncommitted: paths of the working tree that differ from HEAD.
        untracked: those of them that git has never been told about.
        notes: what a reader of the plan should know about tags.
    """

    head: str
    commits: tuple[Commit, ...] = ()
    bases: Mapping[str, Base] = field(default_factory=dict)
    tagged: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)
    net_changes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    old_files: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    uncommitted: frozenset[str] = frozenset()
    untracked: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every path that may be a change of some package: what `PlanInputs.owners` must cover."""
        return frozenset().union(
            self.uncommitted, *(commit.paths for commit in self.commits), *self.net_changes.values()
        )

    @cached_property
    def graph(self) -> CommitGraph:
        """Who descends from whom."""
        return CommitGraph(self.commits)

    @cached_property
    def _seen_from(self) -> Mapping[str, int]:
        return self.graph.reached_from([self.head, *self._base_commits])

    @cached_property
    def _base_commits(self) -> Mapping[str, int]:
        commits = sorted({base.commit for base in self.bases.values()})
        return {commit: at for at, commit in enumerate(commits, 1)}

    def is_since(self, base_commit: str, commit: Commit) -> bool:
        """Whether HEAD has a commit that the base does not have.

        Args:
            base_commit: the commit of one of `bases`; "" for the beginning of what is known.
        """
        seen_from = self._seen_from[commit.id]
        if not base_commit:
            return bool(seen_from & 1)
        return bool(seen_from & 1) and not seen_from >> self._base_commits[base_commit] & 1

    @cached_property
    def recent(self) -> tuple[Commit, ...]:
        """HEAD's commits that are newer than some base, or all without a base, newest first."""
        everywhere = sum(1 << at for at in self._base_commits.values())
        return tuple(
            commit
            for commit in self.commits
            if self.is_since("", commit)
            and (not everywhere or self._seen_from[commit.id] & everywhere != everywhere)
        )

    def base_commit(self, package_id: str) -> str:
        """The commit of a package's base, "" when it has none."""
        base = self.bases.get(package_id)
        return base.commit if base else ""


class CommitGraph:
    """Ancestry among commits that are given newest first."""

    def __init__(self, commits: Iterable[Commit]) -> None:
        self._commits = tuple(commits)

    def reached_from(self, starts: Sequence[str]) -> Mapping[str, int]:
        """For every commit, and every parent that lies beyond them, which of `starts` have it in
        their history: bit N stands for `starts[N]`."""
        seen: dict[str, int] = {}
        for at, start in enumerate(starts):
            seen[start] = seen.get(start, 0) | 1 << at
        for commit in self._commits:
            mask = seen.setdefault(commit.id, 0)
            for parent in commit.parents:
                seen[parent] = seen.get(parent, 0) | mask
        return seen

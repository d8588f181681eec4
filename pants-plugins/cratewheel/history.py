"""What happened since each package was last released, read from git in a fixed number of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Optional

from cratewheel.git import Git
from cratewheel.plan.package import ReleasePackage
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


@dataclass(frozen=True)
class Base:
    """Where a package was last released."""

    version: Version
    tag: str
    commit: str


@dataclass(frozen=True)
class History:
    """A repository's history as far as its packages' releases need it.

    Args:
        head: the id of HEAD.
        commits: newest first, parents after their children, as far back as the oldest base.
        bases: by package id; a package that was never released has none.
        tagged: by package id: every version that has a tag, on this branch or another.
        net_changes: by base commit: the paths whose contents differ between it and HEAD.
        old_files: by (base commit, path): manifests and locks that changed since, as they were;
            a file that did not exist is not there.
        uncommitted: paths of the working tree that differ from HEAD.
        notes: what a reader of the plan should know about tags.
    """

    head: str
    commits: tuple[Commit, ...] = ()
    bases: Mapping[str, Base] = field(default_factory=dict)
    tagged: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)
    net_changes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    old_files: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    uncommitted: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def paths(self) -> frozenset[str]:
        """Every path that may be a change of some package: what `PlanInputs.owners` must cover."""
        return frozenset().union(
            self.uncommitted, *(commit.paths for commit in self.commits), *self.net_changes.values()
        )


def read_history(
    git: Git, packages: Sequence[ReleasePackage], *, tags: Optional[str] = None
) -> History:
    """Reads the history of `packages`.

    Git is asked a fixed number of times, whatever the number of packages, commits and tags.

    Args:
        packages: all publishable packages.
        tags: `reachable` or `all`: whether higher tags that forked off after a package's newest
            reachable tag (release branches) count; None when the project has not said.

    Raises:
        CratewheelError: `CW-GIT-NO-REPOSITORY`, `CW-GIT-NO-COMMIT`, `CW-GIT-SHALLOW`,
            `CW-TAG-OFF-BRANCH` (tags is None and it matters), and what
            `cratewheel.tags.resolve_formats` raises.
    """
    raise NotImplementedError

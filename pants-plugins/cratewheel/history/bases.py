"""Release tags, and which of them each package counts from."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Optional

from cratewheel.errors import Finding, raise_all
from cratewheel.git import Git
from cratewheel.history.values import Base, Commit, CommitGraph
from cratewheel.plan.package import ReleasePackage
from cratewheel.tags import TagFormat
from cratewheel.versions import Version


@dataclass(frozen=True)
class Tag:
    """A tag on a commit.

    Args:
        commit, tree: what it names, an annotated tag looked through; object ids.
        reachable: whether HEAD has it.
    """

    name: str
    commit: str
    tree: str
    reachable: bool


@dataclass(frozen=True)
class Candidates:
    """The tags that may be one package's base: the best that HEAD has, and higher ones elsewhere."""

    reachable: Optional[tuple[Version, Tag]]
    elsewhere: tuple[tuple[Version, Tag], ...]


def read_tags(git: Git, head: str) -> tuple[Tag, ...]:
    """The tags of commits, sorted by name, in two calls of git.

    Raises:
        CratewheelError: `CW-GIT-FAILED`.
    """
    fields = ("objecttype", "objectname", "tree", "*objecttype", "*objectname", "*tree")
    listing = git.run(
        [
            "for-each-ref",
            "--format=%(refname)%00" + "%00".join(f"%({name})" for name in fields),
            "refs/tags",
        ]
    )
    merged = git.run(["for-each-ref", f"--merged={head}", "--format=%(refname)", "refs/tags"])
    reachable = set(merged.split(b"\n"))
    tags = []
    for line in listing.split(b"\n"):
        if not line:
            continue
        name, *rest = line.split(b"\0")
        kind, commit, tree = rest[3:] if rest[0] == b"tag" else rest[:3]
        if kind == b"commit":
            tags.append(
                Tag(
                    name.decode("utf-8", "surrogateescape")[len("refs/tags/") :],
                    commit.decode(),
                    tree.decode(),
                    name in reachable,
                )
            )
    return tuple(sorted(tags, key=lambda tag: tag.name))


def tagged_versions(
    fmt: TagFormat, tags: Sequence[Tag], names: Sequence[str]
) -> tuple[tuple[Version, Tag], ...]:
    """The tags of a format with their versions, highest first; of two spellings of one version a
    reachable tag comes first.

    Args:
        tags: sorted by name.
        names: theirs.
    """
    found = []
    start = bisect_left(names, fmt.prefix)
    # Sorted, the tags of a prefix stand together.
    for tag in islice(tags, start, None):
        if not tag.name.startswith(fmt.prefix):
            break
        version = fmt.version(tag.name)
        if version is not None:
            found.append((version, tag))
    return tuple(sorted(found, key=lambda item: (item[0], item[1].reachable), reverse=True))


def candidates_of(package: ReleasePackage, tagged: Sequence[tuple[Version, Tag]]) -> Candidates:
    """What may be a package's base among the tags of its format.

    Args:
        tagged: as `tagged_versions` gives them.
    """
    eligible = [
        (version, tag)
        for version, tag in tagged
        if package.prereleases or not version.is_prerelease
    ]
    best = next(((version, tag) for version, tag in eligible if tag.reachable), None)
    return Candidates(
        best,
        tuple(
            (version, tag)
            for version, tag in eligible
            if not tag.reachable and (best is None or version > best[0])
        ),
    )


def choose_bases(
    packages: Sequence[ReleasePackage],
    candidates: Mapping[str, Candidates],
    commits: Sequence[Commit],
    tags: Optional[str],
) -> tuple[dict[str, Base], tuple[str, ...]]:
    """The base of each package that has one, and what a reader of the plan should know of the choice.

    Args:
        candidates: by package id.
        commits: of HEAD and of the candidates, as far back as the oldest of them.
        tags: as for `cratewheel.history.read_history`.

    Raises:
        CratewheelError: `CW-TAG-OFF-BRANCH`, all at once.
    """
    graph = CommitGraph(commits)
    elsewhere = sorted({tag.commit for found in candidates.values() for _, tag in found.elsewhere})
    seen_from = graph.reached_from(elsewhere) if elsewhere else {}
    positions = {commit: at for at, commit in enumerate(elsewhere)}
    bases: dict[str, Base] = {}
    notes: list[str] = []
    findings: list[Finding] = []
    for package in packages:
        found = candidates[package.id]
        chosen = found.reachable
        # A tag forked off after the base when the base is in its history; with no base, any did.
        forked = [
            (version, tag)
            for version, tag in found.elsewhere
            if chosen is None or seen_from.get(chosen[1].commit, 0) >> positions[tag.commit] & 1
        ]
        if forked:
            version, tag = forked[0]
            here = f"the newest one HEAD has is {chosen[1].name}" if chosen else "HEAD has none"
            fact = f"{tag.name} is tagged on a branch that HEAD does not have; {here}"
            if tags is None:
                findings.append(Finding("CW-TAG-OFF-BRANCH", package.address, fact))
            elif tags == "all":
                chosen = (version, tag)
                notes.append(f'{package.id}: {fact}; it counts, as tags = "all" says')
            else:
                notes.append(f'{package.id}: {fact}; it does not count, as tags = "reachable" says')
        if chosen:
            bases[package.id] = Base(chosen[0], chosen[1].name, chosen[1].commit)
    raise_all(findings)
    return bases, tuple(notes)

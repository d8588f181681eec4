"""Which release tags are due: those of packages of which every file has been read back as live.

A tag says "this commit is what the registry has". So none is due for a package that is not live, nor
for one that somebody published from another commit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from cratewheel.errors import Finding
from cratewheel.git import Git
from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.report import LIVE, Entry
from cratewheel.release_tags import remote_tags, target_of


def tagged_elsewhere(
    git: Git, packages: Iterable[PlannedPackage], commit: str, remote: str
) -> tuple[Finding, ...]:
    """Tags of this release that exist on another commit, here or on the remote.

    To be asked before anything is uploaded.

    Raises:
        CratewheelError: `CW-GIT-FAILED` when the remote cannot be asked.
    """
    members = _by_tag(packages)
    on_remote = remote_tags(git, remote, members)
    findings = []
    for tag, those in members.items():
        for where, target in (("", target_of(git, tag)), (f" on {remote}", on_remote.get(tag))):
            if target is not None and target != commit:
                message = (
                    f"{', '.join(each.id for each in those)} would be tagged on {commit[:12]}, "
                    f"and the tag is on {target[:12]}{where}"
                )
                findings.append(Finding("CW-TAG-TAKEN", tag, message))
                break
    return tuple(findings)


def tags_due(
    packages: Iterable[PlannedPackage],
    entries: Iterable[Entry],
    commit: str,
    read_back: Collection[str],
) -> tuple[str, ...]:
    """The tags of which every package is live with what this release has, in publish order.

    Args:
        read_back: ids of the packages that their registry shows.
    """
    of_package: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        of_package[entry.id].append(entry)
    return tuple(
        tag
        for tag, members in _by_tag(packages).items()
        if all(each.id in read_back and _is_ours(of_package[each.id], commit) for each in members)
    )


def published_elsewhere(
    packages: Iterable[PlannedPackage], entries: Iterable[Entry], commit: str
) -> tuple[Finding, ...]:
    """Packages that are live with the bytes of this release and were published from another commit."""
    ids = {package.id for package in packages if package.tag is not None}
    found = {
        entry.id: f"{entry.version} was published from {entry.commit[:12]}, this is {commit[:12]}"
        for entry in entries
        if entry.id in ids and entry.status in LIVE and entry.commit not in (None, commit)
        if entry.commit is not None
    }
    return tuple(Finding("CW-TAG-NOT-OURS", each, message) for each, message in found.items())


def _by_tag(packages: Iterable[PlannedPackage]) -> Mapping[str, list[PlannedPackage]]:
    found: dict[str, list[PlannedPackage]] = defaultdict(list)
    for package in packages:
        if package.tag is not None:
            found[package.tag].append(package)
    return found


def _is_ours(entries: list[Entry], commit: str) -> bool:
    return bool(entries) and all(
        entry.status in LIVE and entry.commit in (None, commit) for entry in entries
    )

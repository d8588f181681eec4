"""Release tags: made on the plan's commit when every file of a package has been read back as live.

A tag says "this commit is what the registry has". So it is never made for a package that is not live,
nor for one that somebody published from another commit, and never moved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Optional

from cratewheel.errors import Finding
from cratewheel.git import Git, with_identity
from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.report import LIVE, Entry
from cratewheel.records.store import has_remote


def tagged_elsewhere(
    git: Git, packages: Iterable[PlannedPackage], commit: str, remote: str
) -> tuple[Finding, ...]:
    """Tags of this release that exist on another commit, here or on the remote.

    To be asked before anything is uploaded.
    """
    members = _by_tag(packages)
    on_remote = remote_tags(git, remote, members) or {}
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
    packages: Iterable[PlannedPackage], entries: Iterable[Entry], commit: str
) -> tuple[str, ...]:
    """The tags of which every package is live with what this release has, in publish order."""
    of_package: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        of_package[entry.id].append(entry)
    return tuple(
        tag
        for tag, members in _by_tag(packages).items()
        if all(_is_ours(of_package[each.id], commit) for each in members)
    )


def make_tags(
    git: Git,
    tags: Iterable[str],
    commit: str,
    remote: str,
    say: Callable[[str], None],
) -> tuple[Finding, ...]:
    """Makes annotated tags and pushes each by itself; a tag that is there already is left alone.

    Args:
        remote: what to push to; where the repository has no such remote, tags stay here.

    Returns:
        What could not be tagged or pushed; the packages themselves are live.
    """
    wanted = tuple(tags)
    findings = []
    known = has_remote(git, remote)
    pushed = remote_tags(git, remote, wanted) or {}
    for tag in wanted:
        if target_of(git, tag) is None:
            code, _, errors = with_identity(git).attempt(
                ["tag", "--annotate", tag, commit, f"--message=Release {tag}"]
            )
            if code != 0:
                message = errors.decode("utf-8", "replace").strip()
                findings.append(Finding("CW-TAG-FAILED", tag, message))
                continue
        if not known:
            say(f"tagged {tag}; there is no remote {remote} to push it to")
        elif pushed.get(tag) == commit:
            say(f"{tag} is on {remote} already")
        else:
            findings.extend(_push(git, tag, commit, remote, say))
    return tuple(findings)


def _push(
    git: Git, tag: str, commit: str, remote: str, say: Callable[[str], None]
) -> tuple[Finding, ...]:
    ref = f"refs/tags/{tag}"
    code, _, errors = git.attempt(["push", "--quiet", "--no-follow-tags", remote, f"{ref}:{ref}"])
    # Another run of the same release may have been quicker, with a tag object of its own.
    if code == 0 or (remote_tags(git, remote, (tag,)) or {}).get(tag) == commit:
        say(f"tagged {tag} and pushed it to {remote}")
        return ()
    message = errors.decode("utf-8", "replace").strip()
    mend = f"the release is live; push its tag with `git push {remote} {ref}`"
    return (Finding("CW-TAG-NOT-PUSHED", tag, message, mend),)


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


def target_of(git: Git, tag: str) -> Optional[str]:
    """The commit that a tag of this repository leads to; None when there is no such tag."""
    code, output, _ = git.attempt(
        ["rev-parse", "--verify", "--quiet", f"refs/tags/{tag}^{{commit}}"]
    )
    return output.decode().strip() if code == 0 else None


def remote_tags(git: Git, remote: str, tags: Collection[str]) -> Optional[dict[str, str]]:
    """The commits that tags lead to on a remote; None when it cannot be asked or is not there."""
    if not has_remote(git, remote):
        return None
    patterns = [name for tag in tags for name in (f"refs/tags/{tag}", f"refs/tags/{tag}^{{}}")]
    if not patterns:
        return {}
    code, output, _ = git.attempt(["ls-remote", "--quiet", remote, *patterns])
    return parse_remote_tags(output.decode("utf-8", "replace")) if code == 0 else None


def parse_remote_tags(listing: str) -> dict[str, str]:
    """Tag to commit, of what `git ls-remote` prints: an annotated tag has its commit on a line `^{}`."""
    found: dict[str, str] = {}
    peeled: dict[str, str] = {}
    for line in listing.splitlines():
        object_id, _, ref = line.partition("\t")
        name = ref[len("refs/tags/") :]
        if name.endswith("^{}"):
            peeled[name[: -len("^{}")]] = object_id
        else:
            found[name] = object_id
    return {**found, **peeled}


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

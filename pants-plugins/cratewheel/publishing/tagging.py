"""Release tags: made on the plan's commit when every file of a package has been read back as live.

A tag says "this commit is what the registry has". So it is never made for a package that is not live,
nor for one that somebody published from another commit, and never moved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from cratewheel.errors import Finding
from cratewheel.git import Git
from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.report import LIVE, Entry

#: The committer of tags where git knows none, as on a CI machine.
_FALLBACK_IDENTITY = {
    "GIT_COMMITTER_NAME": "cratewheel",
    "GIT_COMMITTER_EMAIL": "cratewheel@localhost",
}


def tagged_elsewhere(
    git: Git, packages: Iterable[PlannedPackage], commit: str
) -> tuple[Finding, ...]:
    """Tags of this release that exist on another commit: found before anything is uploaded."""
    findings = []
    for tag, members in _by_tag(packages).items():
        target = _target(git, tag)
        if target is not None and target != commit:
            findings.append(
                Finding(
                    "CW-TAG-TAKEN",
                    tag,
                    f"{', '.join(each.id for each in members)} would be tagged on {commit[:12]}, "
                    f"and the tag is on {target[:12]}",
                )
            )
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
    findings = []
    remotes = git.run(["remote"]).decode().split()
    for tag in tags:
        if _target(git, tag) is None:
            code, _, errors = _with_identity(git).attempt(
                ["tag", "--annotate", tag, commit, f"--message=Release {tag}"]
            )
            if code != 0:
                message = errors.decode("utf-8", "replace").strip()
                findings.append(Finding("CW-TAG-FAILED", tag, message))
                continue
        if remote not in remotes:
            say(f"tagged {tag}; there is no remote {remote} to push it to")
            continue
        ref = f"refs/tags/{tag}"
        code, _, errors = git.attempt(["push", "--quiet", remote, f"{ref}:{ref}"])
        if code != 0:
            message = errors.decode("utf-8", "replace").strip()
            mend = f"the release is live; push its tag with `git push {remote} {ref}`"
            findings.append(Finding("CW-TAG-NOT-PUSHED", tag, message, mend))
        else:
            say(f"tagged {tag} and pushed it to {remote}")
    return tuple(findings)


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


def _target(git: Git, tag: str) -> str | None:
    code, output, _ = git.attempt(
        ["rev-parse", "--verify", "--quiet", f"refs/tags/{tag}^{{commit}}"]
    )
    return output.decode().strip() if code == 0 else None


def _with_identity(git: Git) -> Git:
    code, _, _ = git.attempt(["var", "GIT_COMMITTER_IDENT"])
    if code == 0:
        return git
    return Git(git.root, git.executable, {**(git.env or {}), **_FALLBACK_IDENTITY})

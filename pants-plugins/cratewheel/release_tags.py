"""Release tags in git: looked at here and on the remote, made, and pushed. None is ever moved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Optional

from cratewheel.errors import CratewheelError, Finding
from cratewheel.git import Git, with_identity
from cratewheel.registries.clock import Clock, SystemClock

_TAGS = "refs/tags/"
_CLOCK = SystemClock()
_PAUSES = (1.0, 4.0)
_REFUSED = "[remote rejected]"
"""What git says of a ref that the remote understood and does not want."""


@dataclass(frozen=True)
class Tags:
    """The tags of a repository, each with its commit.

    Args:
        here: in this clone.
        remote: on the remote; None when it cannot be asked or there is none.
    """

    here: Mapping[str, str]
    remote: Optional[Mapping[str, str]]


def read_tags(git: Git, remote: str) -> Tags:
    """All tags, of this clone and of the remote.

    Raises:
        CratewheelError: `CW-GIT-FAILED`.
    """
    listing = git.run(
        ["for-each-ref", "--format=%(objectname) %(*objectname) %(refname)", _TAGS]
    ).decode("utf-8", "surrogateescape")
    here = {}
    for line in listing.splitlines():
        commit, peeled, name = line.split(" ", 2)
        here[name[len(_TAGS) :]] = peeled or commit
    if not has_remote(git, remote):
        return Tags(here, None)
    code, output, _ = git.attempt(["ls-remote", "--quiet", "--tags", remote])
    return Tags(here, parse_remote_tags(output.decode("utf-8", "replace")) if code == 0 else None)


def make_tags(
    git: Git,
    tags: Iterable[str],
    commit: str,
    remote: str,
    say: Callable[[str], None],
    clock: Clock = _CLOCK,
) -> tuple[Finding, ...]:
    """Makes annotated tags and pushes each by itself; a tag that is there already is left alone.

    Args:
        remote: what to push to; where the repository has no such remote, tags stay here.
        clock: by which a push that failed is repeated.

    Returns:
        What could not be tagged or pushed; the packages themselves are live.
    """
    wanted = tuple(tags)
    findings = []
    known = has_remote(git, remote)
    pushed = _seen_on_remote(git, remote, wanted) or {}
    for tag in wanted:
        there = target_of(git, tag)
        if there is not None and there != commit:
            # Since it was looked for; what is pushed is the tag by its name.
            message = f"it would be on {commit[:12]}, and is on {there[:12]}"
            findings.append(Finding("CW-TAG-TAKEN", tag, message))
            continue
        if there is None:
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
            findings.extend(_push(git, tag, commit, remote, say, clock))
    return tuple(findings)


def _push(
    git: Git, tag: str, commit: str, remote: str, say: Callable[[str], None], clock: Clock
) -> tuple[Finding, ...]:
    ref = f"refs/tags/{tag}"
    message = ""
    for pause in (*_PAUSES, None):
        code, _, errors = git.attempt(
            ["push", "--quiet", "--no-follow-tags", remote, f"{ref}:{ref}"]
        )
        # Another run of the same release may have been quicker, with a tag object of its own, and
        # an answer may have been lost on its way.
        there = {tag: commit} if code == 0 else _seen_on_remote(git, remote, (tag,))
        if there is not None and there.get(tag) == commit:
            say(f"tagged {tag} and pushed it to {remote}")
            return ()
        message = errors.decode("utf-8", "replace").strip()
        if pause is None or (there is not None and tag in there) or _REFUSED in message:
            break
        say(f"{tag} could not be pushed to {remote}, trying again: {message}")
        clock.sleep(pause)
    mend = f"the release is live; push its tag with `git push {remote} {ref}`"
    return (Finding("CW-TAG-NOT-PUSHED", tag, message, mend),)


def _seen_on_remote(git: Git, remote: str, tags: Collection[str]) -> Optional[dict[str, str]]:
    """As `remote_tags`, and None when the remote cannot be asked."""
    try:
        return remote_tags(git, remote, tags)
    except CratewheelError:
        return None


def has_remote(git: Git, remote: str) -> bool:
    """Whether the repository has a remote by this name."""
    return remote in git.run(["remote"]).decode().split()


def remote_address(git: Git, remote: str) -> str:
    """The address of a remote, "" where there is none; the password that it may be reached by is no part."""
    code, output, _ = git.attempt(["remote", "get-url", remote])
    address = output.decode("utf-8", "replace").strip() if code == 0 else ""
    scheme, found, rest = address.partition("://")
    if not found or scheme not in ("http", "https"):
        return address
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def target_of(git: Git, tag: str) -> Optional[str]:
    """The commit that a tag of this repository leads to; None when there is no such tag."""
    code, output, _ = git.attempt(
        ["rev-parse", "--verify", "--quiet", f"refs/tags/{tag}^{{commit}}"]
    )
    return output.decode().strip() if code == 0 else None


def remote_tags(git: Git, remote: str, tags: Collection[str]) -> dict[str, str]:
    """The commits that tags lead to on a remote; none where the repository has no such remote.

    Raises:
        CratewheelError: `CW-GIT-FAILED` when the remote cannot be asked.
    """
    patterns = [name for tag in tags for name in (f"refs/tags/{tag}", f"refs/tags/{tag}^{{}}")]
    if not patterns or not has_remote(git, remote):
        return {}
    output = git.run(["ls-remote", "--quiet", remote, *patterns])
    return parse_remote_tags(output.decode("utf-8", "replace"))


def parse_remote_tags(listing: str) -> dict[str, str]:
    """Tag to commit, of what `git ls-remote` prints: an annotated tag has its commit on a line `^{}`."""
    found: dict[str, str] = {}
    peeled: dict[str, str] = {}
    for line in listing.splitlines():
        object_id, _, ref = line.partition("\t")
        name = ref[len(_TAGS) :]
        if name.endswith("^{}"):
            peeled[name[: -len("^{}")]] = object_id
        else:
            found[name] = object_id
    return {**found, **peeled}


def fetch_tag(git: Git, tag: str, remote: str, say: Callable[[str], None]) -> tuple[Finding, ...]:
    """Brings a tag of the remote here; returns why it could not be had."""
    ref = f"{_TAGS}{tag}"
    code, _, errors = git.attempt(["fetch", "--quiet", "--no-tags", remote, f"{ref}:{ref}"])
    if code != 0:
        message = errors.decode("utf-8", "replace").strip()
        return (Finding("CW-TAG-FAILED", tag, message),)
    say(f"fetched {tag} from {remote}")
    return ()

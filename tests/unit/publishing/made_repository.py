"""A repository with a remote, as a CI machine has it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cratewheel.git import Git
from cratewheel.release_tags import parse_remote_tags

_SOMEBODY = ("-c", "user.name=A", "-c", "user.email=a@example.org")


def make_repository(folder: Path) -> Git:
    """A repository with one commit and no committer configured; `origin` is a bare one beside it."""
    root = folder / "project"
    root.mkdir(parents=True)
    remote = folder / "remote.git"
    subprocess.run(
        ["git", "init", "--bare", "--quiet", "--initial-branch=main", str(remote)], check=True
    )
    made = in_folder(root)
    made.run(["init", "--quiet", "--initial-branch=main"])
    commit(made, "Start")
    made.run(["config", "user.useConfigOnly", "true"])
    made.run(["remote", "add", "origin", str(remote)])
    made.run(["push", "--quiet", "origin", "main"])
    return made


def in_folder(root: Path) -> Git:
    """Git in a folder, without anybody's configuration."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(root), "LC_ALL": "C"}
    return Git(str(root), env={**environment, "GIT_CONFIG_NOSYSTEM": "1"})


def clone(git: Git, folder: Path) -> Git:
    """A second machine's clone of the same remote."""
    folder.mkdir(parents=True)
    made = in_folder(folder)
    made.run(["clone", "--quiet", str(Path(git.root).parent / "remote.git"), "."])
    made.run(["config", "user.useConfigOnly", "true"])
    return made


def commit(git: Git, message: str) -> str:
    """Makes an empty commit and returns its id."""
    git.run([*_SOMEBODY, "commit", "--quiet", "--allow-empty", f"--message={message}"])
    return head(git)


def head(git: Git) -> str:
    """The id of HEAD."""
    return git.run(["rev-parse", "HEAD"]).decode().strip()


def tags_on_remote(git: Git) -> dict[str, str]:
    """The tags that everyone sees, and their commits."""
    listed = git.run(["ls-remote", "--quiet", "origin", "refs/tags/*"])
    return parse_remote_tags(listed.decode())


def records_on_remote(git: Git) -> set[str]:
    """The release tags of which everyone sees a record."""
    listed = git.run(["ls-remote", "--quiet", "origin", "refs/cratewheel/*"]).decode()
    return {line.split("refs/cratewheel/releases/")[1] for line in listed.splitlines()}


def failing_hook(git: Git, *, times: int) -> None:
    """Lets the next pushes of a tag fail, as they do when a network does."""
    hook = Path(git.root) / ".git" / "hooks" / "pre-push"
    left = hook.with_name("left")
    left.write_text("x" * times)
    hook.write_text(
        f"""#!/bin/sh
left=$(cat {left})
[ -z "$left" ] && exit 0
printf %s "${{left#x}}" > {left}
echo 'the network is down' >&2
exit 1
"""
    )
    hook.chmod(0o755)

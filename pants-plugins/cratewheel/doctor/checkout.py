"""What the doctor reads beside the files that Pants sees: git, the disk, what was built earlier."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from cratewheel.errors import CratewheelError
from cratewheel.git import Git
from cratewheel.handover import Handover
from cratewheel.plan.model import Plan
from cratewheel.release_tags import remote_address
from cratewheel.workflows.settings import ACTION_FILES

_WORKFLOWS = ".github/workflows"


@dataclass(frozen=True)
class Checkout:
    """A checkout, as far as git knows it; all empty where there is no git.

    Args:
        remote: the address of the remote that releases are tagged in.
        ignored: Python files that git ignores, relative to the directory git was asked in.
        workflows: the workflows and the repository's own actions by path, relative to the top of
            the checkout.
        earlier: the same as they were at the last release.
    """

    remote: Optional[str] = None
    ignored: frozenset[str] = frozenset()
    workflows: Mapping[str, bytes] = field(default_factory=dict, hash=False)
    earlier: Mapping[str, bytes] = field(default_factory=dict, hash=False)


def read_checkout(
    git: Git, remote: str, python_folders: Iterable[str], last_release: Optional[str] = None
) -> Checkout:
    """Asks git.

    Args:
        git: in the build root.
        remote: the name of the remote.
        python_folders: where Python packages that go into wheels are.
        last_release: the commit of the last release.
    """
    try:
        code, top, _ = git.attempt(["rev-parse", "--show-toplevel"])
        if code != 0:
            return Checkout()
        return Checkout(
            remote=remote_address(git, remote) or None,
            ignored=_ignored(git, python_folders),
            workflows=_workflows(git, Path(os.fsdecode(top).strip())),
            earlier=_earlier(git, last_release) if last_release else {},
        )
    except CratewheelError:
        return Checkout()


def _ignored(git: Git, python_folders: Iterable[str]) -> frozenset[str]:
    folders = [f"{folder}/" if folder else "." for folder in sorted(set(python_folders))]
    if not folders:
        return frozenset()
    listing = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--"]
    _, output, _ = git.attempt([*listing, *folders])
    names = output.decode("utf-8", "surrogateescape").split("\0")
    return frozenset(name for name in names if name.endswith((".py", ".pyi")))


def _workflows(git: Git, top: Path) -> Mapping[str, bytes]:
    listing = ["ls-files", "-z", "--full-name", "--cached", "--others", "--exclude-standard", "--"]
    actions = (f":(top,glob)**/{name}" for name in ACTION_FILES)
    listed = git.run([*listing, f":(top){_WORKFLOWS}", *actions])
    return {
        name: (top / name).read_bytes()
        for name in sorted(set(_names(listed)))
        if _is_workflow(name) and (top / name).is_file()
    }


def _earlier(git: Git, commit: str) -> Mapping[str, bytes]:
    listing = ["ls-tree", "-r", "-z", "--full-tree", "--name-only", commit]
    return {
        name: git.run(["show", f"{commit}:{name}"])
        for name in _names(git.run(listing))
        if _is_workflow(name)
    }


def _names(listing: bytes) -> list[str]:
    return [name for name in listing.decode("utf-8", "surrogateescape").split("\0") if name]


def _is_workflow(name: str) -> bool:
    """Whether a file is a workflow or one of the repository's own actions."""
    directory, _, file = name.rpartition("/")
    return file in ACTION_FILES or (directory == _WORKFLOWS and file.endswith((".yml", ".yaml")))


def sizes_of(dist: Path, plan: Plan, handover: Handover) -> Mapping[str, int]:
    """Bytes, by path, of the plan's files that lie in the distribution folder, and of those handed over."""
    sizes = {file.path: file.size for file in handover.files}
    for package in plan.packages:
        for file in package.files:
            path = dist / file.filename
            if path.is_file():
                sizes[str(path)] = path.stat().st_size
    return sizes


def free_bytes(folders: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """(folder, free bytes) of the folders, one of each disk."""
    found: dict[int, tuple[str, int]] = {}
    for folder in folders:
        existing = next(each for each in (Path(folder), *Path(folder).parents) if each.exists())
        found.setdefault(existing.stat().st_dev, (folder, shutil.disk_usage(existing).free))
    return tuple(found.values())

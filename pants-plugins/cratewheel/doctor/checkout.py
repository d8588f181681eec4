"""What the doctor reads beside the files that Pants sees: git, the disk, what was built earlier."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from cratewheel.errors import CratewheelError
from cratewheel.git import Git
from cratewheel.handover import Handover
from cratewheel.plan.model import Plan


@dataclass(frozen=True)
class Checkout:
    """A checkout, as far as git knows it; all empty where there is no git.

    Args:
        remote: the address of the remote that releases are tagged in.
        ignored: Python files that git ignores, relative to the directory git was asked in.
    """

    remote: Optional[str] = None
    ignored: frozenset[str] = frozenset()


def read_checkout(git: Git, remote: str, python_folders: Iterable[str]) -> Checkout:
    """Asks git.

    Args:
        git: in the build root.
        remote: the name of the remote.
        python_folders: where Python packages that go into wheels are.
    """
    try:
        code, address, _ = git.attempt(["remote", "get-url", remote])
        folders = [f"{folder}/" if folder else "." for folder in sorted(set(python_folders))]
        ignored = b""
        if folders:
            listing = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--"]
            _, ignored, _ = git.attempt([*listing, *folders])
    except CratewheelError:
        return Checkout()
    names = ignored.decode("utf-8", "surrogateescape").split("\0")
    return Checkout(
        remote=address.decode().strip() or None if code == 0 else None,
        ignored=frozenset(name for name in names if name.endswith((".py", ".pyi"))),
    )


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

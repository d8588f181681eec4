"""The checkout that a command works in: its commit, its files, its manifests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from cratewheel.errors import CratewheelError
from cratewheel.git import Git
from cratewheel.plan.model import Plan
from cratewheel.stamping.version_files import split_entry

_MANIFESTS = ("Cargo.toml", "Cargo.lock", "pyproject.toml")
_NO_SOURCES = ("target", "dist", "node_modules", "__pycache__")


def head(root: Path, plan: Plan) -> Optional[str]:
    """HEAD; what the plan says in an exported tree, where there is no git to ask."""
    try:
        code, output, _ = Git(str(root)).attempt(["rev-parse", "--verify", "--quiet", "HEAD"])
    except CratewheelError:
        return plan.commit
    return output.decode().strip() if code == 0 else plan.commit


def stamped_files(root: Path, plan: Plan) -> dict[str, bytes]:
    """The manifests, and what else carries a version, by path."""
    wanted = {
        split_entry(entry)[0] for package in plan.all_packages for entry in package.version_files
    }
    paths = [
        *(path for path in _walk(root) if path.rpartition("/")[2] in _MANIFESTS),
        *(path for path in wanted if (root / path).is_file()),
    ]
    return {path: (root / path).read_bytes() for path in paths}


def sources(root: Path) -> tuple[str, ...]:
    """The files of a checkout, sorted: those that git does not ignore, and every Cargo.lock.

    Without git all of them, but for what lies in folders that tools write.
    """
    try:
        code, output, _ = Git(str(root)).attempt(
            ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        )
    except CratewheelError:
        code = 1
    if code != 0:
        return tuple(sorted(_walk(root)))
    found = {path for path in _walk(root) if path.rpartition("/")[2] == "Cargo.lock"}
    for path in filter(None, os.fsdecode(output).split("\0")):
        if (root / path).is_file():
            found.add(path)
        elif (root / path).is_dir():
            # A submodule, of which git lists no more than that.
            found.update(f"{path}/{each}" for each in _walk(root / path))
    return tuple(sorted(found))


def _walk(root: Path) -> Iterator[str]:
    for directory, below, names in os.walk(root):
        below[:] = sorted(
            name
            for name in below
            if name not in _NO_SOURCES and (not name.startswith(".") or name == ".cargo")
        )
        for name in names:
            yield (Path(directory) / name).relative_to(root).as_posix()

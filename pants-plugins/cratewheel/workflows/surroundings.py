"""What generated workflows take from the repository they are for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Optional

from cratewheel.git import Git

_PINS = ("rust-toolchain.toml", "rust-toolchain")


def default_branch(git: Git, remote: str) -> str:
    """The branch that the remote gives who clones it; else the current one, else `main`."""
    prefix = f"refs/remotes/{remote}/"
    code, output, _ = git.attempt(["symbolic-ref", "--quiet", f"{prefix}HEAD"])
    if code == 0:
        return output.decode().strip()[len(prefix) :]
    code, output, _ = git.attempt(["symbolic-ref", "--quiet", "--short", "HEAD"])
    return output.decode().strip() if code == 0 else "main"


def toolchain_directory(root: Path, workspaces: Iterable[str]) -> Optional[str]:
    """The first of the workspaces' directories, "" for the root, that pins the Rust toolchain."""
    for directory in sorted({"", *workspaces}):
        if any((root / directory / name).exists() for name in _PINS):
            return directory
    return None

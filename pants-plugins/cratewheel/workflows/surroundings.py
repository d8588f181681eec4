"""What generated workflows take from the repository they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from cratewheel.cargo.inherited import toolchain_path
from cratewheel.cargo.paths import parent
from cratewheel.git import Git
from cratewheel.workflows.settings import Toolchains


def default_branch(git: Git, remote: str) -> str:
    """The branch that the remote gives who clones it; else the current one, else `main`."""
    prefix = f"refs/remotes/{remote}/"
    code, output, _ = git.attempt(["symbolic-ref", "--quiet", f"{prefix}HEAD"])
    if code == 0:
        return output.decode().strip()[len(prefix) :]
    code, output, _ = git.attempt(["symbolic-ref", "--quiet", "--short", "HEAD"])
    return output.decode().strip() if code == 0 else "main"


def workflow_files(root: Path) -> Mapping[str, str]:
    """The workflows of a repository and the actions they may use, texts by path."""
    folder = root / ".github"
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for kind in ("workflows/*", "actions/**/action")
        for end in ("yml", "yaml")
        for path in sorted(folder.glob(f"{kind}.{end}"))
        if path.is_file()
    }


def toolchains(root: Path, workspaces: Iterable[str]) -> Toolchains:
    """The compilers that rustup takes for the workspaces: for each the pin nearest above it."""
    pinned = set()
    unpinned = False
    for workspace in workspaces:
        found = toolchain_path(workspace, lambda path: (root / path).is_file())
        if found is None:
            unpinned = True
        else:
            pinned.add(parent(found))
    return Toolchains(tuple(sorted(pinned)), unpinned or not pinned)

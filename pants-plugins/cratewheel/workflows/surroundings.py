"""What generated workflows take from the repository they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from cratewheel.git import Git
from cratewheel.workflows.settings import Toolchains

_PINS = ("rust-toolchain.toml", "rust-toolchain")


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
        directories = [workspace, *map(str, PurePosixPath(workspace).parents)]
        places = ["" if each == "." else each for each in directories]
        found = next((each for each in places if _is_pinned(root / each)), None)
        unpinned = unpinned or found is None
        if found is not None:
            pinned.add(found)
    return Toolchains(tuple(sorted(pinned)), unpinned or not pinned)


def _is_pinned(directory: Path) -> bool:
    return any((directory / name).exists() for name in _PINS)

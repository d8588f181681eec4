"""Writing what `release-init` has generated, with a line on every file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cratewheel.workflows.launcher import LAUNCHER
from cratewheel.workflows.scaffold import Scaffolded


def write(root: Path, file: Scaffolded, *, force: bool) -> Iterator[str]:
    """Writes one file, as far as that is allowed, and says what became of it.

    Args:
        force: whether a file that somebody has changed is overwritten.
    """
    if not file.changes:
        yield f"{file.path}: as it should be"
        return
    if file.once and file.before is not None:
        yield f"{file.path}: yours, left as it is"
        return
    if file.before is not None:
        yield file.diff().rstrip("\n")
    if not file.ours and not force:
        yield f"{file.path}: changed by somebody else, left as it is (--force overwrites it)"
        return
    path = root / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(file.after, encoding="utf-8")
    if file.path == LAUNCHER:
        path.chmod(0o755)
    yield f"{file.path}: {'written' if file.before is None else 'changed'}"

"""What build roots take on the disk, and making room.

The unit is cargo's target directory of one combination of settings: it is where the space goes, and
without it a build only takes longer. One that is being built in is never removed: its root is locked.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cratewheel.build.root import BuildRoot, try_locked
from cratewheel.errors import CratewheelError, Finding

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)

#: What build roots may take where nobody has said so.
DEFAULT_LIMIT = "20GiB"

#: What a root is called while it is removed.
_AWAY = ".removed-"


@dataclass(frozen=True)
class Use:
    """The last build in a target directory.

    Args:
        bytes: what the directory takes on the disk.
        at: when it ended, in seconds since 1970.
        why: the reason it ran, a clause.
    """

    bytes: int
    at: float
    why: str


@dataclass(frozen=True)
class TargetDirectory:
    """A target directory of a build root.

    Args:
        root: the root's name.
        key: its own name: toolchain, triple, profile and a digest of the other settings.
        use: the last build in it; None when that did not end.
        bytes: what it takes on the disk.
    """

    root: str
    key: str
    bytes: int
    use: Use | None = None

    @property
    def last_used(self) -> float:
        """When; never, where no build ended."""
        return 0.0 if self.use is None else self.use.at


def parse_size(text: str, place: str) -> int:
    """Bytes of a size such as `20 GiB`, `500M` or `0`; units count in 1024s.

    Raises:
        CratewheelError: CW-SIZE-SYNTAX, at `place`.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        message = f"{text!r} is no size such as 20GiB or 500MiB"
        raise CratewheelError(Finding("CW-SIZE-SYNTAX", place, message))
    return int(float(found[1]) * _UNITS[found[2].upper()])


def show_size(size: int) -> str:
    """A size for a person, such as `1.4 GiB`."""
    amount = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def note_use(root: BuildRoot, keys: Sequence[str], why: str) -> None:
    """Writes down that a build in target directories has ended.

    Args:
        why: the reason it ran, a clause.
    """
    for key in keys:
        directory = root.target(key)
        if directory.is_dir():
            use = Use(_bytes(directory), time.time(), why)
            _notes(directory).write_text(json.dumps(asdict(use)))


def survey(folder: Path) -> tuple[TargetDirectory, ...]:
    """Every target directory below a folder of build roots, the one that was used last first."""
    return tuple(sorted(_found(folder), key=lambda each: (-each.last_used, each.root, each.key)))


def prune(folder: Path, limit: int) -> tuple[TargetDirectory, ...]:
    """Removes target directories, those first that were not used for longest, until `limit` holds.

    Args:
        folder: of build roots.
        limit: in bytes.

    Returns:
        What was removed.
    """
    for killed in folder.glob(f"{_AWAY}*"):
        shutil.rmtree(killed, ignore_errors=True)
    directories = survey(folder)
    total = sum(each.bytes for each in directories)
    removed = []
    for each in reversed(directories):
        if total <= limit:
            break
        with try_locked(folder / each.root) as root:
            if root is None:
                continue
            directory = root.target(each.key)
            shutil.rmtree(directory, ignore_errors=True)
            _notes(directory).unlink(missing_ok=True)
            if not any(entry.is_dir() for entry in (root.path / "target").iterdir()):
                # In one step: who waits for the root makes a new one, and loses nothing of it.
                away = folder / f"{_AWAY}{each.root}.{os.getpid()}"
                os.replace(root.path, away)
                shutil.rmtree(away, ignore_errors=True)
        removed.append(each)
        total -= each.bytes
    return tuple(removed)


def _found(folder: Path) -> Iterator[TargetDirectory]:
    try:
        roots = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    for root in roots:
        target = root / "target"
        if root.name.startswith(_AWAY) or not target.is_dir():
            continue
        for directory in sorted(target.iterdir()):
            if not directory.is_dir():
                continue
            use = _use(directory)
            size = _bytes(directory) if use is None else use.bytes
            yield TargetDirectory(root.name, directory.name, size, use)


def _use(directory: Path) -> Use | None:
    try:
        return Use(**json.loads(_notes(directory).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _notes(directory: Path) -> Path:
    return directory.with_name(f"{directory.name}.json")


def _bytes(directory: Path) -> int:
    total = 0
    pending = [os.fspath(directory)]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except FileNotFoundError:
            continue
    return total

"""A build root: a folder at a fixed path where cargo's incremental state survives the sandbox.

The sandbox's input tree is copied into it by content: a file that is already there with the same
bytes is not touched and keeps its time, so cargo, which trusts times, rebuilds only what changed;
one that differs is replaced and gets a new time, also when it changes back to what it was before;
one that is not among the inputs is removed, so nothing can be built that was not declared.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cratewheel.errors import CratewheelError, Finding

if sys.platform == "win32":
    import msvcrt
    import time

    def _acquire(descriptor: int, *, wait: bool, shared: bool) -> bool:
        # No lock of this system can be shared: whoever would share one takes turns.
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
                return True
            except OSError:
                if not wait:
                    return False
                time.sleep(0.2)

else:
    import fcntl

    def _acquire(descriptor: int, *, wait: bool, shared: bool) -> bool:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(descriptor, kind | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True


@dataclass(frozen=True)
class BuildRoot:
    """The folders of one package's builds: sources, cargo's targets, and a home of its own."""

    path: Path

    @property
    def sources(self) -> Path:
        """Where the input tree is kept."""
        return self.path / "src"

    @property
    def unpacked(self) -> Path:
        """Where a source distribution is built from."""
        return self.path / "unpacked"

    @property
    def home(self) -> Path:
        """HOME of the tools, so that nothing of the user's own configuration reaches a build."""
        return self.path / "home"

    def target(self, key: str) -> Path:
        """Cargo's target directory for one combination of toolchain, triple, profile and flags."""
        return self.path / "target" / key


@contextmanager
def locked(path: Path) -> Iterator[BuildRoot]:
    """The build root at `path`, made when it is missing, for one process at a time."""
    with _lock(path, wait=True) as held:
        assert held
        root = BuildRoot(path)
        root.home.mkdir(exist_ok=True)
        yield root


@contextmanager
def shared(path: Path) -> Iterator[BuildRoot]:
    """The build root at `path`, made when it is missing, for all processes that share it."""
    with _lock(path, wait=True, shared=True) as held:
        assert held
        yield BuildRoot(path)


@contextmanager
def try_locked(path: Path) -> Iterator[BuildRoot | None]:
    """The build root at `path`, or None when a process has it."""
    with _lock(path, wait=False) as held:
        yield BuildRoot(path) if held else None


@contextmanager
def _lock(path: Path, *, wait: bool, shared: bool = False) -> Iterator[bool]:
    while True:
        path.mkdir(parents=True, exist_ok=True)
        try:
            lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except FileNotFoundError:
            continue
        # Released by the system however the process ends, so a killed build blocks nobody.
        try:
            if not _acquire(lock, wait=wait, shared=shared):
                yield False
                return
            # A root that was removed while this process waited for it is not the one at `path`.
            if _is_at(lock, path / "lock"):
                yield True
                return
        finally:
            os.close(lock)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def synchronise(tree: Path, destination: Path) -> tuple[str, ...]:
    """Makes `destination` hold exactly the files of `tree`, touching only what differs.

    Args:
        tree: the input files; symbolic links in it are followed.
        destination: made when missing.

    Returns:
        The paths, relative and sorted, that were written or removed.

    Raises:
        CratewheelError: `CW-LINK-LOOP`.
    """
    destination.mkdir(parents=True, exist_ok=True)
    changed: list[str] = []
    _synchronise(tree, destination, "", changed, ())
    return tuple(sorted(changed))


def _synchronise(
    tree: Path, destination: Path, prefix: str, changed: list[str], followed: tuple[str, ...]
) -> None:
    wanted = {entry.name: entry for entry in os.scandir(tree)}
    for entry in os.scandir(destination):
        if entry.name in wanted and (
            entry.is_dir(follow_symlinks=False) == wanted[entry.name].is_dir()
            and not entry.is_symlink()
        ):
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
        changed.append(prefix + entry.name)
    for name, entry in wanted.items():
        target = destination / name
        if entry.is_dir():
            through = followed
            if entry.is_symlink():
                through = (*followed, _followed(entry.path, f"{prefix}{name}", followed))
            target.mkdir(exist_ok=True)
            _synchronise(Path(entry.path), target, f"{prefix}{name}/", changed, through)
        elif not _same(Path(entry.path), target):
            _replace(Path(entry.path), target)
            changed.append(prefix + name)


def _followed(link: str, name: str, followed: tuple[str, ...]) -> str:
    """The folder that a link is to, unless following it would never end."""
    real = os.path.realpath(link)
    here = os.path.realpath(os.path.dirname(link))
    if real in followed or real == here or here.startswith(real.rstrip(os.sep) + os.sep):
        message = "it links to a folder that it lies in itself"
        raise CratewheelError(Finding("CW-LINK-LOOP", name, message))
    return real


def _same(source: Path, target: Path) -> bool:
    try:
        kept = target.stat()
    except FileNotFoundError:
        return False
    wanted = source.stat()
    return (
        kept.st_size == wanted.st_size
        and bool(kept.st_mode & stat.S_IXUSR) == bool(wanted.st_mode & stat.S_IXUSR)
        and filecmp.cmp(source, target, shallow=False)
    )


def _replace(source: Path, target: Path) -> None:
    # A run killed here leaves the old file or the new one, never half of one. The time is the
    # moment of the copy: cargo must see the change even if the input carries an older time.
    temporary = target.with_name(f".{target.name}.cratewheel")
    shutil.copyfile(source, temporary)
    executable = bool(source.stat().st_mode & stat.S_IXUSR)
    os.chmod(temporary, 0o755 if executable else 0o644)
    os.replace(temporary, target)

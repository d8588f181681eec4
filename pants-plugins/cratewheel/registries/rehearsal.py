"""A rehearsal folder: both embedded registries on disk, and how pip and cargo use them afterwards.

The folder belongs to the tree that was rehearsed in it. Real registries keep a version's bytes for
ever; a rehearsal of an edited tree would meet its own last run as a conflict. So when a file is to be
uploaded whose place is taken by other bytes, the registries are started afresh.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from cratewheel.errors import CratewheelError, Finding
from cratewheel.registries.clock import Clock, timestamp
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.files import remove_unfinished, write_atomically, write_json
from cratewheel.registries.python_index import NEW_FILES_SECONDS, PythonIndex
from cratewheel.rehearsal_files import rehearsed_files

MARKER = "rehearsal.json"
CARGO_CONFIG = "cargo.toml"
REGISTRY_NAME = "rehearsal"
_OWN = ("crates", "simple", "packages", CARGO_CONFIG)
_LOCK = ".lock"


@dataclass(frozen=True)
class Stored:
    """A file that is to be in the registries: its name, which both index kinds keep, and its sha256."""

    filename: str
    sha256: str


@dataclass(frozen=True)
class OpenRehearsal:
    """A rehearsal folder that is in use.

    Args:
        fresh: why the registries were started afresh, empty when they were not.
    """

    folder: Path
    crates: CratesRegistry
    python: PythonIndex
    fresh: str


@contextmanager
def open_rehearsal(
    folder: Path,
    clock: Clock,
    *,
    files: Iterable[Stored] = (),
    reserved: Collection[str] = (),
    delay: float = 1.0,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[OpenRehearsal]:
    """Opens a rehearsal folder for this process alone, made or started afresh as needed.

    Args:
        files: what is going to be uploaded.
        reserved: names of crates that only this registry can have.
        delay: seconds until an uploaded crate is in the index.
        waiting: called once if another process has the folder open and has to be waited for.

    Raises:
        CratewheelError: `CW-REHEARSAL-UNWRITABLE`, `CW-REHEARSAL-FOREIGN`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = _lock(folder / _LOCK, waiting)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        crates, python, fresh = _prepare(folder, clock, tuple(files), reserved, delay)
        try:
            yield OpenRehearsal(folder, crates, python, fresh)
        finally:
            crates.close()
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        os.close(lock)


def cargo_config(folder: Path, crates: Path) -> str:
    """Cargo configuration with which a project can depend on the rehearsed crates.

    They appear as the registry `rehearsal`; what they depend on themselves comes from crates.io as
    usual. Source: cargo reference, "Source Replacement", local registries.

    Args:
        folder: the rehearsal folder.
        crates: the folder of its crates registry.
    """
    # A name for cargo to tell registries apart by; never connected to, being replaced by the files.
    identity = f"{crates.as_uri()}/index"
    return (
        "# Makes the rehearsed crates available as the registry `rehearsal`:\n"
        f"#   cargo --config {folder / CARGO_CONFIG} add NAME --registry {REGISTRY_NAME}\n"
        f"#   cargo --config {folder / CARGO_CONFIG} build\n"
        f"[registries.{REGISTRY_NAME}]\n"
        f'index = "{identity}"\n\n'
        "[source.rehearsed]\n"
        f'registry = "{identity}"\n'
        'replace-with = "rehearsed-files"\n\n'
        "[source.rehearsed-files]\n"
        f"local-registry = {json.dumps(str(crates))}\n"
    )


def _prepare(
    folder: Path,
    clock: Clock,
    files: tuple[Stored, ...],
    reserved: Collection[str],
    delay: float,
) -> tuple[CratesRegistry, PythonIndex, str]:
    _check_ours(folder)
    fresh = _reason_to_start_afresh(folder, files, clock.now())
    if fresh or not (folder / MARKER).exists():
        # The marker goes first and comes back last, so that a run killed in between is seen here
        # as an unfinished start, which is started again.
        _remove(folder)
        remove_unfinished(folder)
        started = clock.now()
        config = cargo_config(folder, _crates_folder(folder, started))
        write_atomically(folder / CARGO_CONFIG, config.encode())
        write_json(folder / MARKER, {"schema": 1, "started": started})
    crates_folder = _crates_folder(folder, _started(folder))
    crates = CratesRegistry(crates_folder, clock, delay=delay, reserved=reserved)
    return crates, PythonIndex(folder, clock), fresh


def _crates_folder(folder: Path, started: float) -> Path:
    """Where the crates are: another path after every fresh start.

    Cargo keeps unpacked sources by registry path, name and version, and would go on using those of
    the tree that was rehearsed before.
    """
    return folder / "crates" / timestamp(started).translate({ord(sign): None for sign in "-:."})


def _started(folder: Path) -> float:
    return float(json.loads((folder / MARKER).read_text())["started"])


def _check_ours(folder: Path) -> None:
    known = {*_OWN, MARKER, _LOCK}
    foreign = sorted(
        path.name
        for path in folder.iterdir()
        if path.name not in known and not path.name.startswith(".")
    )
    if foreign:
        raise CratewheelError(
            Finding(
                "CW-REHEARSAL-FOREIGN",
                str(folder),
                f"the folder holds what no rehearsal put there: {', '.join(foreign[:5])}",
            )
        )


def _reason_to_start_afresh(folder: Path, files: tuple[Stored, ...], now: float) -> str:
    try:
        started = _started(folder)
    except FileNotFoundError:
        return ""
    except (ValueError, KeyError, TypeError):
        return "its record cannot be read"
    if now - started > NEW_FILES_SECONDS:
        return "it is older than PyPI takes further files for a release"
    stored = stored_hashes(folder)
    for file in files:
        if stored.get(file.filename, file.sha256) != file.sha256:
            return f"{file.filename} has changed since"
    return ""


def stored_hashes(folder: Path) -> dict[str, str]:
    """The sha256 of every file in a rehearsal folder's registries, by file name."""
    return {file.filename: file.sha256 for file in rehearsed_files(folder)}


def _remove(folder: Path) -> None:
    (folder / MARKER).unlink(missing_ok=True)
    for name in _OWN:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _lock(path: Path, waiting: Callable[[], None]) -> int:
    """Takes the lock that a process loses when it ends, however it ends."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
    try:
        import fcntl
    except ImportError:
        # Pants, and so every release, runs on Linux and macOS only.
        return handle
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def _unwritable(folder: Path, error: OSError) -> CratewheelError:
    return CratewheelError(
        Finding(
            "CW-REHEARSAL-UNWRITABLE", str(error.filename or folder), error.strerror or str(error)
        )
    )

"""Writing files so that a reader, or the next run after a crash, never meets half of one."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

UNFINISHED = ".unfinished-"


def write_atomically(path: Path, data: bytes) -> None:
    """Writes `data` to `path` in one step: it is there in full or not at all, also after a power cut.

    Missing parent folders are made.
    """
    with _replacing(path) as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def write_derived(path: Path, data: bytes) -> None:
    """Writes what can be made again from other files: in one step, but without waiting for the disk."""
    with _replacing(path) as stream:
        stream.write(data)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_json(path: Path, document: Any) -> None:
    """Writes `document` as indented JSON, atomically."""
    write_atomically(path, json_bytes(document))


def json_bytes(document: Any) -> bytes:
    """`document` as indented JSON with a final newline."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def remove_unfinished(folder: Path) -> None:
    """Removes what interrupted writers left under `folder`."""
    for leftover in folder.rglob(UNFINISHED + "*"):
        leftover.unlink()

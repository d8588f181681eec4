"""Writing files so that a reader, or the next run after a crash, never meets half of one."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

UNFINISHED = ".unfinished-"


def write_atomically(path: Path, data: bytes) -> None:
    """Writes `data` to `path` in one step: it is there in full or not at all, also after a power cut.

    Missing parent folders are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_json(path: Path, document: Any) -> None:
    """Writes `document` as indented JSON, atomically."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode())


def remove_unfinished(folder: Path) -> None:
    """Removes what interrupted writers left under `folder`."""
    for leftover in folder.rglob(UNFINISHED + "*"):
        leftover.unlink()

"""Files and links put in place in one step, for folders that several runs use at the same time.

Whoever looks finds what was there before or what is there now, never a gap or a half. Standard library
only.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path


def beside(file: Path) -> Path:
    """A path in the same folder that no other process and no other thread of this one has."""
    return file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")


def point(link: Path, target: str) -> None:
    """Makes `link` a symbolic link to `target`."""
    if os.path.islink(link) and os.readlink(link) == target:
        return
    temporary = beside(link)
    os.symlink(target, temporary)
    os.replace(temporary, link)


def write(file: Path, text: str, mode: int = 0o644) -> None:
    """Makes `file` hold `text`; one that does already is not touched.

    Args:
        mode: of the file, from its first byte on.
    """
    try:
        if file.read_text() == text:
            return
    except OSError:
        pass
    temporary = beside(file)
    temporary.touch(mode)
    temporary.write_text(text)
    os.replace(temporary, file)

"""What programs of this machine said about themselves, kept until they change.

A dozen programs that are asked for their versions take longer than everything else in a run that has
nothing to build. Standard library only.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from cratewheel.build.replacing import write

#: Programs that speak for themselves. Others, such as ccache or the shims of a version manager, say
#: what some other program said, and that one may change without them.
_ITSELF = re.compile(
    r"(.*-)?(gcc|g\+\+|clang|clang\+\+|cc|c\+\+|rustc|cargo|rustup|python3?\.?\d*t?|pypy3\.?\d*|graalpy.*)"
    r"(-\d+(\.\d+)*)?"
)


_MANY = 300


class Memory:
    """Answers by question, in a JSON file.

    Args:
        file: need not exist; one that cannot be read counts as empty.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: dict[str, str] = {}
        self._used: dict[str, str] = {}
        try:
            read = json.loads(file.read_text())
        except (OSError, ValueError):
            read = {}
        if isinstance(read, dict):
            self._kept = {key: value for key, value in read.items() if isinstance(value, str)}

    def answer(self, program: str, question: Sequence[str], ask: Callable[[], str]) -> str:
        """What `ask` returns, or has returned before for the same question to the same program.

        Args:
            program: the path of what is asked; it counts as another one when its file changes.
            question: whatever else the answer depends on.
        """
        identity = _identity(program)
        return ask() if identity is None else self._recalled(program, identity, question, ask)

    def answer_of_file(self, file: str, question: Sequence[str], ask: Callable[[], str]) -> str:
        """The same for what depends on a file and on nothing that it may start.

        Args:
            file: a script that starts one program and no other, or one that is only read.
        """
        identity = _file_identity(os.path.realpath(file))
        return ask() if identity is None else self._recalled(file, identity, question, ask)

    def _recalled(
        self,
        program: str,
        identity: tuple[str, str, str, str],
        question: Sequence[str],
        ask: Callable[[], str],
    ) -> str:
        key = json.dumps([program, *identity, *question])
        said = self._kept.get(key) or ask()
        # What failed to answer may do so next time.
        if said:
            self._kept[key] = self._used[key] = said
        return said

    def save(self) -> None:
        """Writes the answers; when they have become many, those alone that were asked for."""
        kept = self._kept if len(self._kept) < _MANY else self._used
        text = json.dumps(kept, indent=1, sort_keys=True)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write(self._file, text)


def _identity(program: str) -> tuple[str, str, str, str] | None:
    """What changes when a program does; None when it may say what another one says."""
    real = os.path.realpath(program)
    if _ITSELF.fullmatch(os.path.basename(real)) is None:
        return None
    try:
        with open(real, "rb") as file:
            if file.read(2) == b"#!":
                return None
    except OSError:
        return None
    return _file_identity(real)


def _file_identity(real: str) -> tuple[str, str, str, str] | None:
    try:
        found = os.stat(real)
    except OSError:
        return None
    return real, str(found.st_size), str(found.st_mtime_ns), str(found.st_ino)

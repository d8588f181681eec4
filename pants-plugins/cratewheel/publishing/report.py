"""What became of every file: the record that `--output` writes, in upload order (standard library only)."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from textwrap import indent
from typing import Any, Optional

UPLOADED = "uploaded"
PRESENT = "present"
FAILED = "failed"
NOT_ATTEMPTED = "not-attempted"
LIVE = frozenset((UPLOADED, PRESENT))


@dataclass(frozen=True)
class Entry:
    """One file of the release and its fate.

    Args:
        id: the id of its package.
        registry: the registry as the plan names it.
        sha256: of the local file, hex.
        status: `uploaded`, `present`, `failed` or `not-attempted`.
        commit: for a file that was there already, the commit that the registry says it was
            published from; None when it does not say.
    """

    id: str
    registry: str
    version: str
    filename: str
    sha256: str
    status: str
    commit: Optional[str] = None


class Ledger:
    """The entries of a running release; safe to use from several threads.

    Args:
        expected: every file of the release, in plan order.
        path: where to keep the record as it grows, so that a killed release has left a true one.
    """

    def __init__(self, expected: Iterable[Entry], path: Optional[Path] = None) -> None:
        self._expected = {
            (entry.id, entry.filename): replace(entry, status=NOT_ATTEMPTED) for entry in expected
        }
        self._known: dict[tuple[str, str], Entry] = {}
        self._path = path
        self._lock = threading.Lock()
        self._write()

    def record(
        self, package_id: str, filename: str, status: str, commit: Optional[str] = None
    ) -> None:
        """Says what became of a file; a later word about the same file replaces an earlier one."""
        with self._lock:
            key = (package_id, filename)
            self._known.pop(key, None)
            self._known[key] = replace(self._expected[key], status=status, commit=commit)
            self._write()

    def entries(self) -> tuple[Entry, ...]:
        """All files: those that were dealt with in that order, then the others in plan order."""
        with self._lock:
            return self._all()

    def _all(self) -> tuple[Entry, ...]:
        waiting = (entry for key, entry in self._expected.items() if key not in self._known)
        return (*self._known.values(), *waiting)

    def _write(self) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        temporary.write_text(dumps(self._all()), encoding="utf-8")
        os.replace(temporary, self._path)


def to_json(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """The report as the JSON document of the contract; what is not known has no key."""
    return [_document(entry) for entry in entries]


def dumps(entries: Iterable[Entry]) -> str:
    """The report as text."""
    rendered = ",\n".join(_render(entry) for entry in entries)
    return f"[\n{rendered}\n]\n" if rendered else "[]\n"


def _document(entry: Entry) -> dict[str, Any]:
    return {key: value for key, value in vars(entry).items() if value is not None}


# A running release writes the whole report after every file, so entries are rendered once.
@cache
def _render(entry: Entry) -> str:
    return indent(json.dumps(_document(entry), indent=2, ensure_ascii=False), "  ")


def loads(text: str) -> tuple[Entry, ...]:
    """Reads a report back."""
    return tuple(Entry(**entry) for entry in json.loads(text))

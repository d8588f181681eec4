"""Typed reading of TOML manifests, so that a wrong type is a finding and never an exception of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import tomli

from cratewheel.errors import CratewheelError, Finding


@dataclass(frozen=True)
class Table:
    """A table of a TOML file that knows where it stands.

    Every getter answers None (or an empty tuple) for a key that is absent, and raises a
    `CratewheelError` with CW-MANIFEST-SYNTAX for one of another type.

    Args:
        path: the file, for messages.
        key: the dotted key of the table, "" for the document.
        values: what tomli read.
    """

    path: str
    key: str
    values: Mapping[str, Any]

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def error(self, key: str, message: str) -> CratewheelError:
        """The error that blames `key` of this table."""
        place = f"{self.path}: {self._dotted(key)}" if key or self.key else self.path
        return CratewheelError(Finding("CW-MANIFEST-SYNTAX", place, message))

    def string(self, key: str) -> str | None:
        """The string at `key`."""
        return self._typed(key, str, "a string")  # type: ignore[no-any-return]

    def boolean(self, key: str) -> bool | None:
        """The boolean at `key`."""
        return self._typed(key, bool, "true or false")  # type: ignore[no-any-return]

    def strings(self, key: str) -> tuple[str, ...]:
        """The array of strings at `key`."""
        found = self._typed(key, list, "an array of strings")
        if found is None:
            return ()
        if not all(isinstance(item, str) for item in found):
            raise self.error(key, "expected an array of strings")
        return tuple(found)

    def table(self, key: str) -> Table | None:
        """The table at `key`."""
        found = self._typed(key, dict, "a table")
        return None if found is None else Table(self.path, self._dotted(key), found)

    def tables(self, key: str) -> tuple[Table, ...]:
        """The array of tables at `key`."""
        found = self._typed(key, list, "an array of tables")
        if found is None:
            return ()
        if not all(isinstance(item, dict) for item in found):
            raise self.error(key, "expected an array of tables")
        return tuple(Table(self.path, self._dotted(key), item) for item in found)

    def subtables(self) -> Iterator[tuple[str, Table]]:
        """Every entry of this table, each of which must be a table itself."""
        for key in self.values:
            table = self.table(key)
            assert table is not None
            yield key, table

    def _typed(self, key: str, kind: type, expected: str) -> Any:
        if key not in self.values:
            return None
        found = self.values[key]
        if not isinstance(found, kind):
            raise self.error(key, f"expected {expected}, found {_described(found)}")
        return found

    def _dotted(self, key: str) -> str:
        return ".".join(part for part in (self.key, key) if part)


def read_document(path: str, content: bytes) -> Table:
    """Reads a TOML file.

    Args:
        path: the file's repository-relative path, for messages.

    Raises:
        CratewheelError: CW-MANIFEST-SYNTAX with the line where the parser stopped.
    """
    try:
        return Table(path, "", tomli.loads(content.decode("utf-8")))
    except UnicodeDecodeError as e:
        line = content.count(b"\n", 0, e.start) + 1
        message = f"not UTF-8: byte 0x{content[e.start]:02x}"
        raise CratewheelError(Finding("CW-MANIFEST-SYNTAX", f"{path}:{line}", message)) from None
    except tomli.TOMLDecodeError as e:
        message, place = _located(str(e), content)
        raise CratewheelError(
            Finding("CW-MANIFEST-SYNTAX", f"{path}:{place}", f"not valid TOML: {message}")
        ) from None
    except (RecursionError, ValueError) as e:
        # tomli lets these through for absurd nesting and for numbers Python refuses to convert.
        message = f"not readable as TOML: {e}"
        raise CratewheelError(Finding("CW-MANIFEST-SYNTAX", path, message)) from None


def _located(message: str, content: bytes) -> tuple[str, str]:
    """tomli's message without its position, and the position as LINE[:COLUMN]."""
    found = re.search(r"\s*\(at line (\d+), column (\d+)\)$", message)
    if found:
        return message[: found.start()], f"{found[1]}:{found[2]}"
    lines = max(1, len(content.splitlines()))
    return re.sub(r"\s*\(at end of document\)$", " before the end of the file", message), str(lines)


def _described(found: object) -> str:
    if isinstance(found, bool):
        return "a boolean"
    names = {str: "a string", int: "a number", float: "a number", list: "an array", dict: "a table"}
    return names.get(type(found), "a date or time")

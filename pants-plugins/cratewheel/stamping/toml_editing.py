"""Changing single strings of a TOML file and nothing else: comments, order, quotes and space stay."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any

import tomli
import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import String, StringType, Trivia

from cratewheel.errors import CratewheelError, Finding

KeyPath = tuple[str, ...]
_BOM = "\ufeff"


def edited(content: bytes, edits: Mapping[KeyPath, str], path: str) -> bytes:
    """The file with each of the given keys set to a string.

    Args:
        content: a TOML file.
        edits: the new strings by key path. The table of a key must exist; a key that is not there
            is added, one that is a table (as in `version.workspace = true`) becomes the string.
        path: what to call the file in an error.

    Raises:
        CratewheelError: `CW-MANIFEST-SYNTAX` when the file cannot be edited.
    """
    return _edited(content, tuple(sorted(edits.items())), path) if edits else content


@lru_cache(maxsize=2048)
def _edited(content: bytes, edits: tuple[tuple[KeyPath, str], ...], path: str) -> bytes:
    try:
        text = content.decode("utf-8")
        mark = _BOM if text.startswith(_BOM) else ""
        text = text[len(mark) :]
        for key_path, value in edits:
            text = _without_inheritance(text, key_path, value)
        document = tomlkit.parse(text)
        for key_path, value in edits:
            _set(document, key_path, value)
        return (mark + tomlkit.dumps(document)).encode("utf-8")
    except (ValueError, KeyError, TypeError, RecursionError, TOMLKitError) as error:
        raise CratewheelError(Finding("CW-MANIFEST-SYNTAX", path, f"{error}")) from error


def _without_inheritance(text: str, key_path: KeyPath, value: str) -> str:
    """`text` with the line `KEY.workspace = true` made `KEY = "value"`, where there is one such line.

    tomlkit would put the new key at the end of its table and lose the line's comment.
    """
    line = re.compile(
        rf"^([ \t]*{re.escape(key_path[-1])})[ \t]*\.[ \t]*workspace[ \t]*=[ \t]*true(?=[ \t\r#]|$)",
        re.MULTILINE,
    )
    if len(line.findall(text)) != 1 or not isinstance(_get(tomli.loads(text), key_path), dict):
        return text
    changed = line.sub(lambda match: f'{match[1]} = "{value}"', text)
    return changed if _get(tomli.loads(changed), key_path) == value else text


def _get(document: Any, key_path: KeyPath) -> Any:
    for key in key_path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _set(document: MutableMapping[str, Any], key_path: KeyPath, value: str) -> None:
    table = document
    for key in key_path[:-1]:
        table = table[key]
    last = key_path[-1]
    old = table.get(last)
    if old == value:
        return
    if isinstance(old, String):
        kind = StringType.SLL if "'" in old.as_string()[:1] else StringType.SLB
        trivia = old.trivia
        table[last] = String(kind, value, value, Trivia("", trivia.comment_ws, trivia.comment))
    else:
        table[last] = value

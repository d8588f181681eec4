"""Places outside manifests that carry a package's version, such as a Python `__version__`."""

from __future__ import annotations

import re
from typing import Optional

#: The key of a `version_files` entry that names only a path.
DEFAULT_KEY = "__version__"


def split_entry(entry: str) -> tuple[str, str]:
    """The path and the key of a `version_files` entry, `PATH` or `PATH:KEY`."""
    path, colon, key = entry.rpartition(":")
    return (path, key) if colon and path and key else (entry, DEFAULT_KEY)


def stamped_version_file(content: bytes, key: str, version: str) -> Optional[bytes]:
    """The file with every line that gives `key` a quoted string giving it `version`.

    That is `KEY = "…"` and `KEY: "…"`, the key quoted or not, with a type and with leading words:
    Python, Rust, JSON, TOML and YAML all write it so. None when no line does.
    """
    line = re.compile(
        rf"""^(?P<head>[ \t]*(?:[A-Za-z]+[ \t]+)*["']?{re.escape(key)}["']?[ \t]*"""
        r"""(?::[^=\n"']*)?[=:][ \t]*)(?P<quote>["'])[^"'\n]*(?P=quote)""",
        re.MULTILINE,
    )
    text = content.decode("utf-8", "surrogateescape")
    new, count = line.subn(
        lambda match: f"{match['head']}{match['quote']}{version}{match['quote']}", text
    )
    return new.encode("utf-8", "surrogateescape") if count else None

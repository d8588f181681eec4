"""Patterns of file names in manifests: those of globs, and those of `.gitignore`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_GLOB = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matching(pattern: str, paths: Iterable[str]) -> Iterator[str]:
    """The paths that a glob is about: `*` stays in one directory, `**` does not (PEP 639)."""
    text = "".join(
        _GLOB.get(part) or (_bracket(part) if _is_bracket(part) else re.escape(part))
        for part in re.split(r"(\*\*/|\*\*|\*|\?|\[[^\]]+\])", pattern)
    )
    try:
        matcher = re.compile(text)
    except re.error:
        return
    yield from (path for path in paths if matcher.fullmatch(path))


def excludes(pattern: str, name: str) -> bool:
    """Whether a pattern of `.gitignore` is about a file; one of a directory alone is about none."""
    anchored = "/" in pattern.strip("/") or pattern.startswith("/")
    text = "" if anchored else "(?:.*/)?"
    for token in re.findall(r"\*\*/|/\*\*|\*|\?|\[[^\]]*\]|[^*?/\[]+|.", pattern.lstrip("/")):
        if token == "**/":
            text += "(?:.*/)?"
        elif token == "/**":
            text += "/.*"
        elif token == "*":
            text += "[^/]*"
        elif token == "?":
            text += "[^/]"
        elif _is_bracket(token):
            text += _bracket(token)
        else:
            text += re.escape(token)
    try:
        return re.fullmatch(text, name) is not None
    except re.error:
        return False


def _is_bracket(token: str) -> bool:
    return token.startswith("[") and token.endswith("]") and len(token) > 2


def _bracket(token: str) -> str:
    return f"[^{token[2:]}" if token[1] == "!" else token

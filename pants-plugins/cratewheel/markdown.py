"""Text for Markdown documents that GitHub shows: summaries of jobs, comments."""

from __future__ import annotations

import html
import re


def escaped(text: str) -> str:
    """`text` with nothing left in it that Markdown or HTML would take for markup."""
    return re.sub(r"([\\`*_\[\]|])", r"\\\1", html.escape(text, quote=False))


def code(text: str) -> str:
    """`text` as code, for the cell of a table as well."""
    return f"`{text.replace('`', '')}`".replace("|", "\\|")

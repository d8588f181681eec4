"""Reading the documents of this repository, as far as their tests need it."""

from __future__ import annotations

import re
from pathlib import Path

#: Every document that people read, by its path in the repository.
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *sorted(path.as_posix() for path in Path("docs").rglob("*.md")),
]
WRITE_AGAIN = "write it again: ./pants run docs:reference"


def read(page: str) -> str:
    """The text of a document, by its path in the repository."""
    return Path(page).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one of any level."""
    found = re.search(
        rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"there is no section {heading!r}"
    return found[1]


def tables(text: str) -> list[list[tuple[str, ...]]]:
    """The rows of every table, heads and rules left out, each a tuple of its cells."""
    found: list[list[tuple[str, ...]]] = []
    rows: list[tuple[str, ...]] = []
    for line in [*text.split("\n"), ""]:
        if line.startswith("|"):
            rows.append(tuple(cell.strip() for cell in line.strip("|").split(" | ")))
        elif rows:
            found.append(rows[2:])
            rows = []
    return found


def code_blocks(text: str, language: str) -> list[str]:
    """The contents of the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)

"""The reference pages that follow from the library alone, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cratewheel.codes import ERROR, Code

#: The page that `render_errors` is for, relative to the repository.
ERRORS_PAGE = "docs/reference/errors.md"

_ERRORS_HEAD = """\
# Error codes

Every failure that can be mended has a code that stays the same from release to release. A message reads

```text
CODE PLACE: what is wrong and what was expected
    → the one thing to do next
```

and all findings of a phase come together. The last column is what a message ends in when the case at
hand has nothing more exact to say; where it is empty, the message always does.

A code that the second column calls a warning or a note comes from `pants release-doctor` alone and stops
no release.
"""


def render_errors(codes: Mapping[str, Code]) -> str:
    """The page of all error codes, in the order of `codes`; ends in a newline."""
    rows = [(f"`{name}`", _meaning(code), code.mend) for name, code in codes.items()]
    return f"{_ERRORS_HEAD}\n{table(('Code', 'What it means', 'What to do'), rows)}"


def _meaning(code: Code) -> str:
    return code.meaning if code.severity == ERROR else f"*{code.severity.title()}:* {code.meaning}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; line breaks in a cell become spaces. Ends in a newline."""
    lines = [_row(head), "|" + "---|" * len(head), *map(_row, rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"

"""A piece of a text as people like to see it in an error message."""

from __future__ import annotations

from textloc._textloc import LineIndex


def excerpt(index: LineIndex, start: int, end: int, message: str = "") -> str:
    """The lines that hold a range, numbered from one, with the range underlined.

    Args:
        index: the text, indexed.
        start: where the range starts, an index into the `str`.
        end: where it ends, not included; an empty range still gets one caret.
        message: text to stand after the last underline.

    Raises:
        IndexError: the range is not within the text.
        ValueError: `end` is before `start`.
    """
    if end < start:
        raise ValueError(f"the range ends at {end}, before its start at {start}")
    first, first_column = index.position(start)
    last, last_column = index.position(end)
    margin = len(str(last + 1))
    rows = []
    for number in range(first, last + 1):
        line = index.line(number)
        left = min(first_column, len(line)) if number == first else 0
        right = min(last_column, len(line)) if number == last else len(line)
        rows.append(f"{number + 1:>{margin}} | {line}".rstrip())
        # Tabs are kept, so that the underline stands below the text whatever a tab's width is.
        indent = "".join("\t" if character == "\t" else " " for character in line[:left])
        rows.append(f"{'':>{margin}} | {indent}{'^' * max(right - left, 1)}")
    if message:
        rows[-1] += f" {message}"
    return "\n".join(rows)

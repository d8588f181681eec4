"""The nearest right spelling of a word that is not one of those expected."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Optional


def nearest(word: str, candidates: Iterable[str]) -> Optional[str]:
    """The candidate most like `word`, or None where none is like it.

    Upper and lower case, and `-`, `_`, `.` and spaces, count as alike. Equally near candidates are
    decided by their order, so the answer does not change from run to run.
    """
    by_form: dict[str, str] = {}
    for candidate in candidates:
        by_form.setdefault(_form(candidate), candidate)
    found = difflib.get_close_matches(_form(word), list(by_form), n=1, cutoff=0.6)
    return by_form[found[0]] if found else None


def suggestion(word: str, candidates: Iterable[str]) -> str:
    """A mend for a misspelt word: the nearest candidate, or all of them where none is near.

    Raises:
        ValueError: there is no candidate to suggest.
    """
    expected = list(candidates)
    if not expected:
        raise ValueError("no candidates")
    found = nearest(word, expected)
    if found is not None:
        return f"write `{found}`"
    return "use one of " + ", ".join(f"`{candidate}`" for candidate in expected)


def _form(word: str) -> str:
    return word.lower().translate(str.maketrans("_. ", "---"))

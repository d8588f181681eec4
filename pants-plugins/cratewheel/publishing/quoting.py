"""What somebody else's server says, made fit to be shown to a person and to a CI system that reads along."""

from __future__ import annotations

import re

LONGEST = 1000
# Control characters and what turns the direction of writing; all of them can hide what is said.
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def quoted(text: object) -> str:
    """A server's words on one line of at most a thousand characters, without control characters."""
    # Cut first: what arrives may be of any size.
    line = " ".join(_INVISIBLE.sub(" ", str(text)[: 10 * LONGEST]).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def defused(text: str) -> str:
    """Text of several lines in which GitHub Actions and GitLab find no command of theirs.

    Source: GitHub's "Workflow commands": a line beginning with `::`, or `##[` anywhere in it.
    """
    visible = "".join(sign for sign in text if sign in "\n\t" or not _INVISIBLE.match(sign))
    return re.sub(r"(?m)^(\s*):(?=:)", r"\1: ", visible).replace("##[", "## [")

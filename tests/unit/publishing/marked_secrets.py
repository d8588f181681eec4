"""The secrets of the tests: each has a mark in it, by which it is found wherever it must not be.

The mark is computed, so that no source file has it, and it is looked for in the dress of base64 as
well: a password in `Authorization: Basic`, or an identity that is part of a JWT.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
import traceback
from typing import Any

MARK = hashlib.sha256(b"what nothing that a release leaves may have in it").hexdigest()[:12]


def secret(name: str) -> str:
    """A secret by a name that a person recognises."""
    return f"{name}-{MARK}"


def _dressed(before: int) -> str:
    """The mark in base64, `before` bytes into a group of three, as far as its neighbours cannot tell."""
    data = b"\0" * before + MARK.encode()
    encoded = base64.b64encode(data + b"\0" * (-len(data) % 3)).decode()
    return encoded[-(-before * 8 // 6) : len(data) * 8 // 6]


NEEDLES = (MARK, *(_dressed(before) for before in range(3)))


def check_text(text: str, where: str) -> None:
    """Fails when a secret is in a text, other than in the word to GitHub that it is one."""
    lines = (line for line in text.splitlines() if not line.startswith("::add-mask::"))
    shown = "\n".join(lines)
    assert not any(needle in shown for needle in NEEDLES), f"a secret is in {where}"


def hide(report: Any) -> None:
    """Takes the mark out of what pytest reports of a test: what it says is kept, and nothing leaked there."""
    said = str(report.longrepr or "")
    if _hidden(said) != said:
        report.longrepr = _hidden(said)
    report.sections = [(name, _hidden(text)) for name, text in report.sections]


def _hidden(text: str) -> str:
    for needle in NEEDLES:
        text = text.replace(needle, "***")
    return text


def check_error(error: BaseException) -> None:
    """Fails when a secret is in an exception, or in one that it came from."""
    told = traceback.format_exception(type(error), error, error.__traceback__)
    check_text("".join(told), "an exception")


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen":
        for argument in arguments[1]:
            check_text(os.fsdecode(argument), "an argument list")


# Sees every program that is started from here on, however short it lives; it cannot be taken away again.
sys.addaudithook(_watch)

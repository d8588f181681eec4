"""Every secret that any test gives to a program, and the places where none of them may be found afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from marked_secrets import NEEDLES

_NAME = re.compile(r"TOKEN|PASSWORD|SECRET")
_SHORTEST = 8

given: set[str] = set(NEEDLES)


def remember(environment: Mapping[str, str]) -> None:
    """Takes note of what looks like a secret in variables that a program is started with.

    One that is too short to be told from other text is an error of the test.
    """
    for name, value in environment.items():
        if value and _NAME.search(name) and "://" not in value:
            assert len(value) >= _SHORTEST, f"{name} is too short to be looked for"
            given.add(value)


def check_text(text: str) -> None:
    """Fails when a secret is in an output, other than in the word to GitHub that it is one."""
    lines = (line for line in text.splitlines() if not line.startswith("::add-mask::"))
    shown = "\n".join(lines)
    for secret in given:
        assert secret not in shown, f"an output shows {secret[:3]}…"


def check_folder(folder: Path, further: Iterable[str] = ()) -> None:
    """Fails when a secret is in any file below a folder; Pants' work folder and logs are, too."""
    secrets = [secret.encode() for secret in (*given, *further)]
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            for secret in secrets:
                assert secret not in data, f"{path} has {secret[:3]!r}…"

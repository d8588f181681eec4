"""What the publisher says while it works: whole lines, from any thread, without secrets."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Mapping
from typing import TextIO

from cratewheel.publishing.quoting import defused

_GREEN, _RED, _YELLOW, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[0m"
_COLOURS = (
    (re.compile(r"^(\S+: )(uploaded)\b", re.MULTILINE), rf"\1{_GREEN}\2{_PLAIN}"),
    (re.compile(r"^(CW-[A-Z0-9-]+)", re.MULTILINE), rf"{_RED}\1{_PLAIN}"),
    (re.compile(r"^( +)(left out|note):", re.MULTILINE), rf"\1{_YELLOW}\2{_PLAIN}:"),
)


def wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a stream is a terminal whose user does not refuse colour (https://no-color.org)."""
    return (
        not environment.get("NO_COLOR")
        and environment.get("TERM", "dumb") != "dumb"
        and stream.isatty()
    )


class Transcript:
    """Writes lines to a stream.

    Whatever is registered as secret is blotted out, wherever it comes from.

    Args:
        colour: whether what matters stands out.
        github: whether GitHub Actions reads along; it is told every secret then, so that it blots
            them out of what other programs say.
    """

    def __init__(self, stream: TextIO, *, github: bool = False, colour: bool = False) -> None:
        self._stream = stream
        self._colour = colour
        self._github = github
        self._lock = threading.Lock()
        self._secrets: set[str] = set()

    @property
    def watched(self) -> bool:
        """Whether somebody sees a line as soon as it is said: a log is read afterwards."""
        return self._stream.isatty()

    def hide(self, secret: str) -> None:
        """Never shows `secret` from here on."""
        if not secret or secret in self._secrets:
            return
        self._secrets.add(secret)
        if self._github:
            with self._lock:
                print(f"::add-mask::{secret}", file=self._stream, flush=True)

    def hide_credential(self, username: str, secret: str) -> None:
        """Never shows `secret` from here on, neither bare nor as HTTP sends it with a user name."""
        self.hide(secret)
        if username:
            pair = f"{username}:{secret}".encode("latin-1", "replace")
            self.hide(base64.b64encode(pair).decode())

    def clean(self, text: str) -> str:
        """`text` with every secret blotted out."""
        for secret in tuple(self._secrets):
            text = text.replace(secret, "***")
        return text

    def say(self, text: str) -> None:
        """Writes `text` as one or more lines."""
        shown = defused(self.clean(text))
        if self._colour:
            for pattern, coloured in _COLOURS:
                shown = pattern.sub(coloured, shown)
        with self._lock:
            print(shown, file=self._stream, flush=True)

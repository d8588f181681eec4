"""What the publisher says while it works: whole lines, from any thread, without secrets."""

from __future__ import annotations

import base64
import threading
from typing import TextIO

from cratewheel.publishing.quoting import defused


class Transcript:
    """Writes lines to a stream.

    Whatever is registered as secret is blotted out, wherever it comes from.

    Args:
        github: whether GitHub Actions reads along; it is told every secret then, so that it blots
            them out of what other programs say.
    """

    def __init__(self, stream: TextIO, *, github: bool = False) -> None:
        self._stream = stream
        self._github = github
        self._lock = threading.Lock()
        self._secrets: set[str] = set()

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
            pair = f"{username}:{secret}".encode()
            self.hide(base64.b64encode(pair).decode())

    def clean(self, text: str) -> str:
        """`text` with every secret blotted out."""
        for secret in tuple(self._secrets):
            text = text.replace(secret, "***")
        return text

    def say(self, text: str) -> None:
        """Writes `text` as one or more lines."""
        with self._lock:
            print(defused(self.clean(text)), file=self._stream, flush=True)

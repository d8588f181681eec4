"""What the publisher says while it works: whole lines, from any thread, without secrets."""

from __future__ import annotations

import threading
from typing import TextIO


class Transcript:
    """Writes lines to a stream.

    Whatever is registered as secret is blotted out, wherever it comes from.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._secrets: set[str] = set()

    def hide(self, secret: str) -> None:
        """Never shows `secret` from here on."""
        if secret:
            self._secrets.add(secret)

    def clean(self, text: str) -> str:
        """`text` with every secret blotted out."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def say(self, text: str) -> None:
        """Writes `text` as one or more lines."""
        with self._lock:
            print(self.clean(text), file=self._stream, flush=True)

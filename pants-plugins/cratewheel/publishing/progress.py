"""How far an upload is, for a person who watches a terminal."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Callable, Optional, Protocol, Union

from cratewheel.publishing.quantities import byte_count
from cratewheel.registries.clock import Clock

EVERY_SECONDS = 3.0


class Body(Protocol):
    """The body of a request that is made while it is sent, as `requests_toolbelt` has it."""

    len: int

    def read(self, size: int = -1) -> bytes: ...


@dataclass(frozen=True)
class Progress:
    """Says of each upload, every few seconds, how much of it is sent.

    Args:
        say: tells the user one line.
    """

    clock: Clock
    say: Callable[[str], None]

    def watched(self, name: str, body: Union[bytes, Body]) -> Counted:
        """The same body, which reports while it is read.

        Args:
            name: of the file.
        """
        return Counted(self, name, body)


class Counted:
    """A body that counts what is read of it. `requests` streams what has `__iter__` and a length."""

    def __init__(self, progress: Progress, name: str, body: Union[bytes, Body]) -> None:
        self._progress = progress
        self._name = name
        self._body: Any = io.BytesIO(body) if isinstance(body, bytes) else body
        self.len = len(body) if isinstance(body, bytes) else body.len
        self._sent = 0
        self._began: Optional[float] = None
        self._said_at = 0.0

    def __len__(self) -> int:
        return self.len

    def __iter__(self) -> Iterator[bytes]:
        while part := self.read(io.DEFAULT_BUFFER_SIZE):
            yield part

    def read(self, size: int = -1) -> bytes:
        """The next bytes. What was read before has been sent by now."""
        now = self._progress.clock.now()
        if self._began is None:
            self._began = self._said_at = now
        if now - self._said_at >= EVERY_SECONDS:
            self._said_at = now
            rate = byte_count(self._sent / (now - self._began))
            self._progress.say(
                f"{self._name}: {byte_count(self._sent)} of {byte_count(self.len)} sent, {rate}/s"
            )
        part: bytes = self._body.read(size)
        self._sent += len(part)
        return part

"""A clock that goes on only when someone sleeps on it."""

from __future__ import annotations

import threading


class FakeClock:
    """Starts at a fixed moment; `sleep` moves it on and returns at once."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds

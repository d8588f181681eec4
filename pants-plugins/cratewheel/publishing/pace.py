"""Keeping to the pace that a registry asks of programs that read its API."""

from __future__ import annotations

import threading

from cratewheel.registries.clock import Clock


class Pace:
    """Lets callers through one after the other, so many seconds apart; usable from many threads.

    Args:
        seconds: between two callers; 0 lets everyone through.
    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Returns when it is the caller's turn."""
        with self._lock:
            now = self._clock.now()
            turn = max(self._next, now)
            self._next = turn + self._seconds
        if turn > now:
            self._clock.sleep(turn - now)

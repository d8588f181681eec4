"""Time as a value that is passed in, so that a test decides how it goes by."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Protocol


class Clock(Protocol):
    """What can tell the time and let it pass."""

    def now(self) -> float:
        """Seconds since the Unix epoch."""

    def sleep(self, seconds: float) -> None:
        """Returns once `seconds` have passed on this clock."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def timestamp(seconds: float) -> str:
    """`seconds` since the epoch as RFC 3339 in UTC, with microseconds: `2026-01-02T03:04:05.000006Z`."""
    moment = datetime.fromtimestamp(seconds, tz=timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seconds(timestamp: str) -> float:
    """The inverse of `timestamp`; also takes RFC 3339 without a fraction or with an offset."""
    return datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()

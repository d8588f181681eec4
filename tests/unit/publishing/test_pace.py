"""Questions to an API, so many seconds apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from cratewheel.publishing.pace import Pace


class StandingClock:
    """A clock that stands still and remembers what was asked of it."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return 100.0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def test_callers_get_turns_apart_from_each_other() -> None:
    clock = StandingClock()
    pace = Pace(clock, 1.0)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(pace.wait)
    assert sorted(clock.slept) == [1.0, 2.0, 3.0]


def test_no_pace_lets_everyone_through() -> None:
    clock = StandingClock()
    pace = Pace(clock, 0.0)
    for _ in range(3):
        pace.wait()
    assert clock.slept == []

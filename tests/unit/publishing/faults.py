"""What can become of a request on its way to a registry, or to a git server, and back."""

from __future__ import annotations

import threading
from typing import Callable

from cratewheel.registries.server import Answer

PassOn = Callable[[], Answer]
Fault = Callable[[PassOn, threading.Event], Answer]


def reset_before_it_is_stored(pass_on: PassOn, over: threading.Event) -> Answer:
    raise ConnectionResetError


def reset_after_it_is_stored(pass_on: PassOn, over: threading.Event) -> Answer:
    pass_on()
    raise ConnectionResetError


def too_many_requests(pass_on: PassOn, over: threading.Event) -> Answer:
    return Answer(429, b"{}", {"Retry-After": "30"})


def internal_error(pass_on: PassOn, over: threading.Event) -> Answer:
    return Answer(500)


def unavailable_although_stored(pass_on: PassOn, over: threading.Event) -> Answer:
    pass_on()
    return Answer(503)


def slow(pass_on: PassOn, over: threading.Event) -> Answer:
    answer = pass_on()
    over.wait(4)
    return answer


def truncated(pass_on: PassOn, over: threading.Event) -> Answer:
    answer = pass_on()
    length = str(len(answer.body) + 10)
    headers = {**answer.headers, "Content-Length": length, "Connection": "close"}
    return Answer(answer.status, answer.body, headers)


def wrong_json(pass_on: PassOn, over: threading.Event) -> Answer:
    return Answer(pass_on().status, b"<html>", {"Content-Type": "application/json"})


FAULTS = (
    reset_before_it_is_stored,
    reset_after_it_is_stored,
    too_many_requests,
    internal_error,
    unavailable_although_stored,
    slow,
    truncated,
    wrong_json,
)


def patience_with(fault: Fault) -> float:
    """Seconds to wait for an answer: so few that nobody waits, and only where one is late on purpose."""
    return 0.3 if fault is slow else 20.0

"""Getting one file into its place at a registry, whatever the network does meanwhile.

The registry is the truth. It is asked before every attempt, so a file whose upload was answered by a
time-out is not sent twice, and a race with another run ends with one set of bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional

from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.answers import (
    Accepted,
    Exists,
    Expired,
    Limited,
    Present,
    Refused,
    State,
    Unclear,
    UploadAnswer,
)
from cratewheel.publishing.refusals import mend_for_refusal
from cratewheel.registries.clock import Clock

ATTEMPTS = 5
PAUSES = (1.0, 4.0, 10.0, 20.0)
LIMIT_PAUSE_SECONDS = 60.0


@dataclass(frozen=True)
class Place:
    """Where a file is to go, and the ways to ask and to send.

    Args:
        name: what to call the file in messages.
        registry: what to call the registry in messages.
        sha256: of the local file.
        look: asks what is there.
        send: uploads once; is given the secret that the registry no longer takes, if any, and
            returns the one it used beside the answer.
        differing: words for how the bytes that are there differ from the local ones.
        waiting_budget: seconds for which the upload may be held back by a rate limit.
    """

    name: str
    registry: str
    sha256: str
    look: Callable[[], State]
    send: Callable[[Optional[str]], tuple[str, UploadAnswer]]
    differing: Callable[[], str] = lambda: ""
    waiting_budget: float = 0.0


def ensure_uploaded(place: Place, state: State, clock: Clock, say: Callable[[str], None]) -> bool:
    """Returns once the registry has the file.

    Args:
        state: what was last seen in that place.

    Returns:
        Whether it was this call that uploaded it.

    Raises:
        CratewheelError: `CW-BYTES-DIFFER`, `CW-UPLOAD-REFUSED`, `CW-REGISTRY-UNREACHABLE` or
            `CW-RATE-LIMITED`.
    """
    sent = False
    refused_secret: Optional[str] = None
    waited = 0.0
    limits = 0
    attempt = 0
    last = ""
    while True:
        if isinstance(state, Present):
            if state.sha256.lower() == place.sha256:
                return sent
            raise different(place, state)
        if attempt == ATTEMPTS:
            raise CratewheelError(
                Finding(
                    "CW-REGISTRY-UNREACHABLE",
                    place.registry,
                    f"{place.name} could not be uploaded in {ATTEMPTS} attempts, "
                    f"the last one: {last}",
                )
            )
        attempt += 1
        secret, answer = place.send(refused_secret)
        sent = sent or isinstance(answer, (Accepted, Unclear))
        if isinstance(answer, Accepted):
            for warning in answer.warnings:
                say(f"{place.registry} remarks on {place.name}: {warning}")
            return True
        if isinstance(answer, Refused):
            raise refused(place, f"{answer.detail} (status {answer.status})")
        if isinstance(answer, Exists):
            # Uploaded by a racing run or by an attempt that was thought lost; or a name that is
            # taken without a file to show for it, and then asking on for long leads nowhere.
            state = _seen(place, clock)
            if isinstance(state, Present):
                continue
            raise refused(place, answer.detail)
        if isinstance(answer, Expired):
            # Once, and only with another secret than the one that was just refused.
            if refused_secret is not None:
                raise refused(place, answer.detail)
            refused_secret = secret
            attempt -= 1
            continue
        if isinstance(answer, Limited):
            attempt -= 1
            # One that says again and again that the wait is over is not believed for long.
            pause = max(_pause(answer, clock.now()), min(2.0**limits, LIMIT_PAUSE_SECONDS))
            limits += 1
            waited += pause
            if waited > place.waiting_budget:
                raise CratewheelError(
                    Finding("CW-RATE-LIMITED", place.registry, f"{place.name}: {answer.detail}")
                )
            say(f"{place.registry} asks to wait {pause:.0f} s for {place.name}: {answer.detail}")
            clock.sleep(pause)
            state = place.look()
            continue
        last = answer.reason
        say(f"no clear answer about {place.name} ({last}); asking {place.registry} for it")
        clock.sleep(PAUSES[min(attempt, len(PAUSES)) - 1])
        state = place.look()


def _seen(place: Place, clock: Clock) -> State:
    """What is in a place that is taken: what a registry shows may lag behind what it has."""
    state = place.look()
    for pause in PAUSES[:2]:
        if isinstance(state, Present):
            break
        clock.sleep(pause)
        state = place.look()
    return state


def different(place: Place, state: Present) -> CratewheelError:
    """The error for a place that is taken by other bytes."""
    detail = place.differing()
    published = f", published from commit {state.commit}" if state.commit else ""
    return CratewheelError(
        Finding(
            "CW-BYTES-DIFFER",
            place.name,
            f"{place.registry} has it with sha256 {state.sha256}{published}, here it is {place.sha256}"
            + (f"; {detail}" if detail else ""),
        )
    )


def refused(place: Place, detail: str) -> CratewheelError:
    """The error for an upload that the registry does not take."""
    return CratewheelError(
        Finding(
            "CW-UPLOAD-REFUSED",
            place.name,
            f"{place.registry} answered: {detail}",
            mend_for_refusal(detail),
        )
    )


def _pause(answer: Limited, now: float) -> float:
    if answer.until is None:
        return LIMIT_PAUSE_SECONDS
    return max(answer.until - now, 1.0)

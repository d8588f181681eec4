"""`python -m cratewheel.publishing REQUEST.json`: the publisher as a program."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from cratewheel.errors import CratewheelError
from cratewheel.publishing import request
from cratewheel.publishing.credentials import GITHUB_JOB
from cratewheel.publishing.run import publish
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript, wants_colour
from cratewheel.registries.clock import SystemClock

INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Publishes what the request file asks for; returns 0 only if all of it is live."""
    if len(arguments) != 1:
        print("usage: python -m cratewheel.publishing REQUEST.json", file=sys.stderr)
        return 2
    transcript = Transcript(
        sys.stdout,
        github=bool(os.environ.get(GITHUB_JOB)),
        colour=wants_colour(sys.stdout, os.environ),
    )
    try:
        asked = request.read(Path(arguments[0]))
        return 0 if publish(asked, Surroundings(SystemClock(), transcript, os.environ)) else 1
    except CratewheelError as error:
        transcript.say(f"{error}\nNothing was uploaded.")
        return 1
    except KeyboardInterrupt:
        transcript.say("Interrupted. Run the same again to finish; what is live is skipped.")
        return INTERRUPTED


if __name__ == "__main__":
    # A CI system that cancels a job may send nothing else; tokens are to be revoked all the same.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = main(sys.argv[1:])
    if code == INTERRUPTED:
        # Threads that wait for a registry would be waited for.
        os._exit(code)
    sys.exit(code)

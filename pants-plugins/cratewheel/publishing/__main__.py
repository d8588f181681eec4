"""`python -m cratewheel.publishing REQUEST.json`: the publisher as a program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cratewheel.errors import CratewheelError
from cratewheel.publishing import request
from cratewheel.publishing.credentials import GITHUB_JOB
from cratewheel.publishing.run import publish
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript, wants_colour
from cratewheel.registries.clock import SystemClock


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
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

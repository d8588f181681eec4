"""`python -m cratewheel.publishing.missing_releases DUE.json ANSWER.json`: which GitHub Releases are missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cratewheel.errors import CratewheelError
from cratewheel.publishing.due_releases import Due, Looked, dumps, loads
from cratewheel.publishing.made_up_releases import missing_tags
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript
from cratewheel.publishing.transport import Transport
from cratewheel.registries.clock import SystemClock

_PATIENCE_SECONDS = 10.0


def look(due: Due, around: Surroundings) -> Looked:
    """What GitHub says; nothing is changed."""
    try:
        return Looked(missing_tags(due, Transport(around.clock, around.patience), around))
    except CratewheelError as error:
        return Looked(silent=error.findings[0].message)


def main(arguments: list[str]) -> int:
    """Writes the answer as JSON."""
    due, answer = map(Path, arguments)
    around = Surroundings(
        SystemClock(), Transcript(sys.stderr), os.environ, patience=_PATIENCE_SECONDS
    )
    found = look(loads(due.read_text(encoding="utf-8")), around)
    answer.parent.mkdir(parents=True, exist_ok=True)
    answer.write_text(dumps(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

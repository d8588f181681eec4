"""`python -m cratewheel.publishing.ask REQUEST.json`: what is live already, without a change to anything."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cratewheel.errors import CratewheelError
from cratewheel.handed_variables import take_over
from cratewheel.publishing import report, request
from cratewheel.publishing.report import NOT_ATTEMPTED, PRESENT, Entry
from cratewheel.publishing.request import ReleaseRequest
from cratewheel.publishing.run import present_files
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript
from cratewheel.registries.clock import SystemClock
from cratewheel.registries.rehearsal import stored_hashes


def answer(asked: ReleaseRequest, around: Surroundings) -> tuple[Entry, ...]:
    """Every file of a request, `present` where its registry has it with the same bytes.

    Raises:
        CratewheelError: a registry cannot be reached, or has something else in a file's place.
    """
    if asked.rehearsed:
        stored = stored_hashes(Path(asked.rehearsal_dir))
        live = {
            artifact.filename
            for artifact in asked.artifacts
            if stored.get(artifact.filename) == artifact.sha256
        }
    else:
        live = set(present_files(asked, around))
    packages = {package.id: package for package in asked.plan.packages}
    return tuple(
        Entry(
            id=artifact.id,
            registry=packages[artifact.id].registry,
            version=packages[artifact.id].version,
            filename=artifact.filename,
            sha256=artifact.sha256,
            status=PRESENT if artifact.filename in live else NOT_ATTEMPTED,
        )
        for artifact in asked.artifacts
    )


def main(arguments: list[str]) -> int:
    """Prints the answer as JSON; exits with 1 and the findings on standard error where there is none."""
    (path,) = arguments
    take_over(os.environ)
    around = Surroundings(SystemClock(), Transcript(sys.stderr), os.environ)
    try:
        print(report.dumps(answer(request.read(Path(path)), around)))
    except CratewheelError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

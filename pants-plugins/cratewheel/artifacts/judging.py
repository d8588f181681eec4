"""Judges the built files of one package in a process of its own.

Runs as `python -m cratewheel.artifacts.judging PLAN.json FOLDER`: the plan has the one package that
the files of the folder are to be, and the rows that must all be there. What is wrong with them goes
to standard output as JSON (`cratewheel.finding_document`); the exit status is 0 whether there is any
or not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cratewheel import finding_document
from cratewheel.artifacts.checks import check_whole
from cratewheel.plan import model


def main(arguments: Sequence[str]) -> int:
    """Carries the command out."""
    plan_file, folder = arguments
    plan = model.loads(Path(plan_file).read_text(encoding="utf-8"), place=plan_file)
    (package,) = plan.packages
    # From inside, a finding's place is the name of the file, whatever folder that is built in.
    os.chdir(folder)
    paths = [Path(name) for name in sorted(os.listdir())]
    print(finding_document.dumps(check_whole(plan, package.id, paths)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

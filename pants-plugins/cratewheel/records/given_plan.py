"""The plan that a run is given: a file, or the record of a release."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from cratewheel.errors import CratewheelError
from cratewheel.git import Git
from cratewheel.plan.freeze import read_plan
from cratewheel.plan.model import Plan, loads
from cratewheel.records.store import fetch_records, is_record, read_recorded_plan


def given_plan(given: str, root: Path, git: Optional[Git], remote: str) -> Plan:
    """Reads the plan; a record that this clone does not have is brought from the remote first.

    Args:
        given: the path of a file, or the ref of a record.
        root: what the path is relative to.
        git: of the checkout; None where nothing is committed, so that there are no records.

    Raises:
        CratewheelError: `CW-PLAN-INVALID`, `CW-PLAN-EDITED`, or `CW-GIT-FAILED` for a record that is
            nowhere.
    """
    if git is None or not is_record(given):
        return read_plan(Path(root, given))
    try:
        text = read_recorded_plan(git, given)
    except CratewheelError:
        fetch_records(git, remote)
        text = read_recorded_plan(git, given)
    return loads(text, place=given)

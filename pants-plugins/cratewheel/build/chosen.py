"""The builds of a wheel's rows, cut down to the rows that a run was asked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from cratewheel.build.wheels import RowBuild, RowBuilds, RowNotHere
from cratewheel.errors import Finding
from cratewheel.plan.row_choice import BUILT_BY_ANOTHER_JOB, RowChoice
from cratewheel.project import WHEEL
from cratewheel.wheel_rows import WORKFLOW, RowKey


def chosen_builds(
    builds: RowBuilds, choice: RowChoice, package_id: str, handed_over: Collection[RowKey]
) -> RowBuilds:
    """The builds of the rows that were chosen; the others are not built here.

    Args:
        handed_over: the rows whose files are there already.

    Returns:
        With a `CW-ROW-NOT-HERE` for every row that was asked for by name and that this machine
        cannot build, or not whole.
    """
    rows: list[RowBuild] = []
    findings: list[Finding] = []
    for row in builds.rows:
        triple = row.row.triple
        if choice.demands(package_id, WHEEL, *row.row.key) and row.row.key not in handed_over:
            findings += [
                Finding("CW-ROW-NOT-HERE", f"{package_id} for {triple}", each.reason)
                for each in row.missing
            ]
        if choice.includes(package_id, WHEEL, *row.row.key) or row.row.built_by == WORKFLOW:
            rows.append(row)
        else:
            elsewhere = RowNotHere(triple, BUILT_BY_ANOTHER_JOB)
            rows.append(replace(row, build=None, missing=(elsewhere,)))
    return RowBuilds(tuple(rows), (*builds.findings, *findings))

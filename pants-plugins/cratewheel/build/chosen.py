"""What a run has to build of a wheel's target, beside what was built elsewhere and what is left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Optional

from cratewheel.build.wheels import RowBuild, RowBuilds, RowNotHere, built_by_workflow
from cratewheel.errors import Finding
from cratewheel.handover import HandedOver, Handover, sdist_file, wheel_files
from cratewheel.plan.row_choice import BUILT_BY_ANOTHER_JOB, RowChoice
from cratewheel.project import SDIST, WHEEL
from cratewheel.wheel_rows import WORKFLOW, RowKey, WheelRow, row_title


@dataclass(frozen=True)
class HandedOverFile:
    """A file that was built elsewhere.

    Args:
        row: what it is of; None for the source distribution.
    """

    file: HandedOver
    row: Optional[RowKey]


@dataclass(frozen=True)
class DueFiles:
    """What becomes of the files of a wheel's target in a run.

    Args:
        rows: those that the run builds if its machine can.
        sdist: whether it builds the source distribution.
        handed_over: the files that are there already.
        sdist_left_out: whether there is neither a source distribution nor a build of one here.
    """

    rows: tuple[WheelRow, ...]
    sdist: bool
    handed_over: tuple[HandedOverFile, ...]
    sdist_left_out: bool

    @property
    def rows_handed_over(self) -> frozenset[RowKey]:
        """The rows whose files are there already."""
        return frozenset(each.row for each in self.handed_over if each.row is not None)


def due_files(
    rows: Collection[WheelRow],
    choice: RowChoice,
    package_id: str,
    handover: Handover,
    *,
    name: str,
    version: str,
    sdist: bool,
) -> DueFiles:
    """Which files a run builds, and which it takes.

    Args:
        rows: all of the target.
        name, version: what the files are called by.
        sdist: whether the target has a source distribution.
    """
    promises = [(row.platform, row.floor) for row in rows]
    wheels = wheel_files(handover, name, version, promises)
    taken = [HandedOverFile(file, row.key) for row, files in zip(rows, wheels) for file in files]
    taken_rows = {each.row for each in taken}
    archive = sdist_file(handover, name, version) if sdist else None
    if archive is not None:
        taken.append(HandedOverFile(archive, None))
    sdist_chosen = choice.includes(package_id, SDIST)
    return DueFiles(
        tuple(
            row
            for row in rows
            if row.built_by != WORKFLOW
            and row.key not in taken_rows
            and choice.includes(package_id, WHEEL, *row.key)
        ),
        sdist and archive is None and sdist_chosen,
        tuple(taken),
        sdist and archive is None and not sdist_chosen,
    )


def chosen_builds(
    rows: Iterable[WheelRow],
    builds: RowBuilds,
    choice: RowChoice,
    package_id: str,
    handed_over: Collection[RowKey],
) -> RowBuilds:
    """What becomes of every row.

    Args:
        rows: all of the target.
        builds: of `DueFiles.rows`.
        handed_over: the rows whose files are there already.

    Returns:
        With a `CW-ROW-NOT-HERE` for every row that was asked for by name and that this machine
        cannot build, or not whole.
    """
    here = {build.row.key: build for build in builds.rows}
    all_rows = tuple(here.get(row.key) or _built_elsewhere(row) for row in rows)
    findings = [
        Finding("CW-ROW-NOT-HERE", row_title(package_id, *row.row.key), each.reason)
        for row in all_rows
        if row.row.key not in handed_over and choice.demands(package_id, WHEEL, *row.row.key)
        for each in row.missing
    ]
    return RowBuilds(all_rows, (*builds.findings, *findings))


def _built_elsewhere(row: WheelRow) -> RowBuild:
    if row.built_by == WORKFLOW:
        return built_by_workflow(row)
    return RowBuild(row, None, (RowNotHere(BUILT_BY_ANOTHER_JOB),))

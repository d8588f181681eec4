"""What packaging a wheel comes down to in one run: builds, files that are there, rows left out."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.environment import EnvironmentName

from cratewheel.build.chosen import HandedOverFile
from cratewheel.build.wheels import RowBuild
from cratewheel.errors import Finding
from cratewheel.wheel_rows import RowKey
from pants_cratewheel.artifacts import MissingRow
from pants_cratewheel.products.builds import JobRequest, RowRequest


@dataclass(frozen=True)
class WheelJob:
    """One build, and where it runs.

    Args:
        row: what its files are of; None for the source distribution.
        warnings: what is to be said of its files.
    """

    request: JobRequest | RowRequest
    environment: EnvironmentName
    row: RowKey | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class WheelJobs:
    """What a run has to do for the files of a wheel's target.

    Args:
        rows: what becomes of each row of the target.
        left_out: the rows that this run has no files of.
        tools: the versions of the tools that the builds run, by name; empty without any build.
        findings: why there is nothing to be done; empty when there is.
    """

    jobs: tuple[WheelJob, ...] = ()
    rows: tuple[RowBuild, ...] = ()
    handed_over: tuple[HandedOverFile, ...] = ()
    left_out: tuple[MissingRow, ...] = ()
    tools: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()

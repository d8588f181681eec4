"""Which rows of the matrix a run builds: all that it can, the ones it is asked for, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan.model import Plan, Row

#: What stands for no row at all; no artifact name is as short.
NO_ROW = "none"

BUILT_BY_ANOTHER_JOB = "this run was not asked to build it, and it is not among the artifacts"


@dataclass(frozen=True)
class RowChoice:
    """The rows that a run builds.

    Args:
        rows: None for all that this machine can build.
    """

    rows: Optional[tuple[Row, ...]] = None

    def includes(
        self,
        package_id: str,
        kind: str,
        target: Optional[str] = None,
        compatibility: Optional[str] = None,
    ) -> bool:
        """Whether a row is to be built."""
        return self.rows is None or self.demands(package_id, kind, target, compatibility)

    def demands(
        self,
        package_id: str,
        kind: str,
        target: Optional[str] = None,
        compatibility: Optional[str] = None,
    ) -> bool:
        """Whether a row was asked for by name, so that it must not be left out."""
        wanted = (package_id, kind, target, compatibility)
        return any(
            (row.id, row.kind, row.target, row.compatibility) == wanted for row in self.rows or ()
        )


def choose_rows(plan: Plan, names: Sequence[str]) -> RowChoice:
    """The rows that artifact names stand for.

    Args:
        names: of rows of the plan; `none` alone for no row; empty for all.

    Raises:
        CratewheelError: `CW-ROW-UNKNOWN` for every name that no row of the plan has.
    """
    if not names:
        return RowChoice()
    wanted = [name for name in dict.fromkeys(names) if name != NO_ROW]
    rows = {row.artifact_name: row for row in plan.matrix}
    unknown = [name for name in wanted if name not in rows]
    if unknown:
        known = ", ".join(sorted(rows)) or "it has none"
        raise CratewheelError(
            *(
                Finding("CW-ROW-UNKNOWN", name, f"no row of the plan is called this: {known}")
                for name in unknown
            )
        )
    return RowChoice(tuple(rows[name] for name in wanted))

"""The plan for GitHub Actions: what later jobs need to know as outputs of the planning job."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from cratewheel.plan.matrix import check_matrix_size
from cratewheel.plan.model import Plan, Row, to_json


def job_outputs(plan: Plan) -> Mapping[str, str]:
    """The outputs by name; every value is one line.

    - `has_release`: `true` or `false`; a job with a matrix must not start without rows;
    - `matrix`: every row, for `strategy.matrix: ${{ fromJSON(...) }}`;
    - `pants_matrix`, `workflow_matrix`: the rows that Pants builds and those that the project does;
    - `packages`: a list of `{id, version, tag}` in publish order.

    Raises:
        CratewheelError: `CW-MATRIX-TOO-LARGE`.
    """
    check_matrix_size(plan.matrix)
    document = to_json(plan)
    packages = [
        {key: package[key] for key in ("id", "version", "tag")} for package in document["packages"]
    ]
    return {
        "has_release": "true" if plan.packages else "false",
        "matrix": _compact(document["matrix"]),
        "pants_matrix": _matrix(plan, (row for row in plan.matrix if row.built_by == "pants")),
        "workflow_matrix": _matrix(plan, (row for row in plan.matrix if row.built_by != "pants")),
        "packages": _compact(packages),
    }


def render_github(plan: Plan) -> str:
    """The outputs as lines for the file that `$GITHUB_OUTPUT` names.

    Raises:
        CratewheelError: `CW-MATRIX-TOO-LARGE`.
    """
    return "".join(f"{name}={value}\n" for name, value in job_outputs(plan).items())


def _matrix(plan: Plan, rows: Iterable[Row]) -> str:
    chosen = Plan(matrix=tuple(rows), commit=plan.commit)
    return _compact(to_json(chosen)["matrix"])


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))

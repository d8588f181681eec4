"""The project's own build of the rows that cratewheel leaves to it, as a first draft to complete."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

_UNWRITTEN = "write here how to build"


@dataclass(frozen=True)
class OwnRow:
    """A row with `built_by="workflow"`.

    Args:
        id: of its package.
        job: the job that has built it so far, empty where nobody said.
    """

    id: str
    target: str
    job: str = ""


def render_own_rows(rows: Sequence[OwnRow]) -> str:
    """A composite action that the build job calls for such a row.

    It stamps the checkout, leaves the building to be written, and holds what was built against the
    plan. Until somebody has written the build it fails and says so, so that no release ships
    without these wheels.
    """
    known = "\n".join(
        f"    #   {row.id} for {row.target}"
        + (f", so far built by the job {row.job}" if row.job else "")
        for row in rows
    )
    names = json.dumps(", ".join(f"{row.id} for {row.target}" for row in rows))
    return f"""\
# Builds the rows that this project builds in its own way. This file is yours: release-init has
# drafted it and never changes it.
name: Build a row
description: Builds one row of the release plan in this project's own way.

inputs:
  row:
    description: the row of the plan's matrix, as JSON
    required: true
  plan:
    description: the plan file
    required: true

runs:
  using: composite
  steps:
    # The rows:
{known}
    # The versions of the plan are in the checkout after `cratewheel stamp --plan`. Put the build
    # here, with its result at the row's artifact_path, and after it `cratewheel check --plan` with
    # `--manifest dist/build.artifacts.json`: files that no manifest lists are not published.
    # cratewheel is to be had by `pip install pants-cratewheel`.
    - name: Build
      shell: bash
      env:
        ROWS: {names}
      run: |
        echo "::error file={{}}::{_UNWRITTEN}: $ROWS" >&2
        exit 1
""".replace("file={}", "file=.github/actions/build-row/action.yml")


def is_draft(action: str) -> bool:
    """Whether nobody has put a build into the action yet."""
    return _UNWRITTEN in action and "exit 1" in action

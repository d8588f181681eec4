"""The text of the generated workflows.

Written as text and not dumped from values, because the comments are for whoever reads the workflow:
the version behind a pinned commit, and why a job may do what it may. What comes from the plan or from
a person reaches a script through the environment only, never by being pasted into it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from textwrap import dedent, indent

from cratewheel.platforms import UBUNTU
from cratewheel.workflows.actions import CHECKOUT, DOWNLOAD, SETUP_PYTHON, UPLOAD
from cratewheel.workflows.build_steps import rust_step, windows_step
from cratewheel.workflows.settings import (
    CI_CONFIGURATION,
    RELEASE_TAGS,
    Cadence,
    WorkflowSettings,
)

_RELEASE_INPUT = """\
workflow_dispatch:
  inputs:
    release:
      description: "Decide without a commit: crate:NAME@minor wheel:NAME@1.2.0, separated by spaces"
      type: string
      default: ""
    prove:
      description: "Release nothing: have each registry say whether it trusts the publishing job"
      type: boolean
      default: false
"""


def render_release(settings: WorkflowSettings) -> str:
    """The workflow that releases: plan, a job for every row, then one job that publishes."""
    return "\n".join(
        (
            "name: Release",
            "",
            "on:",
            _indented(_triggers(settings), 2),
            _common("release", cancel=False),
            "jobs:",
            _indented(_plan_job(settings, decisions=True), 2),
            _indented(_build_job(settings), 2),
            _indented(_publish_job(settings), 2),
            _indented(_prove_job(settings), 2),
        )
    )


def render_check(settings: WorkflowSettings) -> str:
    """The workflow for pull requests: the same plan and build, and nothing that could publish."""
    triggers = f"""\
pull_request:
  branches: [{_quoted(settings.branch)}]
  # `edited`, because title and description become the message of the squashed commit.
  types: [opened, synchronize, reopened, edited]
"""
    return "\n".join(
        (
            "# Plans and builds what a merge would release. It cannot publish: no job of it has an",
            "# identity, a secret or a step that uploads.",
            "name: Release check",
            "",
            "on:",
            _indented(triggers, 2),
            _common("release-check-${{ github.ref }}", cancel=True),
            "jobs:",
            _indented(_plan_job(settings, decisions=False), 2),
            _indented(_build_job(settings), 2),
        )
    )


def render_ci_configuration() -> str:
    """The Pants configuration that the workflows use on top of `pants.toml`."""
    return dedent(
        """\
        [GLOBAL]
        colors = true
        dynamic_ui = false
        # A job starts Pants once, so a daemon would only cost.
        pantsd = false

        [cratewheel]
        # Only the job that publishes says `registries`, on its command line.
        destination = "rehearsal"
        """
    )


def _triggers(settings: WorkflowSettings) -> str:
    if settings.cadence is Cadence.MERGE:
        started = f"push:\n  branches: [{_quoted(settings.branch)}]\n"
    elif settings.cadence is Cadence.SCHEDULE:
        started = 'schedule:\n  - cron: "17 4 * * 1" # Mondays, 04:17 UTC\n'
    elif settings.cadence is Cadence.TAG:
        # Not a version tag: those are made when everything is live.
        started = f"push:\n  tags: [{_quoted(RELEASE_TAGS)}]\n"
    else:
        started = ""
    return started + _RELEASE_INPUT


def _common(group: str, *, cancel: bool) -> str:
    why = (
        "# A new push makes the check of the last one pointless."
        if cancel
        else "# Two merges do not race, and a release that has begun is never cancelled."
    )
    return "\n".join(
        (
            "permissions: {}",
            "",
            why,
            "concurrency:",
            f"  group: {group}",
            f"  cancel-in-progress: {str(cancel).lower()}",
            "",
            "defaults:",
            "  run:",
            "    shell: bash",
            "",
            "env:",
            f"  PANTS_CONFIG_FILES: {CI_CONFIGURATION}",
            "",
        )
    )


def _plan_job(settings: WorkflowSettings, *, decisions: bool) -> str:
    goal = "./pants release-plan --format=github --output=dist/plan.json"
    if decisions:
        condition = "  if: ${{ !inputs.prove }}\n"
        plan = f"""\
- name: Plan
  id: plan
  env:
    RELEASE: ${{{{ inputs.release }}}}
  run: |
    decisions=()
    for decision in $RELEASE; do decisions+=("--release=$decision"); done
    {goal} "${{decisions[@]}}" ::
"""
    else:
        condition = ""
        plan = f"- name: Plan\n  id: plan\n  run: |\n    {goal} ::\n"
    return _job(
        f"""\
plan:
  name: Plan
{condition}  runs-on: {UBUNTU}
  timeout-minutes: 30
  permissions:
    contents: read
  outputs:
    has_release: ${{{{ steps.plan.outputs.has_release }}}}
    matrix: ${{{{ steps.plan.outputs.matrix }}}}
  steps:
""",
        (
            _checkout(settings, "the records of half-done releases are fetched with them"),
            plan,
            *([] if decisions else [_DOCTOR]),
            _upload("Hand the plan over", "release-plan", "dist/plan.json"),
        ),
    )


_DOCTOR = """\
- name: Look for what would go wrong
  # After a plan that cannot be made, too: it says why, together with all the rest.
  if: ${{ !cancelled() }}
  run: |
    ./pants release-doctor --format=github ::
"""


def _build_job(settings: WorkflowSettings) -> str:
    windows = " && runner.os != 'Windows'" if settings.windows else ""
    package = f"""\
- name: Build
  if: matrix.built_by == 'pants'{windows}
  env:
    ROW: ${{{{ matrix.artifact_name }}}}
    ADDRESS: ${{{{ matrix.address }}}}
  run: ./pants --cratewheel-plan=dist/plan.json "--cratewheel-rows=$ROW" package "$ADDRESS"
"""
    return _job(
        """\
build:
  name: ${{ matrix.artifact_name }}
  needs: plan
  if: needs.plan.outputs.has_release == 'true'
  strategy:
    fail-fast: false
    matrix: ${{ fromJSON(needs.plan.outputs.matrix) }}
  runs-on: ${{ matrix.runs_on }}
  timeout-minutes: 120
  permissions:
    contents: read
  steps:
""",
        (
            _checkout(settings),
            _download("Take the plan", "dist", "release-plan"),
            rust_step(settings),
            f"""\
- name: Install the Pythons that the row is built for
  if: matrix.python_versions != ''
  uses: {SETUP_PYTHON.uses}
  with:
    python-version: ${{{{ matrix.python_versions }}}}
""",
            package,
            *([windows_step(settings)] if settings.builds_on_windows else []),
            *([_OWN_ROW] if settings.own_rows else []),
            f"""\
- name: Hand the files over
  uses: {UPLOAD.uses}
  with:
    name: ${{{{ matrix.artifact_name }}}}
    path: |
      ${{{{ matrix.artifact_path }}}}
      dist/*.artifacts.json
    if-no-files-found: error
    overwrite: true
""",
        ),
    )


_OWN_ROW = """\
- name: Build in this project's own way
  if: matrix.built_by != 'pants'
  # The older spelling, which every GitHub server understands.
  uses: ./.github/actions/build-row # zizmor: ignore[self-repository]
  with:
    row: ${{ toJSON(matrix) }}
    plan: dist/plan.json
"""


def _publish_job(settings: WorkflowSettings) -> str:
    return _job(
        f"""\
publish:
  name: Publish
  needs: [plan, build]
  runs-on: {UBUNTU}
  timeout-minutes: 120
  environment: {_quoted(settings.environment)}
  permissions:
    contents: write # pushes the tags of what has been read back as live
    id-token: write # proves to the registries which workflow this is
  steps:
""",
        (
            _checkout(settings, "the tags are pushed with them"),
            _download("Take the plan", "dist", "release-plan"),
            _download("Take everything that was built", "dist/handed-over"),
            """\
- name: Publish
  env:
    GIT_COMMITTER_NAME: github-actions[bot]
    GIT_COMMITTER_EMAIL: 41898282+github-actions[bot]@users.noreply.github.com
  # Builds nothing: what is not among the artifacts stops the release before the first upload.
  run: >-
    ./pants
    --cratewheel-destination=registries
    --cratewheel-plan=dist/plan.json
    --cratewheel-artifacts=dist/handed-over
    --cratewheel-rows=none
    release --output=dist/release-record.json ::
""",
            # Written by a release that failed half-way, too.
            _upload(
                "Keep the record",
                "release-record",
                "dist/release-record.json",
                "${{ !cancelled() }}",
            ),
        ),
    )


def _prove_job(settings: WorkflowSettings) -> str:
    return _job(
        f"""\
prove:
  name: Prove that the registries trust this workflow
  if: inputs.prove
  runs-on: {UBUNTU}
  timeout-minutes: 30
  # What registries compare of a job is its workflow and this environment: those of `publish`.
  environment: {_quoted(settings.environment)}
  permissions:
    contents: read
    id-token: write # asks each registry for a token, and discards it
  steps:
""",
        (
            _checkout(settings),
            """\
- name: Ask each registry
  run: |
    ./pants --cratewheel-destination=registries release-doctor --prove --format=github ::
""",
        ),
    )


def _checkout(settings: WorkflowSettings, credentials: str = "") -> str:
    kept = f"true # {credentials}" if credentials else "false"
    submodules = "    submodules: recursive\n" if settings.submodules else ""
    return f"""\
- name: Check out
  uses: {CHECKOUT.uses}
  with:
    fetch-depth: 0 # versions follow from the history and its tags
    persist-credentials: {kept}
{submodules}"""


def _download(name: str, folder: str, artifact: str = "") -> str:
    which = f"    name: {artifact}\n" if artifact else ""
    return f"""\
- name: {name}
  uses: {DOWNLOAD.uses}
  with:
{which}    path: {folder}
"""


def _upload(name: str, artifact: str, path: str, condition: str = "") -> str:
    when = f"  if: {condition}\n" if condition else ""
    return f"""\
- name: {name}
{when}  uses: {UPLOAD.uses}
  with:
    name: {artifact}
    path: {path}
    overwrite: true # when the job is run again
"""


def _job(head: str, steps: Iterable[str]) -> str:
    return head + "".join(_indented(step, 4) for step in steps)


def _indented(text: str, columns: int) -> str:
    return indent(text, " " * columns)


def _quoted(text: str) -> str:
    """A scalar that YAML reads as this text, whatever is in it."""
    return json.dumps(text)

"""What the generated workflows can do, and what they cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

import pytest
import yaml
from kinds_of_projects import PROJECTS

from cratewheel.workflows.own_rows import OwnRow, render_own_rows
from cratewheel.workflows.rendering import render_check, render_release
from cratewheel.workflows.scaffold import headed
from cratewheel.workflows.settings import (
    Cadence,
    Decisions,
    WorkflowSettings,
    decisions_in,
)

EVERY = pytest.mark.parametrize("settings", PROJECTS.values(), ids=PROJECTS)


def parsed(text: str) -> Any:
    return yaml.load(text, Loader=yaml.BaseLoader)


def steps(workflow: Any) -> Iterator[Any]:
    return (step for job in workflow["jobs"].values() for step in job["steps"])


@EVERY
def test_the_check_has_nothing_that_could_publish(settings: WorkflowSettings) -> None:
    text = render_check(settings)
    check = parsed(text)
    assert check["permissions"] == {}
    assert {key for job in check["jobs"].values() for key in job["permissions"]} == {"contents"}
    assert {job["permissions"]["contents"] for job in check["jobs"].values()} == {"read"}
    assert not any("environment" in job for job in check["jobs"].values())
    assert "secrets." not in text
    assert "registries" not in text
    assert set(check["on"]) == {"pull_request"}


@EVERY
def test_the_check_builds_what_the_release_builds(settings: WorkflowSettings) -> None:
    assert (
        parsed(render_check(settings))["jobs"]["build"]
        == (parsed(render_release(settings))["jobs"]["build"])
    )


@EVERY
def test_a_manifest_is_handed_over_whatever_a_row_of_the_project_s_own_calls_it(
    settings: WorkflowSettings,
) -> None:
    """Files that no manifest lists are not published, and the draft names none of a row's own."""
    *_, hand_over = parsed(render_release(settings))["jobs"]["build"]["steps"]
    _, manifests = hand_over["with"]["path"].splitlines()
    named = re.findall(r"--manifest (\S+\.json)", render_own_rows([OwnRow("wheel:demo", "wasm32")]))
    assert [fnmatch(each, manifests) for each in named] == [True]


@EVERY
def test_only_the_job_that_publishes_may_do_anything(settings: WorkflowSettings) -> None:
    release = parsed(render_release(settings))
    assert release["permissions"] == {}
    rights = {key: job["permissions"] for key, job in release["jobs"].items()}
    assert rights == {
        "plan": {"contents": "read"},
        "build": {"contents": "read"},
        "publish": {"contents": "write", "id-token": "write"},
        "prove": {"contents": "read", "id-token": "write"},
    }
    publish = release["jobs"]["publish"]
    assert publish["needs"] == ["plan", "build"]
    assert "if" not in publish
    assert publish["environment"] == settings.environment


@EVERY
def test_proving_trust_is_a_job_that_registries_cannot_tell_from_the_one_that_publishes(
    settings: WorkflowSettings,
) -> None:
    jobs = parsed(render_release(settings))["jobs"]
    assert jobs["prove"]["environment"] == jobs["publish"]["environment"]
    assert jobs["prove"]["if"] == "inputs.prove"
    assert jobs["plan"]["if"] == "${{ !inputs.prove }}"
    assert jobs["publish"]["needs"] == ["plan", "build"], "so that it is skipped with them"
    assert not any("release ::" in step.get("run", "") for step in jobs["prove"]["steps"])


def test_an_edited_description_is_checked_again_and_a_failed_plan_explained() -> None:
    check = parsed(render_check(WorkflowSettings()))
    assert "edited" in check["on"]["pull_request"]["types"]
    names = [step["name"] for step in check["jobs"]["plan"]["steps"]]
    doctor = check["jobs"]["plan"]["steps"][names.index("Look for what would go wrong")]
    assert doctor["if"] == "${{ !cancelled() }}"


@EVERY
def test_every_action_is_pinned_to_a_commit_and_says_its_version(
    settings: WorkflowSettings,
) -> None:
    for text in (render_release(settings), render_check(settings)):
        used = re.findall(r"uses: (.*)", text)
        assert used
        for each in used:
            assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./\S+ # .*", each)


@EVERY
def test_no_cache_feeds_a_release(settings: WorkflowSettings) -> None:
    assert "cache" not in render_release(settings)


@EVERY
def test_scripts_are_given_values_by_the_environment_alone(settings: WorkflowSettings) -> None:
    for render in (render_release, render_check):
        for step in steps(parsed(render(settings))):
            assert "${{" not in step.get("run", "")


@EVERY
def test_versions_are_computed_from_the_whole_history(settings: WorkflowSettings) -> None:
    checkouts = [
        step["with"]
        for step in steps(parsed(render_release(settings)))
        if step.get("uses", "").startswith("actions/checkout@")
    ]
    assert len(checkouts) == 4
    assert {each["fetch-depth"] for each in checkouts} == {"0"}
    assert [each["persist-credentials"] for each in checkouts] == ["true", "false", "true", "false"]


def test_two_releases_never_run_at_once() -> None:
    release = parsed(render_release(WorkflowSettings()))
    assert release["concurrency"] == {"group": "release", "cancel-in-progress": "false"}


@pytest.mark.parametrize(
    ("cadence", "events"),
    [
        (Cadence.MERGE, {"push", "workflow_dispatch"}),
        (Cadence.MANUAL, {"workflow_dispatch"}),
        (Cadence.SCHEDULE, {"schedule", "workflow_dispatch"}),
        (Cadence.TAG, {"push", "workflow_dispatch"}),
    ],
)
def test_the_cadence_is_what_starts_a_release(cadence: Cadence, events: set[str]) -> None:
    release = parsed(render_release(WorkflowSettings(cadence=cadence, branch="trunk")))
    assert set(release["on"]) == events
    assert "release" in release["on"]["workflow_dispatch"]["inputs"]
    if cadence is Cadence.MERGE:
        assert release["on"]["push"] == {"branches": ["trunk"]}
    if cadence is Cadence.TAG:
        assert release["on"]["push"] == {"tags": ["release/**"]}


def test_a_generated_workflow_remembers_what_was_decided() -> None:
    settings = WorkflowSettings(cadence=Cadence.SCHEDULE, branch="trunk", environment="live")
    text = headed(settings, render_release(settings))
    assert decisions_in(text) == Decisions(Cadence.SCHEDULE, "trunk", "live")
    assert decisions_in("name: Release\n") == Decisions()

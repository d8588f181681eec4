"""The plan of a pull request: that of the one commit which squashing it would make."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from release_project import CORE, Project, reasons, versions

from cratewheel.doctor.pull_request import lost_trailer_findings
from cratewheel.plan.compute import compute_plan
from cratewheel.plan.model import Plan
from cratewheel.pull_request import PullRequest, of_checkout, squashed

CORE_FILE = "crates/core/src/lib.rs"
APP_FILE = "crates/app/src/lib.rs"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A branch of two commits, main one commit before and after it, and GitHub's merge of both."""
    project = Project(tmp_path / "repository")
    project.released()
    repository = project.repository
    first = repository.commit("Before\n\nrelease: minor [app-lib]", {APP_FILE: "0"})
    repository.commit("Begin\n\nrelease: major", {CORE_FILE: "1"}, branch="topic", start=first)
    topic = repository.commit("Go on\n\nrelease: mnior", {CORE_FILE: "2"}, branch="topic")
    main = repository.commit("Elsewhere\n\nrelease: minor [app-lib]", {APP_FILE: "1"})
    repository.commit("Merge", {CORE_FILE: "2"}, branch="merge", start=main, merge=[topic])
    repository.write("merge")
    return project


def pull(project: Project, body: str, base: str = "main") -> PullRequest:
    head = project.repository.git("rev-parse", "topic").strip()
    return PullRequest(7, "Say more", body, project.repository.git("rev-parse", base).strip(), head)


def plan_of(project: Project, event: PullRequest) -> Plan:
    inputs = project.inputs()
    here = of_checkout(event, project.git)
    assert here is not None
    return compute_plan(replace(inputs, history=squashed(inputs.history, here)))


def test_title_and_description_decide_and_not_the_branch(project: Project) -> None:
    plan = plan_of(project, pull(project, "release: minor"))
    assert versions(plan) == {
        "crate:core-lib": "0.4.0",
        "crate:app-lib": "0.2.0",
        "wheel:my-py": "0.3.1",
    }
    head = project.repository.git("rev-parse", "HEAD").strip()
    assert plan.commit == head, "so that the jobs after it take the plan"
    assert any(head[:7] in reason for reason in reasons(plan, CORE.id))
    assert any("pull request #7 is taken to be squashed" in note for note in plan.notes)


def test_a_description_without_a_trailer_is_a_change_without_one(project: Project) -> None:
    assert versions(plan_of(project, pull(project, "")))["crate:core-lib"] == "0.3.1"


def test_what_main_has_got_since_the_event_is_not_of_the_branch(project: Project) -> None:
    event = pull(project, "release: minor", base="main~1")
    assert versions(plan_of(project, event))["crate:app-lib"] == "0.2.0"
    lost = {finding.message for finding in lost_trailer_findings(event, project.inputs().history)}
    assert lost == {"`release: major` is in no line of the pull request, so squashing loses it"}


def test_the_branch_itself_may_be_checked_out_instead(project: Project) -> None:
    project.repository.git("checkout", "--quiet", "topic")
    assert versions(plan_of(project, pull(project, "release: minor"))) == {
        "crate:core-lib": "0.4.0",
        "crate:app-lib": "0.2.0",
        "wheel:my-py": "0.3.1",
    }


def test_an_event_of_another_repository_squashes_nothing(project: Project) -> None:
    assert of_checkout(PullRequest(7, "Say more", "", "b" * 40, "c" * 40), project.git) is None


def test_without_a_branch_there_is_nothing_to_squash(project: Project) -> None:
    project.repository.git("checkout", "--quiet", "main")
    history = project.inputs().history
    assert squashed(history, pull(project, "release: minor")) is history

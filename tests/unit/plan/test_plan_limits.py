"""What a plan says in advance about the limits of crates.io."""

from __future__ import annotations

from pathlib import Path

import pytest
from release_project import CORE, WORKSPACE, Project, facts

from cratewheel.destination import REGISTRIES
from cratewheel.plan.inputs import PlanOptions
from cratewheel.plan.model import Plan, dumps
from cratewheel.plan.render.markdown import render_markdown
from cratewheel.plan.render.text import render_text
from cratewheel.publishing import limits
from cratewheel.publishing.limits import Load

FOR_REAL = PlanOptions(destination=REGISTRIES)


def limit_notes(project: Project) -> list[str]:
    return [note for note in project.plan().notes if "limits what is uploaded" in note]


def test_more_new_crates_than_are_taken_at_once_are_announced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "NEW_CRATES_AT_ONCE", 1)
    project = Project(tmp_path)
    project.repository.commit("Begin", WORKSPACE)
    (note,) = limit_notes(project)
    assert "of 2 new crates it takes 1 at once and then one every 10 min" in note
    assert "up to 10 min longer" in note


def test_what_the_registry_has_is_not_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NEW_CRATES_AT_ONCE", 1)
    monkeypatch.setattr(limits, "VERSIONS_AT_ONCE", 0)
    known = {CORE.id: facts("0.2.0")}
    project = Project(tmp_path, registry=known)
    project.released()
    project.repository.commit("Mend", {"crates/core/src/lib.rs": "pub fn answer() -> u32 { 1 }\n"})
    (note,) = limit_notes(project)
    assert "new crates" not in note
    assert "unless they go by trusted publishing" in note


def budgets(plan: Plan) -> list[str]:
    return [note for note in plan.notes if "waits at most" in note]


def test_a_release_for_real_says_how_long_it_would_wait(tmp_path: Path) -> None:
    project = Project(tmp_path, options=FOR_REAL)
    project.repository.commit("Begin", WORKSPACE)
    plan = project.plan()
    assert len(plan.packages) > 1
    (note,) = budgets(plan)
    assert note.endswith("the release waits at most 60 min for any one of them")
    for shown in (render_text(plan), render_markdown(plan), dumps(plan)):
        assert shown.count(note) == 1


def test_the_wait_that_is_foreseen_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "NEW_CRATES_AT_ONCE", 1)
    project = Project(tmp_path, options=FOR_REAL)
    project.repository.commit("Begin", WORKSPACE)
    (note,) = budgets(project.plan())
    assert "up to 10 min longer" in note


def test_a_rehearsal_and_a_release_of_nothing_wait_for_nobody(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.repository.commit("Begin", WORKSPACE)
    assert budgets(project.plan()) == []
    project.released()
    project.options = FOR_REAL
    assert project.plan().packages == ()
    assert budgets(project.plan()) == []


@pytest.mark.parametrize(
    ("load", "expected", "budget"),
    [
        (Load(0, 0), 0, 3600),
        (Load(5, 30), 0, 3600),
        (Load(6, 0), 600, 3600),
        (Load(10, 31), 3000, 6000),
        (Load(0, 109), 79 * 60, 158 * 60),
    ],
)
def test_waits_and_budgets(load: Load, expected: float, budget: float) -> None:
    assert load.expected_seconds == expected
    assert load.budget_seconds == budget
    assert bool(load.notice) == bool(expected)

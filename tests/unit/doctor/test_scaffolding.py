"""Generated workflows that no longer fit the rows there are."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sick_repository import Sick, codes

from cratewheel import __version__
from cratewheel.doctor.scaffolding import scaffolding_findings
from cratewheel.plan.package import ReleasePackage, RowSpec
from cratewheel.workflows.own_rows import OwnRow
from cratewheel.workflows.scaffold import generated_files
from cratewheel.workflows.settings import OWN_ROWS_ACTION, WorkflowSettings

RELEASE = ".github/workflows/release.yml"
CHECK = ".github/workflows/release-check.yml"
LINUX = RowSpec("wheel", target="x86_64-unknown-linux-gnu")
WINDOWS = RowSpec("wheel", target="x86_64-pc-windows-msvc")
OWN = RowSpec("wheel", target="wasm32-unknown-emscripten", built_by="workflow")
DRAFT = generated_files(WorkflowSettings(own_rows=True), (OwnRow("wheel:demo", OWN.target or ""),))
BUILT = DRAFT[OWN_ROWS_ACTION].replace("exit 1", "make wasm").replace("::error", "::notice")


def found(files: Mapping[str, str], *rows: RowSpec) -> list[tuple[str, str]]:
    package = ReleasePackage("wheel:demo", "demo", "wheel", "py:demo", "PyPI", rows=rows)
    return [(each.code, each.place) for each in scaffolding_findings([package], files)]


@pytest.mark.parametrize(
    ("settings", "row"),
    [
        (WorkflowSettings(), LINUX),
        (WorkflowSettings(windows=True, library="pants-plugins"), WINDOWS),
        (
            WorkflowSettings(
                windows=True, distribution=f"pants-cratewheel=={__version__} --hash=…"
            ),
            WINDOWS,
        ),
    ],
)
def test_what_was_generated_for_the_rows_there_are_has_no_finding(
    settings: WorkflowSettings, row: RowSpec
) -> None:
    assert found(generated_files(settings), row) == []
    assert found({**DRAFT, OWN_ROWS_ACTION: BUILT}, LINUX, OWN) == []


def test_rows_that_came_later_are_built_by_no_job() -> None:
    files = generated_files(WorkflowSettings())
    both = [("CW-WORKFLOW-STALE", RELEASE), ("CW-WORKFLOW-STALE", CHECK)]
    assert found(files, LINUX, WINDOWS) == both
    assert found(files, LINUX, OWN) == both
    without = {path: text for path, text in DRAFT.items() if path != OWN_ROWS_ACTION}
    assert found(without, OWN) == both


def test_a_draft_that_nobody_has_completed_fails_the_release() -> None:
    assert found(DRAFT, OWN) == [("CW-ROW-ACTION-DRAFT", OWN_ROWS_ACTION)]
    assert found(DRAFT, LINUX) == []


def test_rows_planned_by_one_version_are_not_built_by_another() -> None:
    settings = WorkflowSettings(windows=True, distribution="pants-cratewheel==0.0.1 --hash=…")
    assert found(generated_files(settings), WINDOWS) == [
        ("CW-WORKFLOW-STALE", RELEASE),
        ("CW-WORKFLOW-STALE", CHECK),
    ]


def test_the_doctor_says_it() -> None:
    package = ReleasePackage("wheel:demo", "demo", "wheel", "py:demo", "PyPI", rows=(OWN,))
    sick = Sick(facts={"names": (package,), "automation": DRAFT})
    assert codes(sick.report(), ["error"]) == ["CW-ROW-ACTION-DRAFT"]


def test_workflows_of_the_project_s_own_are_not_judged() -> None:
    assert found({RELEASE: "name: Release\non: push\n"}, WINDOWS, OWN) == []

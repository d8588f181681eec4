"""The plan as a document: JSON that stays, freezing, and what people and CI read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from release_project import WHEEL, WORKSPACE, Project

from cratewheel.errors import CratewheelError
from cratewheel.plan.freeze import check_frozen, read_plan
from cratewheel.plan.model import Plan, Resolution, dumps, loads, to_json
from cratewheel.plan.recipes import Recipe
from cratewheel.plan.render.github import job_outputs, render_github
from cratewheel.plan.render.markdown import render_markdown
from cratewheel.plan.render.text import render_text
from cratewheel.wheel_rows import BuildSettings

GOLDEN = Path(__file__).parent / "golden_plan.json"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    project = Project(tmp_path / "repository")
    project.released()
    project.repository.commit(
        "Add\n\nrelease: minor\nrelease: patch [app-lib]", {"crates/core/src/lib.rs": "1"}
    )
    project.repository.commit("Tidy\n\nrelease: skip", {"bindings/src/lib.rs": "1"})
    return project.plan()


def test_the_document_is_the_golden_one(plan: Plan) -> None:
    """To take a new form on purpose, write `dumps(plan)` to the golden file."""
    assert dumps(plan) == GOLDEN.read_text()


def test_the_same_history_gives_the_same_plan(plan: Plan, tmp_path: Path) -> None:
    project = Project(tmp_path / "again")
    project.released()
    project.repository.commit(
        "Add\n\nrelease: minor\nrelease: patch [app-lib]", {"crates/core/src/lib.rs": "1"}
    )
    project.repository.commit("Tidy\n\nrelease: skip", {"bindings/src/lib.rs": "1"})
    assert dumps(project.plan()) == dumps(plan)


def test_a_plan_survives_being_written_and_read(plan: Plan) -> None:
    recipe = Recipe(
        "my-py-wheel-x86_64-unknown-linux-gnu",
        BuildSettings(features=("fast",), env=(("LC_ALL", "C"),), test_command="pytest"),
        (("abi3", BuildSettings()), ("3.14t", BuildSettings(no_default_features=True))),
    )
    full = replace(
        plan,
        resolutions=(Resolution("Cargo.lock", "version = 4\n"),),
        dirty=True,
        builds=(recipe,),
    )
    assert loads(dumps(full), place="plan.json") == full


def test_keys_that_are_not_known_are_read_over() -> None:
    document = json.loads(dumps(Plan(commit="c")))
    del document["digest"]
    document["later"] = {"x": 1}
    assert loads(json.dumps(document), place="plan.json") == Plan(commit="c")


class TestFreezing:
    """A plan that was written down is obeyed or refused."""

    def test_another_layout_is_no_edit(self, plan: Plan, tmp_path: Path) -> None:
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(json.loads(dumps(plan)), indent=8))
        assert read_plan(path) == plan

    def test_an_edited_plan_is_refused(self, plan: Plan, tmp_path: Path) -> None:
        path = tmp_path / "plan.json"
        path.write_text(dumps(plan).replace('"0.4.0"', '"0.5.0"'))
        with pytest.raises(CratewheelError) as raised:
            read_plan(path)
        assert raised.value.codes == ("CW-PLAN-EDITED",)

    def test_a_stale_plan_and_one_for_other_targets_are_refused_at_once(self, plan: Plan) -> None:
        addresses = [package.address for package in plan.all_packages]
        check_frozen(plan, head=plan.commit, addresses=addresses, place="plan.json")
        with pytest.raises(CratewheelError) as raised:
            check_frozen(plan, head="f" * 40, addresses=[*addresses, "x:y"], place="plan.json")
        assert raised.value.codes == ("CW-PLAN-STALE", "CW-PLAN-OTHER-TARGETS")

    @pytest.mark.parametrize(
        "text", ["", "[]", "null", '{"schema": 2}', '{"schema": 1, "packages": [{}]}', "\ud800"]
    )
    def test_what_is_no_plan_is_refused(self, text: str) -> None:
        with pytest.raises(CratewheelError) as raised:
            loads(text, place="plan.json")
        assert raised.value.codes == ("CW-PLAN-INVALID",)

    def test_a_package_that_waits_for_one_that_nobody_releases_is_refused(self, plan: Plan) -> None:
        document = to_json(plan)
        del document["digest"]
        document["packages"][-1]["depends_on"] = ["crate:gone"]
        with pytest.raises(CratewheelError, match="which it does not release") as raised:
            loads(json.dumps(document), place="plan.json")
        assert raised.value.codes == ("CW-PLAN-INVALID",)


class TestText:
    """What a terminal shows."""

    def test_every_line_is_explained(self, plan: Plan) -> None:
        lines = render_text(plan).splitlines()
        assert plan.commit is not None
        assert lines[0] == f"Release of 3 packages from commit {plan.commit[:12]}:"
        assert "  1.  crate:core-lib  0.3.0 → 0.4.0  minor" in lines
        assert "       crate:core-lib 0.4.0 cascades" in lines
        assert "       after crate:core-lib" in lines
        assert "4 rows to build: 2 crates, 1 sdist, 1 wheel" in lines
        assert any("does not count (release: skip)" in line for line in lines)

    def test_an_empty_plan_says_so_and_what_is_held(self, tmp_path: Path) -> None:
        project = Project(tmp_path / "repository")
        project.released()
        project.repository.commit("Tidy\n\nrelease: skip", {"crates/core/src/lib.rs": "1"})
        text = render_text(project.plan())
        assert text.startswith("Nothing to release.\n\nHeld back:\n  crate:core-lib 0.3.0: ")


class TestMarkdown:
    """What a step summary shows."""

    def test_a_table_and_a_picture(self, plan: Plan) -> None:
        text = render_markdown(plan)
        row = "| 1 | `crate:core-lib` | 0.3.0 | **0.4.0** | minor | crates.io | `core-lib-v0.4.0` |"
        assert row in text
        picture = text.split("```mermaid\n")[1].split("```")[0].splitlines()
        assert picture[0] == "graph LR"
        assert picture[1] == '  p0["crate:core-lib 0.4.0"]'
        assert "  p0 --> p1" in picture and "  p0 --> p2" in picture

    def test_it_says_where_the_release_is_from_and_why(self, plan: Plan) -> None:
        text = render_markdown(plan)
        assert plan.commit is not None
        assert f"3 packages from commit `{plan.commit[:12]}`, in this order:" in text
        assert "| State |" not in text
        assert "### Why\n\n- `crate:core-lib`\n  - crates/core/src/lib.rs changed" in text
        assert "### What is built\n\n4 rows: 2 crates, 1 sdist, 1 wheel." in text

    def test_what_a_registry_has_is_a_column_of_its_own(self, plan: Plan) -> None:
        asked = replace(plan.packages[0], verdict="PUBLISH")
        text = render_markdown(replace(plan, packages=(asked, *plan.packages[1:])))
        assert "| Tag | State |" in text
        assert "| `core-lib-v0.4.0` | PUBLISH |" in text

    def test_many_reasons_are_folded_away(self, plan: Plan) -> None:
        many = replace(plan.packages[0], reasons=tuple(f"reason {n}." for n in range(20)))
        text = render_markdown(replace(plan, packages=(many,)))
        shown, _, folded = text.partition("<details><summary>12 more</summary>")
        assert "reason 7." in shown
        assert "reason 8." in folded
        assert "mermaid" not in text

    def test_nothing_in_a_path_becomes_markup(self, plan: Plan) -> None:
        package = replace(plan.packages[0], reasons=("<img src=x>|`a`_b_*c* [l](m) changed",))
        text = render_markdown(replace(plan, packages=(package,)))
        assert r"&lt;img src=x&gt;\|\`a\`\_b\_\*c\* \[l\](m) changed" in text


class TestGitHub:
    """What later jobs read."""

    def test_outputs_are_one_line_each(self, plan: Plan) -> None:
        outputs = job_outputs(plan)
        assert all("\n" not in value for value in outputs.values())
        assert outputs["has_release"] == "true"
        matrix = json.loads(outputs["matrix"])
        assert matrix == json.loads(dumps(plan))["matrix"]
        assert json.loads(outputs["packages"])[0] == {
            "id": "crate:core-lib",
            "version": "0.4.0",
            "tag": "core-lib-v0.4.0",
        }
        assert render_github(plan).count("\n") == len(outputs)

    def test_an_empty_plan_still_gives_every_output(self) -> None:
        outputs = job_outputs(Plan())
        assert outputs["has_release"] == "false"
        assert json.loads(outputs["matrix"]) == {"include": []}
        assert json.loads(outputs["packages"]) == []

    def test_rows_of_the_projects_own_are_told_apart(self, tmp_path: Path) -> None:
        rows = (WHEEL.rows[0], replace(WHEEL.rows[1], built_by="workflow"))
        project = Project(tmp_path / "repository", packages=(replace(WHEEL, rows=rows),))
        project.repository.commit("Begin", WORKSPACE)
        outputs = job_outputs(project.plan())
        for name, kind in (("pants_matrix", "sdist"), ("workflow_matrix", "wheel")):
            (row,) = json.loads(outputs[name])["include"]
            assert row["kind"] == kind

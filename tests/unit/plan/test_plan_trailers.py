"""What trailers, wherever they stand in a history, make of a release."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from release_project import APP, CORE, WHEEL, WORKSPACE, Project, reasons, versions

from cratewheel.errors import CratewheelError
from cratewheel.plan.inputs import PlanOptions

CORE_FILE = "crates/core/src/lib.rs"
APP_FILE = "crates/app/src/lib.rs"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "repository")
    project.released()
    return project


def refused(project: Project) -> CratewheelError:
    with pytest.raises(CratewheelError) as raised:
        project.plan()
    return raised.value


def test_a_trailer_anywhere_in_the_range_counts(project: Project) -> None:
    project.repository.commit("Add\n\nrelease: minor", {CORE_FILE: "1"})
    project.repository.commit("Mend", {CORE_FILE: "2"})
    assert versions(project.plan()) == {
        "crate:core-lib": "0.4.0",
        "crate:app-lib": "0.1.1",
        "wheel:my-py": "0.3.1",
    }


def test_the_largest_bump_wins(project: Project) -> None:
    project.repository.commit("One\n\nrelease: minor", {CORE_FILE: "1"})
    project.repository.commit("Two\n\nrelease: major", {CORE_FILE: "2"})
    project.repository.commit("Three\n\nrelease: patch", {CORE_FILE: "3"})
    assert versions(project.plan())["crate:core-lib"] == "1.0.0"


def test_a_bump_for_each_package_in_one_commit(project: Project) -> None:
    message = "All\n\nrelease: major [core-lib]\nrelease: minor [my-py]\nrelease: patch [app-lib]"
    project.repository.commit(message, {CORE_FILE: "1"})
    assert versions(project.plan()) == {
        "crate:core-lib": "1.0.0",
        "crate:app-lib": "0.1.1",
        "wheel:my-py": "0.4.0",
    }


def test_an_unlisted_trailer_speaks_for_what_its_commit_changed(project: Project) -> None:
    project.repository.commit("App\n\nrelease: minor", {APP_FILE: "1"})
    project.repository.commit("Core", {CORE_FILE: "1"})
    assert versions(project.plan()) == {
        "crate:core-lib": "0.3.1",
        "crate:app-lib": "0.2.0",
        "wheel:my-py": "0.3.1",
    }


def test_a_reason_names_the_trailer_that_decided_the_level(project: Project) -> None:
    project.repository.commit("Mend\n\nrelease: patch", {CORE_FILE: "0"})
    decisive = project.repository.commit("Add\n\nrelease: minor", {CORE_FILE: "1"})
    project.repository.commit("Mend again\n\nrelease: patch", {CORE_FILE: "2"})
    plan = project.plan()
    short = project.repository.id_of(decisive)[:7]
    assert reasons(plan, "crate:core-lib")[1:] == (f"release: minor in {short}",)
    assert not any("release:" in reason for reason in reasons(plan, "crate:app-lib"))


def test_a_first_release_has_no_level_to_explain(tmp_path: Path) -> None:
    project = Project(tmp_path / "new", packages=(CORE,))
    project.repository.commit("Begin\n\nrelease: minor", WORKSPACE)
    assert reasons(project.plan(), "crate:core-lib") == ("first release",)


def test_on_an_empty_commit_it_speaks_for_all_that_changed(project: Project) -> None:
    project.repository.commit("App", {APP_FILE: "1"})
    project.repository.commit("Release\n\nrelease: minor")
    assert versions(project.plan()) == {"crate:app-lib": "0.2.0"}


def test_on_a_commit_that_changes_no_package_it_speaks_for_none(project: Project) -> None:
    project.repository.commit("App", {APP_FILE: "1"})
    project.repository.commit("Docs\n\nrelease: major", {"docs/index.md": "1"})
    plan = project.plan()
    assert versions(plan) == {"crate:app-lib": "0.1.1"}
    assert "speaks for none" in plan.notes[0]


def test_all_that_is_wrong_with_trailers_is_told_at_once_with_the_way_out(
    project: Project,
) -> None:
    project.repository.commit("One\n\nrelease: 0.5.0 [core-lib]", {CORE_FILE: "1"})
    other = project.repository.commit("Two\n\nrelease: 0.6.0 [core-lib]", {CORE_FILE: "2"})
    low = project.repository.commit("Three\n\nrelease: 0.0.9 [app-lib]", {APP_FILE: "1"})
    slip = project.repository.commit("Four\n\nrelease: mayor", {CORE_FILE: "3"})
    typo = project.repository.commit("Five\n\nrelease: minor [core-lbi]", {CORE_FILE: "4"})
    raised = refused(project)
    assert sorted(raised.codes) == [
        "CW-TRAILER-MALFORMED",
        "CW-TRAILER-UNKNOWN-PACKAGE",
        "CW-VERSION-CONTRADICTION",
        "CW-VERSION-NOT-ABOVE",
    ]
    shorts = {project.repository.id_of(each)[:7] for each in (other, low, slip, typo)}
    ways_out = " ".join(finding.mend for finding in raised.findings)
    for short in shorts - {project.repository.id_of(other)[:7]}:
        assert f"release-ignore: {short}" in ways_out
    contradiction = next(f for f in raised.findings if f.code == "CW-VERSION-CONTRADICTION")
    assert "release-ignore: " in contradiction.mend


class TestHistories:
    """Merge, squash and rebase."""

    def test_a_trailer_on_a_merged_branch(self, project: Project) -> None:
        branch = project.repository.commit(
            "On a branch\n\nrelease: minor", {CORE_FILE: "1"}, branch="topic", start=1
        )
        project.repository.commit("Elsewhere", {"docs/index.md": "1"})
        project.repository.commit("Merge", {CORE_FILE: "1"}, merge=[branch])
        assert versions(project.plan())["crate:core-lib"] == "0.4.0"

    def test_a_trailer_on_the_merge_commit(self, project: Project) -> None:
        branch = project.repository.commit("On it", {CORE_FILE: "1"}, branch="topic", start=1)
        project.repository.commit("Merge\n\nrelease: minor", {CORE_FILE: "1"}, merge=[branch])
        assert versions(project.plan()) == {
            "crate:core-lib": "0.4.0",
            "crate:app-lib": "0.1.1",
            "wheel:my-py": "0.3.1",
        }

    def test_a_squash_with_the_trailer_in_its_last_paragraph(self, project: Project) -> None:
        message = "Topic (#12)\n\n* One\n\n* Two\n\nrelease: minor\nCo-authored-by: B <b@c.d>"
        project.repository.commit(message, {CORE_FILE: "1"})
        assert versions(project.plan())["crate:core-lib"] == "0.4.0"

    def test_a_rebased_branch(self, project: Project) -> None:
        project.repository.commit("One\n\nrelease: minor", {CORE_FILE: "1"})
        project.repository.commit("Two", {CORE_FILE: "2"})
        project.repository.commit("Three\n\nrelease: skip", {"docs/index.md": "3"})
        assert versions(project.plan())["crate:core-lib"] == "0.4.0"

    def test_a_retry_commit_keeps_the_trailer_of_the_failed_one(self, project: Project) -> None:
        released = project.repository.commit(
            "Add\n\nrelease: minor [core-lib, my-py]", {CORE_FILE: "1"}
        )
        project.repository.tag("core-lib-v0.4.0", released)
        project.repository.tag("app-lib-v0.1.1", released)
        project.repository.commit("Mend the workflow", {".github/workflows/release.yml": "1"})
        assert versions(project.plan()) == {"wheel:my-py": "0.4.0"}

    def test_a_cherry_pick_on_a_release_branch_is_not_shipped_twice(self, tmp_path: Path) -> None:
        project = Project(tmp_path / "cherry", tags="all")
        begin = project.released()
        fork = project.repository.commit("Docs", {"docs/index.md": "1"})
        project.repository.commit("Mend", {CORE_FILE: "fixed"})
        picked = project.repository.commit(
            "Mend", {CORE_FILE: "fixed"}, branch="release", start=fork
        )
        assert begin < fork
        for tag in ("core-lib-v0.3.1", "app-lib-v0.1.1", "my-py-v0.3.1"):
            project.repository.tag(tag, picked)
        assert versions(project.plan()) == {}


class TestSkip:
    """`skip` takes a commit out of the question of releasing."""

    def test_skipped_changes_release_nothing_and_are_said(self, project: Project) -> None:
        commit = project.repository.commit("Tidy\n\nrelease: skip", {CORE_FILE: "1"})
        plan = project.plan()
        assert versions(plan) == {}
        short = project.repository.id_of(commit)[:7]
        held = next(held for held in plan.held if held.id == "crate:core-lib")
        assert held.reasons == (f"{short} does not count (release: skip)",)

    def test_it_does_not_only_postpone(self, project: Project) -> None:
        project.repository.commit("Tidy\n\nrelease: skip", {CORE_FILE: "1"})
        project.repository.commit("Docs", {"docs/index.md": "1"})
        assert versions(project.plan()) == {}

    def test_a_later_change_releases(self, project: Project) -> None:
        project.repository.commit("Tidy\n\nrelease: skip", {CORE_FILE: "1"})
        project.repository.commit("Mend", {"crates/core/src/more.rs": "1"})
        assert versions(project.plan())["crate:core-lib"] == "0.3.1"

    def test_a_list_skips_only_what_it_lists(self, project: Project) -> None:
        project.repository.commit(
            "Tidy\n\nrelease: skip [app-lib]", {APP_FILE: "1", "bindings/src/lib.rs": "1"}
        )
        assert versions(project.plan()) == {"wheel:my-py": "0.3.1"}

    def test_on_a_merge_it_takes_out_the_branch(self, project: Project) -> None:
        branch = project.repository.commit("Refactor", {CORE_FILE: "1"}, branch="topic", start=1)
        project.repository.commit("Merge\n\nrelease: skip", {CORE_FILE: "1"}, merge=[branch])
        assert versions(project.plan()) == {}
        project.repository.commit("Mend", {APP_FILE: "1"})
        assert versions(project.plan()) == {"crate:app-lib": "0.1.1"}

    def test_skip_and_a_bump_for_the_same_packages_contradict(self, project: Project) -> None:
        project.repository.commit("Both\n\nrelease: skip\nrelease: minor", {CORE_FILE: "1"})
        assert refused(project).codes == ("CW-TRAILER-CONFLICT",)


class TestNames:
    """A list may name packages in every way that people know them by."""

    @pytest.mark.parametrize(
        "name",
        ["app-lib", "APP_LIB", "crate:app-lib", "crates/app:app", "//crates/app:app", "crates/app"],
    )
    def test_forcing_a_package_by(self, project: Project, name: str) -> None:
        commit = project.repository.commit(f"Force\n\nrelease: minor [{name}]")
        plan = project.plan()
        assert versions(plan) == {"crate:app-lib": "0.2.0"}
        short = project.repository.id_of(commit)[:7]
        assert reasons(plan, "crate:app-lib") == (f"release: minor [{name}] in {short}",)

    def test_a_forced_package_pulls_its_dependents_in(self, project: Project) -> None:
        project.repository.commit("Force\n\nrelease: minor [core-lib]")
        plan = project.plan()
        assert versions(plan) == {
            "crate:core-lib": "0.4.0",
            "crate:app-lib": "0.1.1",
            "wheel:my-py": "0.3.1",
        }
        assert reasons(plan, "crate:app-lib") == ("crate:core-lib 0.4.0 cascades",)

    def test_faults_are_listed_together_with_commit_and_line(self, project: Project) -> None:
        first = project.repository.commit("One\n\nrelease: huge", {CORE_FILE: "1"})
        second = project.repository.commit(
            "Two\n\nText.\n\nrelease: minor [core-lid]", {CORE_FILE: "2"}
        )
        error = refused(project)
        one, two = (project.repository.id_of(commit)[:7] for commit in (first, second))
        assert [(f.code, f.place) for f in error.findings] == [
            ("CW-TRAILER-UNKNOWN-PACKAGE", f"commit {two}, line 5"),
            ("CW-TRAILER-MALFORMED", f"commit {one}, line 3"),
        ]
        assert "did you mean core-lib?" in str(error)
        assert f"release-ignore: {one}" in str(error)


class TestTakingBack:
    """A mistake on main is no dead end."""

    @pytest.mark.parametrize("value", ["huge", "minor [no-such]", "major"])
    def test_a_later_commit_takes_it_back(self, project: Project, value: str) -> None:
        commit = project.repository.commit(f"Oops\n\nrelease: {value}", {CORE_FILE: "1"})
        project.repository.write()
        wrong = project.repository.id_of(commit)[:9]
        project.repository.commit(f"Sorry\n\nrelease-ignore: {wrong}")
        assert versions(project.plan())["crate:core-lib"] == "0.3.1"

    def test_the_option_takes_it_back(self, project: Project) -> None:
        commit = project.repository.commit("Oops\n\nrelease: huge", {CORE_FILE: "1"})
        project.repository.write()
        project.options = PlanOptions(ignore_trailers=(project.repository.id_of(commit),))
        assert versions(project.plan())["crate:core-lib"] == "0.3.1"

    def test_taking_back_can_be_taken_back(self, project: Project) -> None:
        commit = project.repository.commit("Add\n\nrelease: major", {CORE_FILE: "1"})
        project.repository.write()
        again = project.repository.commit(
            f"No\n\nrelease-ignore: {project.repository.id_of(commit)}"
        )
        project.repository.write()
        project.repository.commit(f"Yes\n\nrelease-ignore: {project.repository.id_of(again)}")
        assert versions(project.plan())["crate:core-lib"] == "1.0.0"

    def test_an_id_that_is_none_is_said(self, project: Project) -> None:
        project.repository.commit("No\n\nrelease-ignore: 0123456", {CORE_FILE: "1"})
        assert any("0123456" in note for note in project.plan().notes)


class TestCommandLine:
    """`--release` decides without a commit."""

    def test_a_level(self, project: Project) -> None:
        project.options = PlanOptions(release=("app-lib@minor",))
        plan = project.plan()
        assert versions(plan) == {"crate:app-lib": "0.2.0"}
        assert reasons(plan, "crate:app-lib") == ("--release=crate:app-lib@minor",)

    def test_a_version_wins_over_trailers(self, project: Project) -> None:
        project.repository.commit("Add\n\nrelease: minor", {APP_FILE: "1"})
        project.options = PlanOptions(release=("crate:app-lib@7.0.0",))
        assert versions(project.plan()) == {"crate:app-lib": "7.0.0"}

    def test_skip_holds_a_package_back(self, project: Project) -> None:
        project.repository.commit("Mend", {CORE_FILE: "1"})
        project.options = PlanOptions(release=("my-py@skip",))
        plan = project.plan()
        assert list(versions(plan)) == ["crate:core-lib", "crate:app-lib"]
        held = next(held for held in plan.held if held.id == "wheel:my-py")
        assert held.reasons[0] == "--release=wheel:my-py@skip"

    def test_a_member_of_a_group_cannot_stay_behind_alone(self, tmp_path: Path) -> None:
        project = Project(
            tmp_path / "grouped",
            packages=(replace(CORE, version_group="all"), replace(WHEEL, version_group="all"), APP),
            options=PlanOptions(release=("my-py@skip",)),
        )
        project.released(tags=["all-v0.3.0", "app-lib-v0.1.0"])
        project.repository.commit("Mend", {CORE_FILE: "1"})
        (finding,) = refused(project).findings
        assert finding.code == "CW-RELEASE-OPTION"
        assert "--release=all@skip" in finding.mend
        project.options = PlanOptions(release=("all@skip",))
        assert list(versions(project.plan())) == ["crate:app-lib"]

    @pytest.mark.parametrize(
        "entry", ["app-lib", "@minor", "app-lib@huge", "no-such@minor", "app-lib@minor [x]"]
    )
    def test_what_cannot_be_understood_is_refused(self, project: Project, entry: str) -> None:
        project.options = PlanOptions(release=(entry,))
        assert refused(project).codes == ("CW-RELEASE-OPTION",)

    def test_two_decisions_for_one_package_are_refused(self, project: Project) -> None:
        project.options = PlanOptions(release=("app-lib@minor", "crate:app-lib@major"))
        assert refused(project).codes == ("CW-RELEASE-OPTION",)

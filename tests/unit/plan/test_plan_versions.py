"""Which version a package gets: first releases, explicit ones, candidates, groups, registries."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Optional

import pytest
from release_project import APP, CORE, WHEEL, WORKSPACE, Project, facts, reasons, versions

from cratewheel.errors import CratewheelError
from cratewheel.plan.compute import manifest_plan
from cratewheel.plan.inputs import PlanOptions, RegistryFacts

CORE_FILE = "crates/core/src/lib.rs"
APP_FILE = "crates/app/src/lib.rs"
WHEEL_FILE = "bindings/src/lib.rs"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "repository")


def refused(project: Project) -> CratewheelError:
    with pytest.raises(CratewheelError) as raised:
        project.plan()
    return raised.value


class TestFirstRelease:
    """A package without a tag."""

    def test_it_has_the_manifests_version_whatever_the_trailer(self, project: Project) -> None:
        project.repository.commit("Begin\n\nrelease: major", WORKSPACE)
        plan = project.plan()
        assert versions(plan) == {
            "crate:core-lib": "0.3.0",
            "crate:app-lib": "0.1.0",
            "wheel:my-py": "0.3.0",
        }
        assert {p.bump for p in plan.packages} == {"first"}
        assert plan.package("crate:core-lib").previous is None

    def test_first_version_comes_before_the_manifest(self, project: Project) -> None:
        project.packages = (replace(CORE, first_version="1.0.0"), APP, WHEEL)
        project.repository.commit("Begin", WORKSPACE)
        assert versions(project.plan())["crate:core-lib"] == "1.0.0"

    def test_a_new_package_does_not_pull_in_those_that_had_its_files(
        self, project: Project
    ) -> None:
        project.released(tags=["app-lib-v0.1.0", "my-py-v0.3.0"])
        assert versions(project.plan()) == {"crate:core-lib": "0.3.0"}

    def test_an_explicit_version_or_a_candidate_may_be_asked_for(self, project: Project) -> None:
        project.repository.commit(
            "Begin\n\nrelease: 0.9.0 [core-lib]\nrelease: rc [app-lib]", WORKSPACE
        )
        found = versions(project.plan())
        assert found["crate:core-lib"] == "0.9.0"
        assert found["crate:app-lib"] == "0.1.0-rc.1"

    @pytest.mark.parametrize(("manifest", "expected"), [(None, "0.1.0"), ("0.5.0-dev", "0.5.0")])
    def test_without_a_version_of_its_own(
        self, project: Project, manifest: Optional[str], expected: str
    ) -> None:
        project.packages = (replace(CORE, version=manifest),)
        project.repository.commit("Begin", WORKSPACE)
        assert versions(project.plan()) == {"crate:core-lib": expected}

    def test_a_bad_first_version_is_said(self, project: Project) -> None:
        project.packages = (replace(CORE, first_version="one"), replace(WHEEL, version="1.0-x-y"))
        project.repository.commit("Begin", WORKSPACE)
        error = refused(project)
        assert error.codes == ("CW-VERSION-INVALID",)
        assert len(error.findings) == 2


class TestExplicit:
    """Versions that somebody wrote down."""

    def test_calendar_versions(self, project: Project) -> None:
        project.released()
        project.repository.commit("Cut\n\nrelease: 2026.11.0 [core-lib]", {CORE_FILE: "1"})
        plan = project.plan()
        assert versions(plan)["crate:core-lib"] == "2026.11.0"
        assert plan.package("crate:core-lib").bump == "explicit"
        assert versions(plan)["wheel:my-py"] == "0.3.1"

    def test_a_manifest_above_the_base_is_obeyed(self, project: Project) -> None:
        project.released()
        manifest = WORKSPACE["crates/core/Cargo.toml"]
        assert manifest is not None
        project.packages = (replace(CORE, version="0.5.0"), APP, WHEEL)
        project.repository.commit(
            "Bump\n\nrelease: minor", {"crates/core/Cargo.toml": manifest.replace("0.3.0", "0.5.0")}
        )
        plan = project.plan()
        assert versions(plan)["crate:core-lib"] == "0.5.0"
        assert reasons(plan, "crate:core-lib")[0] == "crates/core/Cargo.toml asks for 0.5.0"
        assert "wheel:my-py" in versions(plan)

    def test_a_manifest_goes_before_a_level_of_the_command_line_and_the_plan_says_so(
        self, project: Project
    ) -> None:
        project.released()
        project.packages = (replace(CORE, version="0.5.0"), APP, WHEEL)
        project.options = PlanOptions(release=("crate:core-lib@minor",))
        plan = project.plan()
        assert versions(plan)["crate:core-lib"] == "0.5.0"
        assert (
            "crate:core-lib: crates/core/Cargo.toml asks for 0.5.0, which goes before "
            "--release=crate:core-lib@minor"
        ) in plan.notes

    def test_a_manifest_below_the_base_is_stale_and_no_request(self, project: Project) -> None:
        project.released(tags=["core-lib-v0.9.0", "app-lib-v0.1.0", "my-py-v0.3.0"])
        project.repository.commit("Mend", {CORE_FILE: "1"})
        assert versions(project.plan())["crate:core-lib"] == "0.9.1"

    def test_a_development_version_is_no_request_but_a_floor(self, project: Project) -> None:
        project.released()
        project.packages = (replace(CORE, version="0.5.0-dev"), APP, WHEEL)
        assert versions(project.plan()) == {}
        project.repository.commit("Mend", {CORE_FILE: "1"})
        assert versions(project.plan())["crate:core-lib"] == "0.5.0"

    @pytest.mark.parametrize("asked", ["0.3.0", "0.2.9", "0.3.0-rc.1"])
    def test_a_version_that_is_not_above_the_base_is_refused(
        self, project: Project, asked: str
    ) -> None:
        project.released()
        project.repository.commit(f"Cut\n\nrelease: {asked} [core-lib]")
        error = refused(project)
        assert error.codes == ("CW-VERSION-NOT-ABOVE",)
        assert "line 3" in str(error)

    def test_contradicting_versions_are_refused(self, project: Project) -> None:
        project.released()
        project.repository.commit("One\n\nrelease: 1.0.0 [core-lib]\nrelease: 3.0.0 [app-lib]")
        project.repository.commit("Two\n\nrelease: 2.0.0 [core-lib]\nrelease: 4.0.0 [app-lib]")
        error = refused(project)
        assert error.codes == ("CW-VERSION-CONTRADICTION",)
        assert len(error.findings) == 2

    def test_the_same_version_twice_is_no_contradiction(self, project: Project) -> None:
        project.released()
        project.repository.commit("One\n\nrelease: 1.0.0-rc.1 [my-py]")
        project.repository.commit("Two\n\nrelease: 1.0.0rc1 [my-py]")
        assert versions(project.plan()) == {"wheel:my-py": "1.0.0rc1"}

    def test_a_version_without_a_spelling_is_refused(self, project: Project) -> None:
        project.released()
        project.repository.commit("One\n\nrelease: 1.0.0-nightly.1 [my-py]")
        assert refused(project).codes == ("CW-VERSION-INVALID",)
        project.repository.commit(
            "Two\n\nrelease-ignore: " + project.repository.git("rev-parse", "HEAD")
        )
        project.repository.commit("Three\n\nrelease: 1.0.0.post1 [core-lib]")
        assert refused(project).codes == ("CW-VERSION-INVALID",)


class TestCandidates:
    """Release candidates: counted up, ended, sat out."""

    def begin(self, project: Project) -> None:
        project.released()
        project.repository.commit("Add\n\nrelease: minor\nrelease: rc", {CORE_FILE: "1"})

    def tag_all(self, project: Project) -> None:
        for package in project.plan().packages:
            assert package.tag is not None
            project.repository.git("tag", package.tag)

    def test_a_candidate_of_the_core_makes_candidates_of_what_is_built_from_it(
        self, project: Project
    ) -> None:
        self.begin(project)
        plan = project.plan()
        assert versions(plan) == {
            "crate:core-lib": "0.4.0-rc.1",
            "crate:app-lib": "0.1.1-rc.1",
            "wheel:my-py": "0.3.1rc1",
        }
        assert plan.package("wheel:my-py").tag == "my-py-v0.3.1rc1"
        assert plan.package("crate:core-lib").bump == "rc"

    def test_it_counts_up_and_final_ends_it(self, project: Project) -> None:
        self.begin(project)
        self.tag_all(project)
        assert versions(project.plan()) == {}
        project.repository.commit("Mend", {CORE_FILE: "2"})
        assert versions(project.plan())["crate:core-lib"] == "0.4.0-rc.2"
        self.tag_all(project)
        project.repository.commit("Done\n\nrelease: final")
        plan = project.plan()
        assert versions(plan) == {
            "crate:core-lib": "0.4.0",
            "crate:app-lib": "0.1.1",
            "wheel:my-py": "0.3.1",
        }
        assert plan.package("crate:core-lib").bump == "final"
        assert plan.package("crate:core-lib").previous == "0.4.0-rc.2"

    def test_a_target_may_sit_it_out(self, project: Project) -> None:
        project.packages = (CORE, APP, replace(WHEEL, prereleases=False))
        self.begin(project)
        plan = project.plan()
        assert list(versions(plan)) == ["crate:core-lib", "crate:app-lib"]
        held = next(held for held in plan.held if held.id == "wheel:my-py")
        assert held.reasons == ("sits 0.3.1-rc.1 out (prereleases=False)",)
        self.tag_all(project)
        project.repository.commit("Done\n\nrelease: final")
        plan = project.plan()
        assert versions(plan)["wheel:my-py"] == "0.3.1"
        assert plan.package("wheel:my-py").previous == "0.3.0"

    def test_the_newest_stage_wins(self, project: Project) -> None:
        project.released()
        project.repository.commit("One\n\nrelease: rc", {APP_FILE: "1"})
        project.repository.commit("Two\n\nrelease: final", {APP_FILE: "2"})
        assert versions(project.plan()) == {"crate:app-lib": "0.1.1"}

    def test_a_candidate_that_cargo_would_take_for_older_is_refused(self, project: Project) -> None:
        project.released(tags=["core-lib-v0.3.0-rc9", "app-lib-v0.1.0", "my-py-v0.3.0"])
        project.packages = (replace(CORE, version="0.2.0"), APP, WHEEL)
        project.repository.commit("More", {CORE_FILE: "1"})
        error = refused(project)
        assert error.codes == ("CW-VERSION-NOT-ABOVE",)
        assert "0.3.0-rc10" in str(error)


class TestGroups:
    """Packages that move together."""

    @pytest.fixture
    def grouped(self, tmp_path: Path) -> Project:
        project = Project(
            tmp_path / "grouped",
            packages=(
                replace(CORE, version_group="all", tag_format="v{version}"),
                replace(WHEEL, version_group="all"),
                APP,
            ),
        )
        project.released(tags=["v0.3.0", "app-lib-v0.1.0"])
        return project

    def test_one_version_and_one_tag(self, grouped: Project) -> None:
        grouped.repository.commit("Wheel\n\nrelease: minor", {WHEEL_FILE: "1"})
        plan = grouped.plan()
        assert versions(plan)["crate:core-lib"] == versions(plan)["wheel:my-py"] == "0.4.0"
        assert {p.tag for p in plan.packages if p.version_group} == {"v0.4.0"}
        moved, level = reasons(plan, "crate:core-lib")
        assert moved == "moves with version group all"
        assert level.startswith("release: minor in ")

    def test_a_group_can_be_named(self, grouped: Project) -> None:
        grouped.repository.commit("Cut\n\nrelease: 1.0.0 [all]")
        found = versions(grouped.plan())
        assert found["crate:core-lib"] == found["wheel:my-py"] == "1.0.0"

    def test_a_candidate_is_spelled_for_each_registry_and_tagged_once(
        self, grouped: Project
    ) -> None:
        grouped.repository.commit("Cut\n\nrelease: rc [all]")
        plan = grouped.plan()
        assert versions(plan)["crate:core-lib"] == "0.3.1-rc.1"
        assert versions(plan)["wheel:my-py"] == "0.3.1rc1"
        assert {p.tag for p in plan.packages if p.version_group} == {"v0.3.1-rc.1"}

    def test_a_member_that_joins_late_gets_the_groups_version(self, tmp_path: Path) -> None:
        project = Project(
            tmp_path / "late",
            packages=(
                replace(CORE, version_group="all", tag_format="core-{version}"),
                replace(WHEEL, version_group="all", tag_format="py-{version}"),
            ),
        )
        project.released(tags=["core-0.9.0"])
        assert versions(project.plan()) == {"crate:core-lib": "0.9.1", "wheel:my-py": "0.9.1"}

    def test_members_cannot_be_asked_for_different_versions(self, grouped: Project) -> None:
        grouped.repository.commit("Cut\n\nrelease: 1.0.0 [core-lib]\nrelease: 2.0.0 [my-py]")
        assert refused(grouped).codes == ("CW-VERSION-CONTRADICTION",)


class TestManifestMode:
    """`versioning = "manifest"`."""

    @pytest.fixture
    def manual(self, tmp_path: Path) -> Project:
        project = Project(tmp_path / "manual", options=PlanOptions(versioning="manifest"))
        project.released()
        return project

    def test_only_raised_manifests_ship_and_the_rest_is_reported(self, manual: Project) -> None:
        manual.packages = (replace(CORE, version="0.4.0"), APP, WHEEL)
        manual.repository.commit("Work\n\nrelease: huge", {CORE_FILE: "1", APP_FILE: "1"})
        plan = manual.plan()
        assert versions(plan) == {"crate:core-lib": "0.4.0"}
        held = {held.id: held.reasons for held in plan.held}
        assert held["crate:app-lib"] == ("changed, and crates/app/Cargo.toml still says 0.1.0",)

    def test_a_package_built_from_one_that_changed_is_reported_too(self, manual: Project) -> None:
        manual.packages = (replace(CORE, version="0.4.0"), APP, WHEEL)
        manual.repository.commit("Work", {CORE_FILE: "1"})
        plan = manual.plan()
        held = {held.id: held.reasons for held in plan.held}
        assert held["wheel:my-py"] == (
            "built from crate:core-lib, which changed, and bindings/pyproject.toml still says 0.3.0",
        )

    def test_the_command_line_still_decides(self, manual: Project) -> None:
        manual.options = replace(manual.options, release=("app-lib@minor",))
        assert versions(manual.plan()) == {"crate:app-lib": "0.2.0"}


class TestRegistry:
    """A registry that knows more than the tags."""

    def after(self, project: Project, **published: RegistryFacts) -> dict[str, str]:
        project.released()
        project.repository.commit("Mend", {APP_FILE: "1"})
        project.registry = {"crate:app-lib": published["app"]}
        return versions(project.plan())

    def test_the_next_version_is_past_what_is_published(self, project: Project) -> None:
        assert self.after(project, app=facts("0.1.0", "0.3.5")) == {"crate:app-lib": "0.3.6"}

    def test_a_version_that_is_live_from_an_earlier_commit_is_passed(
        self, project: Project
    ) -> None:
        found = self.after(project, app=facts("0.1.0", "0.1.1", commit="0" * 40))
        assert found == {"crate:app-lib": "0.1.2"}

    def test_our_own_interrupted_release_is_finished(self, project: Project) -> None:
        project.released()
        project.repository.commit("Mend", {APP_FILE: "1"})
        project.repository.write()
        head = project.repository.git("rev-parse", "HEAD").strip()
        published = facts("0.1.0", "0.1.1", commit=head)
        project.registry = {"crate:app-lib": published}
        plan = project.plan()
        assert versions(plan) == {"crate:app-lib": "0.1.1"}

    def test_an_unreachable_registry_changes_nothing(self, project: Project) -> None:
        assert self.after(project, app=RegistryFacts(None)) == {"crate:app-lib": "0.1.1"}

    def test_published_but_never_tagged_is_no_dead_end(self, project: Project) -> None:
        project.released(tags=["core-lib-v0.3.0", "my-py-v0.3.0"])
        project.registry = {"crate:app-lib": facts("0.1.0")}
        assert versions(project.plan()) == {"crate:app-lib": "0.1.1"}

    def test_a_clone_that_lost_its_tags_is_refused(self, project: Project) -> None:
        project.repository.commit("Begin", WORKSPACE)
        project.registry = {"crate:app-lib": facts("0.1.0"), "crate:core-lib": facts("0.3.0")}
        error = refused(project)
        assert error.codes == ("CW-TAG-MISSING",)
        assert len(error.findings) == 2
        project.options = PlanOptions(release=("app-lib@patch", "core-lib@minor"))
        assert versions(project.plan())["crate:core-lib"] == "0.4.0"

    def test_an_old_line_is_not_pushed_past_a_newer_one(self, tmp_path: Path) -> None:
        project = Project(tmp_path / "lines", packages=(APP,))
        begin = project.released()
        project.repository.commit("Old line", {APP_FILE: "1"}, branch="maintenance", start=begin)
        second = project.repository.commit("New line", {APP_FILE: "2"})
        project.repository.tag("app-lib-v2.0.0", second)
        project.repository.write("maintenance")
        project.tags = "reachable"
        project.registry = {"crate:app-lib": facts("0.1.0", "2.0.0")}
        assert versions(project.plan()) == {"crate:app-lib": "0.1.1"}

    def test_a_tag_that_the_registry_knows_nothing_of_is_said(self, project: Project) -> None:
        project.released()
        project.registry = {"crate:app-lib": facts("0.0.9")}
        assert any("is tagged, but" in note for note in project.plan().notes)

    def test_a_version_tagged_on_another_branch_is_not_used_again(self, tmp_path: Path) -> None:
        project = Project(tmp_path / "off", packages=(APP,), tags="reachable")
        begin = project.released()
        release = project.repository.commit("Bump", {APP_FILE: "9"}, branch="release", start=begin)
        project.repository.tag("app-lib-v0.1.1", release)
        project.repository.commit("Mend", {APP_FILE: "1"})
        assert versions(project.plan()) == {"crate:app-lib": "0.1.2"}


def test_a_tree_without_git_is_packaged_at_its_manifests_versions() -> None:
    plan = manifest_plan((WHEEL, APP, CORE))
    assert versions(plan) == {
        "crate:core-lib": "0.3.0",
        "crate:app-lib": "0.1.0",
        "wheel:my-py": "0.3.0",
    }
    assert plan.commit is None and {package.tag for package in plan.packages} == {None}

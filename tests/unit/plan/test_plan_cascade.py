"""Which packages ship, and the reasons the plan gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from release_project import APP, CORE, PACKAGES, WHEEL, WORKSPACE, Project, reasons, versions

from cratewheel.errors import CratewheelError
from cratewheel.plan.inputs import PlanOptions

LIB = "pub fn changed() {}\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "repository")
    project.released()
    return project


def test_a_core_change_ships_the_core_and_everything_built_from_it(project: Project) -> None:
    change = project.repository.commit("Mend", {"crates/core/src/lib.rs": LIB})
    plan = project.plan()
    assert versions(plan) == {
        "crate:core-lib": "0.3.1",
        "crate:app-lib": "0.1.1",
        "wheel:my-py": "0.3.1",
    }
    short = project.repository.id_of(change)[:7]
    assert reasons(plan, "crate:core-lib") == (f"crates/core/src/lib.rs changed in {short}",)
    assert reasons(plan, "wheel:my-py") == ("crate:core-lib 0.3.1 cascades",)
    assert plan.package("wheel:my-py").depends_on == ("crate:core-lib",)
    assert plan.package("crate:core-lib").tag == "core-lib-v0.3.1"
    assert plan.package("crate:core-lib").previous == "0.3.0"


@pytest.mark.parametrize("path", ["docs/index.md", "README.md", "crates/core/tests/it.rs"])
def test_what_no_package_is_built_from_ships_nothing(project: Project, path: str) -> None:
    project.repository.commit("Explain", {path: "changed"})
    plan = project.plan()
    assert versions(plan) == {}
    assert {held.id: held.version for held in plan.held} == {
        "crate:app-lib": "0.1.0",
        "crate:core-lib": "0.3.0",
        "wheel:my-py": "0.3.0",
    }


def test_a_leaf_ships_alone(project: Project) -> None:
    project.repository.commit("Mend", {"crates/app/src/lib.rs": LIB})
    assert versions(project.plan()) == {"crate:app-lib": "0.1.1"}


def test_nothing_is_left_after_the_tags(project: Project) -> None:
    project.repository.commit("Mend", {"crates/core/src/lib.rs": LIB})
    plan = project.plan()
    for package in plan.packages:
        assert package.tag is not None
        project.repository.git("tag", package.tag)
    assert versions(project.plan()) == {}


def test_a_dependent_that_shipped_with_the_change_does_not_ship_again(project: Project) -> None:
    change = project.repository.commit("Mend", {"crates/core/src/lib.rs": LIB})
    # The wheel was released from this commit, and the crates were not.
    project.repository.tag("my-py-v0.3.1", change)
    assert versions(project.plan()) == {"crate:core-lib": "0.3.1", "crate:app-lib": "0.1.1"}


def test_a_dependent_that_missed_a_release_ships_later(project: Project) -> None:
    change = project.repository.commit("Mend", {"crates/core/src/lib.rs": LIB})
    project.repository.tag("core-lib-v0.3.1", change)
    project.repository.tag("app-lib-v0.1.1", change)
    plan = project.plan()
    assert versions(plan) == {"wheel:my-py": "0.3.1"}
    assert reasons(plan, "wheel:my-py") == ("crate:core-lib 0.3.1 cascades",)
    assert plan.package("wheel:my-py").depends_on == ()


def test_a_reverted_change_ships_nothing(project: Project) -> None:
    project.repository.commit("Change", {"crates/core/src/lib.rs": LIB})
    project.repository.commit(
        "Back", {"crates/core/src/lib.rs": WORKSPACE["crates/core/src/lib.rs"]}
    )
    assert versions(project.plan()) == {}


def test_a_removed_file_counts(project: Project) -> None:
    project.repository.commit("More", {"crates/core/src/more.rs": LIB})
    project.repository.tag("core-lib-v0.3.1")
    project.repository.tag("app-lib-v0.1.1")
    project.repository.tag("my-py-v0.3.1")
    project.repository.commit("Less", {"crates/core/src/more.rs": None})
    assert versions(project.plan())["crate:core-lib"] == "0.3.2"


def test_uncommitted_changes_count_and_are_said(project: Project) -> None:
    project.repository.write()
    (project.root / "bindings/src/lib.rs").write_text("// changed\n")
    plan = project.plan()
    assert versions(plan) == {"wheel:my-py": "0.3.1"}
    assert reasons(plan, "wheel:my-py") == ("bindings/src/lib.rs changed, uncommitted",)
    assert plan.dirty


def test_a_stray_file_makes_no_dirty_release(project: Project) -> None:
    project.repository.write()
    (project.root / "plan.json").write_text("{}")
    assert not project.plan().dirty
    (project.root / "bindings/src/new.rs").write_text("")
    assert project.plan().dirty
    (project.root / "bindings/src/new.rs").unlink()
    (project.root / "docs/index.md").write_text("changed")
    assert project.plan().dirty


def test_many_changes_are_summed_up(project: Project) -> None:
    files = {f"crates/app/src/m{number:02}.rs": "" for number in range(15)}
    project.repository.commit("More", files)
    found = reasons(project.plan(), "crate:app-lib")
    assert len(found) == 11 and found[-1] == "and 5 more"


class TestManifests:
    """Manifests are judged by what a package is built from."""

    def plan_after(self, project: Project, path: str, old: str, new: str) -> dict[str, str]:
        before = WORKSPACE[path]
        assert before is not None and (old in before)
        project.repository.commit("Change", {path: before.replace(old, new, 1)})
        return versions(project.plan())

    def test_a_comment_in_the_root_manifest_ships_nothing(self, project: Project) -> None:
        assert self.plan_after(project, "Cargo.toml", "[workspace]", "# more\n[workspace]") == {}

    def test_an_inherited_dependency_ships_those_who_inherit_it(self, project: Project) -> None:
        shipped = self.plan_after(project, "Cargo.toml", 'log = "0.4"', 'log = "0.4.20"')
        assert shipped == {"crate:app-lib": "0.1.1"}

    def test_a_dependency_that_nobody_inherits_ships_nothing(self, project: Project) -> None:
        new = 'log = "0.4"\nunused = "1"'
        assert self.plan_after(project, "Cargo.toml", 'log = "0.4"', new) == {}

    def test_a_dev_dependency_ships_nothing(self, project: Project) -> None:
        path = "crates/app/Cargo.toml"
        assert self.plan_after(project, path, 'rand = "0.8"', 'rand = "0.9"') == {}

    def test_a_dependency_ships(self, project: Project) -> None:
        path = "crates/core/Cargo.toml"
        new = 'serde = { workspace = true }\nitoa = "1"'
        shipped = self.plan_after(project, path, "serde = { workspace = true }", new)
        assert set(shipped) == {"crate:core-lib", "crate:app-lib", "wheel:my-py"}

    def test_a_release_profile_ships_wheels_only(self, project: Project) -> None:
        new = "[profile.release]\nlto = true\n[workspace]"
        assert set(self.plan_after(project, "Cargo.toml", "[workspace]", new)) == {"wheel:my-py"}

    def test_a_replaced_dependency_ships_wheels_only(self, project: Project) -> None:
        patch = '[patch.crates-io]\nserde = { git = "https://example.org/serde" }\n[workspace]'
        shipped = self.plan_after(project, "Cargo.toml", "[workspace]", patch)
        assert shipped == {"wheel:my-py": "0.3.1"}
        assert "replacements changed in Cargo.toml" in reasons(project.plan(), "wheel:my-py")[0]

    def test_another_profile_ships_nothing(self, project: Project) -> None:
        new = "[profile.bench]\nlto = true\n[workspace]"
        assert self.plan_after(project, "Cargo.toml", "[workspace]", new) == {}

    def test_a_tools_settings_in_pyproject_ship_nothing(self, project: Project) -> None:
        new = "[tool.ruff]\nline-length = 100\n\n[project]"
        assert self.plan_after(project, "bindings/pyproject.toml", "[project]", new) == {}

    def test_metadata_in_pyproject_ships(self, project: Project) -> None:
        new = 'description = "New"\ndynamic'
        shipped = self.plan_after(project, "bindings/pyproject.toml", "dynamic", new)
        assert shipped == {"wheel:my-py": "0.3.1"}

    def test_a_toolchain_ships_wheels_only(self, project: Project) -> None:
        toolchain = '[toolchain]\nchannel = "{}"\n'
        project.repository.commit("Pin", {"rust-toolchain.toml": toolchain.format("1.85")})
        plan = project.plan()
        assert versions(plan) == {"wheel:my-py": "0.3.1"}
        assert "no toolchain → 1.85 (rust-toolchain.toml)" in reasons(plan, "wheel:my-py")[0]

    @pytest.mark.parametrize("path", [".cargo/config.toml", "bindings/.cargo/config"])
    def test_flags_in_cargos_configuration_ship_wheels_only(
        self, project: Project, path: str
    ) -> None:
        flags = '[build]\nrustflags = ["-Ctarget-cpu=x86-64-v3"]\n'
        project.repository.commit("Tune", {path: flags})
        plan = project.plan()
        assert versions(plan) == {"wheel:my-py": "0.3.1"}
        assert reasons(plan, "wheel:my-py")[0].startswith(f"{path} changed in ")

    def test_an_alias_in_cargos_configuration_ships_nothing(self, project: Project) -> None:
        alias = '# Ours.\n[alias]\nxtask = "run --package xtask"\n[build]\njobs = 2\n'
        project.repository.commit("Alias", {".cargo/config.toml": alias})
        assert versions(project.plan()) == {}

    def test_a_component_of_the_toolchain_ships_nothing(self, tmp_path: Path) -> None:
        project = Project(tmp_path / "other")
        toolchain = '[toolchain]\nchannel = "1.85"\n'
        project.released({**WORKSPACE, "rust-toolchain.toml": toolchain})
        project.repository.commit(
            "More", {"rust-toolchain.toml": toolchain + 'components = ["clippy"]\n'}
        )
        assert versions(project.plan()) == {}

    def test_a_broken_old_manifest_is_a_change_and_no_traceback(self, tmp_path: Path) -> None:
        project = Project(tmp_path / "other")
        project.released({**WORKSPACE, "crates/core/Cargo.toml": "[package\n"})
        project.repository.commit(
            "Mend", {"crates/core/Cargo.toml": WORKSPACE["crates/core/Cargo.toml"]}
        )
        assert "crate:core-lib" in versions(project.plan())


class TestLock:
    """Only what a package's own part of the lock resolves to counts."""

    LOCK = """\
version = 4

[[package]]
name = "app-lib"
version = "0.1.0"
dependencies = [
 "core-lib",
 "log",
 "rand",
]

[[package]]
name = "core-lib"
version = "0.3.0"
dependencies = [
 "serde",
]

[[package]]
name = "log"
version = "0.4.1"
source = "registry+https://example.org/index"
checksum = "11"

[[package]]
name = "my-py"
version = "0.3.0"
dependencies = [
 "core-lib",
]

[[package]]
name = "rand"
version = "0.8.0"
source = "registry+https://example.org/index"
checksum = "22"

[[package]]
name = "serde"
version = "1.0.1"
source = "registry+https://example.org/index"
checksum = "33"
"""

    @pytest.fixture
    def locked(self, tmp_path: Path) -> Project:
        project = Project(tmp_path / "locked")
        project.released({**WORKSPACE, "Cargo.lock": self.LOCK})
        return project

    def after(self, project: Project, old: str, new: str) -> dict[str, str]:
        assert old in self.LOCK
        project.repository.commit("Update", {"Cargo.lock": self.LOCK.replace(old, new)})
        return versions(project.plan())

    def test_a_shared_dependency_ships_all_of_them(self, locked: Project) -> None:
        shipped = self.after(locked, '"1.0.1"', '"1.0.2"')
        assert set(shipped) == {"crate:core-lib", "crate:app-lib", "wheel:my-py"}
        plan = locked.plan()
        assert reasons(plan, "crate:core-lib") == ("serde 1.0.1 → 1.0.2 in Cargo.lock",)
        assert reasons(plan, "wheel:my-py")[0] == "serde 1.0.1 → 1.0.2 in Cargo.lock"

    def test_one_members_dependency_ships_that_member(self, locked: Project) -> None:
        assert self.after(locked, '"0.4.1"', '"0.4.2"') == {"crate:app-lib": "0.1.1"}

    def test_a_dev_dependency_ships_nothing(self, locked: Project) -> None:
        assert self.after(locked, '"0.8.0"', '"0.8.5"') == {}

    def test_a_comment_ships_nothing(self, locked: Project) -> None:
        assert self.after(locked, "version = 4", "# comment\nversion = 4") == {}

    def test_the_members_own_versions_ship_nothing(self, locked: Project) -> None:
        assert (
            self.after(locked, 'core-lib"\nversion = "0.3.0"', 'core-lib"\nversion = "0.3.1"') == {}
        )

    def test_what_the_lock_does_not_take_up_of_a_replacement_ships_nothing(
        self, locked: Project
    ) -> None:
        root = WORKSPACE["Cargo.toml"]
        patch = '[patch.crates-io]\nunused = { git = "https://example.org/unused" }\n'
        locked.repository.commit("Replace", {"Cargo.toml": f"{root}{patch}"})
        assert versions(locked.plan()) == {}

    @pytest.mark.parametrize(
        ("override", "shipped"),
        [
            ("serde", ["wheel:my-py"]),
            ('"serde@1.0.1"', ["wheel:my-py"]),
            ('"*"', ["wheel:my-py"]),
            # Only the other crate has it, and crates are compiled by whoever uses them.
            ("log", []),
            ("rand", []),
        ],
    )
    def test_a_profile_of_one_dependency_ships_what_is_built_from_it(
        self, locked: Project, override: str, shipped: list[str]
    ) -> None:
        root = WORKSPACE["Cargo.toml"]
        profile = f"[profile.release.package.{override}]\nopt-level = 3\n"
        locked.repository.commit("Tune", {"Cargo.toml": f"{root}{profile}"})
        assert list(versions(locked.plan())) == shipped

    def test_what_only_its_target_ties_to_a_crate_follows_its_lock(self, locked: Project) -> None:
        follower = replace(
            WHEEL,
            id="wheel:notes",
            name="notes",
            address="notes:notes",
            crate_directory=None,
            pyproject="notes/pyproject.toml",
            depends_on=("crate:app-lib",),
        )
        locked.packages = (*locked.packages, follower)
        locked.repository.tag("notes-v0.3.0", 1)
        assert self.after(locked, '"0.4.1"', '"0.4.2"') == {
            "crate:app-lib": "0.1.1",
            "wheel:notes": "0.3.1",
        }

    def test_a_lock_that_was_not_there_before_ships_nothing(self, project: Project) -> None:
        project.repository.commit("Lock", {"Cargo.lock": self.LOCK})
        assert versions(project.plan()) == {}


class TestUnpublishedParts:
    """Crates that are no packages of their own are part of those that are."""

    def test_an_internal_crates_manifest_ships_who_is_built_from_it(self, tmp_path: Path) -> None:
        wheel = replace(WHEEL, depends_on=())
        project = Project(tmp_path / "repository", packages=(wheel,))
        project.released()
        manifest = WORKSPACE["crates/core/Cargo.toml"]
        assert manifest is not None
        project.repository.commit("Change", {"crates/core/Cargo.toml": manifest + 'itoa = "1"\n'})
        assert versions(project.plan()) == {"wheel:my-py": "0.3.1"}


class TestDefaultBumpNone:
    """With `default_bump = "none"` a change alone releases nothing."""

    @pytest.fixture
    def quiet(self, tmp_path: Path) -> Project:
        project = Project(tmp_path / "quiet", options=PlanOptions(default_bump="none"))
        project.released()
        return project

    def test_a_change_without_a_trailer_is_held_and_said(self, quiet: Project) -> None:
        quiet.repository.commit("Mend", {"crates/core/src/lib.rs": LIB})
        plan = quiet.plan()
        assert versions(plan) == {}
        held = next(held for held in plan.held if held.id == "crate:core-lib")
        assert "no trailer asks for a release" in held.reasons[0]

    def test_a_trailer_releases_and_cascades_a_patch(self, quiet: Project) -> None:
        quiet.repository.commit("Add\n\nrelease: minor", {"crates/core/src/lib.rs": LIB})
        assert versions(quiet.plan()) == {
            "crate:core-lib": "0.4.0",
            "crate:app-lib": "0.1.1",
            "wheel:my-py": "0.3.1",
        }


def test_publish_order_is_stable_and_topological(tmp_path: Path) -> None:
    project = Project(tmp_path / "repository")
    project.released()
    project.repository.commit("Mend", {"crates/core/src/lib.rs": LIB})
    assert list(versions(project.plan())) == ["crate:core-lib", "crate:app-lib", "wheel:my-py"]
    project.packages = tuple(reversed(PACKAGES))
    assert list(versions(project.plan())) == ["crate:core-lib", "crate:app-lib", "wheel:my-py"]


def test_wheels_first_lets_no_wheel_wait_for_a_crate(tmp_path: Path) -> None:
    project = Project(tmp_path / "repository", options=PlanOptions(order="wheels-first"))
    project.released()
    project.repository.commit("Mend", {"crates/core/src/lib.rs": LIB})
    plan = project.plan()
    assert list(versions(plan)) == ["wheel:my-py", "crate:core-lib", "crate:app-lib"]
    assert plan.package("wheel:my-py").depends_on == ()


def test_a_circle_is_refused(tmp_path: Path) -> None:
    circle = (replace(CORE, depends_on=("crate:app-lib",)), APP, WHEEL)
    project = Project(tmp_path / "repository", packages=circle)
    project.released()
    with pytest.raises(CratewheelError) as raised:
        project.plan()
    assert raised.value.codes == ("CW-PLAN-CYCLE",)
    assert "crate:app-lib → crate:core-lib → crate:app-lib" in str(raised.value)


@pytest.mark.parametrize(
    "path", ["Cargo.toml", "crates/core/Cargo.toml", "bindings/pyproject.toml"]
)
def test_a_manifest_that_cannot_be_read_is_no_traceback_here(project: Project, path: str) -> None:
    project.repository.commit("Break", {path: "[package\n", "bindings/src/lib.rs": "1"})
    assert "wheel:my-py" in versions(project.plan())

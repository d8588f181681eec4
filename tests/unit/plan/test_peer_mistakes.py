"""Mistakes that the closest peer made and documented: each with a history that brings it about.

The numbers are those of the peer's own issues; the second class holds faults that it still had when
it was looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Optional

import pytest
import tomli
from release_project import APP, CORE, PACKAGES, WHEEL, WORKSPACE, Project, facts, versions

from cratewheel.cargo.model import load_cargo_model
from cratewheel.errors import CratewheelError
from cratewheel.plan.compute import manifest_plan
from cratewheel.plan.inputs import PlanOptions, PublishedVersion, RegistryFacts
from cratewheel.plan.model import Plan, dumps, loads
from cratewheel.plan.package import RowSpec
from cratewheel.stamping.stamp import stamp

CORE_FILE = "crates/core/src/lib.rs"
APP_FILE = "crates/app/src/lib.rs"
WHEEL_FILE = "bindings/src/lib.rs"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "repository")
    project.released()
    return project


def stamped(
    plan: Plan, files: Mapping[str, Optional[str]] = WORKSPACE, package_id: Optional[str] = None
) -> dict[str, str]:
    contents = {path: content.encode() for path, content in files.items() if content is not None}
    changed = stamp(contents, plan, load_cargo_model(contents), package_id=package_id)
    return {path: content.decode() for path, content in {**contents, **changed}.items()}


class TestDocumented:
    """What the peer wrote down and mended."""

    def test_126_packages_that_shipped_do_not_ship_with_others(self, project: Project) -> None:
        shipped = project.repository.commit("Core", {CORE_FILE: "1"})
        for tag in ("core-lib-v0.3.1", "app-lib-v0.1.1", "my-py-v0.3.1"):
            project.repository.tag(tag, shipped)
        project.repository.commit("App", {APP_FILE: "1"})
        assert versions(project.plan()) == {"crate:app-lib": "0.1.2"}

    def test_76_a_trailer_on_the_tip_of_a_merged_branch_counts(self, project: Project) -> None:
        tip = project.repository.commit(
            "Tip\n\nrelease: minor", {APP_FILE: "1"}, branch="topic", start=1
        )
        project.repository.commit("Merge topic", {APP_FILE: "1"}, merge=[tip])
        assert versions(project.plan()) == {"crate:app-lib": "0.2.0"}

    def test_261_a_commit_on_top_does_not_lose_the_trailer(self, project: Project) -> None:
        project.repository.commit("Add\n\nrelease: minor", {APP_FILE: "1"})
        project.repository.commit("Synthetic commit of a workflow", {"dist.txt": "1"})
        assert versions(project.plan()) == {"crate:app-lib": "0.2.0"}

    def test_436_after_a_full_release_there_is_nothing_to_do(self, project: Project) -> None:
        project.repository.commit("Core", {CORE_FILE: "1"})
        for package in project.plan().packages:
            assert package.tag is not None
            project.repository.git("tag", package.tag)
        # A floating tag that moves is nobody's release.
        project.repository.git("tag", "v1")
        assert project.plan().packages == ()

    def test_607_files_of_a_tagged_commit_alone_are_no_deletions(self, tmp_path: Path) -> None:
        project = Project(tmp_path / "built", tags="all")
        begin = project.repository.commit("Begin", WORKSPACE)
        built = project.repository.commit(
            "Built", {"bindings/generated.rs": "1"}, branch="tags", start=begin
        )
        for package in project.packages:
            project.repository.tag(f"{package.name}-v{package.version}", built)
        project.repository.commit("Docs", {"docs/index.md": "1"})
        assert project.plan().packages == ()

    def test_276_a_wheel_is_built_at_the_plans_version(self, project: Project) -> None:
        project.repository.commit("Wheel", {WHEEL_FILE: "1"})
        new = stamped(project.plan(), package_id="wheel:my-py")
        assert tomli.loads(new["bindings/Cargo.toml"])["package"]["version"] == "0.3.1"

    def test_333_a_static_version_is_stamped_too(self, project: Project) -> None:
        project.repository.commit("Wheel", {WHEEL_FILE: "1"})
        static = '[project]\nname = "my-py"\nversion = "0.3.0"\n'
        new = stamped(project.plan(), {**WORKSPACE, "bindings/pyproject.toml": static})
        assert tomli.loads(new["bindings/pyproject.toml"])["project"]["version"] == "0.3.1"

    def test_428_639_inherited_versions_and_nobody_elses(self, project: Project) -> None:
        project.repository.commit("Wheel", {WHEEL_FILE: "1"})
        root = WORKSPACE["Cargo.toml"]
        manifest = WORKSPACE["bindings/Cargo.toml"]
        assert root is not None and manifest is not None
        files = {
            **WORKSPACE,
            "Cargo.toml": f'[workspace.package]\nedition = "2021"\nversion = "0.3.0"\n\n{root}'
            '\n[workspace.dependencies.pyo3]\nversion = "0.22.0"\n',
            "bindings/Cargo.toml": manifest.replace(
                'version = "0.3.0"', "version.workspace = true", 1
            ),
        }
        new = tomli.loads(stamped(project.plan(), files)["Cargo.toml"])["workspace"]
        assert new["package"]["version"] == "0.3.1"
        assert new["dependencies"]["pyo3"]["version"] == "0.22.0"

    def test_621_374_366_every_crate_in_a_wheel_has_its_own_version(self, project: Project) -> None:
        project.repository.commit("Core\n\nrelease: major", {CORE_FILE: "1"})
        new = stamped(project.plan(), package_id="wheel:my-py")
        assert tomli.loads(new["crates/core/Cargo.toml"])["package"]["version"] == "1.0.0"
        binding = tomli.loads(new["bindings/Cargo.toml"])
        assert binding["package"]["version"] == "0.3.1"
        assert binding["dependencies"]["core-lib"]["version"] == "1.0.0"

    def test_401_244_no_two_jobs_of_a_plan_have_one_artifact(self, tmp_path: Path) -> None:
        prefixed = replace(WHEEL, id="wheel:my-py-extras", name="my-py-extras", pyproject=None)
        project = Project(tmp_path / "names", packages=(*PACKAGES, prefixed))
        project.repository.commit("Begin", WORKSPACE)
        plan = project.plan()
        names = [row.artifact_name for row in plan.matrix]
        files = [file.filename for package in plan.packages for file in package.files]
        assert len(set(names)) == len(names) and len(set(files)) == len(files)

    def test_230_artifact_names_hold_no_character_that_uploads_refuse(self) -> None:
        row = RowSpec(kind="wheel", target="x86_64-unknown-linux-gnu")
        (planned,) = manifest_plan([replace(WHEEL, name="a.b_c-d", rows=(row,))]).matrix
        assert not set('\\/:<>|*?"') & set(planned.artifact_name)

    def test_407_410_published_but_untagged_goes_on(self, tmp_path: Path) -> None:
        project = Project(tmp_path / "untagged")
        project.released(tags=["core-lib-v0.3.0", "my-py-v0.3.0"])
        project.registry = {"crate:app-lib": facts("0.1.0", commit="0" * 40)}
        assert versions(project.plan()) == {"crate:app-lib": "0.1.1"}


class TestStillThere:
    """What was still wrong there, by its number in our notes."""

    def test_1_a_minor_bump_leaves_no_requirement_behind(self, project: Project) -> None:
        project.repository.commit("Core\n\nrelease: minor", {CORE_FILE: "1"})
        new = stamped(project.plan(), package_id="crate:app-lib")
        app = tomli.loads(new["crates/app/Cargo.toml"])
        assert app["dependencies"]["core-lib"]["version"] == "0.4.0"

    def test_5_what_is_live_from_an_earlier_commit_is_not_taken_for_this_one(
        self, project: Project
    ) -> None:
        project.repository.commit("App", {APP_FILE: "1"})
        project.repository.write()
        earlier = project.repository.git("rev-parse", "HEAD").strip()
        project.repository.commit("More", {APP_FILE: "2"})
        project.registry = {"crate:app-lib": facts("0.1.0", "0.1.1", commit=earlier)}
        plan = project.plan()
        assert versions(plan) == {"crate:app-lib": "0.1.2"}
        assert plan.package("crate:app-lib").verdict == "PUBLISH"

    def test_6_a_retry_does_not_split_the_version_lines(self, project: Project) -> None:
        released = project.repository.commit(
            "Add\n\nrelease: minor [core-lib, my-py]", {CORE_FILE: "1"}
        )
        project.repository.tag("core-lib-v0.4.0", released)
        project.repository.commit("Mend the release job", {".github/release.yml": "1"})
        assert versions(project.plan())["wheel:my-py"] == "0.4.0"

    @pytest.mark.parametrize(
        ("trailer", "code"),
        [
            ("release: mayor", "CW-TRAILER-MALFORMED"),
            ("release: minor [core-lbi]", "CW-TRAILER-UNKNOWN-PACKAGE"),
        ],
    )
    def test_7_a_slip_is_never_a_patch(self, project: Project, trailer: str, code: str) -> None:
        project.repository.commit(f"Core\n\n{trailer}", {CORE_FILE: "1"})
        with pytest.raises(CratewheelError) as raised:
            project.plan()
        assert raised.value.codes == (code,)

    def test_8_a_release_with_files_missing_is_not_done(self, project: Project) -> None:
        project.repository.commit("Wheel", {WHEEL_FILE: "1"})
        project.repository.write()
        head = project.repository.git("rev-parse", "HEAD").strip()
        part = PublishedVersion("0.3.1", head, ("my_py-0.3.1.tar.gz",))
        project.registry = {"wheel:my-py": RegistryFacts((part,))}
        planned = project.plan().package("wheel:my-py")
        assert (planned.version, planned.verdict) == ("0.3.1", "PUBLISH")

    def test_12_single_quotes_and_dotted_keys_are_stamped(self, project: Project) -> None:
        project.repository.commit("Core\n\nrelease: minor", {CORE_FILE: "1"})
        files = {
            **WORKSPACE,
            "crates/core/Cargo.toml": "package.name = 'core-lib'\npackage.version = '0.3.0'\n",
            "crates/app/Cargo.toml": "[package]\nname = 'app-lib'\nversion = '0.1.0'\n"
            "[dependencies]\npathfinder = '0.3'\ncore-lib.version = '=0.3.0'\n"
            "core-lib.path = '../core'\n",
        }
        new = stamped(project.plan(), files)
        assert new["crates/core/Cargo.toml"].endswith("package.version = '0.4.0'\n")
        assert "core-lib.version = '=0.4.0'" in new["crates/app/Cargo.toml"]
        assert "pathfinder = '0.3'" in new["crates/app/Cargo.toml"]

    def test_14_tags_pushed_meanwhile_do_not_change_a_frozen_plan(self, project: Project) -> None:
        project.repository.commit("Core", {CORE_FILE: "1"})
        plan = project.plan()
        text = dumps(plan)
        project.repository.git("tag", "core-lib-v0.9.0")
        assert versions(project.plan())["crate:app-lib"] == "0.1.1"
        assert loads(text, place="plan.json") == plan

    def test_16_nothing_is_published_backwards(self, project: Project) -> None:
        project.repository.commit("App", {APP_FILE: "1"})
        project.registry = {"crate:app-lib": facts("0.1.0", "0.7.0")}
        assert versions(project.plan()) == {"crate:app-lib": "0.7.1"}

    def test_17_tag_formats_that_collide_are_refused_before_anything(self, tmp_path: Path) -> None:
        same = tuple(replace(package, tag_format="v{version}") for package in (CORE, APP))
        project = Project(tmp_path / "same", packages=same)
        project.repository.commit("Begin", WORKSPACE)
        with pytest.raises(CratewheelError) as raised:
            project.plan()
        assert raised.value.codes == ("CW-TAG-COLLISION",)

    def test_skipping_is_no_postponing_and_lists_are_obeyed(self, project: Project) -> None:
        project.repository.commit(
            "Both\n\nrelease: skip [app-lib]", {APP_FILE: "1", WHEEL_FILE: "1"}
        )
        assert versions(project.plan()) == {"wheel:my-py": "0.3.1"}

    def test_a_forced_package_takes_its_dependents_along(self, project: Project) -> None:
        project.options = PlanOptions(release=("core-lib@patch",))
        assert set(versions(project.plan())) == {package.id for package in PACKAGES}

"""What a plan makes of an earlier release that was killed, by its record and what the registries have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Optional

import pytest
from release_project import WORKSPACE, Project, versions

from cratewheel.plan import model
from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.plan.model import Plan
from cratewheel.plan.readiness import findings_for_real_release, unfinished_findings
from cratewheel.plan.select import selected
from cratewheel.records.values import Attempt, RecordedPackage, ReleaseRecord

CORE_FILE = "crates/core/src/lib.rs"
CORE = "crate:core-lib"
WHEEL = "wheel:my-py"
SDIST, ABI3 = "my_py-0.3.1.tar.gz", "my_py-0.3.1-cp39-abi3-manylinux_2_28_x86_64.whl"


def record(
    commit: str, *more: Attempt, abandoned: bool = False, run: str = ""
) -> tuple[ReleaseRecord, ...]:
    """The records of a release of the crate and the wheel."""
    attempt = Attempt(
        commit,
        (
            RecordedPackage(CORE, "0.3.1", "core-lib-v0.3.1", {"core-lib-0.3.1.crate": "c0"}),
            RecordedPackage(WHEEL, "0.3.1", "my-py-v0.3.1", {SDIST: "5d", ABI3: "a3"}),
        ),
        abandoned,
        run,
    )
    return tuple(
        ReleaseRecord(tag, "0" * 40, (attempt, *more))
        for tag in ("core-lib-v0.3.1", "my-py-v0.3.1")
    )


def crate(sha256: str = "c0", commit: Optional[str] = None) -> RegistryFacts:
    return RegistryFacts(
        (
            PublishedVersion("0.3.0", None, ("core-lib-0.3.0.crate",)),
            PublishedVersion("0.3.1", commit, ("core-lib-0.3.1.crate",), hashes=(sha256,)),
        )
    )


def wheel(**files: str) -> RegistryFacts:
    return RegistryFacts(
        (PublishedVersion("0.3.1", None, tuple(files), hashes=tuple(files.values())),)
    )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "repository")
    project.released()
    return project


@pytest.fixture
def begun(project: Project) -> str:
    """The commit of a release that was begun."""
    project.repository.commit("Core", {CORE_FILE: "1"})
    project.repository.write()
    return project.repository.git("rev-parse", "HEAD").strip()


def planned(project: Project, records: tuple[ReleaseRecord, ...]) -> Plan:
    project.records = records
    return project.plan()


class TestFromTheSameCommit:
    def test_without_a_record_the_version_is_taken(self, project: Project, begun: str) -> None:
        project.registry = {CORE: crate()}
        assert versions(planned(project, ()))[CORE] == "0.3.2"

    def test_with_its_record_the_release_goes_on(self, project: Project, begun: str) -> None:
        project.registry = {CORE: crate()}
        plan = planned(project, record(begun))
        assert (plan.package(CORE).version, plan.package(CORE).verdict) == ("0.3.1", "DONE")
        assert plan.package(WHEEL).version == "0.3.1"
        assert plan.unfinished == ()
        assert findings_for_real_release(plan) == ()

    def test_equal_version_strings_prove_nothing(self, project: Project, begun: str) -> None:
        project.registry = {CORE: crate(sha256="other")}
        assert versions(planned(project, record(begun)))[CORE] == "0.3.2"

    def test_what_the_record_says_of_the_bytes_goes_before_where_the_job_ran(
        self, project: Project, begun: str
    ) -> None:
        project.registry = {CORE: crate(commit="f" * 40)}
        assert versions(planned(project, record(begun)))[CORE] == "0.3.1"


class TestFromALaterCommit:
    @pytest.fixture(autouse=True)
    def _moved_on(self, project: Project, begun: str) -> None:
        project.repository.commit("Core again", {CORE_FILE: "2"})

    def test_it_says_which_release_is_half_done_and_both_ways_on(
        self, project: Project, begun: str
    ) -> None:
        project.registry = {CORE: crate(), WHEEL: wheel(**{SDIST: "5d"})}
        plan = planned(project, record(begun))
        (unfinished,) = plan.unfinished
        assert unfinished.commit == begun
        assert set(unfinished.live) == {"core-lib-0.3.1.crate", SDIST}
        assert unfinished.missing == (ABI3,)
        (finding,) = findings_for_real_release(plan)
        assert finding.code == "CW-RELEASE-UNFINISHED"
        assert f"git checkout {begun[:12]}" in finding.mend
        assert "--cratewheel-plan=refs/cratewheel/releases/core-lib-v0.3.1" in finding.mend
        assert "release-repair --abandon" in finding.mend
        assert any("half done" in note for note in plan.notes)

    def test_the_run_that_has_the_files_is_the_first_way_on(
        self, project: Project, begun: str
    ) -> None:
        project.registry = {CORE: crate()}
        run = "https://github.com/octo/demo/actions/runs/7"
        (finding,) = unfinished_findings(planned(project, record(begun, run=run)))
        assert finding.mend.startswith(f"re-run the failed jobs of {run}")
        assert "release-repair --abandon" in finding.mend

    def test_what_is_only_not_tagged_is_mended_by_a_repair(
        self, project: Project, begun: str
    ) -> None:
        project.registry = {CORE: crate(), WHEEL: wheel(**{SDIST: "5d", ABI3: "a3"})}
        (finding,) = findings_for_real_release(planned(project, record(begun)))
        assert "live and not tagged" in finding.message
        assert finding.mend == "`pants release-repair ::` tags it"

    def test_abandoned_it_is_stepped_over(self, project: Project, begun: str) -> None:
        project.registry = {CORE: crate(), WHEEL: wheel(**{SDIST: "5d"})}
        plan = planned(project, record(begun, abandoned=True))
        assert plan.unfinished == ()
        assert findings_for_real_release(plan) == ()
        assert versions(plan)[CORE] == "0.3.2"
        assert versions(plan)[WHEEL] == "0.3.2"

    def test_of_which_nothing_is_live_it_is_forgotten(self, project: Project, begun: str) -> None:
        project.registry = {CORE: RegistryFacts(()), WHEEL: RegistryFacts(())}
        plan = planned(project, record(begun))
        assert plan.unfinished == ()
        assert versions(plan)[CORE] == "0.3.1"

    def test_an_earlier_attempt_is_recognised_behind_a_later_one(
        self, project: Project, begun: str
    ) -> None:
        project.registry = {CORE: crate()}
        later = Attempt(
            "1" * 40, (RecordedPackage(CORE, "0.3.1", "core-lib-v0.3.1", {"x": "other"}),)
        )
        earlier = record(begun)[0].last
        both = (ReleaseRecord("core-lib-v0.3.1", "0" * 40, (later, earlier)),)
        (unfinished,) = planned(project, both).unfinished
        assert unfinished.commit == begun

    def test_other_packages_may_go_on(self, project: Project, begun: str) -> None:
        project.registry = {CORE: crate()}
        plan = planned(project, record(begun))
        others = replace(plan, packages=tuple(each for each in plan.packages if each.id != CORE))
        assert findings_for_real_release(others) == ()

    def test_a_frozen_and_a_narrowed_plan_still_know(self, project: Project, begun: str) -> None:
        project.registry = {CORE: crate()}
        plan = planned(project, record(begun))
        again = model.loads(model.dumps(plan), place="plan")
        assert again == plan
        address = plan.package(CORE).address
        assert findings_for_real_release(selected(again, [address])) != ()


def test_a_first_release_that_was_killed_is_not_taken_for_a_clone_without_tags(
    tmp_path: Path,
) -> None:
    project = Project(tmp_path / "repository")
    project.repository.commit("Begin", WORKSPACE)
    project.repository.write()
    begun = project.repository.git("rev-parse", "HEAD").strip()
    project.repository.commit("Core", {CORE_FILE: "1"})
    (_, first) = crate().versions or ()
    project.registry = {CORE: RegistryFacts((first,))}
    recorded = record(begun)
    (unfinished,) = planned(project, recorded).unfinished
    assert unfinished.packages == (CORE,)

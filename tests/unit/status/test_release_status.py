"""What is said of packages whose tags, registries and records do not agree."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Optional

import pytest

from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.plan.model import Plan, PlannedFile, PlannedPackage
from cratewheel.plan.package import ReleasePackage
from cratewheel.records.values import Attempt, RecordedPackage, ReleaseRecord
from cratewheel.rehearsal_files import RehearsedFile
from cratewheel.release_tags import Tags
from cratewheel.status.compare import compare, highest_tagged
from cratewheel.status.rehearsed import rehearsed_status
from cratewheel.status.render import render_text
from cratewheel.status.values import Deviation, PackageStatus, Status, dumps
from cratewheel.status.view import Evidence

OURS, OTHER = "a" * 40, "b" * 40
CRATE = ReleasePackage("crate:core", "core", "crate", "core:core", "crates.io", "1.0.0")
WHEEL = ReleasePackage("wheel:py", "py", "wheel", "py:py", "PyPI", "1.0.0")


def live(
    *versions: str, commit: Optional[str] = None, files: Optional[Mapping[str, str]] = None
) -> RegistryFacts:
    """A registry that has versions with the same files."""
    found = files or {"file": "f1"}
    return RegistryFacts(
        tuple(
            PublishedVersion(
                version,
                commit,
                tuple(found),
                hashes=tuple(found.values()),
                evidence="the registry's word" if commit else "",
            )
            for version in versions
        )
    )


def record(
    tag: str,
    *packages: RecordedPackage,
    commit: str = OURS,
    abandoned: bool = False,
) -> ReleaseRecord:
    return ReleaseRecord(tag, "0" * 40, (Attempt(commit, packages, abandoned),))


def of_crate(**files: str) -> RecordedPackage:
    return RecordedPackage("crate:core", "1.1.0", "core-v1.1.0", files or {"file": "f1"})


def status(
    facts: RegistryFacts,
    here: Mapping[str, str],
    on_remote: Optional[Mapping[str, str]] = None,
    *records: ReleaseRecord,
    plan: Optional[Plan] = None,
) -> PackageStatus:
    """The status of the crate."""
    tags = Tags(here, here if on_remote is None else on_remote)
    (found,) = compare([CRATE], Evidence("origin", tags, records, {"crate:core": facts}, plan))
    return found


def deviation(found: PackageStatus) -> Deviation:
    (only,) = found.deviations
    return only


TAGGED = {"core-v1.0.0": OURS}


class TestInStep:
    def test_what_is_live_and_tagged(self) -> None:
        found = status(live("1.0.0"), TAGGED)
        assert (found.published, found.tag, found.commit) == ("1.0.0", "core-v1.0.0", OURS)
        assert found.deviations == ()

    def test_what_was_never_released(self) -> None:
        found = status(RegistryFacts(()), {})
        assert (found.published, found.tag, found.deviations) == (None, None, ())

    def test_the_past_is_not_held_against_a_project(self) -> None:
        assert status(live("0.1.0", "0.2.0", "1.0.0"), TAGGED).deviations == ()

    def test_a_commit_that_agrees(self) -> None:
        assert status(live("1.0.0", commit=OURS), TAGGED).deviations == ()

    def test_what_was_given_up(self) -> None:
        given_up = record("core-v1.1.0", of_crate(file="f1", more="f2"), abandoned=True)
        found = status(live("1.0.0", "1.1.0"), TAGGED, None, given_up)
        assert found.deviations == ()
        assert found.abandoned == ("1.1.0",)


class TestOutOfStep:
    def test_live_without_a_tag_and_without_a_proof(self) -> None:
        found = deviation(status(live("1.0.0", "1.1.0"), TAGGED))
        assert (found.kind, found.version, found.tag) == ("untagged", "1.1.0", "core-v1.1.0")
        assert found.commit is None
        assert "--commit=crate:core@1.1.0=COMMIT" in found.mend

    def test_live_without_any_tag(self) -> None:
        assert deviation(status(live("0.9.0", "1.0.0"), {})).version == "1.0.0"

    def test_live_without_a_tag_and_the_registry_knows_the_commit(self) -> None:
        found = deviation(status(live("1.1.0", commit=OTHER), {}))
        assert (found.kind, found.commit) == ("untagged", OTHER)
        assert found.evidence == "the registry's word"

    def test_live_without_a_tag_and_the_record_knows_the_commit(self) -> None:
        found = deviation(
            status(live("1.0.0", "1.1.0"), TAGGED, None, record("core-v1.1.0", of_crate()))
        )
        assert (found.kind, found.commit) == ("untagged", OURS)
        assert found.evidence == "the release record"

    def test_a_record_of_other_bytes_proves_nothing(self) -> None:
        recorded = record("core-v1.1.0", of_crate(file="other"))
        assert deviation(status(live("1.1.0"), {}, None, recorded)).commit is None

    def test_half_a_set(self) -> None:
        recorded = record("core-v1.1.0", of_crate(file="f1", second="f2"))
        found = deviation(status(live("1.0.0", "1.1.0"), TAGGED, None, recorded))
        assert (found.kind, found.version) == ("partial", "1.1.0")
        assert "second is missing" in found.message
        assert "--cratewheel-plan=refs/cratewheel/releases/core-v1.1.0" in found.mend
        assert "--abandon" in found.mend

    def test_half_a_set_below_a_tag(self) -> None:
        recorded = record("core-v1.1.0", of_crate(file="f1", second="f2"))
        tags = {"core-v1.1.0": OURS}
        assert deviation(status(live("1.1.0"), tags, None, recorded)).kind == "partial"

    def test_half_of_what_a_plan_says(self) -> None:
        planned = PlannedPackage(
            "crate:core",
            "core",
            "core:core",
            "crate",
            "crates.io",
            "1.1.0",
            files=(PlannedFile("file"), PlannedFile("second")),
        )
        found = status(live("1.0.0", "1.1.0"), TAGGED, plan=Plan((planned,)))
        assert deviation(found).kind == "partial"
        assert found.planned is not None
        assert (found.planned.live, found.planned.waiting) == (("file",), ("second",))

    def test_a_tag_without_its_version(self) -> None:
        found = deviation(status(live("0.9.0"), TAGGED))
        assert (found.kind, found.tag) == ("unpublished", "core-v1.0.0")

    def test_a_tag_on_another_commit_than_was_published(self) -> None:
        found = deviation(status(live("1.0.0", commit=OTHER), TAGGED))
        assert found.kind == "contradicted"
        assert OTHER[:12] in found.message

    def test_a_tag_that_is_on_two_commits(self) -> None:
        found = deviation(status(live("1.0.0"), TAGGED, {"core-v1.0.0": OTHER}))
        assert found.kind == "contradicted"
        assert "here and on bbbbbbbbbbbb on origin" in found.message

    def test_a_tag_that_was_not_pushed(self) -> None:
        assert deviation(status(live("1.0.0"), TAGGED, {})).kind == "unpushed"

    def test_a_tag_that_was_not_fetched(self) -> None:
        assert deviation(status(live("1.0.0"), {}, TAGGED)).kind == "unfetched"

    def test_without_a_remote_nobody_asks_for_pushing(self) -> None:
        evidence = Evidence("origin", Tags(TAGGED, None), (), {"crate:core": live("1.0.0")})
        assert compare([CRATE], evidence)[0].deviations == ()

    def test_a_registry_that_does_not_answer_is_not_empty(self) -> None:
        assert deviation(status(RegistryFacts(None), TAGGED)).kind == "unreachable"
        refused = deviation(status(RegistryFacts(None, "401 Unauthorized"), TAGGED))
        assert refused.message == "crates.io gave no usable answer: 401 Unauthorized"


class TestSharedTags:
    PACKAGES = (
        replace(CRATE, version_group="both"),
        replace(WHEEL, version_group="both"),
    )

    def compared(self, **facts: RegistryFacts) -> list[list[str]]:
        by_id = {"crate:core": facts["crate"], "wheel:py": facts["wheel"]}
        found = compare(self.PACKAGES, Evidence("origin", Tags({}, {}), (), by_id))
        return [[each.kind for each in package.deviations] for package in found]

    def test_a_tag_is_not_due_before_all_that_share_it_are_live(self) -> None:
        both = self.compared(crate=live("1.0.0", commit=OURS), wheel=RegistryFacts(()))
        assert both == [["partial"], []]

    def test_it_is_when_all_are(self) -> None:
        both = self.compared(crate=live("1.0.0", commit=OURS), wheel=live("1.0.0"))
        assert both == [["untagged"], ["untagged"]]


def test_the_highest_tag_of_each_package_wherever_it_is() -> None:
    tags = Tags({"core-v1.0.0": OURS}, {"core-v1.2.0": OURS, "other": OURS})
    assert highest_tagged([CRATE, WHEEL], tags) == {"crate:core": "1.2.0"}


def test_a_rehearsal_shows_what_it_has() -> None:
    files = [RehearsedFile("crate", "core", "1.0.0", "core-1.0.0.crate", "f1")]
    found = rehearsed_status([CRATE, WHEEL], files, None, "dist/rehearsal")
    assert [each.published for each in found.packages] == ["1.0.0", None]
    assert found.in_step
    assert "This is the rehearsal in dist/rehearsal" in render_text(found)


class TestRendering:
    @pytest.fixture
    def found(self) -> Status:
        recorded = record("core-v1.1.0", of_crate(file="f1", second="f2"))
        crate = status(live("1.0.0", "1.1.0"), TAGGED, None, recorded)
        return Status("registries", (crate,), ("A note.",))

    def test_text_names_every_deviation_and_its_mend(self, found: Status) -> None:
        text = render_text(found)
        assert "crate:core  1.1.0 on crates.io  tag core-v1.0.0 on aaaaaaaaaaaa" in text
        assert "! partial: 1.1.0 is half published" in text
        assert "→ finish it: `git checkout aaaaaaaaaaaa`" in text
        assert text.endswith("1 of 1 packages is out of step.\nA note.\n")

    def test_json_has_the_same(self, found: Status) -> None:
        document = json.loads(dumps(found))
        assert document["schema"] == 1
        assert document["destination"] == "registries"
        assert document["packages"][0]["deviations"][0]["kind"] == "partial"

    def test_nothing_selected(self) -> None:
        assert "No package" in render_text(Status("registries", ()))

"""Which tags are to have a GitHub Release, and what is said of those that have none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.plan.package import ReleasePackage
from cratewheel.publishing.credentials import Endpoint
from cratewheel.publishing.due_releases import DueRelease, Looked
from cratewheel.records.values import Attempt, RecordedPackage, ReleaseRecord
from cratewheel.release_tags import Tags
from cratewheel.status.compare import compare
from cratewheel.status.due import due_releases, with_looked
from cratewheel.status.render import render_text
from cratewheel.status.values import Status
from cratewheel.status.view import Evidence

OURS, OTHER = "a" * 40, "b" * 40
TAG = "core-v1.0.0"
CRATE = ReleasePackage("crate:core", "core", "crate", "core:core", "crates.io", "1.0.0")
WHEEL = ReleasePackage("wheel:core", "core", "wheel", "py:core", "PyPI", "1.0.0")


def record(*packages: RecordedPackage, abandoned: bool = False) -> ReleaseRecord:
    return ReleaseRecord(packages[0].tag, "0" * 40, (Attempt(OURS, packages, abandoned),))


def recorded(package_id: str = "crate:core", tag: str = TAG, **files: str) -> RecordedPackage:
    return RecordedPackage(package_id, "1.0.0", tag, files or {"file": "f1"})


def live(commit: Optional[str] = None, **files: str) -> RegistryFacts:
    found = files or {"file": "f1"}
    version = PublishedVersion("1.0.0", commit, tuple(found), hashes=tuple(found.values()))
    return RegistryFacts((version,))


def evidence(
    *records: ReleaseRecord,
    tags: Mapping[str, str] = {TAG: OURS},
    **facts: RegistryFacts,
) -> Evidence:
    by_id = {f"{kind}:core": found for kind, found in facts.items()} or {"crate:core": live()}
    return Evidence("origin", Tags(tags, tags), records, by_id)


def due(found: Evidence, *packages: ReleasePackage) -> tuple[DueRelease, ...]:
    return due_releases(
        packages or (CRATE,), found, lambda each: Endpoint(each.kind, each.registry, "there", "")
    )


def test_a_recorded_release_that_is_live_and_tagged_is_due() -> None:
    (release,) = due(evidence(record(recorded())))
    assert (release.tag, release.commit) == (TAG, OURS)
    (package,) = release.packages
    assert (package.id, package.version, package.endpoint.address) == (
        "crate:core",
        "1.0.0",
        "there",
    )
    assert package.files == {"file": "f1"}


def test_one_whose_tag_is_still_to_be_healed_is_due_once_it_is() -> None:
    (release,) = due(evidence(record(recorded()), tags={}))
    assert (release.tag, release.commit) == (TAG, "")


def test_nothing_is_due_of_what_cratewheel_did_not_release() -> None:
    assert due(evidence()) == ()


def test_nothing_is_due_of_what_is_half_published() -> None:
    assert due(evidence(record(recorded(file="f1", second="f2")))) == ()


def test_nothing_is_due_of_what_was_given_up() -> None:
    assert due(evidence(record(recorded(), abandoned=True))) == ()


def test_nothing_is_due_where_the_tag_is_on_another_commit() -> None:
    assert due(evidence(record(recorded()), tags={TAG: OTHER})) == ()


def test_nothing_is_due_from_an_equal_version_string() -> None:
    assert due(evidence(record(recorded(file="another build")))) == ()


def test_what_the_registry_vouches_for_has_the_files_of_the_registry() -> None:
    found = evidence(record(recorded(file="another build")), crate=live(OURS))
    (release,) = due(found)
    assert release.packages[0].files == {"file": "f1"}


class TestSharedTags:
    PACKAGES = (
        ReleasePackage(**{**vars(CRATE), "version_group": "both"}),
        ReleasePackage(**{**vars(WHEEL), "version_group": "both"}),
    )
    RECORD = record(recorded(tag="v1.0.0"), recorded("wheel:core", "v1.0.0", wheel="w1"))

    def test_are_due_once_for_all_that_share_them(self) -> None:
        found = evidence(
            self.RECORD, tags={"v1.0.0": OURS}, crate=live(), wheel=live(None, wheel="w1")
        )
        (release,) = due(found, *self.PACKAGES)
        assert [each.id for each in release.packages] == ["crate:core", "wheel:core"]

    def test_wait_for_all_that_share_them(self) -> None:
        found = evidence(self.RECORD, tags={"v1.0.0": OURS}, crate=live(), wheel=RegistryFacts(()))
        assert due(found, *self.PACKAGES) == ()


def looked(*missing: str, silent: str = "") -> Status:
    found = evidence(record(recorded()))
    status = Status("registries", compare((CRATE,), found))
    assert status.in_step
    return with_looked(status, due(found), Looked(missing, silent))


def test_a_missing_release_is_out_of_step() -> None:
    shown = render_text(looked(TAG))
    assert "! unannounced: core-v1.0.0 has no GitHub Release" in shown
    assert "1 of 1 packages is out of step" in shown


def test_a_release_that_is_there_is_in_step() -> None:
    assert looked().in_step


def test_a_github_that_does_not_answer_is_said_and_no_release_is_missing() -> None:
    status = looked(silent="503 Service Unavailable")
    assert status.in_step
    assert "GitHub gave no usable answer: 503" in render_text(status)

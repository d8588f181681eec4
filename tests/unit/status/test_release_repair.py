"""Repairs, in real repositories with real remotes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import pytest
from made_repository import clone, commit, head, make_repository, tags_on_remote

from cratewheel.errors import CratewheelError, Finding
from cratewheel.git import Git
from cratewheel.records.store import publish_record, read_records, store_attempt
from cratewheel.records.values import Attempt, RecordedPackage
from cratewheel.status.repair import Decision, abandon, read_decision, repair
from cratewheel.status.values import Deviation, PackageStatus

TAG = "core-v1.0.0"


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return make_repository(tmp_path)


def package(
    kind: str, commit: Optional[str] = None, package_id: str = "crate:core", **more: Any
) -> PackageStatus:
    """A package with one deviation."""
    evidence = "the record" if commit else ""
    values = {"tag": TAG, "commit": commit, "evidence": evidence, **more}
    found = Deviation(kind, "1.0.0", "It is so.", "Mend it.", **values)
    return PackageStatus(package_id, "core", "core:core", "crates.io", deviations=(found,))


def mend(git: Git, *packages: PackageStatus, decisions: tuple[Decision, ...] = ()) -> list[str]:
    """The codes of what is left."""
    found = repair(git, packages, decisions, "origin", lambda line: None)
    return [finding.code for finding in found]


class TestMissingTags:
    def test_are_made_where_the_version_came_from_and_pushed(self, git: Git) -> None:
        released = head(git)
        commit(git, "Go on")
        assert mend(git, package("untagged", released)) == []
        assert tags_on_remote(git) == {TAG: released}
        assert git.run(["cat-file", "-t", TAG]) == b"tag\n"

    def test_are_not_made_from_an_equal_version_string(self, git: Git) -> None:
        assert mend(git, package("untagged")) == ["CW-PROVENANCE-UNKNOWN"]
        assert tags_on_remote(git) == {}

    def test_are_made_where_a_person_says_so(self, git: Git) -> None:
        said = Decision("crate:core", "1.0.0", "HEAD")
        assert mend(git, package("untagged"), decisions=(said,)) == []
        assert tags_on_remote(git) == {TAG: head(git)}

    def test_are_not_made_against_what_is_proven(self, git: Git) -> None:
        proven = head(git)
        commit(git, "Go on")
        said = Decision("crate:core", "1.0.0", "HEAD")
        with pytest.raises(CratewheelError) as caught:
            mend(git, package("untagged", proven), decisions=(said,))
        assert caught.value.codes == ("CW-PROVENANCE-CONTRADICTED",)
        assert tags_on_remote(git) == {}

    def test_are_not_made_on_a_commit_that_is_not_here(self, git: Git) -> None:
        assert mend(git, package("untagged", "f" * 40)) == ["CW-COMMIT-MISSING"]

    def test_that_are_shared_need_one_commit(self, git: Git) -> None:
        first = head(git)
        second = commit(git, "Go on")
        both = (package("untagged", first), package("untagged", second, "wheel:core"))
        assert mend(git, *both) == ["CW-PROVENANCE-CONTRADICTED"]

    def test_that_are_shared_are_made_once(self, git: Git) -> None:
        both = (package("untagged", head(git)), package("untagged", head(git), "wheel:core"))
        assert mend(git, *both) == []


@pytest.mark.parametrize(
    "decision",
    [
        Decision("crate:core", "1.0.0", "nonsense"),
        Decision("crate:core", "2.0.0", "HEAD"),
        Decision("crate:other", "1.0.0", "HEAD"),
    ],
)
def test_a_decision_about_nothing_changes_nothing(git: Git, decision: Decision) -> None:
    with pytest.raises(CratewheelError) as caught:
        mend(git, package("untagged", head(git)), decisions=(decision,))
    assert caught.value.codes == ("CW-REPAIR-OPTION",)
    assert tags_on_remote(git) == {}


def test_reading_a_decision() -> None:
    assert read_decision("crate:a-b@1.0.0-rc.1=HEAD~1") == Decision(
        "crate:a-b", "1.0.0-rc.1", "HEAD~1"
    )
    for text in ("crate:a", "crate:a=HEAD", "crate:a@1.0.0", "crate:a@1.0.0=", "@1=HEAD"):
        with pytest.raises(CratewheelError) as caught:
            read_decision(text)
        assert caught.value.codes == ("CW-REPAIR-OPTION",)


def test_a_tag_that_is_here_only_is_pushed(git: Git) -> None:
    git.run(["-c", "user.name=A", "-c", "user.email=a@b", "tag", "-a", TAG, "-m", "Release"])
    assert mend(git, package("unpushed", head(git))) == []
    assert tags_on_remote(git) == {TAG: head(git)}


def test_a_tag_that_is_elsewhere_only_is_fetched(git: Git, tmp_path: Path) -> None:
    other = clone(git, tmp_path / "other")
    mend(git, package("untagged", head(git)))
    assert mend(other, package("unfetched", head(git))) == []
    assert other.run(["rev-parse", f"{TAG}^{{commit}}"]) == git.run(["rev-parse", "HEAD"])


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("partial", "CW-RELEASE-UNFINISHED"),
        ("contradicted", "CW-PROVENANCE-CONTRADICTED"),
        ("unpublished", "CW-TAG-UNPUBLISHED"),
        ("unreachable", "CW-REGISTRY-UNREACHABLE"),
    ],
)
def test_what_no_tag_can_mend_is_left_and_said(git: Git, kind: str, code: str) -> None:
    assert mend(git, package(kind, head(git))) == [code]
    assert tags_on_remote(git) == {}


class TestGivingUp:
    @pytest.fixture
    def begun(self, git: Git) -> str:
        recorded = RecordedPackage("crate:core", "1.0.0", TAG, {"a": "1", "b": "2"})
        made = store_attempt(git, Attempt(head(git), (recorded,)), "the plan", [])
        assert publish_record(git, [TAG], made, {}, "origin") is None
        return made

    def test_is_noted_for_every_machine(self, git: Git, begun: str, tmp_path: Path) -> None:
        said: list[str] = []
        half = package("partial", head(git))
        assert abandon(git, [half], read_records(git), "origin", said.append) == ()
        assert said == [
            "crate:core 1.0.0: given up; what is live stays, and the next version moves past it"
        ]
        other = clone(git, tmp_path / "other")
        other.run(["fetch", "--quiet", "origin", "refs/cratewheel/*:refs/cratewheel/*"])
        (record,) = read_records(other)
        assert record.last.abandoned
        assert len(record.attempts) == 2

    def test_what_is_given_up_is_not_out_of_step_and_everything_else_is(
        self, git: Git, begun: str
    ) -> None:
        half, gone = package("partial", head(git)), package("unpublished", head(git))
        elsewhere = Finding("CW-RELEASE-UNFINISHED", "wheel:other 2.0.0", "of another selection")
        left = (*repair(git, [half, gone], [], "origin", print), elsewhere)
        assert len(left) == 3
        after = abandon(git, [half], read_records(git), "origin", print, left=left)
        assert [each.code for each in after] == ["CW-TAG-UNPUBLISHED", "CW-RELEASE-UNFINISHED"]
        assert after[1] is elsewhere

    def test_gives_up_nothing_where_nothing_is_half_done(self, git: Git, begun: str) -> None:
        said: list[str] = []
        whole = package("untagged", head(git))
        assert abandon(git, [whole], read_records(git), "origin", said.append) == ()
        assert said == ["there is no half-published release to give up"]
        assert not read_records(git)[0].last.abandoned

    def test_says_when_the_remote_does_not_take_it(
        self, git: Git, begun: str, tmp_path: Path
    ) -> None:
        records = read_records(git)
        git.run(["remote", "set-url", "origin", str(tmp_path / "gone.git")])
        (finding,) = abandon(git, [package("partial")], records, "origin", lambda line: None)
        assert finding.code == "CW-RECORD-NOT-PUSHED"
        assert not read_records(git)[0].last.abandoned

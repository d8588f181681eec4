"""What the doctor says of trailers before they are on the main branch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Optional

import pytest
from sick_repository import Sick

from cratewheel.doctor.release import last_release
from cratewheel.doctor.report import RELEASE
from cratewheel.history import Base, Commit, History
from cratewheel.plan.inputs import PlanOptions
from cratewheel.plan.package import ReleasePackage
from cratewheel.pull_request import PullRequest, read_event
from cratewheel.versions import parse_version

CORE = ReleasePackage("crate:demo-core", "demo-core", "crate", "core:core", "crates.io", "0.1.0")


def pull(body: str, title: str = "Say more") -> PullRequest:
    return PullRequest(7, title, body, "b" * 40)


def found(
    event: Optional[PullRequest] = None,
    commits: tuple[str, ...] = (),
    versioning: str = "trailers",
    plan: bool = True,
) -> list[tuple[str, str]]:
    """(code, place) of what is said of a branch with these messages, newest first."""
    made = []
    for at, message in enumerate(commits):
        parent = f"{at + 1}" * 40 if at + 1 < len(commits) else "b" * 40
        made.append(Commit(f"{at}" * 40, (parent,), message, ("core/src/lib.rs",)))
    base = Commit("b" * 40, (), "Base", ())
    sick = Sick()
    if not plan:
        sick.facts["plan"] = None
    sick.facts.update(
        event=event,
        names=(CORE,),
        plan_options=PlanOptions(versioning=versioning),
        history=History(head=(made or [base])[0].id, commits=(*made, base)),
    )
    diagnoses = sick.report().diagnoses
    assert all(each.area == RELEASE for each in diagnoses)
    return [(each.finding.code, each.finding.place) for each in diagnoses]


def test_a_pull_request_without_trailers_is_fine() -> None:
    assert found(pull("Some text.\r\n\r\nrelease: minor [demo-core]\r\n")) == []
    assert found(pull("")) == []
    assert found(None, ("Say more\n\nrelease: minor\n",)) == []


def test_a_trailer_that_nobody_understands() -> None:
    assert found(pull("Text.\n\nrelease: mnior")) == [
        ("CW-TRAILER-MALFORMED", "pull request, line 5")
    ]


def test_a_trailer_for_a_package_that_is_none() -> None:
    assert found(pull("Text.\n\nrelease: minor [demo]")) == [
        ("CW-TRAILER-UNKNOWN-PACKAGE", "pull request, line 5")
    ]


def test_a_trailer_that_is_not_among_the_last_lines() -> None:
    assert found(pull("release: minor\n\nAnd more text.")) == [
        ("CW-TRAILER-NOT-COUNTED", "pull request, line 3")
    ]
    assert found(None, ("Say more\n\nrelease: minor\n\nAnd more.\n",)) == [
        ("CW-TRAILER-NOT-COUNTED", "commit 0000000, line 3")
    ]


def test_trailers_are_read_even_where_no_plan_can_be_made() -> None:
    messages = ("Say more\n\nrelease: mnior\n",)
    assert found(None, messages) == []
    assert found(None, messages, plan=False) == [("CW-TRAILER-MALFORMED", "commit 0000000, line 3")]


def test_without_a_plan_the_squashed_message_alone_is_read() -> None:
    branch = ("Say more\n\nrelease: mnior\n",)
    assert found(pull("Text."), branch, plan=False) == []
    assert found(pull("Text.\n\nrelease: mnior"), branch, plan=False) == [
        ("CW-TRAILER-MALFORMED", "pull request, line 5")
    ]


def test_prose_about_a_release_is_no_trailer() -> None:
    assert found(pull("Release: the second one this year\n\nMore.")) == []


def test_a_trailer_of_the_branch_that_squashing_would_lose() -> None:
    branch = ("Say less\n", "Say more\n\nrelease: minor\n")
    assert found(pull("Text."), branch) == [("CW-TRAILER-LOST", "commit 1111111, line 3")]
    assert found(pull("Text.\n\nrelease: minor"), branch) == []


def test_trailers_mean_nothing_where_manifests_decide() -> None:
    assert found(pull("Text.\n\nrelease: mnior"), versioning="manifest") == []


def test_the_event_of_a_job_is_read(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    base = {"sha": "b" * 40}
    document = {"pull_request": {"number": 7, "title": "T", "body": None, "base": base}}
    file.write_text(json.dumps(document))
    assert read_event({"GITHUB_EVENT_PATH": str(file)}) == PullRequest(7, "T", "", "b" * 40)


def test_a_repository_that_does_not_squash_makes_no_message_of_a_description(
    tmp_path: Path,
) -> None:
    file = tmp_path / "event.json"
    base = {"sha": "b" * 40, "repo": {"allow_squash_merge": False}}
    file.write_text(json.dumps({"pull_request": {"number": 7, "title": "T", "base": base}}))
    assert read_event({"GITHUB_EVENT_PATH": str(file)}) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pull_request": {"number": "x"}}'])
def test_an_event_of_another_kind_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "event.json"
    file.write_text(text)
    assert read_event({"GITHUB_EVENT_PATH": str(file)}) is None
    assert read_event({"GITHUB_EVENT_PATH": str(tmp_path / "none")}) is None
    assert read_event({}) is None


def test_of_releases_on_merged_branches_the_one_that_was_merged_last_counts() -> None:
    version = parse_version("1.0.0")
    assert version is not None
    commits = (
        Commit("f" * 40, ("e" * 40, "d" * 40), "Merge", ()),
        Commit("e" * 40, ("b" * 40,), "", ()),
        Commit("d" * 40, ("a" * 40,), "", ()),
    )
    bases = {"crate:x": Base(version, "x", "a" * 40), "crate:y": Base(version, "y", "b" * 40)}
    assert last_release(History(head="f" * 40, commits=commits, bases=bases)) == "b" * 40


def test_the_last_release_is_the_newest_one() -> None:
    version = parse_version("1.0.0")
    assert version is not None
    commits = tuple(Commit(each * 40, (), "", ()) for each in "abc")
    bases = {"crate:x": Base(version, "x", "c" * 40), "crate:y": Base(version, "y", "b" * 40)}
    assert last_release(History(head="a" * 40, commits=commits, bases=bases)) == "b" * 40
    assert last_release(History(head="a" * 40, commits=commits)) is None
    assert last_release(History(head="c" * 40, bases=bases)) == "c" * 40
    assert last_release(None) is None

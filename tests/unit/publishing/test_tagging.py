"""Tags, in real repositories with real remotes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fake_clock import FakeClock
from made_repository import failing_hook, head, make_repository, tags_on_remote
from marked_secrets import secret

from cratewheel.errors import CratewheelError
from cratewheel.git import Git
from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.report import FAILED, PRESENT, UPLOADED, Entry
from cratewheel.publishing.tagging import tagged_elsewhere, tags_due
from cratewheel.release_tags import fetch_tag, make_tags, remote_address

CRATE = PlannedPackage(
    "crate:core", "core", "core:core", "crate", "crates.io", "1.0.0", tag="core-v1.0.0"
)
WHEEL = PlannedPackage("wheel:py", "py", "py:py", "wheel", "PyPI", "1.0.0", tag="py-v1.0.0")
READ_BACK = frozenset((CRATE.id, WHEEL.id))


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return make_repository(tmp_path)


def entry(package: PlannedPackage, status: str, filename: str = "file") -> Entry:
    return Entry(package.id, package.registry, package.version, filename, "00", status)


def test_a_package_is_not_tagged_before_its_registry_shows_it() -> None:
    assert tags_due([CRATE], [entry(CRATE, UPLOADED)], "abc", frozenset()) == ()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"https://robot:{secret('push')}@github.com/o/r.git", "https://github.com/o/r.git"),
        (f"https://{secret('push')}@github.com/o/r.git", "https://github.com/o/r.git"),
        ("https://github.com/o/r@2.git", "https://github.com/o/r@2.git"),
        ("git@github.com:o/r.git", "git@github.com:o/r.git"),
        ("ssh://git@github.com/o/r.git", "ssh://git@github.com/o/r.git"),
        ("../remote.git", "../remote.git"),
    ],
    # Names of tests stand in reports, where the secret itself would be found.
    ids=["password", "token", "at sign", "scp", "ssh", "path"],
)
def test_what_opens_a_remote_is_no_part_of_its_address(address: str, shown: str, git: Git) -> None:
    (Path(git.root) / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {address}\n')
    assert remote_address(git, "origin") == shown
    assert remote_address(git, "elsewhere") == ""


def test_a_package_is_tagged_when_every_file_of_it_is_live() -> None:
    entries = [
        entry(CRATE, UPLOADED),
        entry(WHEEL, PRESENT, "one.whl"),
        entry(WHEEL, FAILED, "two.whl"),
    ]
    assert tags_due([CRATE, WHEEL], entries, "abc", READ_BACK) == ("core-v1.0.0",)


def test_a_shared_tag_waits_for_all_that_share_it() -> None:
    shared = replace(WHEEL, tag=CRATE.tag)
    assert (
        tags_due([CRATE, shared], [entry(CRATE, UPLOADED), entry(shared, FAILED)], "abc", READ_BACK)
        == ()
    )
    live = [entry(CRATE, UPLOADED), entry(shared, PRESENT)]
    assert tags_due([CRATE, shared], live, "abc", READ_BACK) == ("core-v1.0.0",)


def test_what_another_commit_published_is_not_tagged_as_ours() -> None:
    theirs = replace(entry(CRATE, PRESENT), commit="def")
    assert tags_due([CRATE], [theirs], "abc", READ_BACK) == ()
    assert tags_due([CRATE], [replace(theirs, commit="abc")], "abc", READ_BACK) == ("core-v1.0.0",)


def test_tags_are_annotated_and_pushed_without_any_configuration(git: Git) -> None:
    said: list[str] = []
    assert make_tags(git, ["core-v1.0.0"], head(git), "origin", said.append) == ()
    assert git.run(["cat-file", "-t", "core-v1.0.0"]) == b"tag\n"
    assert "core-v1.0.0" in git.run(["ls-remote", "--tags", "origin"]).decode()
    assert said == ["tagged core-v1.0.0 and pushed it to origin"]
    # The same again changes nothing: what is there is left alone.
    assert make_tags(git, ["core-v1.0.0"], head(git), "origin", said.append) == ()


def test_a_push_that_fails_leaves_the_tag_and_says_how_to_push_it(git: Git, tmp_path: Path) -> None:
    git.run(["remote", "set-url", "origin", str(tmp_path / "gone.git")])
    clock = FakeClock()
    (finding,) = make_tags(git, ["core-v1.0.0"], head(git), "origin", print, clock)
    assert finding.code == "CW-TAG-NOT-PUSHED"
    assert "git push origin refs/tags/core-v1.0.0" in finding.mend
    assert git.run(["tag"]).decode().split() == ["core-v1.0.0"]


def test_a_push_is_tried_three_times(git: Git) -> None:
    said: list[str] = []
    failing_hook(git, times=2)
    assert make_tags(git, ["core-v1.0.0"], head(git), "origin", said.append, FakeClock()) == ()
    assert said[-1] == "tagged core-v1.0.0 and pushed it to origin"
    assert tags_on_remote(git) == {"core-v1.0.0": head(git)}
    failing_hook(git, times=3)
    (finding,) = make_tags(git, ["py-v1.0.0"], head(git), "origin", said.append, FakeClock())
    assert finding.code == "CW-TAG-NOT-PUSHED"
    assert "py-v1.0.0" not in tags_on_remote(git)


def test_a_remote_that_refuses_is_not_asked_again(git: Git) -> None:
    refusing = Path(git.root).parent / "remote.git" / "hooks" / "update"
    refusing.write_text("#!/bin/sh\necho 'tags are protected' >&2\nexit 1\n")
    refusing.chmod(0o755)
    said: list[str] = []
    (finding,) = make_tags(git, ["core-v1.0.0"], head(git), "origin", said.append, FakeClock())
    assert (finding.code, said) == ("CW-TAG-NOT-PUSHED", [])
    assert "tags are protected" in finding.message


def test_without_a_remote_the_tag_stays_here_and_that_is_said(git: Git) -> None:
    git.run(["remote", "remove", "origin"])
    said: list[str] = []
    assert make_tags(git, ["core-v1.0.0"], head(git), "origin", said.append) == ()
    assert said == ["tagged core-v1.0.0; there is no remote origin to push it to"]


def test_a_tag_on_another_commit_is_found_before_anything_is_uploaded(git: Git) -> None:
    make_tags(git, ["core-v1.0.0"], head(git), "origin", lambda line: None)
    assert tagged_elsewhere(git, [CRATE, WHEEL], head(git), "origin") == ()
    (finding,) = tagged_elsewhere(git, [CRATE, WHEEL], "0" * 40, "origin")
    assert (finding.code, finding.place) == ("CW-TAG-TAKEN", "core-v1.0.0")


def test_a_remote_that_cannot_be_asked_is_not_one_without_the_tag(git: Git, tmp_path: Path) -> None:
    git.run(["remote", "set-url", "origin", str(tmp_path / "gone.git")])
    with pytest.raises(CratewheelError) as caught:
        tagged_elsewhere(git, [CRATE], head(git), "origin")
    assert caught.value.codes == ("CW-GIT-FAILED",)


def test_a_remote_that_stays_silent_is_given_up(git: Git, tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    git.run(["remote", "set-url", "origin", "ssh://forge.invalid/project.git"])
    assert git.env is not None
    impatient = replace(git, env={**git.env, "GIT_SSH": str(silent)}, patience=0.02)
    with pytest.raises(CratewheelError) as caught:
        tagged_elsewhere(impatient, [CRATE], head(git), "origin")
    assert caught.value.codes == ("CW-GIT-FAILED",)


def test_a_name_that_git_takes_for_no_tag_is_said_and_the_others_are_made(git: Git) -> None:
    said: list[str] = []
    found = make_tags(git, ["core v1..0", "core-v1.0.0"], head(git), "origin", said.append)
    assert [(each.code, each.place) for each in found] == [("CW-TAG-FAILED", "core v1..0")]
    assert "core-v1.0.0" in git.run(["ls-remote", "--tags", "origin"]).decode()


def test_a_tag_of_the_remote_is_fetched_and_one_that_is_not_there_is_said(git: Git) -> None:
    said: list[str] = []
    make_tags(git, ["core-v1.0.0"], head(git), "origin", said.append)
    git.run(["tag", "--delete", "core-v1.0.0"])
    assert fetch_tag(git, "core-v1.0.0", "origin", said.append) == ()
    assert said[-1] == "fetched core-v1.0.0 from origin"
    (finding,) = fetch_tag(git, "core-v2.0.0", "origin", said.append)
    assert (finding.code, finding.place) == ("CW-TAG-FAILED", "core-v2.0.0")

"""GitHub Releases: one for a tag, with its files, made once whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Optional

import pytest
from fake_clock import FakeClock
from fake_github import REPOSITORY, TOKEN, FakeGitHub

from cratewheel.errors import CratewheelError
from cratewheel.publishing.github import MARK, GitHub, MadeRelease, WantedRelease
from cratewheel.publishing.github_settings import github_findings, github_settings
from cratewheel.publishing.transport import Transport
from cratewheel.registries.server import Answer, LoopbackServer, Request, json_answer


@dataclass
class Site:
    """A repository on GitHub and a release that it is to have."""

    github: FakeGitHub
    client: GitHub
    wanted: WantedRelease

    def ensure(self) -> MadeRelease:
        return self.client.ensure_release(self.wanted)

    def files(self) -> dict[str, bytes]:
        release = self.github.release(self.wanted.tag)
        return {each["name"]: self.github.data[each["id"]] for each in release["assets"]}

    def is_complete(self) -> bool:
        expected = {path.name: path.read_bytes() for path in self.wanted.files}
        return self.files() == expected and not self.github.release(self.wanted.tag)["draft"]


@pytest.fixture(params=[True, False], ids=["digests", "without digests"])
def site(request: Any, tmp_path: Path) -> Iterator[Site]:
    files = []
    for name in ("demo-0.1.0-py3-none-any.whl", "demo-0.1.0.tar.gz", "demo-0.1.0.crate"):
        files.append(tmp_path / name)
        files[-1].write_bytes(name.encode())
    github = FakeGitHub(digests=request.param)
    with LoopbackServer(github) as server:
        github.root = server.root
        client = GitHub(Transport(FakeClock(), 5), server.root, REPOSITORY, TOKEN)
        wanted = WantedRelease("demo-v0.1.0", "a" * 40, "Notes", False, tuple(files))
        yield Site(github, client, wanted)


def test_a_release_is_made_with_its_files_and_then_shown(site: Site) -> None:
    drafts = []

    def look(request: Request) -> Optional[Answer]:
        if request.path.endswith("/assets") and request.method == "POST":
            drafts.append(site.github.release("demo-v0.1.0")["draft"])
        return None

    site.github.before = look
    made = site.ensure()
    assert site.is_complete()
    assert drafts == [True, True, True]
    assert made.attached == tuple(path.name for path in site.wanted.files)
    assert not made.draft
    assert "Notes" in site.github.release("demo-v0.1.0")["body"]


def test_the_next_run_finds_everything(site: Site) -> None:
    site.ensure()
    assert site.ensure().attached == ()
    assert len(site.github.uploads) == 3
    assert len(site.github.releases) == 1


def test_what_is_missing_is_added_to_a_release_that_is_there(site: Site) -> None:
    release = site.github.add("demo-v0.1.0", draft=False, body="Written by hand")
    first = site.wanted.files[0]
    site.github.attach(release, first.name, first.read_bytes())
    assert len(site.ensure().attached) == 2
    assert site.is_complete()
    assert release["body"] == "Written by hand"


def test_a_draft_of_ours_is_completed_and_shown(site: Site) -> None:
    site.github.add("demo-v0.1.0", draft=True, body=MARK)
    site.ensure()
    assert site.is_complete()
    assert len(site.github.releases) == 1


def test_a_draft_of_somebody_else_gets_the_files_and_stays_a_draft(site: Site) -> None:
    site.github.add("demo-v0.1.0", draft=True, body="Written by hand")
    assert site.ensure().draft
    assert len(site.files()) == 3
    assert site.github.release("demo-v0.1.0")["draft"]


def test_a_draft_is_found_among_many_releases(site: Site) -> None:
    for number in range(130):
        site.github.add(f"other-v0.{number}.0", draft=False)
    site.github.add("demo-v0.1.0", draft=True, body=MARK)
    site.ensure()
    assert site.is_complete()


def test_what_is_left_of_an_upload_that_broke_off_is_replaced(site: Site) -> None:
    release = site.github.add("demo-v0.1.0", draft=True, body=MARK)
    site.github.attach(release, site.wanted.files[0].name, b"demo", state="starter")
    site.ensure()
    assert site.is_complete()


@pytest.mark.parametrize("same_size", [True, False])
def test_another_file_of_the_name_is_not_replaced(site: Site, same_size: bool) -> None:
    release = site.github.add("demo-v0.1.0", draft=False)
    first = site.wanted.files[0]
    other = bytes(reversed(first.read_bytes())) if same_size else b"other"
    site.github.attach(release, first.name, other)
    with pytest.raises(CratewheelError, match="another file of that name"):
        site.ensure()
    assert site.files()[first.name] == other


@pytest.mark.parametrize("stored", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("status", [None, 500, 502, 429])
def test_every_request_may_fail_once(site: Site, stored: bool, status: Optional[int]) -> None:
    site.ensure()
    number = len(site.github.asked)
    for at in range(number):
        github, seen = FakeGitHub(site.github.root, site.github.digests), [0]

        def fail_once(
            request: Request, github: FakeGitHub = github, seen: list[int] = seen, at: int = at
        ) -> Answer:
            seen[0] += 1
            if seen[0] - 1 != at:
                return github(request)
            if stored:
                github(request)
            if status is None:
                raise ConnectionResetError
            return Answer(status, b"{}", {"Retry-After": "1"} if status == 429 else {})

        with LoopbackServer(fail_once) as server:
            github.root = server.root
            client = replace(site.client, api=server.root)
            client.ensure_release(site.wanted)
            again = Site(github, client, site.wanted)
            assert again.is_complete(), at
            assert again.ensure().attached == ()
        assert sorted(github.uploads) == sorted(path.name for path in site.wanted.files)


def test_a_token_that_may_not_write_is_told_what_the_job_needs(site: Site) -> None:
    site.github.may_write = False
    with pytest.raises(CratewheelError) as caught:
        site.ensure()
    (finding,) = caught.value.findings
    assert finding.code == "CW-GITHUB-RELEASE"
    assert "contents: write" in finding.mend
    assert TOKEN not in str(caught.value)


def test_files_and_token_go_to_no_other_host(site: Site) -> None:
    strays = []

    def elsewhere(request: Request) -> Answer:
        strays.append(request)
        return json_answer({})

    with LoopbackServer(elsewhere) as other:
        site.github.root = other.root
        with pytest.raises(CratewheelError, match="wants its files at"):
            site.ensure()
    assert strays == []


def test_answers_that_make_no_sense_end_in_a_finding(site: Site) -> None:
    for document in ([], {}, "x", {"id": "x"}, [{"id": "x"}]):
        for status in (200, 201, 404):
            answer = json_answer(document, status)
            site.github.before = lambda request, answer=answer: answer  # type: ignore[misc]
            with pytest.raises(CratewheelError, match="CW-GITHUB-RELEASE"):
                site.ensure()


@pytest.mark.parametrize(
    ("environment", "remote", "repository"),
    [
        ({"GITHUB_REPOSITORY": "a/b"}, "https://github.com/c/d.git", "a/b"),
        ({}, "https://github.com/c/d.git", "c/d"),
        ({}, "git@github.com:c/d", "c/d"),
        ({}, "ssh://git@github.com/c/d.e.git", "c/d.e"),
        ({}, "https://gitlab.com/c/d.git", None),
        ({"GITHUB_REPOSITORY": "../x/y"}, "", None),
        ({"GITHUB_TOKEN": " "}, "https://github.com/c/d.git", None),
    ],
)
def test_which_repository_it_is(
    environment: dict[str, str], remote: str, repository: Optional[str]
) -> None:
    settings = github_settings({"GITHUB_TOKEN": TOKEN, **environment}, remote)
    assert (settings.repository if settings else None) == repository
    assert settings is None or settings.api == "https://api.github.com"


def test_without_a_token_it_is_said_before_anything_is_built() -> None:
    (finding,) = github_findings({"GITHUB_TOKEN": ""})
    assert (finding.code, finding.place) == ("CW-CREDENTIALS-MISSING", "GitHub")
    (finding,) = github_findings({"GITHUB_TOKEN": "a\r\nb"})
    assert finding.code == "CW-CREDENTIALS-INVALID"
    assert github_findings({"GITHUB_TOKEN": TOKEN}) == ()

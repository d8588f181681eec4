"""GitHub Releases that were refused, made up for afterwards: once, and with the files that are live."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Optional

import pytest
from fake_ci import API_TOKEN, PASSWORD
from fake_github import REPOSITORY, TOKEN, FakeGitHub
from marked_secrets import check_text
from sites import Site

from cratewheel.publishing.credentials import Endpoint
from cratewheel.publishing.due_releases import Due, DuePackage, DueRelease, dumps, loads, on_remote
from cratewheel.publishing.github import MARK
from cratewheel.publishing.made_up_releases import make_up
from cratewheel.publishing.missing_releases import look
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript
from cratewheel.registries.server import Answer, LoopbackServer, Request

COMMIT = "c0ffee" * 6 + "c0ff"
TAGS = ("core-v0.1.0", "demo-v0.1.0")


@dataclass
class Published:
    """A crate and a Python package that are live and have no GitHub Release."""

    site: Site
    github: FakeGitHub
    due: Due
    said: io.StringIO = field(default_factory=io.StringIO)

    @property
    def around(self) -> Surroundings:
        environment = {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_API_URL": self.github.root,
        }
        return Surroundings(self.site.clock, Transcript(self.said), environment)

    def make_up(self) -> list[tuple[str, str]]:
        """Codes and places of what could not be made."""
        found = [(each.code, each.place) for each in make_up(self.due, self.around)]
        check_text(self.said.getvalue(), "the output")
        return found

    def files(self, tag: str) -> dict[str, bytes]:
        release = self.github.release(tag)
        assert not release["draft"]
        return {each["name"]: self.github.data[each["id"]] for each in release["assets"]}

    def built(self, tag: str) -> dict[str, bytes]:
        return {
            artifact.filename: Path(artifact.path).read_bytes()
            for artifact in self.site.maker.artifacts
            if artifact.filename.startswith(tag.partition("-")[0])
        }


@pytest.fixture
def published(site: Site) -> Iterator[Published]:
    maker = site.maker.crate("core").wheel("demo", "core")
    site.release({"CARGO_REGISTRY_TOKEN": API_TOKEN, "TWINE_PASSWORD": PASSWORD})
    github = FakeGitHub()
    releases = tuple(
        DueRelease(
            package.tag or "",
            COMMIT,
            (
                DuePackage(
                    package.id,
                    package.name,
                    package.version,
                    Endpoint(
                        package.kind,
                        package.registry,
                        f"{site.root}/{'crates' if package.kind == 'crate' else 'legacy/'}",
                        "",
                    ),
                    {
                        each.filename: each.sha256
                        for each in maker.artifacts
                        if each.id == package.id
                    },
                ),
            ),
        )
        for package in maker.packages
    )
    with LoopbackServer(github) as server:
        github.root = server.root
        yield Published(site, github, Due(releases, "", (str(maker.folder / "files"),)))


def test_they_are_missed_then_made_with_their_files_then_left_alone(published: Published) -> None:
    assert look(published.due, published.around).missing == TAGS
    assert published.make_up() == []
    for tag in TAGS:
        assert published.files(tag) == published.built(tag)
    assert look(published.due, published.around).missing == ()
    uploads = list(published.github.uploads)
    assert published.make_up() == []
    assert published.github.uploads == uploads
    assert len(published.github.releases) == len(TAGS)


def test_files_that_nobody_kept_are_had_from_the_registries(published: Published) -> None:
    built = {tag: published.built(tag) for tag in TAGS}
    shutil.rmtree(published.site.maker.folder / "files")
    assert published.make_up() == []
    assert {tag: published.files(tag) for tag in TAGS} == built


def test_files_that_were_built_again_are_not_those_of_the_release(published: Published) -> None:
    built = {tag: published.built(tag) for tag in TAGS}
    for path in (published.site.maker.folder / "files").iterdir():
        path.write_bytes(b"another build")
    assert published.make_up() == []
    assert {tag: published.files(tag) for tag in TAGS} == built


def test_files_that_are_gone_are_said_and_nothing_half_is_made(published: Published) -> None:
    shutil.rmtree(published.site.maker.folder / "files")
    sdist = next(each for each in published.site.maker.artifacts if each.kind == "sdist")

    def gone(request: Request) -> Optional[Answer]:
        return Answer(404) if request.path.endswith(sdist.filename) else None

    published.site.trust.before = gone
    assert published.make_up() == [
        ("CW-RELEASE-FILES-GONE", f"demo-v0.1.0: {sdist.filename}"),
    ]
    assert [each["tag_name"] for each in published.github.releases] == ["core-v0.1.0"]


def test_bytes_of_somebody_else_are_not_attached(published: Published) -> None:
    shutil.rmtree(published.site.maker.folder / "files")

    def lying(request: Request) -> Optional[Answer]:
        return Answer(200, b"else") if request.path.endswith("/download") else None

    published.site.trust.before = lying
    assert published.make_up() == [
        ("CW-RELEASE-FILES-GONE", "core-v0.1.0: core-0.1.0.crate"),
    ]


def test_what_was_begun_is_finished_and_what_somebody_wrote_is_theirs(published: Published) -> None:
    begun = published.github.add(TAGS[0], draft=True, body=f"Notes\n{MARK}\n")
    published.github.attach(begun, "core-0.1.0.crate", b"", state="starter")
    published.github.add(TAGS[1], draft=True, body="Not yet")
    assert look(published.due, published.around).missing == (TAGS[0],)
    assert published.make_up() == []
    assert published.files(TAGS[0]) == published.built(TAGS[0])
    assert published.github.release(TAGS[1])["assets"] == []


def test_one_that_is_too_old_to_be_listed_is_not_missing(published: Published) -> None:
    published.make_up()
    for number in range(1000):
        published.github.releases.insert(
            0, {**published.github.releases[-1], "tag_name": f"{number}"}
        )
    assert look(published.due, published.around).missing == ()


def test_a_github_that_refuses_is_quoted(published: Published) -> None:
    published.github.may_write = False
    assert published.make_up() == [("CW-GITHUB-RELEASE", tag) for tag in TAGS]
    published.github.may_write = True
    assert published.make_up() == []


def test_a_github_that_is_silent_is_not_an_empty_one(published: Published) -> None:
    published.github.before = lambda request: Answer(500)
    found = look(published.due, published.around)
    assert found.missing == ()
    assert "500" in found.silent
    assert published.make_up() == [("CW-GITHUB-RELEASE", REPOSITORY)]


def test_what_is_due_survives_being_written_down(published: Published) -> None:
    assert loads(dumps(published.due)) == published.due


def test_only_a_tag_that_everyone_sees_is_announced(published: Published) -> None:
    healed = replace(published.due.releases[0], commit="")
    _, other = published.due.releases
    seen = {healed.tag: COMMIT, other.tag: "elsewhere"}
    assert on_remote((healed, other), seen) == (replace(healed, commit=COMMIT),)
    assert on_remote((healed,), {}) == ()

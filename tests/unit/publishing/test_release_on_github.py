"""A whole release with its GitHub Releases: identity, uploads, record, tags and then the releases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_ci import trusting
from fake_github import REPOSITORY, TOKEN, FakeGitHub
from made_repository import head, make_repository, tags_on_remote
from releases import Outcome
from sites import Site

from cratewheel.errors import CratewheelError
from cratewheel.git import Git
from cratewheel.registries.server import Answer, LoopbackServer


@dataclass
class World:
    """Registries, a repository with a remote, and GitHub."""

    site: Site
    git: Git
    github: FakeGitHub

    def release(self, **environment: str) -> Outcome:
        assert self.git.env is not None
        return self.site.release(
            {
                **self.git.env,
                **self.site.in_job,
                "GITHUB_TOKEN": TOKEN,
                "GITHUB_API_URL": self.github.root,
                "GITHUB_REPOSITORY": REPOSITORY,
                **environment,
            },
            checkout=self.git.root,
            commit=head(self.git),
            github_releases=True,
        )


@pytest.fixture
def world(site: Site, tmp_path: Path) -> Iterator[World]:
    site.exists("core")
    site.trust.pending += trusting("demo")
    site.maker.crate("core").wheel("demo", "core")
    github = FakeGitHub()
    with LoopbackServer(github) as server:
        github.root = server.root
        yield World(site, make_repository(tmp_path / "git"), github)


def test_every_tag_has_a_release_with_its_files(world: World) -> None:
    outcome = world.release()
    assert outcome.live
    assert set(tags_on_remote(world.git)) == {"core-v0.1.0", "demo-v0.1.0"}
    for tag, files in (("core-v0.1.0", 1), ("demo-v0.1.0", 2)):
        release = world.github.release(tag)
        assert not release["draft"]
        assert len(release["assets"]) == files
        for asset in release["assets"]:
            assert f"| {asset['name']} | `{asset['digest'].partition(':')[2]}` |" in release["body"]
        assert f"GitHub Release {tag}: {files} files attached" in outcome.said


def test_the_next_run_finds_them_complete(world: World) -> None:
    world.release()
    uploads = len(world.github.uploads)
    outcome = world.release()
    assert outcome.live
    assert outcome.said.count("complete before") == 2
    assert len(world.github.uploads) == uploads


def test_what_github_refuses_is_live_and_tagged_and_the_next_run_makes_it(world: World) -> None:
    world.github.may_write = False
    outcome = world.release()
    assert not outcome.live
    assert "CW-GITHUB-RELEASE core-v0.1.0" in outcome.said
    assert set(outcome.statuses().values()) == {"uploaded"}
    assert len(tags_on_remote(world.git)) == 2
    world.github.may_write = True
    assert world.release().live
    assert len(world.github.releases) == 2


def test_what_is_not_live_has_no_release(world: World) -> None:
    world.site.trust.before = lambda request: Answer(400) if request.method == "PUT" else None
    assert not world.release().live
    assert world.github.releases == []


def test_without_a_token_nothing_is_uploaded(world: World) -> None:
    with pytest.raises(CratewheelError, match="CW-CREDENTIALS-MISSING GitHub"):
        world.release(GITHUB_TOKEN="")
    assert world.site.trust.uploads == []


def test_a_repository_that_nobody_names_is_said(world: World) -> None:
    outcome = world.release(GITHUB_REPOSITORY="")
    assert "which repository on GitHub this is" in outcome.said
    assert set(outcome.statuses().values()) == {"uploaded"}

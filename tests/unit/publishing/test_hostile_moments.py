"""Registries that lie, clocks that differ, and a release that is ended or raced at an unlucky moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email.utils import formatdate
from pathlib import Path
from typing import Any, Callable, Optional

import pytest
from fake_ci import API_TOKEN, PASSWORD
from fake_clock import FakeClock
from made_packages import make_crate, make_wheel
from made_repository import commit, head, make_repository, tags_on_remote
from releases import Outcome
from sites import Site
from upload_forms import form

from cratewheel.errors import CratewheelError
from cratewheel.git import Git
from cratewheel.plan.model import Plan
from cratewheel.publishing.tokens import MintedToken
from cratewheel.publishing.trusted_publishing import Minted
from cratewheel.registries.crate_file import publish_body, read_crate
from cratewheel.registries.server import Answer, Request, json_answer
from cratewheel.release_tags import make_tags

WITH_TOKENS = {"CARGO_REGISTRY_TOKEN": API_TOKEN, "TWINE_PASSWORD": PASSWORD}


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return make_repository(tmp_path / "clone")


def released(site: Site, git: Git, **changes: Any) -> Outcome:
    assert git.env is not None
    environment = {**git.env, **WITH_TOKENS}
    return site.release(environment, checkout=git.root, commit=head(git), **changes)


class TestWhatWasNotReadBack:
    def test_is_not_tagged(self, site: Site, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(site.crates, "_delay", 1e7)
        site.maker.crate("core").wheel("demo", sdist=False)
        outcome = released(site, git)
        assert "CW-NOT-VISIBLE crate:core" in outcome.said
        assert tags_on_remote(git) == {"demo-v0.1.0": head(git)}

    def test_is_tagged_by_the_run_that_reads_it_back(
        self, site: Site, git: Git, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        site.maker.crate("core")
        with monkeypatch.context() as patch:
            patch.setattr(site.crates, "_delay", 1e7)
            assert not released(site, git).live
        site.clock.sleep(1e7)
        assert released(site, git).live
        assert tags_on_remote(git) == {"core-v0.1.0": head(git)}
        assert len(site.trust.uploads) == 1


def test_a_registry_that_falls_silent_after_the_uploads_is_no_release_of_nothing(
    site: Site, git: Git
) -> None:
    """Whether a shared tag is due cannot be asked then; the others are, and what happened is told."""
    site.maker.crate("core").wheel("demo", sdist=False)
    other = replace(
        site.maker.packages[1], id="wheel:other", name="other", tag=site.maker.packages[1].tag
    )

    def silent(request: Request) -> Optional[Answer]:
        return Answer(500) if "/simple/other/" in request.path else None

    site.trust.before = silent
    outcome = released(site, git, awaited=Plan(packages=(other,)))
    assert "CW-REGISTRY-UNREACHABLE" in outcome.said
    assert set(outcome.statuses().values()) == {"uploaded"}
    assert "2 uploaded" in outcome.last_line
    assert not outcome.live
    assert tags_on_remote(git) == {"core-v0.1.0": head(git)}


def test_a_tag_that_somebody_made_meanwhile_is_not_pushed_in_our_name(git: Git) -> None:
    ours = head(git)
    theirs = commit(git, "Go on")
    git.run(["-c", "user.name=A", "-c", "user.email=a@b", "tag", "-a", "v1", "-m", "Theirs"])
    (finding,) = make_tags(git, ("v1",), ours, "origin", lambda line: None)
    assert (finding.code, finding.place) == ("CW-TAG-TAKEN", "v1")
    assert theirs[:12] in finding.message
    assert tags_on_remote(git) == {}


class TestTokensThatDie:
    def test_and_cannot_be_had_again_are_said(self, site: Site) -> None:
        """The registry forgets the token, and its exchange answers as one that does not exist."""
        site.exists("core")
        site.maker.crate("core")

        def gone(request: Request) -> Optional[Answer]:
            if request.method == "PUT":
                site.trust.live.clear()
            if request.path.endswith("/tokens") and request.method == "POST" and site.trust.minted:
                return Answer(404)
            return None

        site.trust.before = gone
        outcome = site.release()
        assert outcome.statuses() == {"core-0.1.0.crate": "failed"}
        assert "CW-REGISTRY-UNREACHABLE" in outcome.said

    def test_none_is_minted_any_more_once_they_are_revoked(self) -> None:
        exchange = Exchanging()
        token = MintedToken(exchange, FakeClock(), lambda user, secret: None)  # type: ignore[arg-type]
        assert token.current(None).secret == "1"
        token.revoke()
        with pytest.raises(CratewheelError):
            token.current("1")
        assert exchange.revoked == ["1"]

    def test_one_that_arrives_while_the_others_are_revoked_is_revoked_as_well(self) -> None:
        exchange = Exchanging()
        token = MintedToken(exchange, FakeClock(), lambda user, secret: None)  # type: ignore[arg-type]
        token.current(None)
        exchange.meanwhile = token.revoke
        with pytest.raises(CratewheelError):
            token.current("1")
        assert exchange.revoked == ["1", "2"]


@dataclass
class Exchanging:
    """An exchange that numbers its tokens."""

    registry: str = "crates.io"
    minted: int = 0
    meanwhile: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.revoked: list[str] = []

    def mint(self) -> Minted:
        self.minted += 1
        self.meanwhile()
        return Minted(str(self.minted), 2e9, {})

    def revoke(self, minted: Minted) -> None:
        self.revoked.append(minted.secret)


class TestRateLimits:
    @pytest.mark.parametrize("skew", [-900.0, 900.0], ids=["clock behind", "clock ahead"])
    def test_are_waited_for_by_the_clock_of_the_registry(self, skew: float, site: Site) -> None:
        attempts: list[float] = []

        def limited(request: Request) -> Optional[Answer]:
            if request.method != "PUT":
                return None
            attempts.append(site.clock.now())
            if len(attempts) > 1:
                return None
            there = site.clock.now() - skew
            headers = {
                "Date": formatdate(there, usegmt=True),
                "Retry-After": formatdate(there + 600, usegmt=True),
            }
            return Answer(429, b'{"errors": []}', headers)

        site.trust.before = limited
        site.maker.crate("core")
        assert site.release(WITH_TOKENS).live
        first, second = attempts
        assert 599 <= second - first <= 660

    def test_that_are_said_to_be_over_and_are_not_cost_few_uploads(self, site: Site) -> None:
        attempts: list[Request] = []

        def lying(request: Request) -> Optional[Answer]:
            if request.method != "PUT":
                return None
            attempts.append(request)
            return Answer(429, b'{"errors": []}', {"Retry-After": "0"})

        site.trust.before = lying
        site.maker.crate("core")
        outcome = site.release(WITH_TOKENS)
        assert "CW-RATE-LIMITED" in outcome.said
        assert len(attempts) < 100


class TestRaces:
    @pytest.fixture
    def late(self, site: Site) -> list[Request]:
        """An index whose pages show a file only when they have been asked for it twice."""
        asked: list[Request] = []

        def before(request: Request) -> Optional[Answer]:
            if request.path == "/legacy/":
                if not asked:
                    site.python.upload(form(*make_wheel("demo", "0.1.0")))
                asked.append(request)
                return json_answer({"message": "File already exists ('demo')."}, 400)
            if request.path == "/simple/demo/" and 0 < len(asked) < 3:
                asked.append(request)
                return Answer(404)
            return None

        site.trust.before = before
        return asked

    def test_are_won_although_the_page_lags_behind(self, site: Site, late: list[Request]) -> None:
        site.maker.wheel("demo", sdist=False)
        assert site.release(WITH_TOKENS).live
        assert [request.path for request in late].count("/legacy/") == 1


def test_other_bytes_are_said_although_what_differs_cannot_be_asked(site: Site) -> None:
    site.crates.publish(publish_body(read_crate(make_crate("core", "0.1.0", tables="[lib]\n"))))
    site.trust.before = lambda request: Answer(500) if request.path.endswith("/download") else None
    site.maker.crate("core")
    said = site.refused(WITH_TOKENS)
    assert "CW-BYTES-DIFFER core-0.1.0.crate" in said
    assert "what differs is not known" in said

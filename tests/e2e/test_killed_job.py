"""A publisher that is killed in a CI job, before and after everything that it changes at a service.

The release updates a crate by trusted publishing, creates another with a token, registers the job for
it, creates a project of PyPI through its pending publisher, and makes GitHub Releases.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import left_secrets
import pytest
from fake_ci import API_TOKEN, REQUEST_TOKEN, Job, TrustingRegistries, trusting
from fake_github import REPOSITORY, TOKEN, FakeGitHub
from forking_publisher import Forking, forking
from killing_services import KillingServices
from made_packages import make_crate
from made_repository import clone, head, make_repository, tags_on_remote
from releases import Maker

from cratewheel.git import Git
from cratewheel.registries.clock import SystemClock
from cratewheel.registries.crate_file import publish_body, read_crate
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request

TAGS = ("brand-new-v0.1.0", "core-v0.1.0", "demo-v0.1.0")
#: Exchange and mint, three uploads, the registration, the revocation, and for each tag a release, its
#: file and its publication.
EFFECTS = 2 + 3 + 1 + 1 + 3 * len(TAGS)


@dataclass
class Site:
    """Registries that trust a job, and a forge."""

    services: KillingServices
    trust: TrustingRegistries
    github: FakeGitHub

    def registries(self, request: Request) -> Answer:
        return self.services.answer(request, self.trust)

    def forge(self, request: Request) -> Answer:
        return self.services.answer(request, self.github)

    def release(self, git: Git) -> int:
        """Runs the release in a clone and returns its exit status."""
        return self.services.release(
            git,
            {
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.services.root}/identity?api-version=2.0",
                "CARGO_REGISTRY_TOKEN": API_TOKEN,
                "GITHUB_ACTIONS": "true",
                "GITHUB_API_URL": self.github.root,
                "GITHUB_REPOSITORY": REPOSITORY,
                "GITHUB_TOKEN": TOKEN,
            },
            github_releases=True,
        )

    def check_end(self) -> None:
        """Fails unless everything is as after a release that nobody disturbed."""
        uploaded = Counter(name for name, _ in self.trust.uploads)
        assert uploaded == {"core": 1, "brand-new": 1, "demo": 1}
        assert [each.package for each in self.trust.crates] == ["core", "brand-new"]
        assert [each.package for each in self.trust.projects] == ["demo"]
        assert tags_on_remote(self.services.git) == dict.fromkeys(TAGS, head(self.services.git))
        assert sorted(each["tag_name"] for each in self.github.releases) == list(TAGS)
        # The log of the job tells GitHub what to blot out.
        left_secrets.check_text(self.services.output.read_text())
        self.services.output.unlink()
        left_secrets.check_folder(self.services.folder)
        for release in self.github.releases:
            assert not release["draft"]
            assert len(release["assets"]) == 1


@pytest.fixture(scope="module")
def processes() -> Iterator[Forking]:
    with forking() as made:
        yield made


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    maker = Maker(tmp_path_factory.mktemp("release"))
    return maker.crate("core").crate("brand-new", "core").wheel("demo", "core", sdist=False)


@pytest.fixture
def site(maker: Maker, processes: Forking, tmp_path: Path) -> Iterator[Site]:
    clock = SystemClock()
    crates = CratesRegistry(tmp_path / "crates", clock, delay=0)
    python = PythonIndex(tmp_path / "python", clock)
    trust = TrustingRegistries(Registries(crates, python), Job(clock))
    crates.publish(publish_body(read_crate(make_crate("core", "0.0.1"))))
    trust.known_crates.add("core")
    trust.crates += trusting("core")
    trust.pending += trusting("demo")
    trust.scopes.add("trusted-publishing")
    git = make_repository(tmp_path / "clone")
    site = Site(KillingServices(tmp_path, maker, git, processes), trust, FakeGitHub())
    with LoopbackServer(site.registries) as server, LoopbackServer(site.forge) as forge:
        trust.host, site.services.root = server.root.partition("//")[2], server.root
        site.github.root = forge.root
        yield site


def test_undisturbed(site: Site) -> None:
    assert site.release(site.services.git) == 0, site.services.output.read_text()
    assert len(site.services.effects) == EFFECTS, site.services.effects
    site.check_end()


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(EFFECTS))
def test_killed_then_finished_by_another_machine(at: int, done: bool, site: Site) -> None:
    services = site.services
    services.at, services.done = at, done
    assert site.release(services.git) == -signal.SIGKILL
    services.at = None
    other = clone(services.git, services.folder / "other")
    assert site.release(other) == 0, services.output.read_text()
    site.check_end()

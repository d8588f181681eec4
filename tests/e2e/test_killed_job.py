"""A publisher that is killed in a CI job, before and after everything that it changes at a service.

The release updates a crate by trusted publishing, creates another with a token, registers the job for
it, creates a project of PyPI through its pending publisher, and makes GitHub Releases.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Optional

import left_secrets
import pytest
from fake_ci import API_TOKEN, REQUEST_TOKEN, Job, TrustingRegistries, trusting
from fake_github import REPOSITORY, TOKEN, FakeGitHub
from forking_publisher import Forking, forking
from made_packages import make_crate
from made_repository import clone, head, make_repository, tags_on_remote
from releases import Maker

from cratewheel.git import Git
from cratewheel.publishing.request import dumps
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
    """Services that kill their client at one of the things that it changes.

    Args:
        at: the number of the change, from 0; None for none.
        done: whether the change is made before the client dies.
    """

    folder: Path
    maker: Maker
    git: Git
    forking: Forking
    trust: TrustingRegistries
    github: FakeGitHub
    root: str = ""
    at: Optional[int] = None
    done: bool = False
    victim: Optional[int] = None
    effects: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def registries(self, request: Request) -> Answer:
        return self._answer(request, self.trust)

    def forge(self, request: Request) -> Answer:
        return self._answer(request, self.github)

    def _answer(self, request: Request, service: Callable[[Request], Answer]) -> Answer:
        if request.method == "GET":
            return service(request)
        with self.lock:
            number = len(self.effects)
            self.effects.append(f"{request.method} {request.path}")
            if self.at is None or number < self.at:
                return service(request)
            if number == self.at:
                if self.done:
                    service(request)
                assert self.victim is not None
                os.kill(self.victim, signal.SIGKILL)
            raise ConnectionResetError

    def release(self, git: Git) -> int:
        """Runs the release in a clone and returns its exit status."""
        request = self.maker.request(
            self.folder,
            destination="registries",
            crates_registry=f"{self.root}/crates",
            python_repository=f"{self.root}/legacy/",
            checkout=git.root,
            commit=head(git),
            github_releases=True,
        )
        path = self.folder / "request.json"
        path.write_text(dumps(request))
        assert git.env is not None
        variables = {
            **git.env,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.root}/identity?api-version=2.0",
            "CARGO_REGISTRY_TOKEN": API_TOKEN,
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.github.root,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": TOKEN,
        }
        with self.lock:
            self.victim = self.forking.start(path, self.folder / "output", variables)
        return self.forking.wait()

    def check_end(self) -> None:
        """Fails unless everything is as after a release that nobody disturbed."""
        uploaded = Counter(name for name, _ in self.trust.uploads)
        assert uploaded == {"core": 1, "brand-new": 1, "demo": 1}
        assert [each.package for each in self.trust.crates] == ["core", "brand-new"]
        assert [each.package for each in self.trust.projects] == ["demo"]
        assert tags_on_remote(self.git) == dict.fromkeys(TAGS, head(self.git))
        assert sorted(each["tag_name"] for each in self.github.releases) == list(TAGS)
        # The log of the job tells GitHub what to blot out.
        output = self.folder / "output"
        left_secrets.check_text(output.read_text())
        output.unlink()
        left_secrets.check_folder(self.folder)
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
    site = Site(tmp_path, maker, git, processes, trust, FakeGitHub())
    with LoopbackServer(site.registries) as server, LoopbackServer(site.forge) as forge:
        trust.host, site.root = server.root.partition("//")[2], server.root
        site.github.root = forge.root
        yield site


def test_undisturbed(site: Site) -> None:
    assert site.release(site.git) == 0, (site.folder / "output").read_text()
    assert len(site.effects) == EFFECTS, site.effects
    site.check_end()


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(EFFECTS))
def test_killed_then_finished_by_another_machine(at: int, done: bool, site: Site) -> None:
    site.at, site.done = at, done
    assert site.release(site.git) == -signal.SIGKILL
    site.at = None
    assert site.release(clone(site.git, site.folder / "other")) == 0, (
        site.folder / "output"
    ).read_text()
    site.check_end()

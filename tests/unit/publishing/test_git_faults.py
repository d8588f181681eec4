"""A fault at every request that git makes in a release, one at a time; then the same release again.

Before the first upload git reads the release's records and asks for its tags, and writes its own
record; after the last it pushes the tags. Whatever happens to any of these, nothing is uploaded on a
guess, and the second run ends where an undisturbed one ends.
"""

from __future__ import annotations

import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

import pytest
from fake_ci import API_TOKEN, PASSWORD, Job, TrustingRegistries
from fake_clock import FakeClock
from faults import (
    Fault,
    patience_with,
    reset_after_it_is_stored,
    reset_before_it_is_stored,
    slow,
    truncated,
    unavailable_although_stored,
)
from git_server import PATH, GitServer
from made_repository import head, make_repository
from releases import Maker, Outcome, run

from cratewheel.errors import CratewheelError
from cratewheel.publishing.request import ReleaseRequest
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request
from cratewheel.release_tags import parse_remote_tags

# To git one status of 400 and above is as another, and no answer of its is JSON.
FAULTS = (
    reset_before_it_is_stored,
    reset_after_it_is_stored,
    unavailable_although_stored,
    slow,
    truncated,
)
WITH_TOKENS = {"CARGO_REGISTRY_TOKEN": API_TOKEN, "TWINE_PASSWORD": PASSWORD}


@dataclass
class Site:
    """Registries and a git server, of which one git request, by its number, meets a fault."""

    folder: Path
    at: Optional[int] = None
    fault: Fault = reset_before_it_is_stored
    clock: FakeClock = field(default_factory=FakeClock)
    over: threading.Event = field(default_factory=threading.Event)
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        crates = CratesRegistry(self.folder / "crates", self.clock)
        python = PythonIndex(self.folder / "python", self.clock)
        self.registries = TrustingRegistries(Registries(crates, python), Job(self.clock))
        self.git = make_repository(self.folder)
        self.server = GitServer(self.folder)
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        if not request.path.startswith(PATH):
            with self._lock:
                return self.registries(request)
        self.seen.append(f"{request.method} {request.path}?{request.query}")
        if self.at == len(self.seen) - 1:
            return self.fault(lambda: self.server(request), self.over)
        return self.server(request)

    def run(self, request: ReleaseRequest) -> Optional[Outcome]:
        """A run, None when it stopped before uploading anything."""
        environment = {**(self.git.env or {}), **WITH_TOKENS}
        try:
            patience = patience_with(self.fault)
            return run(request, clock=self.clock, environment=environment, patience=patience)
        except CratewheelError:
            return None


@contextmanager
def served(site: Site, maker: Maker) -> Iterator[ReleaseRequest]:
    with LoopbackServer(site.answer) as server:
        site.git.run(["remote", "set-url", "origin", f"{server.root}{PATH}"])
        yield maker.request(
            site.folder,
            destination="registries",
            crates_registry=f"{server.root}/crates",
            python_repository=f"{server.root}/legacy/",
            checkout=site.git.root,
            commit=head(site.git),
        )
        site.over.set()


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    maker = Maker(tmp_path_factory.mktemp("release"))
    return maker.crate("core").wheel("demo", "core", sdist=False)


@pytest.fixture(scope="module")
def undisturbed(maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("undisturbed"))
    with served(site, maker) as request:
        outcome = site.run(request)
    assert outcome is not None
    assert outcome.live
    return site


def on_remote(site: Site) -> tuple[dict[str, str], set[str]]:
    """The tags and the records that everyone sees."""
    listed = subprocess.run(
        ["git", "ls-remote", "--quiet", f"{site.folder}{PATH}"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    lines = listed.splitlines()
    tags = [line for line in lines if "\trefs/tags/" in line]
    marker = "\trefs/cratewheel/releases/"
    return parse_remote_tags("\n".join(tags)), {
        line.partition(marker)[2] for line in lines if marker in line
    }


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_next_run_ends_where_an_undisturbed_one_ends(
    fault: Fault, maker: Maker, undisturbed: Site, tmp_path: Path
) -> None:
    assert len(undisturbed.seen) > 10
    tags = {"core-v0.1.0", "demo-v0.1.0"}
    for number, what in enumerate(undisturbed.seen):
        site = Site(tmp_path / str(number), at=number, fault=fault)
        with served(site, maker) as request:
            first = site.run(request)
            assert len(site.seen) > number, what
            assert first is not None or site.registries.uploads == [], what
            again = site.run(request)
        assert again is not None, what
        assert again.live, (what, again.said)
        assert Counter(name for name, _ in site.registries.uploads) == {"core": 1, "demo": 1}, what
        assert on_remote(site) == (dict.fromkeys(tags, head(site.git)), tags), what
        if first is not None and first.live:
            assert set(again.statuses().values()) == {"present"}, what

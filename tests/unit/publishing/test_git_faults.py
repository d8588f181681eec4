"""A fault at every request that git makes in a release, one at a time; then the same release again.

Before the first upload git reads the release's records and asks for its tags, and writes its own
record; after the last it pushes the tags. Whatever happens to any of these, nothing is uploaded on a
guess, and the second run ends where an undisturbed one ends.
"""

from __future__ import annotations

import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable, Optional

import pytest
from fake_ci import API_TOKEN, PASSWORD, Job, TrustingRegistries
from fake_clock import FakeClock
from faults import FAULTS, Fault, patience_with, reset_before_it_is_stored
from git_server import PATH, GitServer
from made_repository import head, make_repository
from releases import Maker, Outcome, run

from cratewheel.errors import CratewheelError
from cratewheel.git import Git
from cratewheel.publishing.request import ReleaseRequest
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request
from cratewheel.release_tags import parse_remote_tags

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


def check(site: Site, request: ReleaseRequest, what: str) -> None:
    """A run, and another one; whatever became of the first, the second ends as an undisturbed one."""
    tags = {"core-v0.1.0", "demo-v0.1.0"}
    first = site.run(request)
    assert first is not None or site.registries.uploads == [], what
    again = site.run(request)
    assert again is not None, what
    assert again.live, (what, again.said)
    assert Counter(name for name, _ in site.registries.uploads) == {"core": 1, "demo": 1}, what
    assert on_remote(site) == (dict.fromkeys(tags, head(site.git)), tags), what
    if first is not None and first.live:
        assert set(again.statuses().values()) == {"present"}, what


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_next_run_ends_where_an_undisturbed_one_ends(
    fault: Fault, maker: Maker, undisturbed: Site, tmp_path: Path
) -> None:
    assert len(undisturbed.seen) > 10
    for number, what in enumerate(undisturbed.seen):
        site = Site(tmp_path / str(number), at=number, fault=fault)
        with served(site, maker) as request:
            check(site, request, what)
        assert len(site.seen) > number, what


def refusing(
    at: Optional[int], conversations: list[str]
) -> Callable[..., tuple[int, bytes, bytes]]:
    """Runs git as ever, except that its connection to the remote is refused once.

    Args:
        at: how many conversations with the remote come before that one.
        conversations: is given all of them.
    """
    real = Git.attempt

    def attempt(git: Git, arguments: Sequence[str], **more: Any) -> tuple[int, bytes, bytes]:
        if arguments[0] not in ("fetch", "ls-remote", "push"):
            return real(git, arguments, **more)
        conversations.append(arguments[0])
        if len(conversations) - 1 != at:
            return real(git, arguments, **more)
        # A port that nobody listens at: it takes more than a test's rights to.
        nowhere = {"http_proxy": "http://127.0.0.1:1", "no_proxy": "", "NO_PROXY": ""}
        code, output, errors = real(
            replace(git, env={**(git.env or {}), **nowhere}), arguments, **more
        )
        assert b"127.0.0.1 port 1" in errors, errors
        return code, output, errors

    return attempt


def test_a_connection_that_is_refused(
    maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every conversation: within one, git keeps to the connection that it has."""
    seen: list[str] = []
    undisturbed = Site(tmp_path / "undisturbed")
    with served(undisturbed, maker) as request, monkeypatch.context() as patch:
        patch.setattr(Git, "attempt", refusing(None, seen))
        assert undisturbed.run(request)
    assert len(seen) > 5
    for at, what in enumerate(seen):
        site = Site(tmp_path / str(at))
        with served(site, maker) as request, monkeypatch.context() as patch:
            patch.setattr(Git, "attempt", refusing(at, []))
            check(site, request, f"{what}, the {at}th conversation")

"""A fault at every request of a release, one at a time; then the same release again.

Whatever happened, the second run ends where an undisturbed one ends, and no file was stored twice.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Optional
from unittest import mock

import pytest
import requests
from fake_ci import REQUEST_TOKEN, Job, TrustingRegistries, trusting
from fake_clock import FakeClock
from faults import (
    FAULTS,
    Fault,
    internal_error,
    patience_with,
    too_many_requests,
)
from made_packages import make_crate, make_wheel
from made_repository import head, make_repository, records_on_remote, tags_on_remote
from releases import Maker, Outcome, run
from upload_forms import form

from cratewheel.errors import CratewheelError
from cratewheel.git import Git
from cratewheel.publishing.request import ReleaseRequest
from cratewheel.registries.crate_file import publish_body, read_crate
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request

TAGS = ("py3-none-any", "cp39-abi3-manylinux_2_17_x86_64", "cp39-abi3-macosx_11_0_arm64")
IDENTITY = "/identity"

Key = tuple[str, str, int]


@dataclass
class Site:
    """Registries in which one request, by its key, meets a fault.

    Args:
        at: the request that is disturbed: method, path and how many of these came before it.
        git: the repository that is tagged, None for none.
    """

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    at: Optional[Key] = None
    fault: Fault = internal_error
    git: Optional[Git] = None
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)
    disturbed: bool = False
    root: str = ""

    def __post_init__(self) -> None:
        self.crates = CratesRegistry(self.folder / "crates", self.clock, delay=0.2)
        self.python = PythonIndex(self.folder / "python", self.clock)
        self.job = Job(self.clock)
        self.trust = TrustingRegistries(Registries(self.crates, self.python), self.job)
        for name in ("bottom", "middle", "alone"):
            self.crates.publish(publish_body(read_crate(make_crate(name, "0.0.1"))))
            self.trust.known_crates.add(name)
        for name in ("demo", "other"):
            # A new project is another story: trusted publishing makes one of them at a time.
            self.python.upload(form(*make_wheel(name, "0.0.1")))
        self.trust.crates += trusting("bottom", "middle", "alone")
        self.trust.projects += trusting("demo", "other")
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        with self._lock:
            count = self.seen[request.method, request.path]
            self.seen[request.method, request.path] += 1
        if self.at == (request.method, request.path, count):
            self.disturbed = True
            return self.fault(lambda: self._pass_on(request), self.over)
        return self._pass_on(request)

    def _pass_on(self, request: Request) -> Answer:
        # One at a time, so that the count of uploads is one of uploads.
        with self._lock:
            return self.trust(request)

    def state(self) -> dict[str, str]:
        """Every file that the registries have: name to sha256."""
        found = {
            f"{name}-{each.version}.crate": each.checksum
            for name in ("bottom", "middle", "alone")
            for each in self.crates.versions(name)
        }
        for project in self.python.names():
            found.update(
                {each.filename: each.sha256 for each in self.python.project(project).files}
            )
        return found

    def run(self, request: ReleaseRequest) -> Optional[Outcome]:
        """A run, None when it stopped before uploading anything."""
        in_job = {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.root}{IDENTITY}?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
        }
        environment = {**(self.git.env or {} if self.git else {}), **in_job}
        patience = patience_with(self.fault)
        try:
            with mock.patch.dict(os.environ, in_job):
                return run(request, clock=self.clock, environment=environment, patience=patience)
        except CratewheelError:
            return None


@contextmanager
def served(site: Site, maker: Maker) -> Iterator[ReleaseRequest]:
    with LoopbackServer(site.answer) as server:
        site.root = server.root
        site.trust.host = server.root.partition("//")[2]
        yield maker.request(
            maker.folder,
            destination="registries",
            crates_registry=f"{server.root}/crates",
            python_repository=f"{server.root}/legacy/",
            checkout=site.git.root if site.git else None,
            commit=head(site.git) if site.git else None,
        )
        site.over.set()


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    maker = Maker(tmp_path_factory.mktemp("release"))
    maker.crate("bottom").crate("middle", "bottom").crate("alone")
    return maker.wheel("demo", "middle", tags=TAGS).wheel("other", tags=TAGS)


@pytest.fixture(scope="module")
def undisturbed(maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("undisturbed"))
    with served(site, maker) as request:
        outcome = site.run(request)
    assert outcome is not None
    assert outcome.live
    assert len(site.trust.uploads) == 11
    return site


def every_request(site: Site) -> list[Key]:
    return [
        (method, path, count)
        for (method, path), counts in sorted(site.seen.items())
        for count in range(counts)
    ]


def check(site: Site, undisturbed: Site, request: ReleaseRequest, key: Key) -> None:
    first = site.run(request)
    site.at = None
    again = site.run(request)
    assert again is not None, key
    assert again.live, (key, again.said)
    assert site.state() == undisturbed.state(), key
    assert len(site.trust.uploads) == 11, key
    if first is not None and first.live:
        assert set(again.statuses().values()) == {"present"}, key


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_next_run_ends_where_an_undisturbed_one_ends(
    fault: Fault, maker: Maker, undisturbed: Site, tmp_path: Path
) -> None:
    keys = every_request(undisturbed)
    if fault is too_many_requests:
        # What asks for an identity waits by the machine's own clock as long as it is told to.
        keys = [key for key in keys if key[1] != IDENTITY]
    disturbed = 0
    for number, key in enumerate(keys):
        site = Site(tmp_path / str(number), at=key, fault=fault)
        with served(site, maker) as request:
            check(site, undisturbed, request, key)
        disturbed += site.disturbed
    # How often a crate's index is asked depends on how the crates' waiting falls together.
    assert disturbed > 0.8 * len(keys) > 20


def refusing(key: Key, refused: list[Key]) -> Callable[..., Any]:
    """Sends like an adapter, except for one request, which is never sent and noted instead."""
    real = requests.adapters.HTTPAdapter.send
    asked: Counter[tuple[str, str]] = Counter()

    def send(self: Any, prepared: Any, *args: Any, **kwargs: Any) -> Any:
        where = (prepared.method, prepared.path_url)
        asked[where] += 1
        if (*where, asked[where] - 1) == key:
            refused.append(key)
            raise requests.ConnectionError("Connection refused")
        return real(self, prepared, *args, **kwargs)

    return send


def test_a_connection_that_is_refused(
    maker: Maker, undisturbed: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An identity is asked for by another library.
    keys = [key for key in every_request(undisturbed) if key[1] != IDENTITY]
    refused: list[Key] = []
    for number, key in enumerate(keys):
        site = Site(tmp_path / str(number))
        with served(site, maker) as request, monkeypatch.context() as patch:
            patch.setattr(requests.adapters.HTTPAdapter, "send", refusing(key, refused))
            check(site, undisturbed, request, key)
    assert len(refused) > 0.8 * len(keys) > 20


def test_tags_end_where_they_belong(maker: Maker, undisturbed: Site, tmp_path: Path) -> None:
    """Every request that changes something, each with the next kind of fault.

    What each kind does to each request is the table above. A tag depends on no more than whether the
    packages came to be live in the end, so it need not meet the whole table, of which every case
    would make a repository and start git some fifty times.
    """
    tags = {package.tag for package in maker.packages}
    changing = [key for key in every_request(undisturbed) if key[0] != "GET"]
    assert len(changing) > len(FAULTS)
    for key, (number, fault) in zip(changing, enumerate(itertools.cycle(FAULTS))):
        git = make_repository(tmp_path / f"clone-{number}")
        site = Site(tmp_path / str(number), at=key, fault=fault, git=git)
        with served(site, maker) as request:
            check(site, undisturbed, request, key)
        assert site.disturbed, key
        assert tags_on_remote(git) == dict.fromkeys(tags, head(git)), key
        assert records_on_remote(git) == tags, key

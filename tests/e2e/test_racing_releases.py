"""Two live publishers that release the same versions at the same time, from two machines."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Optional

import left_secrets
import pytest
from made_repository import clone, commit, head, make_repository, tags_on_remote
from marked_secrets import secret
from releases import Maker

from cratewheel.git import Git
from cratewheel.publishing import __main__ as publisher
from cratewheel.publishing.request import dumps
from cratewheel.registries.clock import SystemClock
from cratewheel.registries.crates import CratesRegistry, CrateVersion
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.refusal import Refusal
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request

SOURCE = {"src/lib.rs": "pub const VALUE: u8 = 1;"}
OTHER_SOURCE = {"src/lib.rs": "pub const VALUE: u8 = 2;"}
TOKENS = {"CARGO_REGISTRY_TOKEN": secret("crates"), "TWINE_PASSWORD": secret("python")}


class Entrance:
    """The registries as one of the publishers sees them.

    Its first question about a version waits for that of the other publisher, so that neither has
    seen anything of the other when it begins.
    """

    def __init__(self, registries: Registries, both: threading.Barrier) -> None:
        self._registries = registries
        self._both = both
        self._asked = False
        self._lock = threading.Lock()
        self.uploads = 0

    def __call__(self, request: Request) -> Answer:
        with self._lock:
            first, self._asked = not self._asked, True
            self.uploads += request.method in ("PUT", "POST")
        if first:
            self._both.wait(timeout=60)
        return self._registries(request)


def start(
    maker: Maker, root: str, git: Optional[Git] = None, commit: str = ""
) -> subprocess.Popen[str]:
    """Starts a publisher; without git it neither records nor tags."""
    changes = {} if git is None else {"checkout": git.root, "commit": commit}
    request = maker.request(
        maker.folder,
        destination="registries",
        crates_registry=f"{root}/crates",
        python_repository=f"{root}/legacy/",
        **changes,
    )
    path = maker.folder / "request.json"
    path.write_text(dumps(request))
    inherited = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
    environment = {} if git is None or git.env is None else git.env
    return subprocess.Popen(
        [sys.executable, "-m", publisher.__name__, str(path)],
        env={**inherited, **environment, **TOKENS, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@dataclass
class Race:
    """Registries with two entrances.

    Args:
        codes, said: of the publishers, in order.
    """

    crates: CratesRegistry
    python: PythonIndex
    codes: tuple[int, ...] = ()
    said: tuple[str, ...] = ()
    uploads: tuple[int, ...] = ()

    def run(self, starts: Sequence[Callable[[str], subprocess.Popen[str]]]) -> None:
        """Lets both run to their ends."""
        both = threading.Barrier(2)
        one, other = (Entrance(Registries(self.crates, self.python), both) for _ in range(2))
        with LoopbackServer(one) as first, LoopbackServer(other) as second:
            running = [begin(server.root) for begin, server in zip(starts, (first, second))]
            self.said = tuple(process.communicate(timeout=120)[0] for process in running)
        for said in self.said:
            left_secrets.check_text(said)
        self.codes = tuple(process.returncode for process in running)
        self.uploads = (one.uploads, other.uploads)

    def decided(self) -> tuple[int, int]:
        """Who has won and who has lost."""
        assert sorted(self.codes) == [0, 1], self.said
        return self.codes.index(0), self.codes.index(1)

    def published(self) -> dict[str, str]:
        """Every file that the registries have: name to sha256."""
        return {
            **{
                f"{name}-{each.version}.crate": each.checksum
                for name in ("core", "other")
                for each in self._versions(name)
            },
            **{
                each.filename: each.sha256
                for name in self.python.names()
                for each in self.python.project(name).files
            },
        }

    def _versions(self, name: str) -> tuple[CrateVersion, ...]:
        try:
            return self.crates.versions(name)
        except Refusal:
            return ()


@pytest.fixture
def race(tmp_path: Path) -> Race:
    clock = SystemClock()
    return Race(
        CratesRegistry(tmp_path / "crates", clock, delay=0), PythonIndex(tmp_path / "python", clock)
    )


def files_of(maker: Maker) -> dict[str, str]:
    return {file.filename: file.sha256 for file in maker.artifacts}


def made(folder: Path, source: Mapping[str, str], value: int) -> Maker:
    """A release in which nothing needs anything else: without an arbiter each could win a part."""
    maker = Maker(folder).crate("core", files=source).crate("other", files=source)
    return maker.wheel("demo", module=f"VALUE = {value}\n").wheel("second")


def test_one_set_is_published_and_one_run_says_why_it_stopped(race: Race, tmp_path: Path) -> None:
    first = make_repository(tmp_path)
    second = clone(first, tmp_path / "elsewhere")
    commits = [head(first), commit(second, "Other")]
    makers = [made(tmp_path / "a", SOURCE, 1), made(tmp_path / "b", OTHER_SOURCE, 2)]
    race.run(
        [
            partial(start, maker, git=git, commit=made_from)
            for maker, git, made_from in zip(makers, (first, second), commits)
        ]
    )
    winner, loser = race.decided()
    assert "CW-RECORD-RACED" in race.said[loser], race.said[loser]
    assert "Nothing was uploaded." in race.said[loser]
    assert race.uploads[loser] == 0
    assert race.published() == files_of(makers[winner])
    assert set(tags_on_remote(first).values()) == {commits[winner]}
    assert len(tags_on_remote(first)) == 4


def test_the_same_release_twice_at_once_is_one_release(race: Race, tmp_path: Path) -> None:
    first = make_repository(tmp_path)
    second = clone(first, tmp_path / "elsewhere")
    makers = [made(tmp_path / name, SOURCE, 1) for name in ("a", "b")]
    race.run(
        [
            partial(start, maker, git=git, commit=head(first))
            for maker, git in zip(makers, (first, second))
        ]
    )
    # Both may take part in it, file by file; or one was late with its record and has stopped.
    for code, said in zip(race.codes, race.said):
        assert code == 0 or "CW-RECORD-RACED" in said, said
    assert 0 in race.codes
    assert race.published() == files_of(makers[0])
    assert set(tags_on_remote(first).values()) == {head(first)}


def test_without_git_the_registry_decides(race: Race, tmp_path: Path) -> None:
    # One chain: who is first with the crate is first with everything.
    makers = [
        Maker(tmp_path / name)
        .crate("core", files=source)
        .wheel("demo", "core", module=f"VALUE = {name!r}\n")
        for name, source in (("a", SOURCE), ("b", OTHER_SOURCE))
    ]
    race.run([partial(start, maker) for maker in makers])
    winner, loser = race.decided()
    assert "CW-BYTES-DIFFER core-0.1.0.crate" in race.said[loser]
    assert "1 failed, 2 not attempted" in race.said[loser]
    assert race.published() == files_of(makers[winner])

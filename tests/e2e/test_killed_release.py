"""A publisher that is killed outright, before and after everything it does, and what the next makes of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

import pytest
from releases import Maker

from cratewheel.publishing import __main__ as publisher
from cratewheel.publishing.report import loads
from cratewheel.publishing.request import ReleaseRequest, dumps
from cratewheel.registries.clock import SystemClock
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request

UPLOADS = 7
TOKENS = {"CARGO_REGISTRY_TOKEN": "crates-secret", "TWINE_PASSWORD": "python-secret"}


@dataclass
class Site:
    """Registries that kill their client at one of its uploads.

    Args:
        at: the number of the upload, from 0; None for none.
        stored: whether the upload is stored before the client dies.
    """

    registries: Registries
    at: Optional[int] = None
    stored: bool = False
    victim: Optional[subprocess.Popen[str]] = None
    accepted: list[str] = field(default_factory=list)
    attempts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Answer:
        if request.method not in ("PUT", "POST"):
            return self.registries(request)
        with self.lock:
            number, self.attempts = self.attempts, self.attempts + 1
            if number == self.at:
                if self.stored:
                    self._store(request)
                assert self.victim is not None
                self.victim.kill()
                self.victim.wait(timeout=30)
                raise ConnectionResetError
            if self.at is not None and number > self.at:
                raise ConnectionResetError
            return self._store(request)

    def _store(self, request: Request) -> Answer:
        answer = self.registries(request)
        assert answer.status == 200
        self.accepted.append(request.path)
        return answer


def start(request: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", publisher.__name__, str(request)],
        env={
            **{name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"},
            **environment,
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def write(folder: Path, request: ReleaseRequest) -> Path:
    path = folder / "request.json"
    path.write_text(dumps(request))
    return path


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    maker = Maker(tmp_path / "release")
    tags = ("py3-none-any", "cp39-abi3-manylinux_2_17_x86_64")
    maker.crate("bottom").crate("middle", "bottom").wheel("demo", "middle", tags=tags)
    return maker.wheel("other", sdist=False, tags=tags)


def statuses(maker: Maker) -> list[str]:
    return [entry.status for entry in loads((maker.folder / "report.json").read_text())]


@pytest.mark.parametrize("stored", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(UPLOADS))
def test_killed_at_an_upload(at: int, stored: bool, maker: Maker, tmp_path: Path) -> None:
    crates = CratesRegistry(tmp_path / "crates", SystemClock(), delay=0)
    python = PythonIndex(tmp_path / "python", SystemClock())
    site = Site(Registries(crates, python), at=at, stored=stored)
    with LoopbackServer(site.answer) as server:
        request = maker.request(
            tmp_path,
            destination="registries",
            crates_registry=f"{server.root}/crates",
            python_repository=f"{server.root}/legacy/",
        )
        path = write(maker.folder, request)
        with site.lock:
            site.victim = start(path, TOKENS)
        site.victim.communicate(timeout=60)
        assert site.victim.returncode != 0
        said = statuses(maker)
        assert len(said) == UPLOADS
        assert "failed" not in said

        site.at = None
        again = start(path, TOKENS)
        output, _ = again.communicate(timeout=60)
        assert again.returncode == 0, output
        assert set(statuses(maker)) <= {"present", "uploaded"}
        assert len(site.accepted) == UPLOADS
        for secret in TOKENS.values():
            assert secret not in output


@pytest.mark.parametrize("seconds", [0.3, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0])
def test_a_rehearsal_killed_at_any_moment(seconds: float, maker: Maker, tmp_path: Path) -> None:
    rehearsal = tmp_path / "rehearsal"
    path = write(maker.folder, maker.request(rehearsal))
    victim = start(path, {})
    try:
        victim.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        victim.kill()
        victim.communicate(timeout=60)
    again = start(path, {})
    output, _ = again.communicate(timeout=60)
    assert again.returncode == 0, output
    assert "This was a rehearsal" in output.splitlines()[-1]
    assert len(list(rehearsal.glob("packages/*/*.whl"))) == 4
    assert len(list(rehearsal.glob("crates/*/*.crate"))) == 2
    assert not list(rehearsal.rglob(".unfinished-*"))

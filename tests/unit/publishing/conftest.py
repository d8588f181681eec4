"""Makes the packages and the clock of the registries' tests importable from here."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "registries"))

from fake_ci import REQUEST_TOKEN, Job, TrustingRegistries
from fake_clock import FakeClock
from marked_secrets import hide
from releases import Maker
from sites import Site

from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import LoopbackServer, Registries


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, None]:
    outcome = yield
    hide(outcome.get_result())


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    clock = FakeClock()
    crates = CratesRegistry(tmp_path / "crates", clock, delay=1.0)
    python = PythonIndex(tmp_path / "python", clock)
    registries = Registries(crates, python)
    job = Job(clock)
    trust = TrustingRegistries(registries, job)
    with LoopbackServer(trust) as server:
        trust.host = server.root.partition("//")[2]
        in_job = {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.root}/identity?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
        }
        for name, value in in_job.items():
            monkeypatch.setenv(name, value)
        yield Site(server.root, clock, crates, python, trust, Maker(tmp_path / "release"), in_job)

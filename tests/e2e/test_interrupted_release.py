"""A publisher that is asked to end, by a person or by a CI system that cancels the job."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import left_secrets
import pytest
from marked_secrets import secret
from releases import Maker

from cratewheel.publishing import __main__ as publisher
from cratewheel.publishing.request import dumps
from cratewheel.registries.clock import SystemClock
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request

TOKENS = {"CARGO_REGISTRY_TOKEN": secret("crates"), "TWINE_PASSWORD": secret("python")}


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "cancelled"])
def test_whoever_interrupts_does_not_wait_for_a_registry(sent: int, tmp_path: Path) -> None:
    maker = Maker(tmp_path / "release").crate("bottom").wheel("demo", "bottom")
    # An index that never shows what was uploaded.
    crates = CratesRegistry(tmp_path / "crates", SystemClock(), delay=10_000)
    registries = Registries(crates, PythonIndex(tmp_path / "python", SystemClock()))
    uploaded, waiting = threading.Event(), threading.Event()

    def answer(request: Request) -> Answer:
        if request.method == "GET" and uploaded.is_set():
            waiting.set()
        if request.method == "PUT":
            uploaded.set()
        return registries(request)

    with LoopbackServer(answer) as server:
        request = maker.request(
            maker.folder,
            destination="registries",
            crates_registry=f"{server.root}/crates",
            python_repository=f"{server.root}/legacy/",
        )
        path = maker.folder / "request.json"
        path.write_text(dumps(request))
        inherited = {name: value for name, value in os.environ.items() if "GITHUB" not in name}
        victim = subprocess.Popen(
            [sys.executable, "-m", publisher.__name__, str(path)],
            env={**inherited, **TOKENS, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert waiting.wait(60)
        victim.send_signal(sent)
        output, _ = victim.communicate(timeout=30)
    left_secrets.check_text(output)
    left_secrets.check_folder(tmp_path)
    assert victim.returncode == 130, output
    assert "Interrupted. Run the same again to finish" in output
    assert "Traceback" not in output

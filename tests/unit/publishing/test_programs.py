"""The publisher and the registries as the programs that Pants and people start."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from urllib.request import urlopen

from releases import Maker

import cratewheel.publishing.__main__ as publisher
import cratewheel.publishing.ask as asker
import cratewheel.registries.__main__ as registries
from cratewheel.publishing.request import ReleaseRequest, dumps


def written(request: ReleaseRequest, path: Path) -> Path:
    path.write_text(dumps(request))
    return path


def started(program: ModuleType, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB")}
    return subprocess.run(
        [sys.executable, "-m", program.__name__, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_a_request_is_carried_out_once_and_asked_about_at_any_time(tmp_path: Path) -> None:
    made = Maker(tmp_path).crate("core").wheel("py", "core")
    request = written(made.request(tmp_path / "rehearsal"), tmp_path / "request.json")

    def statuses() -> list[str]:
        asked = started(asker, str(request))
        assert asked.returncode == 0, asked.stderr
        return [entry["status"] for entry in json.loads(asked.stdout)]

    assert statuses() == ["not-attempted"] * 3
    first = started(publisher, str(request))
    assert first.returncode == 0, first.stdout + first.stderr
    assert "core-0.1.0.crate: uploaded" in first.stdout
    assert statuses() == ["present"] * 3
    again = started(publisher, str(request))
    assert again.returncode == 0
    assert "0 uploaded, 3 already there" in again.stdout.replace("\n", " ")


def test_what_is_no_request_is_said_without_frames(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    for text in ("{", "[]", "{}", '{"plan": 1}'):
        path.write_text(text)
        for program in (publisher, asker):
            done = started(program, str(path))
            assert done.returncode == 1
            assert "CW-" in done.stdout + done.stderr
            assert "Traceback" not in done.stderr
    assert started(publisher).returncode == 2


def test_a_rehearsal_is_served_until_it_is_interrupted(tmp_path: Path) -> None:
    made = Maker(tmp_path).crate("core").wheel("py", "core")
    request = written(made.request(tmp_path / "rehearsal"), tmp_path / "request.json")
    assert started(publisher, str(request)).returncode == 0
    command = [sys.executable, "-m", registries.__name__, "serve", str(tmp_path / "rehearsal")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        lines = server.stdout.readline() + server.stdout.readline()
        found = re.search(r"--index-url (http://127\.0\.0\.1:\d+/simple) ", lines)
        assert found is not None, lines
        with urlopen(f"{found[1]}/py/") as page:
            assert "py-0.1.0-py3-none-any.whl" in page.read().decode()
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=60) == 0
        assert server.stderr is not None
        assert "Traceback" not in server.stderr.read()


def test_a_folder_that_is_no_rehearsal_is_not_served(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = started(registries, "serve", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("CW-")
    assert (tmp_path / "mine.txt").read_text() == "mine"

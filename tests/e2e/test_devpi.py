"""A release to devpi-server, an index that is nobody's mirror image."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from marked_secrets import secret
from releases import Maker, Outcome, run
from started_server import started

from cratewheel.errors import CratewheelError
from cratewheel.registries.clock import SystemClock

DEVPI = "devpi-server==6.20.3"
PYTHON = shutil.which("python3") or sys.executable
CREDENTIALS = {"TWINE_USERNAME": "tester", "TWINE_PASSWORD": secret("devpi")}
TAGS = ("py3-none-any", "cp39-abi3-manylinux_2_17_x86_64")


@dataclass(frozen=True)
class Devpi:
    """A running server with one index whose files cannot be replaced."""

    root: str

    @property
    def upload(self) -> str:
        return f"{self.root}/tester/release/"

    def release(self, maker: Maker) -> Outcome:
        request = maker.request(
            maker.folder, destination="registries", python_repository=self.upload
        )
        return run(request, clock=SystemClock(), environment=CREDENTIALS)


@pytest.fixture(scope="module")
def devpi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devpi]:
    folder = tmp_path_factory.mktemp("devpi")
    programs = folder / "environment" / "bin"
    _call([PYTHON, "-m", "venv", str(folder / "environment")])
    _call([str(programs / "pip"), "install", "--quiet", DEVPI])
    data = ["--serverdir", str(folder / "data")]
    _call([str(programs / "devpi-init"), *data, "--no-root-pypi"])
    port = _free_port()
    command = [str(programs / "devpi-server"), *data, "--offline-mode", "--port", str(port)]
    with started(command, "Serving on http://"):
        root = f"http://127.0.0.1:{port}"
        _make_index(root)
        yield Devpi(root)


def test_a_release_is_uploaded_once_and_completed_file_by_file(
    devpi: Devpi, tmp_path: Path
) -> None:
    part = Maker(tmp_path / "part").wheel("demo-pkg", tags=TAGS[:1], sdist=False)
    assert devpi.release(part).statuses() == {"demo_pkg-0.1.0-py3-none-any.whl": "uploaded"}
    whole = Maker(tmp_path / "whole").wheel("demo-pkg", tags=TAGS)
    assert devpi.release(whole).statuses() == {
        "demo_pkg-0.1.0-py3-none-any.whl": "present",
        "demo_pkg-0.1.0-cp39-abi3-manylinux_2_17_x86_64.whl": "uploaded",
        "demo_pkg-0.1.0.tar.gz": "uploaded",
    }
    again = devpi.release(whole)
    assert set(again.statuses().values()) == {"present"}


def test_other_bytes_are_found_before_anything_is_uploaded(devpi: Devpi, tmp_path: Path) -> None:
    devpi.release(Maker(tmp_path / "one").wheel("other-pkg", sdist=False))
    changed = Maker(tmp_path / "two").wheel("other-pkg", sdist=False, module="VALUE = 2\n")
    with pytest.raises(CratewheelError) as caught:
        devpi.release(changed.wheel("third-pkg"))
    assert caught.value.codes == ("CW-BYTES-DIFFER",)
    page = requests.get(f"{devpi.upload}+simple/third-pkg/", timeout=10)
    assert page.status_code == 404


def test_a_wrong_password_is_said(devpi: Devpi, tmp_path: Path) -> None:
    maker = Maker(tmp_path).wheel("demo-pkg", version="0.2.0", sdist=False)
    request = maker.request(tmp_path, destination="registries", python_repository=devpi.upload)
    environment = {**CREDENTIALS, "TWINE_PASSWORD": secret("wrong")}
    outcome = run(request, clock=SystemClock(), environment=environment)
    assert set(outcome.statuses().values()) == {"failed"}
    assert "CW-UPLOAD-REFUSED" in outcome.said


def _make_index(root: str) -> None:
    user, password = CREDENTIALS["TWINE_USERNAME"], CREDENTIALS["TWINE_PASSWORD"]
    session = requests.Session()
    session.headers["Accept"] = "application/json"
    session.put(f"{root}/{user}", json={"password": password}).raise_for_status()
    login = session.post(f"{root}/+login", json={"user": user, "password": password})
    token = login.json()["result"]["password"]
    session.headers["X-Devpi-Auth"] = base64.b64encode(f"{user}:{token}".encode()).decode()
    index = {"bases": [], "volatile": False}
    session.put(f"{root}/{user}/release", json=index).raise_for_status()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _call(command: Sequence[str]) -> None:
    result = subprocess.run(
        command,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == 0, result.stdout

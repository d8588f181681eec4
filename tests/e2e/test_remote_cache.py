"""A cache server between machines: what one has built, another takes without starting rustc."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pants_run import PANTS_TOML, Repository, Result, install_launcher, repository, run

from cratewheel.build.interpreters import discover

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")

BUILDGRID = "buildgrid==0.4.4"
CONFIGURATION = """
description: A cache.
server:
  - !channel
    address: 127.0.0.1:{port}
    insecure-mode: true
storages:
  - !disk-storage &storage
    path: {folder}/cas
caches:
  - !lru-action-cache &cache
    storage: *storage
    max-cached-refs: 10000
    allow-updates: true
    cache-failed-actions: false
instances:
  - name: main
    description: Everything.
    services:
      - !action-cache
        cache: *cache
      - !cas
        storage: *storage
      - !bytestream
        storage: *storage
thread-pool-size: 30
"""

# One that this machine's own linker keeps, so that nothing more has to be installed.
FLOOR = f"manylinux_{platform.libc_ver()[1].replace('.', '_')}"
CRATE = (
    '[package]\nname = "{name}"\nversion = "0.4.0"\nedition = "2021"\n'
    'description = "A crate"\nlicense = "MIT"\n'
)
FILES = {
    "pants.toml": PANTS_TOML,
    ".gitignore": "/.pants.d/\n/.pids/\n/dist/\n/3rdparty/\n",
    "BUILD": 'cargo_workspace(name="cargo")\n',
    "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["core", "python"]\n',
    "Cargo.lock": """version = 4

[[package]]
name = "cw-e2e-shared"
version = "0.4.0"

[[package]]
name = "cw-e2e-shared-py"
version = "0.4.0"
dependencies = ["cw-e2e-shared"]
""",
    "core/BUILD": "crate_package(publish=True)\n",
    "core/Cargo.toml": CRATE.format(name="cw-e2e-shared"),
    "core/src/lib.rs": "pub fn answer() -> u32 { 42 }\n",
    "python/BUILD": f'maturin_wheel(publish=True, compatibility="{FLOOR}")\n',
    "python/Cargo.toml": CRATE.format(name="cw-e2e-shared-py")
    + '[dependencies]\ncw-e2e-shared = { path = "../core", version = "0.4" }\n',
    "python/src/main.rs": 'fn main() { println!("{}", cw_e2e_shared::answer()); }\n',
    "python/pyproject.toml": """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "cw-e2e-shared-py"
requires-python = ">=3.9"
dynamic = ["version"]

[tool.maturin]
bindings = "bin"
""",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running BuildGrid that keeps what it is given, and runs nothing."""
    folder = tmp_path_factory.mktemp("buildgrid")
    programs = folder / "environment" / "bin"
    # The server wants a later Python than these tests run on.
    later = [each for each in discover(os.environ) if each.tag in ("cp311", "cp312", "cp313")]
    python = next((each.path for each in later if not each.platform), None)
    if python is None:
        pytest.skip("buildgrid needs CPython 3.11, 3.12 or 3.13, and there is none")
    subprocess.run([python, "-m", "venv", str(folder / "environment")], check=True)
    subprocess.run([str(programs / "pip"), "install", "--quiet", BUILDGRID], check=True)
    port = _free_port()
    configuration = folder / "server.yml"
    configuration.write_text(CONFIGURATION.format(port=port, folder=folder))
    (folder / "cas").mkdir()
    server = subprocess.Popen(
        [str(programs / "bgd"), "server", "start", str(configuration)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(port, server)
        yield f"grpc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


@dataclass(frozen=True)
class Machine:
    """A machine as far as Pants knows: a checkout, a home and caches that no other has.

    Its rustc is the real one and takes down what it is started for.
    """

    folder: Path
    checkout: Repository
    store: str

    def package(self, *options: str) -> Result:
        real = run(["rustup", "which", "rustc"], self.folder).stdout.strip() or shutil.which(
            "rustc"
        )
        cargo = run(["rustup", "which", "cargo"], self.folder).stdout.strip() or shutil.which(
            "cargo"
        )
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        _script(programs / "rustc", f'echo "$@" >>{self.folder}/started\nexec {real} "$@"')
        _script(programs / "cargo", f'exec {cargo} "$@"')
        home = self.folder / "home"
        (home / ".cargo").mkdir(parents=True, exist_ok=True)
        return self.checkout.pants(
            *(
                "--remote-cache-read",
                "--remote-cache-write",
                f"--remote-store-address={self.store}",
            ),
            *("--remote-instance-name=main", *options, "package", "::"),
            environment={
                "HOME": str(home),
                "CARGO_HOME": str(home / ".cargo"),
                "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
                # The launcher's own environment is not what is tried here.
                "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
                "PANTS_LOCAL_STORE_DIR": str(self.folder / "store"),
                "PANTS_NAMED_CACHES_DIR": str(self.folder / "caches"),
            },
        )

    @property
    def compiled(self) -> list[str]:
        """The crates that rustc was started for."""
        started = (self.folder / "started").read_text().splitlines()
        return [line for line in started if "--crate-name" in line and "___" not in line]

    @property
    def built(self) -> dict[str, str]:
        """The SHA-256 of every file that was packaged."""
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (self.checkout.root / "dist").iterdir()
        }


def _script(path: Path, command: str) -> None:
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)


@contextmanager
def machine(folder: Path, store: str) -> Iterator[Machine]:
    """A machine with a checkout of the same commit as every other's."""
    checkout = folder / "checkout"
    checkout.mkdir(parents=True)
    install_launcher(checkout)
    with repository(checkout, commit=False) as made:
        made.write(FILES)
        made.commit("Start")
        yield Machine(folder, made, store)


@pytest.fixture
def first(tmp_path: Path, store: str) -> Iterator[Machine]:
    with machine(tmp_path / "first", store) as made:
        yield made


@pytest.fixture
def second(tmp_path: Path, store: str) -> Iterator[Machine]:
    with machine(tmp_path / "another" / "place", store) as made:
        yield made


def test_a_second_machine_takes_wheels_and_crates_from_the_cache(
    first: Machine, second: Machine
) -> None:
    first.package().succeeded()
    assert first.compiled
    assert sorted(name.rpartition(".")[2] for name in first.built) == ["crate", "gz", "whl"]

    second.package().succeeded()
    assert second.built == first.built
    assert second.compiled == []

    # What the first did not build is built, so that the silence of rustc above means something.
    second.checkout.replace("core/src/lib.rs", "42", "43")
    second.package().succeeded()
    assert second.compiled

    said = second.checkout.pants(
        *("--remote-cache-read", f"--remote-store-address={second.store}"),
        *("--cratewheel-destination=registries", "release", "::"),
        environment={"HOME": str(second.folder / "home")},
    )
    said.refused("CW-REMOTE-CACHE")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise AssertionError(f"the server ended with status {server.returncode}")
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")

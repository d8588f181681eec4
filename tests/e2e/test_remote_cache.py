"""A cache server between machines: what one has built, another takes without starting rustc."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from extension_project import PROJECT, abi, crate, interpreters
from pants_run import Repository, Result, install_launcher, repository, run
from recording_rust import RecordingRust
from started_server import started

from cratewheel.build.interpreters import Interpreter, discover

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
FILES = {
    **PROJECT,
    ".gitignore": "/.pants.d/\n/.pids/\n/dist/\n/3rdparty/\n",
    "Cargo.toml": PROJECT["Cargo.toml"].replace('"core"', '"core", "program"'),
    "core/BUILD": "crate_package(publish=True)\n",
    "program/BUILD": f'maturin_wheel(publish=True, compatibility="{FLOOR}", sdist=False)\n',
    "program/Cargo.toml": crate(
        "cw-again-program",
        '[dependencies]\ncw-again-core = { path = "../core", version = "0.4" }\n',
    ),
    "program/src/main.rs": 'fn main() { println!("{}", cw_again_core::ANSWER); }\n',
    "program/pyproject.toml": PROJECT["wheel/pyproject.toml"]
    .partition("[tool.maturin]")[0]
    .replace('"cw-again"', '"cw-again-program"')
    + '[tool.maturin]\nbindings = "bin"\n',
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
    # It writes the file when it answers, and with -vv says so.
    options = ["-vv", "--pid-file", str(folder / "pid")]
    command = [str(programs / "bgd"), "server", "start", *options, str(configuration)]
    with started(command, "Created pid-file"):
        yield f"grpc://127.0.0.1:{port}"


@dataclass(frozen=True)
class Machine:
    """A machine as far as Pants knows: a checkout, a home and caches that no other has.

    Its Rust is the same as that of every other, and so are its interpreters, at other places.
    """

    folder: Path
    checkout: Repository
    store: str
    pythons: tuple[Interpreter, ...]

    @property
    def rust(self) -> RecordingRust:
        return RecordingRust(self.folder / "bin", "shared", processor=self.folder.name)

    @property
    def variables(self) -> Mapping[str, str]:
        home = self.folder / "home"
        (home / ".cargo").mkdir(parents=True, exist_ok=True)
        rust = self.rust.variables()
        return {
            "PATH": os.pathsep.join([str(self.folder / "pythons" / "bin"), rust["PATH"]]),
            "HOME": str(home),
            "CARGO_HOME": str(home / ".cargo"),
            # The launcher's own environment is not what is tried here.
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
            "PANTS_LOCAL_STORE_DIR": str(self.folder / "store"),
            "PANTS_NAMED_CACHES_DIR": str(self.folder / "caches"),
        }

    def pants(self, *arguments: str) -> Result:
        return self.checkout.pants(
            *(
                "--remote-cache-read",
                "--remote-cache-write",
                f"--remote-store-address={self.store}",
                "--remote-instance-name=main",
                # What is still on its way to the store when a run ends is else given up after seconds.
                "--session-end-tasks-timeout=120",
            ),
            *arguments,
            environment=self.variables,
        )

    @property
    def built(self) -> dict[str, str]:
        """The SHA-256 of every file that was packaged."""
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (self.checkout.root / "dist").iterdir()
            if path.suffix != ".json"
        }


def _moved(python: Interpreter, folder: Path) -> None:
    """An interpreter at a place of its own."""
    real = Path(python.path)
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(real, folder / "bin" / real.name)
    for library in real.parents[1].glob("lib*"):
        if not (folder / library.name).exists():
            (folder / library.name).mkdir()
        for each in library.iterdir():
            place = folder / library.name / each.name
            if not place.exists():
                place.symlink_to(each)


@contextmanager
def machine(folder: Path, store: str) -> Iterator[Machine]:
    """A machine with a checkout of the same commit as every other's."""
    pythons = interpreters()[-2:]
    for python in pythons:
        _moved(python, folder / "pythons")
    checkout = folder / "checkout"
    checkout.mkdir(parents=True)
    install_launcher(checkout)
    with repository(checkout, commit=False) as made:
        made.write(FILES)
        families = ", ".join(f'"{abi(each)}"' for each in pythons)
        with (checkout / "wheel/BUILD").open("a") as file:
            # What stands in for PyO3 makes no module that could be imported.
            file.write(
                f'maturin_wheel(publish=True, compatibility="{FLOOR}", abis=[{families}], test_command="")\n'
            )
        run(["cargo", "generate-lockfile", "--quiet"], checkout).succeeded()
        made.git("add", "--all")
        # The moment of a commit goes into what is built of it.
        dates = {f"GIT_{who}_DATE": "1700000000 +0000" for who in ("AUTHOR", "COMMITTER")}
        commit = ["git", "commit", "--quiet", "--message=Start"]
        run(commit, checkout, environment=dates).succeeded()
        yield Machine(folder, made, store, tuple(pythons))


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
    first.pants("package", "::").succeeded()
    assert {"_again", "cw_again_core", "cw_again_program"} <= set(first.rust.compiled())
    kinds = sorted(name.rpartition(".")[2] for name in first.built)
    # Those of core and of what stands in for PyO3.
    assert kinds == ["crate", "crate", "gz", *["whl"] * (len(first.pythons) + 1)]

    second.pants("package", "::").succeeded()
    assert second.built == first.built
    assert second.rust.compiled() == []
    # Both have built for the same interpreters, each for its own.
    for python in first.pythons:
        links = [
            os.readlink(here.folder / "caches/cratewheel_toolchains/python" / python.tag)
            for here in (first, second)
        ]
        assert links[0] != links[1]

    # What is built by a plan is shipped by another job, so nothing is taken unless that is allowed.
    second.pants("release-plan", "--offline", "--output=dist/plan.json", "::").succeeded()
    by_plan = ("--cratewheel-destination=registries", "--cratewheel-plan=dist/plan.json")
    second.pants(*by_plan, "package", "::").refused("CW-REMOTE-CACHE")
    assert second.rust.compiled() == []
    second.pants(*by_plan, "--cratewheel-allow-remote-cache", "package", "::").succeeded()
    second.pants("--cratewheel-destination=registries", "release", "::").refused("CW-REMOTE-CACHE")

    # What is compiled for the very processor of a machine is no other's, and is not shipped.
    native = {".cargo/config.toml": '[build]\nrustflags = ["-Ctarget-cpu=native"]\n'}
    for each in (first, second):
        each.rust.compiled()
        with each.checkout.changed(native):
            built = each.pants("package", "wheel").succeeded()
            assert "CW-TARGET-CPU-NATIVE .cargo/config.toml" in built.output
            assert "_again" in each.rust.compiled()
    with second.checkout.changed(native):
        allowed = (*by_plan, "--cratewheel-allow-remote-cache")
        refused = second.pants(*allowed, "package", "wheel").refused("CW-TARGET-CPU-NATIVE")
        assert ".cargo/config.toml" in refused.output

    # What the first did not build is built, so that the silence of rustc above means something.
    second.rust.compiled()
    second.checkout.replace("core/src/lib.rs", "forty-two", "forty-three")
    second.pants("package", "::").succeeded()
    assert {"_again", "cw_again_core", "cw_again_program"} <= set(second.rust.compiled())

    # And it comes out the same where another machine, at another place, has nothing of the first's.
    first.checkout.replace("core/src/lib.rs", "forty-two", "forty-three")
    first.pants("--no-remote-cache-read", "package", "::").succeeded()
    assert {"_again", "cw_again_core", "cw_again_program"} <= set(first.rust.compiled())
    assert first.built == second.built


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])

"""How long the publishing step takes, beside the least that any publisher could take.

    ./pants run tests/benchmarks:publish -- --json publish.json

uploads 40 crates, of which ten at a time need the ten before, and 60 files of 5 Python packages to a
server on this machine that answers every request 50 ms late and shows a crate in its index a second
after it has taken it. Prints a table and writes a list of `{case, ours, peer, ratio, bound, holds,
pairs}`. The peer is computed: the critical path, which is the longest chain of requests and waits that
need one another, and the same requests and waits one after another. About half a minute.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from io import StringIO
from multiprocessing.connection import Connection
from pathlib import Path

from comparison import A_TENTH, Benchmark, Comparison, Results, compare
from releases import Maker

from cratewheel.publishing.request import ReleaseRequest
from cratewheel.publishing.run import publish
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript
from cratewheel.registries.clock import SystemClock
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request

CRITICAL_PATH_BOUND = 1.5
_TOKENS = {"CARGO_REGISTRY_TOKEN": "x", "TWINE_PASSWORD": "x"}


@dataclass(frozen=True)
class Load:
    """What is published, and to what kind of server.

    Args:
        layers: of crates, each of which needs the one before.
        width: crates in a layer.
        projects: Python packages, each of which needs the last layer.
        files: of each Python package, one of them the sdist.
        latency: seconds by which every answer is late.
        delay: seconds until the index shows a crate.
    """

    layers: int = 4
    width: int = 10
    projects: int = 5
    files: int = 12
    latency: float = 0.05
    delay: float = 1.0

    @property
    def crate_seconds(self) -> float:
        """From the upload of a crate to the answer of the index that shows it."""
        return self.latency + self.delay + self.latency

    @property
    def critical_path(self) -> float:
        """Seconds that no order of the requests can save.

        The registry's configuration and what it has; layer after layer; then of a Python package
        the first file, which makes the release, the other wheels, the sdist and the page that shows it.
        """
        return (
            2 * self.latency
            + self.layers * self.crate_seconds
            + self.latency * (1 + (self.files > 2) + (self.files > 1) + 1)
        )

    @property
    def one_after_another(self) -> float:
        """Seconds when nothing is done while something else is waited for."""
        crates = self.layers * self.width
        questions = (1 + crates + 2 * self.projects) * self.latency
        return questions + crates * self.crate_seconds + self.projects * self.files * self.latency


FULL = Load()
QUICK = Load(layers=2, width=3, projects=2, files=4, delay=0.2)


def serve(folder: Path, load: Load, caller: Connection) -> None:
    """Registries that answer late, in a process of their own, as registries are.

    Args:
        folder: a new one.
        caller: is sent the address, says when it is enough, and is sent the number of uploads.
    """
    clock = SystemClock()
    registries = Registries(
        CratesRegistry(folder / "crates", clock, delay=load.delay),
        PythonIndex(folder / "python", clock),
    )
    uploads = []

    def late(request: Request) -> Answer:
        time.sleep(load.latency)
        if request.method in ("PUT", "POST"):
            uploads.append(request.path)
        return registries(request)

    with LoopbackServer(late) as server:
        caller.send(server.root)
        caller.recv()
    caller.send(len(uploads))


def make_release(folder: Path, load: Load) -> ReleaseRequest:
    """The files of a release; its addresses are still missing."""
    maker = Maker(folder)
    for layer in range(load.layers):
        needs = [f"c{layer - 1}-{number}" for number in range(load.width)] if layer else []
        for number in range(load.width):
            maker.crate(f"c{layer}-{number}", *needs)
    last = [f"c{load.layers - 1}-{number}" for number in range(load.width)]
    tags = [f"cp39-abi3-manylinux_2_{minor}_x86_64" for minor in range(17, 16 + load.files)]
    for number in range(load.projects):
        maker.wheel(f"w{number}", *last, tags=tags)
    return maker.request(folder, destination="registries")


def publishing_seconds(folder: Path, release: ReleaseRequest, load: Load) -> float:
    """Seconds that the publisher takes to publish everything once.

    Args:
        folder: a new one, for the registries.
    """
    processes = multiprocessing.get_context("fork")
    ours, theirs = processes.Pipe()
    registries = processes.Process(target=serve, args=(folder, load, theirs))
    registries.start()
    root = ours.recv()
    request = replace(
        release, crates_registry=f"{root}/crates", python_repository=f"{root}/legacy/"
    )
    said = StringIO()
    around = Surroundings(SystemClock(), Transcript(said), _TOKENS)
    start = time.perf_counter()
    live = publish(request, around)
    seconds = time.perf_counter() - start
    ours.send("enough")
    uploads = ours.recv()
    registries.join()
    assert live, said.getvalue()
    assert uploads == load.layers * load.width + load.projects * load.files
    return seconds


def cases(folder: Path, load: Load, rounds: int) -> list[Comparison]:
    """The publishing step beside the critical path, and beside one thing after another."""
    release = make_release(folder / "release", load)
    measured = [
        publishing_seconds(folder / f"round-{number}", release, load) for number in range(rounds)
    ]
    return [
        compare(
            "publish / critical path",
            [(seconds, load.critical_path) for seconds in measured],
            CRITICAL_PATH_BOUND,
        ),
        compare(
            "publish / one after another",
            [(seconds, load.one_after_another) for seconds in measured],
            1.0,
        ),
    ]


def measure(options: argparse.Namespace) -> Results:
    """Everything, with registries of its own."""
    with tempfile.TemporaryDirectory() as directory:
        load = QUICK if options.quick else FULL
        return Results(cases(Path(directory), load, options.rounds), binding=not options.quick)


main = Benchmark(__doc__, measure, rounds=5, quick=A_TENTH).main


if __name__ == "__main__":
    sys.exit(main())

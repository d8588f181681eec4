"""What somebody who watches a terminal sees while a file is on its way."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fake_clock import FakeClock
from made_packages import make_crate, make_wheel
from marked_secrets import secret
from releases import Maker

from cratewheel.publishing import python_client
from cratewheel.publishing.crates_client import CratesClient
from cratewheel.publishing.credentials import Credential
from cratewheel.publishing.pace import Pace
from cratewheel.publishing.progress import EVERY_SECONDS, Progress
from cratewheel.publishing.run import publish
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript
from cratewheel.publishing.transport import Transport
from cratewheel.registries.crate_file import publish_body, read_crate
from cratewheel.registries.server import Answer, LoopbackServer, Request, json_answer

#: Does not compress, and takes several reads.
NOISE = "".join(f"pub const C{number}: u64 = {number**7};\n" for number in range(40_000))


class SlowClock(FakeClock):
    """Every look at it takes a second."""

    def now(self) -> float:
        self.sleep(1.0)
        return super().now()


@dataclass
class Server:
    """Takes every upload."""

    root: str = ""
    bodies: list[bytes] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Answer:
        assert int(request.headers["content-length"]) == len(request.body)
        assert "transfer-encoding" not in request.headers
        self.bodies.append(request.body)
        return json_answer({"warnings": {}})

    @property
    def transport(self) -> Transport:
        clock = SlowClock()
        return Transport(clock, 5, progress=Progress(clock, self.said.append))


@pytest.fixture
def server() -> Iterator[Server]:
    taking = Server()
    with LoopbackServer(taking) as running:
        taking.root = running.root
        yield taking


def test_a_crate_is_said_to_be_under_way_and_arrives_whole(server: Server) -> None:
    crate = read_crate(make_crate("demo", "1.2.0", files={"src/lib.rs": NOISE}))
    transport = server.transport
    client = CratesClient(transport, server.root, None, Pace(transport.clock, 0.0), "registry")
    client.publish(crate, "token")
    assert server.bodies == [publish_body(crate, registry="registry")]
    assert server.said
    assert all(line.startswith("demo-1.2.0.crate: ") for line in server.said)
    size = f"{len(server.bodies[0]) / 1000:.0f} kB"
    assert all(f" of {size} sent, " in line and line.endswith("B/s") for line in server.said)


def test_a_wheel_is_said_to_be_under_way_and_arrives_whole(server: Server, tmp_path: Path) -> None:
    name, content = make_wheel("demo", "1.2.0", module=NOISE)
    path = tmp_path / name
    path.write_bytes(content)
    client = python_client.connect(server.transport, f"{server.root}/legacy/")
    client.send(path, Credential("__token__", secret("python"), "the test"))
    (body,) = server.bodies
    assert content in body
    assert server.said
    assert all(line.startswith(f"{name}: ") for line in server.said)


def test_it_is_said_every_few_seconds_and_how_fast_it_goes() -> None:
    said: list[str] = []
    clock = FakeClock()
    body = Progress(clock, said.append).watched("demo.whl", b"x" * 10_000)
    assert len(body) == 10_000
    read = []
    for seconds in itertools.repeat(2.0, 6):
        read.append(body.read(2_000))
        clock.sleep(seconds)
    assert b"".join(read) == b"x" * 10_000
    assert EVERY_SECONDS == 3.0
    assert said == [
        "demo.whl: 4.00 kB of 10.0 kB sent, 1.00 kB/s",
        "demo.whl: 8.00 kB of 10.0 kB sent, 1.00 kB/s",
    ]


def test_a_fast_upload_needs_no_word() -> None:
    said: list[str] = []
    body = Progress(FakeClock(), said.append).watched("demo.whl", b"x" * 100_000)
    assert b"".join(body) == b"x" * 100_000
    assert said == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["a log", "a terminal"])
def test_a_log_is_not_told_what_is_under_way(stream: io.StringIO, tmp_path: Path) -> None:
    request = (
        Maker(tmp_path).crate("core", files={"src/lib.rs": NOISE}).request(tmp_path / "rehearsal")
    )
    assert publish(request, Surroundings(SlowClock(), Transcript(stream), {}))
    assert ("sent, " in stream.getvalue()) == stream.isatty()

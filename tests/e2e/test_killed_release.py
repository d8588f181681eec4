"""A publisher that is killed outright, before and after everything it does, and what the next makes of it.

The release has three crates and two Python packages of four files each, in a repository whose remote
takes a record and five tags.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import left_secrets
import pytest
from forking_publisher import Forking, forking
from killing_services import KillingServices
from made_repository import clone, head, make_repository, records_on_remote, tags_on_remote
from marked_secrets import secret
from releases import Maker

from cratewheel.publishing.report import loads
from cratewheel.publishing.request import dumps
from cratewheel.registries.clock import SystemClock
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request

WHEELS = ("py3-none-any", "cp39-abi3-manylinux_2_17_x86_64", "cp39-abi3-macosx_11_0_arm64")
UPLOADS = 11
TAGS = ("alone-v0.1.0", "bottom-v0.1.0", "demo-v0.1.0", "middle-v0.1.0", "other-v0.1.0")
#: The record, and each tag made and pushed.
GIT_EFFECTS = 1 + 2 * len(TAGS)
TOKENS = {"CARGO_REGISTRY_TOKEN": secret("crates"), "TWINE_PASSWORD": secret("python")}

# A git that kills who called it, before or after the n-th thing that it changes for others.
KILLING_GIT = """\
#!/bin/sh
case " $* " in
  *" push "*|*" tag --annotate "*)
    count=$(($(cat "$KILL_COUNT" 2>/dev/null || echo 0) + 1))
    echo $count > "$KILL_COUNT"
    if [ "$count" = "$KILL_AT" ]; then
      if [ "$KILL_WHEN" = after ]; then {git} "$@"; fi
      kill -9 $PPID
      exit 1
    fi;;
esac
exec {git} "$@"
"""


@dataclass
class Site:
    """Registries, and what each run is held against."""

    services: KillingServices
    registries: Registries

    def answer(self, request: Request) -> Answer:
        return self.services.answer(request, self.registries)

    def killed_then_again(self, **environment: str) -> None:
        """Has the release killed, and finished by another machine."""
        services = self.services
        status = services.release(services.git, {**TOKENS, **environment}, output=self.report)
        assert status == -signal.SIGKILL
        said = self.statuses()
        assert len(said) == UPLOADS
        assert "failed" not in said
        services.at = None
        other = clone(services.git, services.folder / "other")
        status = services.release(other, TOKENS, output=self.report)
        assert status == 0, services.output.read_text()
        assert set(self.statuses()) <= {"present", "uploaded"}
        assert len(services.made) == UPLOADS
        assert tags_on_remote(services.git) == dict.fromkeys(TAGS, head(services.git))
        left_secrets.check_folder(services.folder)

    @property
    def report(self) -> str:
        return str(self.services.folder / "report.json")

    def statuses(self) -> list[str]:
        return [entry.status for entry in loads(Path(self.report).read_text())]


@pytest.fixture(scope="module")
def processes() -> Iterator[Forking]:
    with forking() as made:
        yield made


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    maker = Maker(tmp_path_factory.mktemp("release"))
    maker.crate("bottom").crate("middle", "bottom").crate("alone")
    return maker.wheel("demo", "middle", tags=WHEELS).wheel("other", tags=WHEELS)


@pytest.fixture
def site(maker: Maker, processes: Forking, tmp_path: Path) -> Iterator[Site]:
    crates = CratesRegistry(tmp_path / "crates", SystemClock(), delay=0)
    python = PythonIndex(tmp_path / "python", SystemClock())
    git = make_repository(tmp_path / "clone")
    services = KillingServices(tmp_path, maker, git, processes)
    site = Site(services, Registries(crates, python))
    with LoopbackServer(site.answer) as server:
        services.root = server.root
        yield site


@pytest.mark.parametrize("stored", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(UPLOADS))
def test_killed_at_an_upload(at: int, stored: bool, site: Site) -> None:
    site.services.at, site.services.done = at, stored
    site.killed_then_again()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, GIT_EFFECTS + 1))
def test_killed_at_a_record_or_a_tag(at: int, when: str, site: Site, tmp_path: Path) -> None:
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(KILLING_GIT.replace("{git}", shutil.which("git") or "git"))
    wrapper.chmod(0o755)
    environment = site.services.git.env
    assert environment is not None
    site.killed_then_again(
        PATH=f"{wrapper.parent}{os.pathsep}{environment['PATH']}",
        KILL_COUNT=str(tmp_path / "count"),
        KILL_AT=str(at),
        KILL_WHEN=when,
    )
    assert records_on_remote(site.services.git) == set(TAGS)


@pytest.mark.parametrize("seconds", [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8])
def test_a_rehearsal_killed_at_any_moment(
    seconds: float, maker: Maker, processes: Forking, tmp_path: Path
) -> None:
    rehearsal = tmp_path / "rehearsal"
    path = maker.folder / "request.json"
    path.write_text(dumps(maker.request(rehearsal)))
    output = tmp_path / "output"
    victim = processes.start(path, output, {"PATH": os.environ["PATH"]})
    timer = threading.Timer(seconds, _kill, (victim,))
    timer.start()
    processes.wait()
    timer.cancel()
    timer.join()
    assert processes.run(path, output, {"PATH": os.environ["PATH"]}) == 0, output.read_text()
    assert "This was a rehearsal" in output.read_text().splitlines()[-1]
    assert len(list(rehearsal.glob("packages/*/*.whl"))) == 6
    assert len(list(rehearsal.glob("crates/*/*.crate"))) == 3
    assert not list(rehearsal.rglob(".unfinished-*"))


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)

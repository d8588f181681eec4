"""A full release from a job of a faked GitHub Actions: identity, registries, tags and GitHub Release.

No token is configured anywhere. Whatever is minted on the way must not be found in any output, log,
file or argument list afterwards.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

import left_secrets
import pytest
from crates_project import FILES
from fake_ci import REQUEST_TOKEN, Job, TrustingRegistries, trusting
from fake_github import TOKEN, FakeGitHub
from made_packages import make_crate
from marked_secrets import secret
from pants_run import Repository, Result, install_launcher, repository, run

from cratewheel.registries.clock import SystemClock
from cratewheel.registries.crate_file import publish_body, read_crate
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")

PROXY_PASSWORD = secret("proxy")
ORIGIN = "https://forge.invalid/project.git"

WHEEL = {
    "Cargo.toml": '[workspace]\nmembers = ["grain", "sieve", "shaker"]\nresolver = "2"\n',
    "Cargo.lock": FILES["Cargo.lock"]
    + '\n[[package]]\nname = "cw-shaker"\nversion = "0.1.0"\ndependencies = [\n "cw-sieve",\n]\n',
    "shaker/BUILD": 'maturin_wheel(name="shaker", publish=True)\n',
    "shaker/Cargo.toml": '[package]\nname = "cw-shaker"\nversion = "0.1.0"\nedition = "2021"\n'
    'publish = false\n\n[dependencies]\ncw-sieve = { path = "../sieve", version = "0.1.0" }\n',
    "shaker/pyproject.toml": '[build-system]\nrequires = ["maturin>=1.9,<2"]\n'
    'build-backend = "maturin"\n\n[project]\nname = "cw-shaker"\nversion = "0.1.0"\n\n'
    '[tool.maturin]\nbindings = "bin"\n',
    "shaker/src/main.rs": 'fn main() { println!("{}", cw_sieve::two()); }\n',
}


class ArgumentLists:
    """Every argument list that any process of this machine is seen with while the block runs."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self._over = threading.Event()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    self.seen.add((process / "cmdline").read_bytes())
                except OSError:
                    continue

    @contextmanager
    def watched(self) -> Iterator[ArgumentLists]:
        watcher = threading.Thread(target=self._look)
        watcher.start()
        try:
            yield self
        finally:
            self._over.set()
            watcher.join()


@dataclass
class World:
    """A project, its remote, the registries and the forge."""

    project: Repository
    remote: Path
    trust: TrustingRegistries
    github: FakeGitHub
    root: str
    temporary: Path
    arguments: ArgumentLists = field(default_factory=ArgumentLists)

    def release(self, environment: Mapping[str, str]) -> Result:
        return self.pants("release", "--output=dist/release.json", **environment)

    def pants(self, *goal: str, **environment: str) -> Result:
        """Runs a goal on everything."""
        return self.project.pants(*self._arguments(*goal), environment=self._variables(environment))

    def interrupted(self, sent: signal.Signals, uploads: int) -> str:
        """A release that is sent a signal once so many files are uploaded; returns its output."""
        reached, revoked = threading.Event(), threading.Event()

        def hold(request: Request) -> Optional[Answer]:
            if request.method == "DELETE":
                revoked.set()
            if len(self.trust.uploads) < uploads or "/index/cw/" not in request.path:
                return None
            # What was uploaded does not show, so that the publisher waits for it.
            reached.set()
            return Answer(404)

        self.trust.before = hold
        arguments = self._arguments("release", "--output=dist/release.json")
        # What a job shows: GitHub is told there what it must not show.
        variables, output = self._variables(self.job), self.remote.parent / "output"
        with self.project.started(*arguments, environment=variables, output=output) as process:
            while not reached.wait(1):
                assert process.poll() is None, output.read_text()
            os.killpg(process.pid, sent)
            process.wait(60)
            assert revoked.wait(60), output.read_text()
        self.trust.before = lambda request: None
        assert process.returncode != 0, output.read_text()
        return output.read_text()

    def _arguments(self, *goal: str) -> tuple[str, ...]:
        return (
            "-ldebug",
            # Below the folder that is looked through: what Pants stores, and every sandbox.
            f"--local-store-dir={self.temporary / 'store'}",
            "--keep-sandboxes=always",
            "--cratewheel-destination=registries",
            "--cratewheel-github-releases",
            f"--cratewheel-crates-registry={self.root}/crates",
            f"--cratewheel-python-repository={self.root}/legacy/",
            *goal,
            "::",
        )

    def _variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {
            "CARGO_REGISTRY_TOKEN": "",
            "TWINE_PASSWORD": "",
            "GITHUB_API_URL": self.github.root,
            "GITHUB_REPOSITORY": "octo/demo",
            "GITHUB_TOKEN": TOKEN,
            "TMPDIR": str(self.temporary),
            **self.login,
            # Of no use to anything here: what is asked is on this machine.
            "HTTP_PROXY": f"http://robot:{PROXY_PASSWORD}@127.0.0.1:9",
            **environment,
        }

    @property
    def login(self) -> dict[str, str]:
        """How a CI system lets git push, without a file: settings by number, all that are passed on."""
        settings = {
            "http.https://forge.invalid/.extraHeader": f"Authorization: {secret('push')}",
            **{f"cratewheel.unused{number}": "" for number in range(14)},
            f"url.{self.remote}.insteadOf": ORIGIN,
        }
        numbered = list(enumerate(settings.items()))
        return {
            "GIT_CONFIG_COUNT": str(len(numbered)),
            **{f"GIT_CONFIG_KEY_{number}": key for number, (key, _) in numbered},
            **{f"GIT_CONFIG_VALUE_{number}": value for number, (_, value) in numbered},
        }

    @property
    def job(self) -> dict[str, str]:
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.root}/identity?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
        }

    def secrets(self) -> list[str]:
        return [TOKEN, REQUEST_TOKEN, PROXY_PASSWORD, *self.trust.minted, *self.trust.job.issued]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    remote = tmp_path_factory.mktemp("remote") / "project.git"
    run(["git", "init", "--bare", "--quiet", str(remote)], remote.parent).succeeded()
    folder = tmp_path_factory.mktemp("registry")
    clock = SystemClock()
    crates = CratesRegistry(folder / "crates", clock, delay=0.2)
    trust = TrustingRegistries(
        Registries(crates, PythonIndex(folder / "python", clock)), Job(clock)
    )
    for name in ("cw-grain", "cw-sieve"):
        crates.publish(publish_body(read_crate(make_crate(name, "0.0.1"))))
        trust.known_crates.add(name)
    trust.crates += trusting("cw-grain", "cw-sieve")
    trust.pending += trusting("cw-shaker")
    github = FakeGitHub()
    project = tmp_path_factory.mktemp("project")
    install_launcher(project)
    for name, text in {**FILES, **WHEEL}.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with LoopbackServer(trust) as server, LoopbackServer(github) as forge:
        trust.host, github.root = server.root.partition("//")[2], forge.root
        with repository(project) as made:
            made.git("remote", "add", "origin", str(remote))
            for name in ("grain", "sieve"):
                made.git("tag", f"cw-{name}-v0.0.1")
                made.replace(f"{name}/src/lib.rs", "/// ", "/// Now ")
            made.commit("Go on")
            made.git("push", "--quiet", "--tags", "origin", "main")
            made.git("remote", "set-url", "origin", ORIGIN)
            temporary = tmp_path_factory.mktemp("temporary")
            yield World(made, remote, trust, github, server.root, temporary)


def test_a_job_that_may_not_ask_for_an_identity_stops_before_building(world: World) -> None:
    said = world.release({"GITHUB_ACTIONS": "true"}).refused("CW-CREDENTIALS-MISSING", "PyPI")
    assert "CW-CREDENTIALS-MISSING crates.io" in said.output
    assert "permissions: id-token: write" in said.output
    assert "Package and verify" not in said.output


@pytest.fixture(scope="module")
def interrupted(world: World) -> tuple[str, ...]:
    """The outputs of two runs that were ended: each had uploaded a crate."""
    return (world.interrupted(signal.SIGINT, 1), world.interrupted(signal.SIGTERM, 2))


def test_whoever_ends_a_release_has_its_tokens_revoked(
    world: World, interrupted: tuple[str, ...]
) -> None:
    assert [name for name, _ in world.trust.uploads[:2]] == ["cw-grain", "cw-sieve"]
    assert world.trust.revoked[:2] == [token for _, token in world.trust.uploads[:2]]
    for output in interrupted:
        left_secrets.check_text(output)


@pytest.fixture(scope="module")
def released(world: World, interrupted: tuple[str, ...]) -> Result:
    """The next run of the same release, which finds what the others have uploaded."""
    with world.arguments.watched():
        return world.release(world.job).succeeded()


def test_everything_is_released_with_no_token_configured(world: World, released: Result) -> None:
    names = [name for name, _ in world.trust.uploads]
    assert names == ["cw-grain", "cw-sieve", "cw-shaker", "cw-shaker"]
    assert {token for _, token in world.trust.uploads} < set(world.trust.minted)
    assert "cw-sieve-0.1.0.crate (there already)" in released.output
    assert "PyPI: uploading by trusted publishing" in released.output


def test_the_tokens_are_revoked_where_they_can_be(world: World, released: Result) -> None:
    assert world.trust.revoked == [
        token for token in world.trust.minted if token.startswith("cio_tp_")
    ]


def test_every_tag_has_a_github_release_with_its_files(world: World, released: Result) -> None:
    tags = world.project.git("ls-remote", "--tags", str(world.remote))
    for name, count in (("cw-grain", 1), ("cw-sieve", 1), ("cw-shaker", 2)):
        assert f"refs/tags/{name}-v0.1.0" in tags
        release = world.github.release(f"{name}-v0.1.0")
        assert not release["draft"]
        assert len(release["assets"]) == count


def test_a_github_release_that_is_missing_is_shown_and_made_up(
    world: World, released: Result
) -> None:
    before = world.github.release("cw-shaker-v0.1.0")
    names = sorted(each["name"] for each in before["assets"])
    world.github.releases.remove(before)
    shown = world.pants("release-status", **world.job).succeeded().stdout
    assert "! unannounced: cw-shaker-v0.1.0 has no GitHub Release" in shown
    assert "1 of 3 packages is out of step" in shown
    made = world.pants("release-repair", **world.job).succeeded().stdout
    assert "GitHub Release cw-shaker-v0.1.0: 2 files attached" in made
    after = world.github.release("cw-shaker-v0.1.0")
    assert sorted(each["name"] for each in after["assets"]) == names
    assert "Everything is in step" in world.pants("release-status", **world.job).succeeded().stdout


def test_no_secret_is_left_behind(world: World, released: Result) -> None:
    assert len(world.secrets()) >= 6
    left_secrets.given.update(world.secrets())
    left_secrets.check_text(released.output)
    assert len(world.arguments.seen) > 10
    for argument_list in world.arguments.seen:
        left_secrets.check_text(argument_list.decode(errors="replace"))
    stored = world.temporary / "store" / "files"
    assert any(path.stat().st_size for path in stored.rglob("data.mdb"))
    assert list(world.temporary.glob("pants-sandbox-*"))
    for folder in (world.project.root, world.temporary, world.remote):
        left_secrets.check_folder(folder)


def test_the_next_run_mints_nothing(world: World, released: Result) -> None:
    minted = len(world.trust.minted)
    assert "Nothing to release" in world.release(world.job).succeeded().stdout
    assert len(world.trust.minted) == minted

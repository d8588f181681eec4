"""Real cargo, pip and twine against the embedded registries, over HTTP and from the folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from made_packages import make_crate, make_sdist, make_wheel
from marked_secrets import secret
from twine.cli import dispatch as twine

from cratewheel.publishing.crates_client import connect
from cratewheel.publishing.transport import Transport
from cratewheel.registries import __main__ as server_program
from cratewheel.registries.clock import SystemClock
from cratewheel.registries.crate_file import publish_body, read_crate
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.rehearsal import CARGO_CONFIG, Stored, open_rehearsal
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request

TOKEN = secret("crates")
PASSWORD = secret("python")

CARGO = shutil.which("cargo")
PYTHON = shutil.which("python3") or sys.executable
pytestmark = pytest.mark.skipif(CARGO is None, reason="needs cargo")

#: What a program says of itself and its connection, and the type of the body, which cargo says since 1.96.
OWN_HEADERS = {"accept-encoding", "connection", "content-length", "content-type", "user-agent"}

MANIFEST = """
[package]
name = "full-house"
version.workspace = true
edition = "2021"
rust-version = "1.70"
authors = ["A. Uthor <author@example.org>", "B"]
description = \"\"\"
Everything at once,
over two lines.\"\"\"
documentation = "https://example.org/docs"
homepage = "https://example.org"
repository = "https://example.org/repository"
readme = "../README.md"
license = "MIT OR Apache-2.0"
keywords = ["one", "two"]
categories = ["text-processing"]
links = "fullhouse"
build = "build.rs"

[badges]
maintenance = { status = "actively-developed" }

[features]
default = ["std"]
std = ["renamed?/std", "plain/extra"]
extra = ["dep:optional-one"]

[dependencies]
plain = { version = "1.2", features = ["alloc"] }
renamed = { package = "real-name", version = ">= 0.3, <0.5", default-features = false, optional = true }
optional-one = { version = "1.*", optional = true }
sibling = { path = "../sibling", version = "0.7.0" }

[dev-dependencies]
plain = "~1.2.3"
unpublished = { path = "../unpublished" }

[build-dependencies]
builder = "=2.0.0-alpha.1"

[target.'cfg(windows)'.dependencies]
for-windows = "0.1"

[target.x86_64-unknown-linux-gnu.build-dependencies]
builder = "2.0.0-alpha.1"
"""


@dataclass
class Recording:
    """An application that keeps the uploads of crates."""

    registries: Registries
    uploads: list[Request] = field(default_factory=list)

    def __call__(self, request: Request) -> Answer:
        if request.method == "PUT":
            self.uploads.append(request)
        return self.registries(request)


@dataclass(frozen=True)
class Site:
    """The embedded registries while they are served."""

    root: str
    crates: CratesRegistry
    python: PythonIndex
    recording: Recording


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    crates = CratesRegistry(tmp_path / "crates", SystemClock(), delay=0)
    python = PythonIndex(tmp_path / "python", SystemClock())
    recording = Recording(Registries(crates, python))
    with LoopbackServer(recording) as server:
        yield Site(server.root, crates, python, recording)


def cargo(
    *arguments: str, cwd: Path, home: Path, environment: Mapping[str, str] = {}
) -> subprocess.CompletedProcess[str]:
    """Runs cargo with a home of its own, so that nothing cached tells it about other registries."""
    assert CARGO is not None
    return subprocess.run(
        [CARGO, *arguments],
        cwd=cwd,
        env={
            **os.environ,
            "CARGO_HOME": str(home),
            "CARGO_NET_RETRY": "0",
            "CARGO_TERM_COLOR": "never",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def as_crates_io(site: Site) -> dict[str, str]:
    """Makes cargo take the embedded registry for crates.io itself.

    Cargo's own tests do this; it is no interface of cargo, and needs none: only the request that it
    leads to is compared.
    """
    return {
        "__CARGO_TEST_CRATES_IO_URL_DO_NOT_USE_THIS": f"sparse+{site.root}/crates/index/",
        "CARGO_REGISTRY_TOKEN": TOKEN,
    }


def write(root: Path, files: Mapping[str, str]) -> Path:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return root


def library(name: str, version: str, more: str = "") -> str:
    return (
        f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n'
        f'description = "x"\nlicense = "MIT"\n{more}'
    )


def split(body: bytes) -> tuple[object, bytes]:
    length = int.from_bytes(body[:4], "little")
    return json.loads(body[4 : 4 + length]), body[8 + length :]


def test_our_upload_says_what_cargo_publish_says(site: Site, tmp_path: Path) -> None:
    for name, version, tables in (
        ("plain", "1.2.3", "[features]\nextra = []\nalloc = []"),
        ("real-name", "0.4.0", "[features]\nstd = []"),
        ("optional-one", "1.0.0", ""),
        ("builder", "2.0.0-alpha.1", ""),
        ("for-windows", "0.1.0", ""),
    ):
        site.crates.publish(publish_body(read_crate(make_crate(name, version, tables=tables))))
    workspace = write(
        tmp_path / "workspace",
        {
            "Cargo.toml": '[workspace]\nresolver = "2"\n'
            'members = ["full-house", "sibling", "unpublished"]\n'
            '[workspace.package]\nversion = "0.7.1"\n',
            "README.md": "# Full house\n\nwith ünïcödé\n",
            "full-house/Cargo.toml": MANIFEST,
            "full-house/src/lib.rs": "",
            "full-house/build.rs": "fn main() {}\n",
            "sibling/Cargo.toml": library("sibling", "0.7.0"),
            "sibling/src/lib.rs": "",
            "unpublished/Cargo.toml": library("unpublished", "0.1.0", "publish = false\n"),
            "unpublished/src/lib.rs": "",
        },
    )
    published = cargo(
        *("publish", "--workspace", "--no-verify", "--allow-dirty"),
        cwd=workspace,
        home=tmp_path / "home",
        environment=as_crates_io(site),
    )
    assert published.returncode == 0, published.stderr
    assert len(site.recording.uploads) == 2
    for upload in site.recording.uploads:
        theirs, data = split(upload.body)
        ours, sent = split(publish_body(read_crate(data)))
        assert ours == theirs
        assert sent == data


@pytest.mark.parametrize("alternative", [False, True], ids=["crates.io", "another registry"])
def test_our_request_is_the_one_of_cargo(site: Site, tmp_path: Path, alternative: bool) -> None:
    plain = make_crate("plain", "1.2.3")
    site.crates.publish(publish_body(read_crate(plain)))
    index = f"sparse+{site.root}/crates/index/"
    settings: tuple[str, ...] = ()
    environment, needs = as_crates_io(site), 'plain = "1.2"\n'
    if alternative:
        settings = ("--config", f'registries.local.index="{index}"')
        environment = {"CARGO_REGISTRIES_LOCAL_TOKEN": environment["CARGO_REGISTRY_TOKEN"]}
        needs = 'plain = { version = "1.2", registry = "local" }\n'
    manifest = library("needy", "0.1.0", f"\n[dependencies]\n{needs}")
    package = write(tmp_path / "needy", {"Cargo.toml": manifest, "src/lib.rs": ""})
    said = cargo(
        *settings,
        *("publish", "--no-verify", "--allow-dirty"),
        *(("--registry", "local") if alternative else ()),
        cwd=package,
        home=tmp_path / "home",
        environment=environment,
    )
    # The stand-in has crates.io's rules, and refuses what names another registry; it was sent all the same.
    assert len(site.recording.uploads) == 1, said.stderr
    address = index if alternative else f"{site.root}/crates"
    client = connect(Transport(SystemClock()), address)
    _, data = split(site.recording.uploads[0].body)
    client.publish(read_crate(data), TOKEN)
    theirs, ours = site.recording.uploads
    assert (ours.method, ours.path, ours.query) == (theirs.method, theirs.path, theirs.query)
    assert split(ours.body) == split(theirs.body)
    expected = {name: each for name, each in theirs.headers.items() if name not in OWN_HEADERS}
    assert {name: ours.headers.get(name) for name in expected} == expected
    assert set(ours.headers) - set(expected) <= OWN_HEADERS


def test_cargo_shows_the_refusals_of_the_registry(site: Site, tmp_path: Path) -> None:
    manifest = library("bare", "0.1.0").replace('description = "x"\n', "")
    package = write(tmp_path / "bare", {"Cargo.toml": manifest, "src/lib.rs": ""})
    options = ("publish", "--no-verify", "--allow-dirty")
    home, environment = tmp_path / "home", as_crates_io(site)
    refused = cargo(*options, cwd=package, home=home, environment=environment)
    assert refused.returncode != 0
    assert "missing or empty metadata fields: description" in refused.stderr

    write(package, {"Cargo.toml": library("bare", "0.1.0")})
    accepted = cargo(*options, cwd=package, home=home, environment=environment)
    assert accepted.returncode == 0, accepted.stderr
    again = cargo(*options, cwd=package, home=home, environment=environment)
    assert "already exists" in again.stderr

    identical = requests.put(
        f"{site.root}/crates/api/v1/crates/new",
        data=site.recording.uploads[-1].body,
        headers={"Authorization": "token"},
        timeout=10,
    )
    assert identical.status_code == 400
    assert identical.json()["errors"] == [{"detail": "crate version `0.1.0` is already uploaded"}]


def rehearse(folder: Path, *crates: bytes) -> None:
    stored = [
        Stored(f"{read.name}-{read.version}.crate", hashlib.sha256(read.data).hexdigest())
        for read in map(read_crate, crates)
    ]
    with open_rehearsal(folder, SystemClock(), files=stored, delay=0) as rehearsal:
        for data in crates:
            rehearsal.crates.publish(publish_body(read_crate(data)))


def run_project(folder: Path, project: Path, home: Path, *options: str) -> str:
    """What a new project that depends on the rehearsed `top` prints."""
    write(
        project,
        {
            "Cargo.toml": '[package]\nname = "project"\nversion = "0.1.0"\nedition = "2021"\n'
            '[dependencies]\ntop = { version = "0.1", registry = "rehearsal" }\n',
            "src/main.rs": 'fn main() { println!("{}", top::answer()); }\n',
        },
    )
    config = ("--config", str(folder / CARGO_CONFIG))
    result = cargo(*config, "run", "--quiet", *options, cwd=project, home=home)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_cargo_builds_against_the_folder_that_a_rehearsal_leaves(tmp_path: Path) -> None:
    folder, home = tmp_path / "rehearsal", tmp_path / "home"
    bottom = make_crate("bottom", "0.1.0", files={"src/lib.rs": "pub fn answer() -> u32 { 41 }\n"})
    calls_bottom = "pub fn answer() -> u32 { bottom::answer() + 1 }\n"
    needs_bottom = '[dependencies]\nbottom = "0.1"\n'
    top = make_crate("top", "0.1.0", tables=needs_bottom, files={"src/lib.rs": calls_bottom})
    rehearse(folder, bottom, top)
    assert run_project(folder, tmp_path / "one", home, "--offline") == "42"

    edited = make_crate("bottom", "0.1.0", files={"src/lib.rs": "pub fn answer() -> u32 { 1 }\n"})
    rehearse(folder, edited, top)
    assert run_project(folder, tmp_path / "two", home, "--offline") == "2"


def test_what_a_rehearsed_crate_depends_on_comes_from_crates_io(tmp_path: Path) -> None:
    top = make_crate(
        "top",
        "0.1.0",
        tables='[dependencies]\nitoa = "1"\n',
        files={
            "src/lib.rs": "pub fn answer() -> String { "
            "itoa::Buffer::new().format(42u8).to_owned() }\n"
        },
    )
    rehearse(tmp_path / "rehearsal", top)
    assert run_project(tmp_path / "rehearsal", tmp_path / "project", tmp_path / "home") == "42"


def pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs pip without any configuration of this machine."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    return subprocess.run(
        [PYTHON, "-m", "pip", *arguments],
        env={**clean, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def upload(site: Site, path: Path) -> None:
    options = ("--username", "__token__", "--password", PASSWORD, "--disable-progress-bar")
    twine(["upload", "--repository-url", f"{site.root}/legacy/", *options, str(path)])


def test_twine_uploads_and_pip_installs_from_http_and_from_the_folder(
    site: Site, tmp_path: Path
) -> None:
    for filename, data in (make_wheel("demo-pkg", "1.0"), make_sdist("demo-pkg", "1.0")):
        (tmp_path / filename).write_bytes(data)
        upload(site, tmp_path / filename)
        upload(site, tmp_path / filename)
    folder = (tmp_path / "python" / "simple").as_uri()
    for number, index in enumerate((f"{site.root}/simple", folder)):
        target = tmp_path / str(number)
        installed = pip("install", "--index-url", index, "--target", str(target), "demo-pkg==1.0")
        assert installed.returncode == 0, installed.stderr
        assert (target / "demo_pkg.py").read_text() == "VALUE = 1\n"


def test_twine_shows_the_refusals_of_the_index(site: Site, tmp_path: Path) -> None:
    filename, data = make_wheel("demo", "1.0")
    (tmp_path / filename).write_bytes(data)
    upload(site, tmp_path / filename)
    filename, data = make_wheel("demo", "1.0", module="VALUE = 2\n")
    (tmp_path / filename).write_bytes(data)
    with pytest.raises(
        requests.HTTPError, match=r"400 Client Error: File already exists \('demo-1.0-py3"
    ):
        upload(site, tmp_path / filename)


def test_a_rehearsal_folder_can_be_served(tmp_path: Path) -> None:
    filename, data = make_wheel("demo", "1.0")
    with open_rehearsal(tmp_path / "rehearsal", SystemClock()) as rehearsal:
        site_root = Registries(rehearsal.crates, rehearsal.python)
        with LoopbackServer(site_root) as server:
            (tmp_path / filename).write_bytes(data)
            options = ("--username", "__token__", "--password", PASSWORD)
            twine(
                [
                    *("upload", "--repository-url", f"{server.root}/legacy/", *options),
                    str(tmp_path / filename),
                ]
            )
    serving = subprocess.Popen(
        [sys.executable, "-m", server_program.__name__, "serve", str(tmp_path / "rehearsal")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    end = threading.Timer(60, serving.kill)
    end.start()
    try:
        assert serving.stdout is not None
        lines = [serving.stdout.readline() for _ in range(2)]
        index = lines[1].split()[3]
        downloaded = pip("download", "--index-url", index, "--dest", str(tmp_path / "got"), "demo")
        assert downloaded.returncode == 0, downloaded.stderr
        assert (tmp_path / "got" / filename).read_bytes() == data
    finally:
        end.cancel()
        serving.terminate()
        serving.wait(timeout=30)

"""What the embedded registries answer to requests that cargo, pip and people send."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_clock import FakeClock
from made_packages import make_crate, make_sdist, make_wheel
from upload_forms import form

from cratewheel.registries.crate_file import publish_body, read_crate
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, Registries, Request

AGENT = {"user-agent": "cargo 1.95.0"}
TOKEN = {**AGENT, "authorization": "token"}
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
WHEEL_NAME, WHEEL = make_wheel("demo-pkg", "0.1.0")
CRATE = make_crate("core", "0.1.0")
API = "/crates/api/v1/crates"


@pytest.fixture
def served(tmp_path: Path, clock: FakeClock) -> Registries:
    """Registries with one crate and one project."""
    crates = CratesRegistry(tmp_path / "crates", clock, delay=0)
    python = PythonIndex(tmp_path / "python", clock)
    crates.publish(publish_body(read_crate(CRATE)))
    python.upload(form(WHEEL_NAME, WHEEL))
    python.upload(form(*make_sdist("demo-pkg", "0.1.0")))
    return Registries(crates, python)


@pytest.mark.parametrize(
    ("request_", "status", "said"),
    [
        (Request("GET", f"{API}/core/0.1.0"), 403, "User-Agent"),
        (Request("GET", "/crates/api/v2/crates/core", headers=AGENT), 404, "Not Found"),
        (Request("GET", f"{API}/core/0.1.0/owners/more", headers=AGENT), 404, "Not Found"),
        (Request("PUT", f"{API}/new", headers=AGENT), 403, "requires authentication"),
        (Request("DELETE", f"{API}/core/0.1.0/yank", headers=AGENT), 403, "authentication"),
        (Request("GET", f"{API}/core/0.1.0/yank", headers=TOKEN), 405, "Not Allowed"),
        (Request("DELETE", f"{API}/core/0.9.0/yank", headers=TOKEN), 404, "0.9.0"),
        (Request("POST", "/legacy/"), 403, "authentication information"),
        (Request("POST", "/legacy/", headers={**TOKEN, "content-type": "a/b"}), 400, "form"),
        (Request("PUT", "/simple/"), 405, "Not Allowed"),
        (Request("GET", "/packages/demo-pkg/other.whl"), 404, "Not Found"),
        (Request("GET", "/pypi/demo-pkg/9.9/json"), 404, "Not Found"),
        (Request("GET", "/simple/other/"), 404, "Not Found"),
        (Request("GET", "/elsewhere/demo/x"), 404, "Not Found"),
    ],
)
def test_what_is_not_to_be_had_is_refused_in_the_registries_words(
    served: Registries, request_: Request, status: int, said: str
) -> None:
    answer = served(request_)
    assert answer.status == status
    assert said in answer.body.decode() + answer.reason


def test_pip_finds_every_project_and_its_files(served: Registries) -> None:
    page = served(Request("GET", "/simple/")).body.decode()
    assert 'href="demo-pkg/"' in page
    listed = served(Request("GET", "/simple/", headers={"accept": SIMPLE_JSON}))
    assert [each["name"] for each in json.loads(listed.body)["projects"]] == ["demo-pkg"]
    moved = served(Request("GET", "/simple/Demo_Pkg/"))
    assert (moved.status, moved.headers["Location"]) == (301, "/simple/demo-pkg/")
    assert served(Request("GET", f"/packages/demo-pkg/{WHEEL_NAME}")).body == WHEEL
    release = json.loads(served(Request("GET", "/pypi/demo-pkg/0.1.0/json")).body)
    assert {each["filename"] for each in release["urls"]} == {
        WHEEL_NAME,
        make_sdist("demo-pkg", "0.1.0")[0],
    }


def test_cargo_asks_an_index_again_only_for_what_changed(served: Registries) -> None:
    first = served(Request("GET", "/crates/index/co/re/core"))
    again = {"if-none-match": first.headers["ETag"]}
    unchanged = served(Request("GET", "/crates/index/co/re/core", headers=again))
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert served(Request("GET", f"{API}/core/0.1.0/download")).body == CRATE


def test_a_version_is_yanked_and_taken_back(served: Registries) -> None:
    def is_yanked() -> bool:
        line = json.loads(served(Request("GET", "/crates/index/co/re/core")).body)
        page = json.loads(served(Request("GET", f"{API}/core/0.1.0", headers=AGENT)).body)
        assert line["yanked"] == page["version"]["yanked"]
        return bool(line["yanked"])

    def done(method: str, action: str) -> bool:
        answer: Answer = served(Request(method, f"{API}/core/0.1.0/{action}", headers=TOKEN))
        return bool(json.loads(answer.body)["ok"])

    assert not is_yanked()
    assert done("DELETE", "yank") and is_yanked()
    assert done("DELETE", "yank") and is_yanked()
    assert done("PUT", "unyank") and not is_yanked()

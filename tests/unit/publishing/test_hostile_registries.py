"""Servers that answer as no registry would, and what they get and do not get from the publisher."""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable, Optional

import pytest
import requests
from fake_clock import FakeClock
from marked_secrets import secret
from releases import Maker, Outcome, run

from cratewheel.errors import CratewheelError
from cratewheel.publishing import transport
from cratewheel.publishing.identity import Identity, ambient_identity
from cratewheel.publishing.python_client import connect
from cratewheel.publishing.transport import NoAnswerError, Transport, retry_after
from cratewheel.publishing.trusted_publishing import python_exchange
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request, json_answer

CRATES_TOKEN = secret("crates")
PASSWORD = secret("python")
RUNNER = secret("runner")
TOKENS = {"CARGO_REGISTRY_TOKEN": CRATES_TOKEN, "TWINE_PASSWORD": PASSWORD}
SECRETS = (
    CRATES_TOKEN,
    PASSWORD,
    base64.b64encode(f"__token__:{PASSWORD}".encode()).decode(),
)


@dataclass
class Site:
    """Registries of which some answers are replaced, and a second host that nobody asked for.

    Args:
        private: nothing is answered without a credential.
        refusing_elsewhere: the second host wants one, too.
    """

    root: str
    elsewhere: str
    maker: Maker
    replaced: dict[tuple[str, str], Answer] = field(default_factory=dict)
    strays: list[Request] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    private: bool = False
    refusing_elsewhere: bool = False

    def release(self, environment: Optional[dict[str, str]] = None, **changes: Any) -> Outcome:
        request = self.maker.request(
            self.maker.folder,
            destination="registries",
            crates_registry=f"{self.root}/crates",
            python_repository=f"{self.root}/legacy/",
        )
        request = replace(request, **changes)
        return run(request, environment=TOKENS if environment is None else environment, patience=2)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    clock = FakeClock()
    registries = Registries(
        CratesRegistry(tmp_path / "crates", clock, delay=0.0),
        PythonIndex(tmp_path / "python", clock),
    )
    made = Site("", "", Maker(tmp_path / "release"))

    def answer(request: Request) -> Answer:
        made.asked.append(request)
        for (method, start), replaced in made.replaced.items():
            if request.method == method and request.path.startswith(start):
                return replaced
        given = request.headers.get("authorization")
        wanted = CRATES_TOKEN if "/crates/" in request.path else f"Basic {SECRETS[2]}"
        if made.private and given != wanted:
            return Answer(401)
        return registries(request)

    def elsewhere(request: Request) -> Answer:
        made.strays.append(request)
        return Answer(401 if made.refusing_elsewhere else 200, b"{}")

    with LoopbackServer(answer) as server, LoopbackServer(elsewhere) as other:
        made.root, made.elsewhere = server.root, other.root
        made.maker.crate("core").wheel("demo", "core")
        yield made


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "where", [("PUT", "/crates/api/v1/crates/new"), ("POST", "/legacy/")], ids=["crate", "wheel"]
)
def test_an_upload_is_not_redirected(site: Site, status: int, where: tuple[str, str]) -> None:
    site.replaced[where] = Answer(status, headers={"Location": f"{site.elsewhere}/stolen"})
    outcome = site.release()
    assert not outcome.live
    assert f"status {status}" in outcome.said
    assert site.strays == []


def test_a_question_may_be_redirected_but_carries_no_secret(site: Site) -> None:
    site.replaced["GET", "/simple/"] = Answer(302, headers={"Location": f"{site.elsewhere}/page"})
    with pytest.raises(CratewheelError, match="CW-REGISTRY-UNREACHABLE"):
        site.release()
    assert site.strays
    assert not any("authorization" in request.headers for request in site.strays)


@pytest.mark.parametrize(
    ("page", "known"),
    [
        (b"<html>Please <a href='/login'>log in</a>", False),
        (b"{}", False),
        (b"<html><title>Links for demo</title></html>", True),
        (b"<a href='demo-0.0.1.tar.gz#sha256=" + b"0" * 64 + b"'>demo-0.0.1.tar.gz</a>", True),
    ],
)
def test_a_page_of_a_login_is_not_taken_for_an_empty_project(
    site: Site, page: bytes, known: bool
) -> None:
    site.replaced["GET", "/simple/"] = Answer(200, page, {"Content-Type": "text/html"})
    client = connect(Transport(FakeClock()), f"{site.root}/legacy/")
    if known:
        assert not client.look("demo", "0.1.0").new_name
    else:
        with pytest.raises(CratewheelError, match="not that of the Simple API"):
            client.look("demo", "0.1.0")


NOT_WHAT_IT_SHOULD_BE: tuple[Any, ...] = (
    [],
    "text",
    {},
    {"errors": [7]},
    {"version": {"checksum": "../../x"}},
    {"version": {"checksum": "0" * 64, "trustpub_data": "x"}},
    {"files": [{"filename": "demo-0.1.0-py3-none-any.whl", "hashes": {"sha256": "x"}, "url": 7}]},
    {"warnings": {"other": 7}},
    {"dl": 7, "api": 7},
)


@pytest.mark.parametrize("document", NOT_WHAT_IT_SHOULD_BE, ids=repr)
@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    "where",
    [
        ("GET", "/crates/api/v1/crates/core/0.1.0"),
        ("GET", "/crates/index/co"),
        ("GET", "/crates/index/config.json"),
        ("PUT", "/crates/api/v1/crates/new"),
        ("GET", "/simple/"),
        ("POST", "/legacy/"),
    ],
    ids=":".join,
)
def test_an_answer_of_another_shape_ends_in_a_finding(
    site: Site, document: Any, status: int, where: tuple[str, str]
) -> None:
    content_type = "application/vnd.pypi.simple.v1+json"
    site.replaced[where] = json_answer(document, status, **{"Content-Type": content_type})
    try:
        said = site.release().said
    except CratewheelError as error:
        said = str(error)
    assert "Traceback" not in said


def test_a_registry_that_echoes_the_token_does_not_get_it_shown(site: Site) -> None:
    basic = SECRETS[2]
    detail = f"no: {CRATES_TOKEN} {PASSWORD} {basic}"
    site.replaced["PUT", "/crates/"] = json_answer({"errors": [{"detail": detail}]}, 403)
    site.replaced["POST", "/legacy/"] = json_answer({"message": detail}, 403)
    site.maker.wheel("other")
    outcome = site.release()
    assert outcome.said.count("no: *** *** ***") == 2
    assert not any(secret in outcome.said for secret in SECRETS)


@pytest.mark.parametrize(
    "words",
    ["x\n::set-env name=PATH::/evil", "x\r::stop-commands::a", "##[add-path]/evil", "\x1b[2J"],
)
def test_words_of_a_registry_are_no_commands(site: Site, words: str) -> None:
    site.replaced["PUT", "/crates/"] = json_answer({"errors": [{"detail": words}]}, 400)
    said = site.release().said
    assert "CW-UPLOAD-REFUSED" in said
    assert not any(line.strip().startswith("::") for line in said.splitlines())
    assert "##[" not in said
    assert "\x1b" not in said


@pytest.mark.parametrize("value", ["²", "9" * 400, "-1", "Mon, 99 Foo 0000 00:00:00", "nan", "inf"])
def test_a_retry_after_that_makes_no_sense(value: str) -> None:
    response = requests.Response()
    response.headers["Retry-After"] = value.encode("utf-8").decode("latin-1")
    until = retry_after(response, 1000.0)
    assert until is None or until > 0


def test_a_rate_limit_until_the_end_of_time_is_not_waited_for(site: Site) -> None:
    site.replaced["PUT", "/crates/"] = Answer(429, b"{}", {"Retry-After": "9" * 400})
    assert "CW-RATE-LIMITED" in site.release().said


def asked(answer: Callable[[Request], Answer]) -> Optional[str]:
    """What a question to such a server comes to: the complaint, None when it was answered."""
    with LoopbackServer(answer) as server:
        try:
            Transport(FakeClock(), 10).send("GET", server.root)
        except NoAnswerError as error:
            return str(error)
    return None


def test_an_answer_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER_BYTES", 1024 * 1024)
    bomb = gzip.compress(b"\0" * 64 * 1024 * 1024)
    assert len(bomb) < 1024 * 1024 / 8
    headers = {"Content-Encoding": "gzip"}
    assert "larger than" in str(asked(lambda request: Answer(200, bomb, headers)))
    assert "larger than" in str(asked(lambda request: Answer(200, b"x" * 1024 * 1025)))
    assert asked(lambda request: Answer(200, b"x" * 1024 * 1023)) is None


def test_an_answer_that_is_no_gzip() -> None:
    headers = {"Content-Encoding": "gzip"}
    assert asked(lambda request: Answer(200, b"x" * 100, headers)) is not None


def test_an_answer_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    passing = iter(range(0, 10_000, 60))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(passing)))
    assert asked(lambda request: Answer(200, b"x" * 1024 * 1024)) == "timed out"


def test_tokens_do_not_go_through_a_proxy_to_this_machine(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, site.elsewhere)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert site.release().live
    assert site.strays == []


def test_a_netrc_file_does_not_replace_the_token(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\ndefault login me password mine\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert site.release().live
    mine = base64.b64encode(b"me:mine").decode()
    assert not any(mine in request.headers.get("authorization", "") for request in site.asked)
    puts = [request for request in site.asked if request.method == "PUT"]
    assert [request.headers["authorization"] for request in puts] == [CRATES_TOKEN]


def test_a_registry_of_a_target_gets_its_own_token_and_no_other(site: Site) -> None:
    with LoopbackServer(lambda request: Answer(404)) as server:
        own = {"crate:core": f"{server.root}/crates"}
        with pytest.raises(CratewheelError, match="CARGO_REGISTRIES_127_0_0_1_.* is not set"):
            site.release(registries=own)
    assert [request for request in site.asked if request.method in ("PUT", "POST")] == []


def test_an_index_cannot_send_the_token_over_plain_http(site: Site) -> None:
    config = {"dl": "http://crates.example/dl", "api": "http://crates.example"}
    site.replaced["GET", "/crates/index/config.json"] = json_answer(config)
    with pytest.raises(CratewheelError, match="CW-ADDRESS-INVALID http://crates.example"):
        site.release(crates_registry=f"sparse+{site.root}/crates/index/")


@pytest.mark.parametrize("audience", ["pypi", "testpypi", "crates.io", "sigstore"])
def test_an_index_cannot_ask_for_an_identity_that_is_good_elsewhere(audience: str) -> None:
    class Answering(Transport):
        def read(self, url: str, **options: Any) -> requests.Response:
            response = requests.Response()
            response.status_code = 200
            response._content = json.dumps({"audience": audience}).encode()
            return response

    def identify(audience: str) -> Identity:
        raise AssertionError("no identity is asked for")

    with pytest.raises(CratewheelError, match=f"made out to {audience}"):
        python_exchange(
            Answering(FakeClock()), identify, "https://index.example/legacy/", "index.example"
        )


def test_a_private_registry_is_read_with_its_own_credential_and_only_when_it_asks(
    site: Site,
) -> None:
    site.private = True
    assert site.release().live
    expected = {CRATES_TOKEN, f"Basic {SECRETS[2]}"}
    sent = {request.headers.get("authorization") for request in site.asked}
    assert sent == {None, *expected}


def test_a_private_registry_cannot_pass_the_question_on(site: Site) -> None:
    site.replaced["GET", "/simple/"] = Answer(302, headers={"Location": f"{site.elsewhere}/page"})
    site.refusing_elsewhere = True
    with pytest.raises(CratewheelError):
        site.release()
    assert site.strays
    assert not any("authorization" in request.headers for request in site.strays)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"no json"),
        Answer(200, b'{"value": 7}'),
        Answer(200, b'{"value": "a.b.c"}'),
        Answer(500, b"\xff\xfe"),
        Answer(302, headers={"Location": "http://[bad"}),
    ],
)
def test_an_identity_endpoint_that_makes_no_sense(
    answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LoopbackServer(lambda request: answer) as server:
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", RUNNER)
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{server.root}/?x=1")
        with pytest.raises(CratewheelError, match="CW-IDENTITY-UNAVAILABLE") as caught:
            ambient_identity("crates.io")
    assert RUNNER not in str(caught.value)


def test_an_identity_endpoint_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", RUNNER)
    for address in ("http://127.0.0.1:1/", "http://[bad", "nonsense://x"):
        monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", address)
        with pytest.raises(CratewheelError, match="CW-IDENTITY-UNAVAILABLE"):
            ambient_identity("crates.io")


def test_a_request_token_that_no_header_can_carry_is_not_shown(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", f"{RUNNER}\r\nX-Other: y")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", site.root)
    with pytest.raises(CratewheelError, match="CW-IDENTITY-UNAVAILABLE") as caught:
        ambient_identity("crates.io")
    assert RUNNER not in str(caught.value)
    assert site.asked == []


def test_certificates_are_found_as_other_programs_find_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def verified_by() -> object:
        session = transport.prepare(requests.Session(), 1.0)
        settings = session.merge_environment_settings("https://x.example", {}, None, None, None)
        return settings["verify"]

    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    assert verified_by() is True
    monkeypatch.setenv("SSL_CERT_FILE", "/some/bundle.pem")
    assert verified_by() == "/some/bundle.pem"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/requests/own.pem")
    assert verified_by() == "/requests/own.pem"

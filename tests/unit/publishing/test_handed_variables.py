"""Variables with a password reach a process that Pants runs in the background, and nothing else."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from marked_secrets import check_text, secret

from cratewheel.handed_variables import handed_over, take_over
from cratewheel.publishing import facts, version_questions
from cratewheel.publishing.credentials import Endpoint
from cratewheel.publishing.version_questions import Asked

PROXY = f"http://robot:{secret('proxy')}@127.0.0.1:3128"
VARIABLES = {"HTTPS_PROXY": PROXY, "NO_PROXY": "localhost"}


def test_a_password_is_in_no_variable_and_arrives() -> None:
    with handed_over(VARIABLES) as shown:
        check_text(repr(shown), "the environment")
        assert shown["NO_PROXY"] == "localhost"
        environment = dict(shown)
        take_over(environment)
    assert environment == VARIABLES


def test_a_secret_is_hidden_whatever_it_looks_like() -> None:
    token = {"CARGO_REGISTRIES_OURS_TOKEN": secret("registry")}
    with handed_over({"NO_PROXY": "localhost"}, token) as shown:
        check_text(repr(shown), "the environment")
        environment = dict(shown)
        take_over(environment)
    assert environment == {"NO_PROXY": "localhost", **token}


def test_nothing_is_left_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with handed_over(VARIABLES) as shown:
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert list(tmp_path.iterdir()) == []
    environment = dict(shown)
    take_over(environment)
    assert environment == {"NO_PROXY": "localhost"}


def test_a_process_that_is_started_again_does_not_wait_for_it() -> None:
    with handed_over(VARIABLES) as shown:
        take_over(dict(shown))
        again = dict(shown)
        take_over(again)
    assert again == {"NO_PROXY": "localhost"}


def test_what_has_no_password_stays_where_it_is() -> None:
    plain = {"HTTPS_PROXY": "http://127.0.0.1:3128"}
    with handed_over(plain) as shown:
        assert shown == plain


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """The address of a proxy that wants a password, and what it is given as one."""
    given: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given.append(self.headers.get("Proxy-Authorization", ""))
            body = b'{"crate": {"name": "core"}, "versions": [{"num": "1.0.0"}]}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://robot:{secret('proxy')}@127.0.0.1:{server.server_address[1]}", given
        server.shutdown()
        thread.join()


def test_registries_are_asked_through_the_proxy(
    proxy: tuple[str, list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    address, given = proxy
    endpoint = Endpoint("crate", "a registry", "http://registry.invalid", "")
    path = tmp_path / "packages.json"
    path.write_text(version_questions.dumps([Asked("crate:core", "core", endpoint)]))
    for name in [each for each in os.environ if each.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    with handed_over({"HTTP_PROXY": address}) as shown, monkeypatch.context() as patch:
        for name, value in shown.items():
            patch.setenv(name, value)
        patch.setenv("HTTP_PROXY", "")
        assert facts.main([str(path)]) == 0
    answers = version_questions.loads_answers(capsys.readouterr().out)
    (version,) = answers["crate:core"].versions or ()
    assert version.version == "1.0.0"
    assert all(each.startswith("Basic ") for each in given)
    assert given

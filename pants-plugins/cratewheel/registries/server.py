"""The embedded registries over HTTP, on loopback, with the paths and answers of the real ones.

| path | what |
|---|---|
| `/crates/index/…` | sparse index, `config.json` |
| `/crates/api/v1/crates/…` | web API: upload, versions, download |
| `/legacy/` | upload of Python files |
| `/simple/…`, `/packages/…`, `/pypi/…/json` | Simple API, files, JSON API |
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Callable, Optional
from urllib.parse import unquote, urlsplit

from cratewheel.registries.crates import CratesRegistry, version_document
from cratewheel.registries.multipart import MalformedFormError, parse_form
from cratewheel.registries.python_index import (
    PythonIndex,
    release_document,
    simple_document,
    simple_html,
    simple_root_document,
    simple_root_html,
)
from cratewheel.registries.refusal import Refusal

_SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
_NO_USER_AGENT = (
    "We require that all requests include a `User-Agent` header.  To allow us to determine the "
    "impact your bot has on our service, we ask that your user agent actually identify your bot, "
    "and not just report the HTTP client library you're using."
)


@dataclass(frozen=True)
class Request:
    """A request as the registries see it; header names are lower-case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """An answer: status, body, and header fields beyond the length.

    `reason` is the text of the status line; empty takes the standard one.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


Application = Callable[[Request], Answer]


def json_answer(document: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON answer."""
    fields = {"Content-Type": "application/json", **headers}
    return Answer(status, json.dumps(document).encode(), fields)


class Registries:
    """Both embedded registries as one web application."""

    def __init__(self, crates: CratesRegistry, python: PythonIndex) -> None:
        self._crates = crates
        self._python = python

    def __call__(self, request: Request) -> Answer:
        top, _, rest = request.path.lstrip("/").partition("/")
        if top == "crates":
            return self._answer_crates(request, rest)
        return self._answer_python(request, top, rest)

    def _answer_crates(self, request: Request, path: str) -> Answer:
        try:
            if path.startswith("index/"):
                return self._answer_index(request, path[len("index/") :])
            if not request.headers.get("user-agent") and not path.endswith("/download"):
                return Answer(403, _NO_USER_AGENT.encode(), {"Content-Type": "text/plain"})
            return self._answer_api(request, path.split("/"))
        except Refusal as refusal:
            document = {"errors": [{"detail": refusal.detail}]}
            return json_answer(document, refusal.status, **refusal.headers)

    def _answer_index(self, request: Request, path: str) -> Answer:
        if path == "config.json":
            root = f"http://{request.headers['host']}/crates"
            return json_answer({"dl": f"{root}/api/v1/crates", "api": root})
        body = self._crates.index(path).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        if request.headers.get("if-none-match") == etag:
            return Answer(304, headers={"ETag": etag})
        return Answer(200, body, {"Content-Type": "text/plain", "ETag": etag})

    def _answer_api(self, request: Request, parts: list[str]) -> Answer:
        if parts[:3] != ["api", "v1", "crates"]:
            raise Refusal(404, "Not Found")
        if request.method == "PUT" and parts[3:] == ["new"]:
            if not request.headers.get("authorization"):
                raise Refusal(403, "this action requires authentication")
            self._crates.publish(request.body)
            warnings: dict[str, list[str]] = {
                "invalid_categories": [],
                "invalid_badges": [],
                "other": [],
            }
            return json_answer({"warnings": warnings})
        if len(parts) == 6 and parts[5] in ("yank", "unyank"):
            return self._answer_yank(request, parts)
        if request.method == "GET" and len(parts) == 4:
            versions = self._crates.versions(parts[3])
            return json_answer(
                {
                    "crate": {"id": versions[0].name, "name": versions[0].name},
                    "versions": [version_document(known) for known in reversed(versions)],
                }
            )
        if request.method == "GET" and len(parts) == 5:
            return json_answer(
                {"version": version_document(self._crates.version(parts[3], parts[4]))}
            )
        if request.method == "GET" and len(parts) == 6 and parts[5] == "download":
            data = self._crates.download(parts[3], parts[4])
            return Answer(200, data, {"Content-Type": "application/gzip"})
        raise Refusal(404, "Not Found")

    def _answer_yank(self, request: Request, parts: list[str]) -> Answer:
        if not request.headers.get("authorization"):
            raise Refusal(403, "this action requires authentication")
        if (request.method, parts[5]) == ("DELETE", "yank"):
            self._crates.yank(parts[3], parts[4])
        elif (request.method, parts[5]) == ("PUT", "unyank"):
            self._crates.unyank(parts[3], parts[4])
        else:
            raise Refusal(405, "Method Not Allowed")
        return json_answer({"ok": True})

    def _answer_python(self, request: Request, top: str, rest: str) -> Answer:
        try:
            return self._route_python(request, top, [part for part in rest.split("/") if part])
        except Refusal as refusal:
            return python_refusal(request, refusal)

    def _route_python(self, request: Request, top: str, parts: list[str]) -> Answer:
        if top == "legacy" and request.method == "POST":
            if not request.headers.get("authorization"):
                raise Refusal(403, "Invalid or non-existent authentication information.")
            try:
                form = parse_form(request.headers.get("content-type", ""), request.body)
            except MalformedFormError as error:
                raise Refusal(400, f"Invalid form: {error}") from error
            self._python.upload(form)
            return Answer(200)
        if request.method != "GET":
            raise Refusal(405, "Method Not Allowed")
        as_json = _SIMPLE_JSON in request.headers.get("accept", "")
        if top == "simple" and not parts:
            names = self._python.names()
            if as_json:
                return _simple_json(simple_root_document(names))
            return _page(simple_root_html(names))
        if top == "simple" and len(parts) == 1:
            project = self._python.project(parts[0])
            if project.name != parts[0]:
                return Answer(301, headers={"Location": f"/simple/{project.name}/"})
            return (
                _simple_json(simple_document(project)) if as_json else _page(simple_html(project))
            )
        if top == "packages" and len(parts) == 2:
            return Answer(
                200,
                self._python.read(parts[0], parts[1]),
                {"Content-Type": "application/octet-stream"},
            )
        if top == "pypi" and len(parts) == 3 and parts[2] == "json":
            return json_answer(release_document(self._python.project(parts[0]), parts[1]))
        raise Refusal(404, "404 Not Found")


def python_refusal(request: Request, refusal: Refusal) -> Answer:
    """A refusal as PyPI words it: the message is in the status line, and in the body twice over."""
    if "application/json" in request.headers.get("accept", ""):
        document = {"message": refusal.detail, "code": f"{refusal.status} {refusal.detail}"}
        body, content_type = json.dumps(document).encode(), "application/json"
    else:
        body, content_type = refusal.detail.encode(), "text/plain; charset=utf-8"
    headers = {"Content-Type": content_type, **refusal.headers}
    return Answer(refusal.status, body, headers, reason=refusal.detail)


def _simple_json(document: Any) -> Answer:
    return Answer(200, json.dumps(document).encode(), {"Content-Type": _SIMPLE_JSON})


def _page(text: str) -> Answer:
    return Answer(200, text.encode(), {"Content-Type": "text/html; charset=utf-8"})


class LoopbackServer:
    """Serves an application on 127.0.0.1 while the `with` block runs.

    Args:
        port: 0 takes any free one.
    """

    def __init__(self, application: Application, port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"application": staticmethod(application)})
        self._server = _Server(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._serve, name="registries", daemon=True)

    def _serve(self) -> None:
        # The default half a second would be waited for at every shutdown.
        self._server.serve_forever(poll_interval=0.02)

    @property
    def root(self) -> str:
        """The address, without a final slash: `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> LoopbackServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # The default of five is soon exceeded by uploads in parallel, which then wait a second.
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that goes away in the middle is its own affair.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    application: Application
    # Without it every answer on a kept connection waits for the client's delayed ACK.
    disable_nagle_algorithm = True
    wbufsize = -1

    def __getattr__(self, name: str) -> Callable[[], None]:
        # The base class looks up `do_METHOD`; every method has the one way through.
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        split = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(split.path),
            query=split.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        answer = self.application(request)
        reason = answer.reason.replace("\n", " ").encode("latin-1", "replace").decode("latin-1")
        # Without a `Date`: it would be of the machine's clock, which a test does not go by.
        self.send_response_only(answer.status, reason or None)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the publisher reports what happens, in its own words."""

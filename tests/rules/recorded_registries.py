"""Registries on this machine that tell of releases, by name alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PUBLISHERS = "/api/v1/trusted_publishing/github_configs"


@dataclass
class Told:
    """What the registries tell.

    Args:
        crates: the versions of each crate.
        files: the files of each Python project.
        hashes: the sha256 of those that are more than a name.
        withdrawn: the files that were.
        publishers: the trusted publishers that were registered, as they were sent.
    """

    crates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()
    publishers: list[Mapping[str, Any]] = field(default_factory=list)
    address: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """What sends Pants to these registries."""
        return (
            f"--cratewheel-crates-registry={self.address}",
            f"--cratewheel-python-repository={self.address}/legacy/",
        )

    def answer(self, path: str) -> tuple[int, Any]:
        """The answer to a question."""
        *_, name = path.partition("?")[0].rstrip("/").split("/")
        if path.startswith("/api/v1/crates/") and name in self.crates:
            versions = [{"num": each, "yanked": False} for each in self.crates[name]]
            return 200, {"crate": {"name": name}, "versions": versions}
        if path.startswith("/simple/") and name in self.files:
            return 200, {
                "files": [
                    {
                        "filename": each,
                        "hashes": {"sha256": self.hashes.get(each, "ab" * 32)},
                        "yanked": each in self.withdrawn,
                    }
                    for each in self.files[name]
                ]
            }
        if path.startswith(PUBLISHERS):
            return 200, {"github_configs": []}
        return 404, {"errors": [{"detail": "not found"}]}


@contextmanager
def telling(told: Told) -> Iterator[Told]:
    """The registries, for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*told.answer(self.path))

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made = {**sent["github_config"], "token": self.headers["Authorization"]}
            told.publishers.append(made)
            self._send(200, {"github_config": {"id": len(told.publishers)}})

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

        def _send(self, status: int, document: Any) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        told.address = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()

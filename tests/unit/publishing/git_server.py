"""A git server as forges are one: git's own `http-backend`, before a bare repository."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from cratewheel.registries.server import Answer, Request

PATH = "/remote.git"


@dataclass(frozen=True)
class GitServer:
    """Answers what is below `PATH` from the bare repository of that name in a folder."""

    folder: Path

    def __post_init__(self) -> None:
        setting = ["config", "http.receivepack", "true"]
        subprocess.run(["git", "-C", f"{self.folder}{PATH}", *setting], check=True)

    def __call__(self, request: Request) -> Answer:
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROJECT_ROOT": str(self.folder),
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query,
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(request.body)),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"],
            input=request.body,
            env=environment,
            capture_output=True,
            check=True,
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = (line.partition(": ") for line in head.decode().split("\r\n"))
        headers = {name: value for name, _, value in lines}
        return Answer(int(headers.pop("Status", "200").split()[0]), body, headers)

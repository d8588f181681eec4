"""A process that has the publisher loaded once and forks itself for every run of it.

Killing a publisher dozens of times is then a matter of what it does, and not of starting Python.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import marked_secrets  # noqa: F401 - it watches what the publisher starts

from cratewheel.publishing.__main__ import main as publish


@dataclass
class Forking:
    """The process, from the side of the test."""

    process: subprocess.Popen[str]

    def start(self, request: Path, output: Path, environment: Mapping[str, str]) -> int:
        """Starts a run and returns its process id."""
        asked = {"request": str(request), "output": str(output), "environment": environment}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return int(self._line())

    def wait(self) -> int:
        """The exit status of the run that was started last; negative when a signal ended it."""
        return int(self._line())

    def run(self, request: Path, output: Path, environment: Mapping[str, str]) -> int:
        """Starts a run and waits for it."""
        self.start(request, output, environment)
        return self.wait()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@contextmanager
def forking() -> Iterator[Forking]:
    """The process, for as long as it is needed."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Forking(process)
        assert process.stdin is not None
        process.stdin.close()


def serve() -> None:
    """Forks a run for every line of standard input; answers with its process id, then its status."""
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(asked["request"], asked["output"], asked["environment"])
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        ended = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        print(ended, flush=True)


def _become(request: str, output: str, environment: Mapping[str, str]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    opened = os.open(output, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
    os.dup2(opened, 1)
    os.dup2(opened, 2)
    os.environ.clear()
    os.environ.update(environment)
    code = 1
    try:
        code = publish([request])
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()

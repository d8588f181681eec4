"""Services that kill a publisher at one of the things that it changes at them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Optional

from forking_publisher import Forking
from made_repository import head
from releases import Maker

from cratewheel.git import Git
from cratewheel.publishing.request import dumps
from cratewheel.registries.server import Answer, Request


@dataclass
class KillingServices:
    """A release, the repository that it tags, and the services that it is made to.

    Args:
        folder: for all that a run leaves.
        root: where the registries are.
        at: the number of the change at which the publisher dies, from 0; None for none.
        done: whether that change is made before.
        effects: every change that was asked for.
        made: those that were made.
    """

    folder: Path
    maker: Maker
    git: Git
    forking: Forking
    root: str = ""
    at: Optional[int] = None
    done: bool = False
    victim: Optional[int] = None
    effects: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def output(self) -> Path:
        """What the last run has said."""
        return self.folder / "output"

    def answer(self, request: Request, service: Callable[[Request], Answer]) -> Answer:
        """The answer of a service, or none to a publisher that has just died."""
        if request.method == "GET":
            return service(request)
        with self.lock:
            number, what = len(self.effects), f"{request.method} {request.path}"
            self.effects.append(what)
            if self.at is None or number < self.at or (number == self.at and self.done):
                answer = service(request)
                if answer.status < 300:
                    self.made.append(what)
                if number != self.at:
                    return answer
            if number == self.at:
                assert self.victim is not None
                os.kill(self.victim, signal.SIGKILL)
            raise ConnectionResetError

    def release(self, git: Git, environment: Mapping[str, str], **changes: Any) -> int:
        """Runs the release in a clone and returns its exit status.

        Args:
            changes: to the request.
        """
        request = self.maker.request(
            self.folder,
            destination="registries",
            crates_registry=f"{self.root}/crates",
            python_repository=f"{self.root}/legacy/",
            checkout=git.root,
            commit=head(git),
            **changes,
        )
        path = self.folder / "request.json"
        path.write_text(dumps(request))
        assert git.env is not None
        with self.lock:
            self.victim = self.forking.start(path, self.output, {**git.env, **environment})
        return self.forking.wait()

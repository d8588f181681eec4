"""Asking git: one small process runner that everything about history goes through."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Optional

from cratewheel.errors import CratewheelError, Finding

# A user's configuration must not change what a plan says, and a plan must never wait for a prompt.
_SETTINGS = (
    "-c",
    "core.quotePath=false",
    "-c",
    "log.showSignature=false",
    "-c",
    "diff.renames=false",
    "-c",
    "core.commentChar=#",
)
_ASKING_A_REMOTE = frozenset(("fetch", "ls-remote", "push"))
SILENT_SECONDS = 60.0
"""For how long a remote may say nothing."""
_ANSWER_PATIENCE = 10
"""How many times as long a whole conversation with a remote may take."""


@dataclass(frozen=True)
class Git:
    """Runs git in one repository.

    Args:
        root: the working directory; may be any directory of the checkout, but git's own paths are
            then relative to the top of the checkout all the same.
        executable: the git program.
        env: the environment, the process's own by default.
        patience: seconds for which a remote may say nothing; a whole conversation with one may take
            ten times as long.
    """

    root: str
    executable: str = "git"
    env: Optional[Mapping[str, str]] = None
    patience: float = SILENT_SECONDS

    def run(self, arguments: Sequence[str], *, stdin: bytes = b"") -> bytes:
        """The standard output of `git ARGUMENTS`.

        Raises:
            CratewheelError: `CW-GIT-FAILED` with git's own words.
        """
        code, output, errors = self.attempt(arguments, stdin=stdin)
        if code != 0:
            message = errors.decode("utf-8", "replace").strip() or f"exit status {code}"
            raise CratewheelError(
                Finding("CW-GIT-FAILED", self.root, f"`git {' '.join(arguments)}`: {message}")
            )
        return output

    def attempt(self, arguments: Sequence[str], *, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
        """Exit status, standard output and standard error of `git ARGUMENTS`.

        A remote that does not answer is a failure of git's, told in standard error.

        Raises:
            CratewheelError: `CW-GIT-FAILED` when git cannot be started.
        """
        limit = _ANSWER_PATIENCE * self.patience if arguments[0] in _ASKING_A_REMOTE else None
        environment = dict(os.environ if self.env is None else self.env)
        environment.update(LC_ALL="C", GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0")
        program = shutil.which(self.executable, path=environment.get("PATH")) or self.executable
        try:
            done = subprocess.run(
                [program, "-C", self.root, *_SETTINGS, *self._limits(), *arguments],
                env=environment,
                input=stdin,
                capture_output=True,
                check=False,
                timeout=limit,
                # With this, with a path and without `cwd`, Python spawns and does not fork: a copy of
                # all that Pants has in memory would take longer than git does.
                close_fds=False,
            )
        except subprocess.TimeoutExpired:
            return 1, b"", f"it did not end within {limit:.0f} s".encode()
        except OSError as error:
            raise CratewheelError(
                Finding("CW-GIT-FAILED", self.root, f"git cannot be started: {error}")
            ) from error
        return done.returncode, done.stdout, done.stderr

    def _limits(self) -> tuple[str, ...]:
        """Settings with which git gives up a server that has stopped sending; by itself it never does."""
        seconds = max(1, math.ceil(self.patience))
        return ("-c", "http.lowSpeedLimit=1", "-c", f"http.lowSpeedTime={seconds}")


#: Author and committer where git knows none, as on a CI machine.
_FALLBACK_IDENTITY = {
    "GIT_AUTHOR_NAME": "cratewheel",
    "GIT_AUTHOR_EMAIL": "cratewheel@localhost",
    "GIT_COMMITTER_NAME": "cratewheel",
    "GIT_COMMITTER_EMAIL": "cratewheel@localhost",
}


def with_identity(git: Git) -> Git:
    """Git as it is, or with an identity of ours where none is configured."""
    for role in ("GIT_COMMITTER_IDENT", "GIT_AUTHOR_IDENT"):
        if git.attempt(["var", role])[0] != 0:
            known = os.environ if git.env is None else git.env
            given = {name: value for name, value in known.items() if value}
            return replace(git, env={**_FALLBACK_IDENTITY, **given})
    return git

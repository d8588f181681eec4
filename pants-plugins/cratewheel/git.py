"""Asking git: one small process runner that everything about history goes through."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass
class Git:
    """Runs git in one repository and counts how often.

    Args:
        root: the working directory; may be any directory of the checkout, but git's own paths are
            then relative to the top of the checkout all the same.
        executable: the git program.
        env: the environment, the process's own by default.
    """

    root: str
    executable: str = "git"
    env: Optional[Mapping[str, str]] = None
    calls: int = field(default=0, init=False)

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

        Raises:
            CratewheelError: `CW-GIT-FAILED` when git cannot be started.
        """
        self.calls += 1
        environment = dict(os.environ if self.env is None else self.env)
        environment.update(LC_ALL="C", GIT_OPTIONAL_LOCKS="0", GIT_TERMINAL_PROMPT="0")
        program = shutil.which(self.executable, path=environment.get("PATH")) or self.executable
        try:
            done = subprocess.run(
                [program, "-C", self.root, *_SETTINGS, *arguments],
                env=environment,
                input=stdin,
                capture_output=True,
                check=False,
                # With this, with a path and without `cwd`, Python spawns and does not fork: a copy of
                # all that Pants has in memory would take longer than git does.
                close_fds=False,
            )
        except OSError as error:
            raise CratewheelError(
                Finding("CW-GIT-FAILED", self.root, f"git cannot be started: {error}")
            ) from error
        return done.returncode, done.stdout, done.stderr


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
            return Git(git.root, git.executable, {**_FALLBACK_IDENTITY, **given})
    return git

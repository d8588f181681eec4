"""Starting the tools of a build."""

from __future__ import annotations

import shutil
import subprocess
import sys

from cratewheel.build.commands import Command


class BuildFailed(Exception):
    """A tool ended with `status`; what it had to say is on standard error already."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def status_of(command: Command) -> int:
    """Runs a command, everything it says on standard error, and returns its exit status."""
    program = shutil.which(command.argv[0], path=command.env["PATH"]) or command.argv[0]
    done = subprocess.run(
        [program, *command.argv[1:]],
        cwd=command.directory,
        env=dict(command.env),
        stdout=sys.stderr,
        check=False,
    )
    return done.returncode


def run(command: Command) -> None:
    """Runs a command that must succeed.

    Raises:
        BuildFailed: with its status.
    """
    status = status_of(command)
    if status != 0:
        if command.failure:
            print(command.failure, file=sys.stderr)
        raise BuildFailed(status)

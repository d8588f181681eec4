"""Variables with a secret, for a process whose environment is written down (standard library only).

Pants logs the environment of the processes that it runs in the background, keeps it with a sandbox and
has no way to mark a part of it. Such variables go through a named pipe: what is in one is in no file,
and its name tells nothing.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path

PIPE = "CRATEWHEEL_VARIABLES"
"""The variable that says where the pipe is."""

_MOST_BYTES = 16 * 1024
"""What every system's pipe holds without anybody who reads it."""


@contextmanager
def handed_over(
    variables: Mapping[str, str], secrets: Mapping[str, str] = {}
) -> Iterator[Mapping[str, str]]:
    """What to put into an environment in place of all of these, for as long as the block runs.

    Args:
        variables: those with an `@`, as an address with a user has it, are hidden for the password; others
            stay as they are.
        secrets: variables that are hidden whatever they hold.
    """
    hidden = {**{name: value for name, value in variables.items() if "@" in value}, **secrets}
    document = json.dumps(hidden).encode()
    if not hidden or len(document) > _MOST_BYTES:
        # What no pipe holds is no address, and is shown to nobody.
        yield {name: value for name, value in variables.items() if name not in hidden}
        return
    with tempfile.TemporaryDirectory(prefix="cratewheel-") as folder:
        pipe = Path(folder, "variables")
        os.mkfifo(pipe, 0o600)
        # Open for reading as well, so that nobody waits for a process that never comes.
        opened = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        try:
            os.write(opened, document)
            yield {
                **{name: value for name, value in variables.items() if name not in hidden},
                PIPE: str(pipe),
            }
        finally:
            os.close(opened)


def take_over(environment: MutableMapping[str, str]) -> None:
    """Adds the variables that were handed over to the environment of this process.

    A pipe that has been read before, or is gone, adds nothing.
    """
    pipe = environment.pop(PIPE, "")
    if not pipe:
        return
    try:
        opened = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return
    try:
        document = os.read(opened, _MOST_BYTES)
    except BlockingIOError:
        document = b""
    finally:
        os.close(opened)
    environment.update(json.loads(document or b"{}"))

"""A server that a test starts, and that says itself when it can be asked."""

from __future__ import annotations

import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def started(command: Sequence[str], sign: str) -> Iterator[None]:
    """Runs a server until the end of the block, which begins once the server has said `sign`.

    Args:
        sign: part of a line that it prints when it answers.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as server:
        try:
            assert server.stdout is not None
            said = []
            for line in server.stdout:
                said.append(line)
                if sign in line:
                    break
            else:
                raise AssertionError(f"the server has ended: {''.join(said)}")
            # What it says from here on is of no interest, but somebody has to take it.
            threading.Thread(target=deque, args=(server.stdout, 0), daemon=True).start()
            yield
        finally:
            server.terminate()
            server.wait(timeout=30)

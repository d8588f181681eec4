"""Compiling again without asking all that maturin asks before it compiles.

Where nothing but the text of Rust files has changed since a recording, maturin would ask the same
questions, be given the same answers, and have cargo compile with the same command: so that alone is
repeated. Whether anything has to be compiled is cargo's to say, as ever.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cratewheel.build.commands import Command
from cratewheel.build.recording import COMPILE, kept_compilation

_STATE = "state"


def state(command: Command, sources: Path, interpreters: tuple[str, ...], out: Path) -> str:
    """Names everything that the questions and answers of a compilation depend on.

    Args:
        command: that would be recorded.
        sources: the input tree in the build root, where only what changed gets a new time.
        interpreters: paths of those that maturin asks.
        out: where the command puts its results; of no interest to cargo.
    """
    # The program is named by a path in a sandbox, which leads to the same one every time.
    arguments = [each for each in command.argv[1:] if each != str(out)]
    programs = [_identity(each) for each in (command.argv[0], *interpreters)]
    files = sorted(_files(sources, ""))
    document = [arguments, sorted(command.env.items()), command.directory, programs, files]
    return hashlib.sha256(json.dumps(document).encode()).hexdigest()


def note(recorders: Path, made_in: str) -> None:
    """Notes the state in which the recording in a folder was made."""
    (recorders / _STATE).write_text(made_in)


def repeat(recorders: Path, now: str, cargo: Path) -> bool:
    """Compiles as in the recording, and puts the answer in place of the former one.

    Args:
        recorders: the folder of the recording.
        now: the state it would be made in now.

    Returns:
        Whether that was possible; if not, maturin has to be asked, which also has the better words.
    """
    compilation = kept_compilation(recorders)
    try:
        before = (recorders / _STATE).read_text()
    except FileNotFoundError:
        return False
    if before != now or compilation is None:
        return False
    question = compilation.with_suffix(".arguments").read_text().split("\0")[:-1]
    assert question[0] == COMPILE
    said = compilation.with_suffix(".again")
    with said.open("wb") as output:
        done = subprocess.run(
            ["/bin/sh", "-c", '. "$0" && exec "$@"', str(compilation), str(cargo), *question],
            stdout=output,
            stderr=subprocess.PIPE,
            env={},
            check=False,
        )
    if done.returncode != 0:
        return False
    sys.stderr.buffer.write(done.stderr)
    os.replace(said, compilation.with_suffix(".output"))
    return True


def _files(folder: Path, prefix: str) -> Iterator[tuple[str, int, int]]:
    for entry in os.scandir(folder):
        name = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), f"{name}/")
        elif name.endswith(".rs"):
            # That there is such a file can make a target of it; what is in it is rustc's to read.
            yield name, 0, 0
        else:
            found = entry.stat(follow_symlinks=False)
            yield name, found.st_size, found.st_mtime_ns


def _identity(program: str) -> tuple[str, int, int]:
    real = os.path.realpath(program)
    found = os.stat(real)
    return real, found.st_size, found.st_mtime_ns

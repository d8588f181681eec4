"""A Rust of a test's own: the machine's, under another name, taking down what it compiles.

Whatever is kept on a machine is kept by toolchain: with one of this kind a test finds nothing that an
earlier run has left, and no other run's compilation is taken down.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from pants_run import run


@dataclass(frozen=True)
class RecordingRust:
    """A folder with programs.

    Args:
        folder: made when missing.
        name: makes it another toolchain than those with other names.
        flags: for rustc, whatever it is asked to compile.
        processor: what it calls the processor of the machine.
    """

    folder: Path
    name: str
    flags: tuple[str, ...] = ()
    processor: str = ""

    def variables(self) -> Mapping[str, str]:
        """The environment in which it is found before the machine's own."""
        self.folder.mkdir(parents=True, exist_ok=True)
        rustc, cargo = (shlex.quote(_real(name)) for name in ("rustc", "cargo"))
        _script(
            self.folder / "rustc",
            'case "$*" in\n'
            f"-vV) {rustc} -vV && echo 'name: {self.name}'; exit;;\n"
            "'--print cfg -C target-cpu=native') "
            f"{rustc} \"$@\" && echo 'processor: {self.processor}'; exit;;\n"
            # What cargo asks before it compiles.
            '*"--crate-name ___"*) ;;\n'
            f'*--crate-name*) echo "$@" >>{shlex.quote(str(self.folder / "started"))};;\n'
            "esac\n"
            f'exec {rustc} "$@" {shlex.join(self.flags)}',
        )
        _script(self.folder / "cargo", f'exec {cargo} "$@"')
        return {"PATH": os.pathsep.join([str(self.folder), os.environ["PATH"]])}

    def compiled(self) -> list[str]:
        """The crates that were compiled since this was last asked."""
        started = self.folder / "started"
        lines = started.read_text().splitlines() if started.exists() else []
        started.unlink(missing_ok=True)
        return [line.partition("--crate-name ")[2].split()[0] for line in lines]


def _real(name: str) -> str:
    # rustup's own program looks for toolchains below HOME, and a test may have another one.
    found: Optional[str] = None
    if shutil.which("rustup") is not None:
        found = run(["rustup", "which", name], Path.cwd()).stdout.strip()
    found = found or shutil.which(name)
    assert found is not None
    return found


def _script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)

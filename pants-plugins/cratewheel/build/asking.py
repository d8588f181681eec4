"""What the programs of this machine say of themselves, each asked once as long as it stays the same.

Only the standard library, as all that finds the tools.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cratewheel.build.memory import Memory
from cratewheel.cargo.inherited import TOOLCHAIN_FILES

#: What decides which SDK xcrun takes, and no build is told.
_OF_XCRUN = ("DEVELOPER_DIR", "SDKROOT", "TOOLCHAINS")


@dataclass(frozen=True)
class Refusal:
    """What a program said that did not do what it was asked."""

    text: str


@dataclass(frozen=True)
class Inquiry:
    """How programs are asked.

    Args:
        environment: the user's environment.
        memory: what programs have said of themselves.
        folder: where they are asked; the `rust-toolchain` files there and above it count.
    """

    environment: Mapping[str, str]
    memory: Memory
    folder: Path

    @property
    def home(self) -> Path:
        """The user's home."""
        return Path(self.environment.get("HOME") or os.path.expanduser("~"))

    def anew(self, argv: Sequence[str]) -> str:
        """What a command says, asked now; "" where it fails."""
        done = self._run(argv, self.environment)
        return done.stdout.strip() if done.returncode == 0 else ""

    def answer(self, program: str, *arguments: str) -> str:
        """What a program answers to arguments; "" where it fails."""
        return self.memory.answer(program, arguments, partial(self.anew, [program, *arguments]))

    def version(self, program: str, argument: str) -> str | Refusal:
        """What a program answers to an argument that it must know."""
        said = self.answer(program, argument)
        if said:
            return said
        done = self._run([program, argument], self.environment)
        return Refusal((done.stderr or done.stdout).strip())

    def identity(self, name: str, program: str) -> str:
        """What tells a program from others of its name."""
        if name in ("sh", "env", "uname"):
            return ""
        if name.endswith(("cc", "c++", "g++", "clang")):
            return self.answer(program, "--version").partition("\n")[0]
        return self.content(program)

    def content(self, program: str) -> str:
        """The SHA-256 of a program."""

        def digest() -> str:
            return hashlib.sha256(Path(program).read_bytes()).hexdigest()

        return self.memory.answer_of_file(program, ("content",), digest)

    def glibc_of(self, compiler: str) -> str:
        """The version of the glibc that a compiler links against; "" where that is not known."""
        library = self.answer(compiler, "-print-file-name=libc.so.6")
        try:
            content = Path(library).read_bytes()
        except OSError:
            return ""
        found = re.search(rb"GNU C Library .*? release version (\d+\.\d+)", content)
        return found[1].decode() if found else ""

    def apple_sdk(self, xcrun: str) -> str:
        """The SDK that rustc and the C compiler take on this Mac, by its version and build.

        xcrun's own file says nothing of it, so it is asked every time.
        """
        environment = {
            name: value for name, value in self.environment.items() if name not in _OF_XCRUN
        }
        questions = ("--show-sdk-version", "--show-sdk-build-version")
        done = [
            self._run([xcrun, "--sdk", "macosx", question], environment) for question in questions
        ]
        return " ".join(each.stdout.strip() for each in done)

    def behind_rustup(self, name: str, found: str, path: str) -> str | Refusal:
        """The program that a shim of rustup's stands for; any other program itself.

        Args:
            found: where the search path `path` has it.
        """
        # rustup's shims are all one program; the toolchain they stand for is only known to rustup itself.
        if Path(found).resolve().stem not in ("rustup", "rustup-init"):
            return found
        rustup = shutil.which("rustup", path=path)
        if rustup is None:
            return found
        which = [rustup, "which", name]
        question = (name, *self._rustup_settings())
        said = self.memory.answer(rustup, question, partial(self.anew, which))
        if not said or not os.path.exists(said):
            done = self._run(which, self.environment)
            return Refusal(done.stderr.strip()) if done.returncode != 0 else done.stdout.strip()
        return said

    def _rustup_settings(self) -> Iterator[str]:
        """What decides which toolchain rustup takes here, after its documentation of overrides."""
        yield self.environment.get("RUSTUP_TOOLCHAIN", "")
        rustup_home = Path(self.environment.get("RUSTUP_HOME") or self.home / ".rustup")
        files = [rustup_home / "settings.toml"]
        for each in (self.folder, *self.folder.parents):
            files += [each / name for name in TOOLCHAIN_FILES]
        for file in files:
            if file.is_file():
                yield str(file if file.parent == rustup_home else file.name)
                yield file.read_text(errors="replace")

    def _run(
        self, argv: Sequence[str], environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(argv),
            cwd=self.folder,
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )

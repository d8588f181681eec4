"""Pants, started for real on a repository of its own, the way a user starts it.

Every repository has one daemon, because a start without one costs a quarter of a minute. The user's
caches are shared, so that tools are installed and third-party crates compiled once a machine.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import left_secrets

CHECKOUT = Path.cwd()

#: What a project needs in pants.toml to use the backend.
PANTS_TOML = f"""
[GLOBAL]
pants_version = "2.17.1"
backend_packages = ["pants_cratewheel"]
pythonpath = ["{CHECKOUT / "pants-plugins"}"]
plugins = ["tomli>=2.0.1,<3", "tomlkit>=0.13,<1"]
ignore_warnings = ["DEPRECATED: Running Pants in an external Python interpreter"]

[python]
interpreter_constraints = ["CPython>=3.9"]
"""

#: The same for a project with Python targets. Pants takes twice as long to start with their rules.
PANTS_TOML_WITH_PYTHON = PANTS_TOML.replace(
    '["pants_cratewheel"]', '["pants_cratewheel", "pants.backend.python"]'
)

# The outer Pants, its sandbox and a CI system must not show through.
_NOT_PASSED_ON = re.compile(
    r"(PANTS_|PEX|PYTEST|PYTHON(?!UNBUFFERED)|VIRTUAL_ENV$|CI$|COVERAGE|GIT_DIR)"
)


@dataclass(frozen=True)
class Result:
    """What a command came to.

    Args:
        output: both streams, the errors last.
    """

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def last_line(self) -> str:
        """The last line that is not empty, of the output a person reads."""
        return [line for line in self.stdout.splitlines() if line.strip()][-1]

    def succeeded(self) -> Result:
        """The same result, of a command that must have succeeded."""
        assert self.exit_code == 0, self.output
        return self

    def refused(self, code: str, place: str = "", status: int = 1) -> Result:
        """The same result, of a command that must have named a fault and shown no Python frames."""
        assert self.exit_code == status, self.output
        assert f"{code} {place}" in self.output, self.output
        assert "Traceback (most recent call last)" not in self.output, self.output
        assert 'File "' not in self.output, self.output
        return self


@dataclass(frozen=True)
class Repository:
    """A git repository in which Pants is run."""

    root: Path

    def pants(
        self, *arguments: str, cwd: str = "", environment: Optional[Mapping[str, str]] = None
    ) -> Result:
        """Runs `./pants ARGUMENTS`.

        Args:
            cwd: the directory to start in, relative to the root.
            environment: variables on top of the user's own.
        """
        return run([str(self.root / "pants"), *arguments], self.root / cwd, environment=environment)

    @contextmanager
    def started(
        self, *arguments: str, environment: Mapping[str, str], output: Path
    ) -> Iterator[subprocess.Popen[bytes]]:
        """`./pants ARGUMENTS` while it runs, in a process group of its own as a terminal gives it one.

        Args:
            output: where both streams go.
        """
        left_secrets.remember(environment)
        with open(output, "wb") as said:
            process = subprocess.Popen(
                [str(self.root / "pants"), *arguments],
                cwd=self.root,
                env={**inherited_environment(), **environment},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    def git(self, *arguments: str) -> str:
        """Runs git and returns what it printed."""
        return run(["git", *arguments], self.root).succeeded().stdout

    def write(self, files: Mapping[str, str]) -> None:
        """Writes files, given by path and text."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def replace(self, file: str, old: str, new: str) -> None:
        """Replaces a text that occurs once in a file."""
        path = self.root / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new))

    def commit(self, message: str) -> None:
        """Commits everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")

    @contextmanager
    def changed(self, files: Mapping[str, Optional[str]]) -> Iterator[None]:
        """The repository with other files for a while; None removes one."""
        before = {
            name: path.read_text() if (path := self.root / name).exists() else None
            for name in files
        }
        try:
            self._put(files)
            yield
        finally:
            self._put(before)

    def _put(self, files: Mapping[str, Optional[str]]) -> None:
        for name, text in files.items():
            if text is None:
                (self.root / name).unlink(missing_ok=True)
            else:
                self.write({name: text})


def inherited_environment() -> dict[str, str]:
    """The user's environment, as far as it is not the test's own."""
    return {key: value for key, value in os.environ.items() if not _NOT_PASSED_ON.match(key)}


def run(
    argv: list[str],
    cwd: Path,
    *,
    environment: Optional[Mapping[str, str]] = None,
    timeout: int = 900,
) -> Result:
    """Runs a program with the user's environment, as far as it is not the test's own."""
    left_secrets.remember(environment or {})
    done = subprocess.run(
        argv,
        cwd=cwd,
        env={**inherited_environment(), **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    left_secrets.check_text(done.stdout + done.stderr)
    return Result(done.returncode, done.stdout, done.stderr)


def copy_checkout(folder: Path) -> None:
    """Copies what this repository needs to release its own `src/`."""
    for name in ("pants", "pants.toml", "pants.ci.toml", ".gitignore"):
        shutil.copy(CHECKOUT / name, folder / name)
    for name in (".github", "3rdparty", "build-support", "pants-plugins", "src"):
        shutil.copytree(
            CHECKOUT / name,
            folder / name,
            ignore=shutil.ignore_patterns("target", "__pycache__", ".*_cache"),
        )


def install_launcher(folder: Path) -> None:
    """Puts the launcher into a repository."""
    shutil.copy(CHECKOUT / "pants", folder / "pants")
    (folder / "3rdparty").mkdir(exist_ok=True)
    shutil.copytree(CHECKOUT / "3rdparty" / "launcher", folder / "3rdparty" / "launcher")


@contextmanager
def repository(folder: Path, *, commit: bool = True) -> Iterator[Repository]:
    """A folder as a git repository with everything in it committed; its daemon is ended afterwards.

    What Pants and the publisher have written there must not have any secret that a test has used.
    """
    made = Repository(folder)
    made.git("init", "--quiet", "--initial-branch=main")
    made.git("config", "user.name", "Test")
    made.git("config", "user.email", "test@example.org")
    made.git("config", "commit.gpgsign", "false")
    if commit:
        made.commit("Start")
    # Standard input ends when this process does, however it does: killed outright, too.
    with subprocess.Popen(
        ["sh", "-c", "cat >/dev/null; kill $(cat .pids/*/pantsd/pid) 2>/dev/null"],
        cwd=folder,
        stdin=subprocess.PIPE,
        start_new_session=True,
    ):
        yield made
        for written in (".pants.d", ".pids", "dist"):
            left_secrets.check_folder(folder / written)

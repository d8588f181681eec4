"""The `pants` script: what it says, what it leaves behind, and that it gets out of the way."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path.cwd()
PANTS_VERSION = "2.17.1"

# What the script itself runs; none of it can start Pants.
SYSTEM_PROGRAMS = (
    *("cat", "cksum", "cp", "date", "find", "git", "id", "ln", "mkdir", "mktemp", "mv"),
    *("readlink", "rm", "sed", "sh", "tail", "uname"),
)


def new_project(folder: Path) -> Path:
    """A repository that has nothing but the launcher and the Pants version it asks for."""
    (folder / "some" / "folder").mkdir(parents=True)
    shutil.copy(REPOSITORY / "pants", folder / "pants")
    shutil.copytree(REPOSITORY / "3rdparty" / "launcher", folder / "3rdparty" / "launcher")
    (folder / "pants.toml").write_text(f'[GLOBAL]\npants_version = "{PANTS_VERSION}"\n')
    return folder


def programs(folder: Path, names: tuple[str, ...]) -> str:
    """A PATH on which only `names` are found."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found is not None, name
        (folder / name).symlink_to(found)
    return str(folder)


def start(
    project: Path, *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [os.path.join(os.path.relpath(project, cwd or project), "pants"), *arguments],
        cwd=cwd or project,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project on the environment that this machine already has, or gets now."""
    project = new_project(tmp_path_factory.mktemp("launcher") / "a project")
    started = start(project, "--version")
    assert started.stdout.strip() == PANTS_VERSION, started.stderr
    yield project
    for pid in project.glob(".pids/*/pantsd/pid"):
        os.kill(int(pid.read_text()), signal.SIGTERM)


def test_no_python_is_one_screen_that_says_how_to_get_one(tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")
    home = tmp_path / "home"
    home.mkdir()

    result = start(
        project,
        "--version",
        PATH=programs(tmp_path / "bin", SYSTEM_PROGRAMS),
        HOME=str(home),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
        PYENV_ROOT=str(home / ".pyenv"),
        CRATEWHEEL_PYTHON="",
    )

    assert result.returncode == 1
    assert result.stdout == ""
    assert f"no CPython 3.9, 3.8 or 3.7 was found, and Pants {PANTS_VERSION}" in result.stderr
    assert "pyenv install 3.9" in result.stderr
    assert "not found" not in result.stderr  # a shell's complaint about a program of its own
    assert len(result.stderr.splitlines()) <= 24
    assert not list((tmp_path / "cache").rglob("env-*"))


def test_git_is_asked_for_before_anything_is_installed(tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")
    without_git = tuple(name for name in SYSTEM_PROGRAMS if name != "git")

    result = start(
        project,
        "--version",
        PATH=programs(tmp_path / "bin", without_git),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
    )

    assert result.returncode == 1
    assert "git was not found" in result.stderr
    assert "apt-get install git" in result.stderr
    assert not (tmp_path / "cache").exists()


def test_a_wrong_interpreter_is_refused_by_name(tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")

    result = start(
        project,
        "--version",
        XDG_CACHE_HOME=str(tmp_path / "cache"),
        CRATEWHEEL_PYTHON="/bin/cat",
    )

    assert result.returncode == 1
    assert "CRATEWHEEL_PYTHON=/bin/cat is not a CPython" in result.stderr
    assert not list((tmp_path / "cache").rglob("env-*"))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")
    (tmp_path / "cache").write_text("a file where the cache folder should be")

    result = start(project, "--version", XDG_CACHE_HOME=str(tmp_path / "cache"))

    assert result.returncode == 1
    assert f"cannot write to {tmp_path / 'cache'}" in result.stderr


def test_a_later_start_says_nothing_and_looks_for_nothing(project: Path, tmp_path: Path) -> None:
    result = start(
        project, "--version", PATH=programs(tmp_path / "bin", ("cksum", "id", "sh", "uname"))
    )

    assert (result.returncode, result.stdout.strip()) == (0, PANTS_VERSION)
    assert "pants:" not in result.stderr
    assert "DEPRECATED" not in result.stderr


def test_arguments_and_exit_code_pass_through_from_a_subdirectory(project: Path) -> None:
    result = start(project, "list", "a folder::", cwd=project / "some" / "folder")

    assert result.returncode == 1
    assert 'Unmatched glob from CLI arguments: "some/folder/a folder/**"' in result.stderr


def on_a_terminal(project: Path, *arguments: str, **environment: str) -> str:
    """What a start prints to a person who looks at a terminal."""
    reading, terminal = pty.openpty()
    inherited = {key: value for key, value in os.environ.items() if key not in ("CI", "NO_COLOR")}
    process = subprocess.Popen(
        ["./pants", *arguments],
        cwd=project,
        env={**inherited, "TERM": "xterm", **environment},
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    printed = b""
    try:
        while part := os.read(reading, 4096):
            printed += part
    except OSError:
        pass  # Linux' way to say that nobody has the terminal open any more.
    finally:
        os.close(reading)
    process.wait(timeout=300)
    return printed.decode()


def test_no_color_is_honoured_on_a_terminal(project: Path) -> None:
    def colours(**environment: str) -> list[str]:
        # Whether a daemon colours what it says depends on how it was started.
        said = on_a_terminal(
            project, "--no-pantsd", "--no-dynamic-ui", "list", "missing::", **environment
        )
        assert "missing" in said
        return re.findall(r"\x1b\[[0-9;]+m", said)

    # Set to nothing it says nothing.
    assert colours(NO_COLOR="")
    assert not colours(NO_COLOR="1")
    # Who speaks to Pants itself is heard.
    assert colours(NO_COLOR="1", PANTS_COLORS="true")


def test_the_pex_executable_is_the_one_that_was_built(project: Path) -> None:
    result = start(project, "help-all", PANTS_BACKEND_PACKAGES="['pants.backend.python']")

    assert result.returncode == 0, result.stderr
    assert "file:///" in result.stdout
    assert "v2.105.2|linux_x86_64|" in result.stdout


def test_a_killed_first_start_is_made_good_and_two_at_once_agree(tmp_path: Path) -> None:
    project = new_project(tmp_path / "project")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PANTS_PANTSD": "false"}

    def first_start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["./pants", "--version"],
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    killed = first_start()
    assert killed.stderr is not None
    for line in killed.stderr:
        if "installing pantsbuild.pants" in line:
            break
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    half_made = set((tmp_path / "cache").rglob("env-*"))
    assert len(half_made) == 1

    both = [first_start(), first_start()]
    answers = [process.communicate(timeout=500) for process in both]

    assert [stdout.strip() for stdout, _ in answers] == [PANTS_VERSION] * 2, answers
    assert all("ready after" in stderr for _, stderr in answers)
    assert len(set((tmp_path / "cache").rglob("env-*")) - half_made) == 1

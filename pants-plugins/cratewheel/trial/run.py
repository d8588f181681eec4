"""Carries one trial out: environment, installation, command.

Runs in a tool process that has pip beside it; pip installs into an environment that has none.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from cratewheel.build.places import network_variables
from cratewheel.trial.request import Trial, loads
from cratewheel.trial.shadowing import shadowing_files


def run_trial(trial: Trial, sandbox: Path) -> int:
    """Tries a wheel; whatever the tools say goes to standard output.

    Args:
        sandbox: the folder that the trial's relative paths are relative to.

    Returns:
        The exit status of the first program that failed, else 0.
    """
    links = (sandbox / trial.tools).resolve()
    toolchain = links / trial.toolchain
    tree = sandbox / trial.tree
    wheel = sandbox / trial.wheel
    _unshadow(wheel, tree / trial.python_source)
    environment = sandbox / "environment"
    # The interpreter itself and not its link, beside which it would look for its library.
    interpreter = os.path.realpath(links / "python" / trial.interpreter)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    python = programs / ("python.exe" if os.name == "nt" else "python")
    home, scratch = sandbox / "home", sandbox / "scratch"
    home.mkdir()
    scratch.mkdir()
    network = dict(network_variables(toolchain))
    search_path = os.pathsep.join([str(programs), str(toolchain / "bin"), os.defpath])
    plain = {**network, "PATH": search_path, "HOME": str(home), "LANG": "C.UTF-8"}
    # pip finds its configuration, its credentials and its cache in the user's own home.
    for_pip = {**plain, **pip_variables(toolchain), "HOME": os.path.realpath(toolchain / "home")}
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    # Compiling everything takes longer than running a short test on it.
    quick = ["--no-compile", "--no-input", "--quiet"]
    install = [*pip, "install", *quick, str(wheel), *trial.requires]
    return (
        _run([interpreter, "-I", "-m", "venv", "--without-pip", str(environment)], sandbox, plain)
        or _run(install, sandbox, for_pip)
        # From a folder with nothing in it, so that nothing there can be imported either.
        or _run(_command(trial, wheel, tree), scratch, {**plain, "VIRTUAL_ENV": str(environment)})
    )


def pip_variables(toolchain: Path) -> Mapping[str, str]:
    """The user's own settings for pip, as discovery wrote them beside the tools."""
    try:
        lines = (toolchain / "pip").read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in lines)
    return {name: value for name, _, value in pairs}


def _command(trial: Trial, wheel: Path, tree: Path) -> str:
    project = os.path.normpath(tree / trial.project)
    return trial.command.replace("{project}", project).replace("{wheel}", str(wheel))


def _unshadow(wheel: Path, python_source: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        members = archive.namelist()
    for name in shadowing_files(members):
        (python_source / name).unlink(missing_ok=True)


def _run(command: Sequence[str] | str, directory: Path, env: Mapping[str, str]) -> int:
    sys.stdout.flush()
    done = subprocess.run(
        command,
        shell=isinstance(command, str),
        cwd=directory,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode


def main(arguments: Sequence[str]) -> int:
    """`python -m cratewheel.trial TRIAL.json`, from the sandbox's working directory."""
    (trial,) = arguments
    return run_trial(loads(Path(trial).read_text()), Path.cwd())

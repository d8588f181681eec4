"""Carries one trial out: environment, installation, command.

Runs in a tool process that has pip beside it; pip installs into an environment that has none.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from cratewheel.build.equipment import SYSTEM, noted
from cratewheel.build.places import network_variables, pythons
from cratewheel.trial.request import Trial, loads
from cratewheel.trial.shadowing import shadowing_files

# What else the wheel needs is not installed, so that it is missing says nothing of the wheel.
_IMPORT = """
import importlib, sys
module, *own = sys.argv[1:]
try:
    importlib.import_module(module)
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] in (module.partition(".")[0], *own):
        raise
    print(f"{module} imports {error.name}, which is not of the wheel")
"""

# Compiling everything takes longer than running a short test on it.
_QUICK = ("--disable-pip-version-check", "--no-compile", "--no-input", "--quiet")


def run_trial(trial: Trial, sandbox: Path) -> int:
    """Tries a wheel; whatever the tools say goes to standard output.

    Args:
        sandbox: the folder that the trial's relative paths are relative to, in which the wheel is.

    Returns:
        The exit status of the first program that failed, else 0.
    """
    links = (sandbox / trial.tools).resolve()
    toolchain = links / trial.toolchain
    tree = sandbox / trial.tree
    wheel = sandbox / trial.wheel
    with zipfile.ZipFile(wheel) as archive:
        members = archive.namelist()
    _unshadow(members, tree / trial.python_source)
    environment = sandbox / "environment"
    # The interpreter itself and not its link, beside which it would look for its library.
    interpreter = os.path.realpath(pythons(links)[trial.interpreter])
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    python = programs / ("python.exe" if os.name == "nt" else "python")
    home, scratch = sandbox / "home", sandbox / "scratch"
    home.mkdir()
    scratch.mkdir()
    plain = _variables(toolchain, home, programs)
    # pip finds its configuration, its credentials and its cache in the user's own home.
    for_pip = {**plain, **pip_variables(toolchain)}
    if (toolchain / "home").exists():
        for_pip["HOME"] = os.path.realpath(toolchain / "home")
    wanted = [str(wheel), *trial.requires]
    if trial.command is None:
        # Nothing but the wheel is judged then: neither an index nor what else it needs.
        wanted = ["--no-deps", "--no-index", str(wheel)]
    if trial.emulated:
        made = _install_emulated(interpreter, environment, wanted, sandbox, for_pip)
    else:
        pip = [sys.executable, "-m", "pip", "--python", str(python)]
        venv = [interpreter, "-I", "-m", "venv", "--without-pip", str(environment)]
        install = [*pip, "install", *_QUICK, *wanted]
        made = _run(venv, sandbox, plain) or _run(install, sandbox, for_pip)
    if trial.command is not None:
        command: Sequence[str] | str = _filled(trial.command, trial, wheel, tree)
    elif trial.module:
        command = [str(python), "-c", _IMPORT, trial.module, *_top_level(members)]
    else:
        return made
    # From a folder with nothing in it, so that nothing there can be imported either.
    failed = made or _run(command, scratch, {**plain, "VIRTUAL_ENV": str(environment)})
    if failed and not made:
        for path in _absent(trial.command or "", tree / trial.project):
            print(
                f"There is no `{path}` in {{project}}: what `sources` takes in beside the BUILD file"
            )
    return failed


def _variables(toolchain: Path, home: Path, programs: Path) -> Mapping[str, str]:
    own = noted(toolchain / SYSTEM)
    if own:
        search_path = os.pathsep.join([str(programs), own.get("PATH", os.defpath)])
        return {**own, "PATH": search_path, "HOME": str(home)}
    network = dict(network_variables(toolchain))
    search_path = os.pathsep.join([str(programs), str(toolchain / "bin"), os.defpath])
    return {**network, "PATH": search_path, "HOME": str(home), "LANG": "C.UTF-8"}


def _install_emulated(
    interpreter: str,
    environment: Path,
    wanted: Sequence[str],
    sandbox: Path,
    variables: Mapping[str, str],
) -> int:
    """An environment for an interpreter that this machine can only start through a script.

    A virtual environment would have a link to the program behind it, so packages go into a folder
    of their own, and what starts the interpreter puts that on its path.
    """
    programs, packages = environment / "bin", environment / "packages"
    programs.mkdir(parents=True)
    for name in ("python", "python3"):
        script = programs / name
        path = f"{packages}${{PYTHONPATH:+:$PYTHONPATH}}"
        script.write_text(f'#!/bin/sh\nPYTHONPATH="{path}" exec "{interpreter}" -s "$@"\n')
        script.chmod(0o755)
    pip = find_spec("pip")
    assert pip is not None and pip.origin is not None, "pip is among the tools"
    # By the interpreter itself, which knows best which wheels it takes.
    install = [interpreter, "-s", str(Path(pip.origin).parent), "install", *_QUICK]
    # As root, too: nothing of the system is written to.
    install.append("--root-user-action=ignore")
    failed = _run(
        [*install, "--only-binary=:all:", f"--target={packages}", *wanted], sandbox, variables
    )
    scripts = packages / "bin"
    for each in scripts.iterdir() if scripts.is_dir() else ():
        content = each.read_bytes()
        if content.startswith(b"#!"):
            content = f"#!{programs / 'python'}\n".encode() + content.partition(b"\n")[2]
        (programs / each.name).write_bytes(content)
        (programs / each.name).chmod(0o755)
    return failed


def pip_variables(toolchain: Path) -> Mapping[str, str]:
    """The user's own settings for pip, as discovery wrote them beside the tools."""
    try:
        lines = (toolchain / "pip").read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.partition("=") for line in lines)
    return {name: value for name, _, value in pairs}


def _filled(command: str, trial: Trial, wheel: Path, tree: Path) -> str:
    project = os.path.normpath(tree / trial.project)
    return command.replace("{project}", project).replace("{wheel}", str(wheel))


def _absent(command: str, project: Path) -> Iterator[str]:
    """What a command names of the project that is not there."""
    for path in re.findall(r"\{project\}/([\w./-]+)", command):
        if not (project / path).exists():
            yield path


def _top_level(members: Sequence[str]) -> Sequence[str]:
    names = (name.partition("/")[0].partition(".")[0] for name in members)
    return tuple(dict.fromkeys(name for name in names if name.isidentifier()))


def _unshadow(members: Sequence[str], python_source: Path) -> None:
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

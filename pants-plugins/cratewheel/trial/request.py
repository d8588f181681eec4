"""What one trial of a wheel is, as a value that travels into the sandbox as JSON.

Only what Pants' own process has: it writes these and the sandboxed process reads them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Optional

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from cratewheel.build.interpreters import Interpreter
from cratewheel.build.row_interpreters import interpreters_for
from cratewheel.machines import Machine, can_run, foreign_python
from cratewheel.platforms import Platform

#: The oldest Python that the pip of the tools installs into.
_OLDEST = Version("3.8")


@dataclass(frozen=True)
class Trial:
    """A trial and where things are in the sandbox.

    Args:
        wheel: the name of the wheel, in the working directory.
        interpreter: the name of the interpreter link the environment is made with.
        python: the full version of that interpreter; another one makes this another trial.
        requires: pip requirements beside the wheel.
        command: the shell command; `{project}` and `{wheel}` in it stand for paths. Without one the
            wheel alone is installed, and its module imported.
        project: the directory of the wheel's sources, relative to the tree.
        python_source: the directory its Python sources are in, relative to the tree.
        toolchain: the id of the toolchain, which names the folder of the user's network settings.
        tree: the directory of the sources.
        module: what is imported where there is no command; "" for a wheel without a module.
        emulated: whether the interpreter is a script that starts one of another architecture.
        tools: the folder of toolchain and interpreter links.
    """

    wheel: str
    interpreter: str
    python: str
    requires: tuple[str, ...]
    command: Optional[str]
    project: str
    python_source: str
    toolchain: str
    module: str = ""
    emulated: bool = False
    tree: str = "tree"
    tools: str = ".toolchains"


def runners(
    platform: Platform, machine: Machine, interpreters: Iterable[Interpreter]
) -> tuple[Interpreter, ...]:
    """The interpreters that run a platform's wheels here: this machine's own, or by emulation."""
    if can_run(platform, machine):
        return interpreters_for(platform, machine.host, interpreters)
    if platform.libc != "gnu":
        return ()
    wanted = f"linux-{platform.architecture}"
    return tuple(each for each in interpreters if each.platform == wanted)


def nothing_runs(platform: Platform) -> str:
    """Why a wheel that no interpreter here can be tried with is not."""
    name = foreign_python(platform)
    hint = f" (`{name}.N` on PATH would, through qemu-user)" if name else ""
    return f"nothing here runs {platform.triple}{hint}"


def interpreter_for(
    wheel: str, requires_python: Optional[str], interpreters: Iterable[Interpreter]
) -> Optional[Interpreter]:
    """The interpreter to try a wheel with: the oldest here that may install it; None for none.

    The oldest, because that is where a stable-ABI wheel is most likely to be wrong.

    Args:
        wheel: its file name.
        requires_python: as in its project; None admits all.
    """
    python, abi, _ = wheel[: -len(".whl")].rsplit("-", 3)[1:]
    admitted = SpecifierSet(requires_python or "")
    suitable = [
        (version, each.tag, each)
        for each in interpreters
        if (version := Version(each.version)) >= _OLDEST
        and any(
            _installs(each.tag, one, other) for one in python.split(".") for other in abi.split(".")
        )
        and admitted.contains(each.version, prereleases=True)
    ]
    return min(suitable)[2] if suitable else None


def _installs(interpreter: str, python: str, abi: str) -> bool:
    """Whether an interpreter, by its tag such as `cp311`, takes wheels of one tag (PEP 425)."""
    mine = re.fullmatch(r"cp(\d)(\d+)(t?)", interpreter)
    if abi == "none":
        return python in ("py3", interpreter) and mine is not None and not mine[3]
    if abi in ("abi3", "abi3t"):
        oldest = re.fullmatch(r"cp(\d)(\d+)", python)
        if mine is None or oldest is None or bool(mine[3]) != (abi == "abi3t"):
            return False
        return (int(mine[1]), int(mine[2])) >= (int(oldest[1]), int(oldest[2]))
    return interpreter == (abi if abi.startswith("cp") else python)


def dumps(trial: Trial) -> str:
    """The trial as JSON, stable."""
    return json.dumps(asdict(trial), sort_keys=True, indent=1)


def loads(text: str) -> Trial:
    """Reads what `dumps` wrote."""
    document = json.loads(text)
    return Trial(**{**document, "requires": tuple(document["requires"])})

"""The Python interpreters of this machine: found, asked what they are, linked to a stable place.

PyO3 is rebuilt when the path of its interpreter changes, and a path with a home folder in it would
end up in what machines share. So interpreters are linked into a folder by what they are, `cp311`,
`cp314t`, `pp311`. Runs as `python -m cratewheel.build.interpreters CACHE_DIR`; standard library only.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cratewheel.build.memory import Memory
from cratewheel.build.replacing import point

# `aarch64-linux-gnu-python3.12`, as Debian names programs of another architecture, is one that this
# machine runs through qemu-user.
_PROGRAM = re.compile(
    r"((\w+-linux-(gnu|musl)\w*-)?python3\.\d+t?|pypy3\.\d+|graalpy3?\.?\d*)$"
    r"|(python|python3\.\d+t?|pypy3?(\.\d+)?|graalpy)\.exe$"
)

_FOREIGN = re.compile(r"\w+-linux-(gnu|musl)\w*-")

_ASK = """
import json, platform, sys, sysconfig
name = {"cpython": "cp", "pypy": "pp", "graalpy": "graalpy"}.get(sys.implementation.name, "")
tag = "%s%d%d" % (name, sys.version_info[0], sys.version_info[1])
if sysconfig.get_config_var("Py_GIL_DISABLED"):
    tag += "t"
base = getattr(sys, "_base_executable", None) or sys.executable
print(json.dumps([tag if name else "", base, platform.python_version(), sysconfig.get_platform()]))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python interpreter.

    Args:
        tag: its implementation and version as wheels spell them: `cp311`, `cp314t`, `pp311`.
        version: the full version, for messages.
        path: its program on this machine; of no interest to a build, which uses the link.
        platform: of one for another architecture than this machine's, as `sysconfig.get_platform`
            has it (`linux-aarch64`, `win32`); "" for this machine's own.
    """

    tag: str
    version: str
    path: str
    platform: str = ""

    @property
    def name(self) -> str:
        """The name of its link: the tag, and the platform where that is another one."""
        return f"{self.tag}-{self.platform}" if self.platform else self.tag


def discover(
    environment: Mapping[str, str], memory: Memory | None = None
) -> tuple[Interpreter, ...]:
    """The interpreters on PATH, in pyenv and of uv, one a tag and platform, sorted.

    PATH comes first, so a version that is there twice is the one its user would start. Of several
    patch releases in pyenv or uv the newest is taken.

    Args:
        memory: of what they said before.
    """
    found: dict[str, Interpreter] = {}
    asked: set[str] = set()
    for program in _candidates(environment):
        real = os.path.realpath(program)
        if real in asked:
            continue
        asked.add(real)
        ask = partial(_ask, program)
        if memory is None:
            said = ask()
        elif _FOREIGN.match(os.path.basename(program)):
            # Starting one takes half a second, and all that such a script does is start it.
            said = memory.answer_of_file(program, (), ask)
        else:
            said = memory.answer(program, (), ask)
        interpreter = _read(program, said)
        if interpreter is not None:
            found.setdefault(interpreter.name, interpreter)
    return tuple(found[name] for name in sorted(found))


def discover_linked(environment: Mapping[str, str], cache: Path) -> tuple[Interpreter, ...]:
    """The same, each linked into `cache/python/NAME`.

    Args:
        cache: a folder that outlives the run; what interpreters said is remembered there.
    """
    memory = Memory(cache / "interpreters.json")
    found = discover(environment, memory)
    memory.save()
    link(found, cache)
    return found


def link(interpreters: Sequence[Interpreter], cache: Path) -> None:
    """Links every interpreter into `cache/python/NAME`."""
    folder = cache / "python"
    folder.mkdir(parents=True, exist_ok=True)
    for interpreter in interpreters:
        point(folder / interpreter.name, interpreter.path)


def _candidates(environment: Mapping[str, str]) -> Iterator[str]:
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        # pyenv's shims are scripts that pick a version by folder; the versions follow below.
        if folder and not folder.rstrip("/").endswith("shims"):
            yield from _programs(Path(folder))
    home = Path(environment.get("HOME") or os.path.expanduser("~"))
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    data = Path(
        environment.get("APPDATA") or environment.get("XDG_DATA_HOME") or home / ".local" / "share"
    )
    managed = Path(environment.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    for versions in (pyenv, managed):
        for version in sorted(_folders(versions), key=_by_number, reverse=True):
            yield from _programs(version / "bin")
            # Where Windows has no such folder.
            yield from _programs(version)


def _folders(parent: Path) -> list[Path]:
    try:
        return [each for each in parent.iterdir() if each.is_dir() and not each.is_symlink()]
    except OSError:
        return []


def _programs(folder: Path) -> Iterator[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        if _PROGRAM.match(name) and os.access(folder / name, os.X_OK):
            yield str(folder / name)


def _by_number(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.name)]


def _ask(program: str) -> str:
    try:
        done = subprocess.run(
            [program, "-I", "-S", "-c", _ASK],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _read(program: str, said: str) -> Interpreter | None:
    try:
        tag, base, version, platform = json.loads(said)
    except ValueError:
        return None
    if not tag:
        return None
    if not _is_native(platform):
        # The program that was asked and not the one it started, which this machine cannot run.
        return Interpreter(tag, version, os.path.realpath(program), platform)
    # What lies inside a virtual environment stands for the interpreter it was made from.
    real = shutil.which(base) or base
    return Interpreter(tag, version, os.path.realpath(real))


def _is_native(platform: str) -> bool:
    own = sysconfig.get_platform()
    # macOS names the oldest system and the architectures, and runs all of them.
    return platform == own or (platform.startswith("macosx") and own.startswith("macosx"))


def from_json(text: str) -> tuple[Interpreter, ...]:
    """Reads what `main` printed."""
    return tuple(Interpreter(*entry) for entry in json.loads(text))


def main(arguments: Sequence[str]) -> int:
    """Finds, links and prints the interpreters as JSON."""
    (cache,) = arguments
    folder = Path(os.path.realpath(cache))
    found = discover_linked(os.environ, folder)
    print(json.dumps([[each.tag, each.version, each.path, each.platform] for each in found]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

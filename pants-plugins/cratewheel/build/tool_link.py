"""Puts a Python tool and this library at places that are named by what is in them.

A build names its tools in its command, and the command is part of what machines share results by. The
environment of a tool lies below a home folder and is made for one interpreter of one machine; what it
does depends on neither. And what stays in one place is compiled to bytecode once, not once a process.

Runs as `python -m cratewheel.build.tool_link CACHE_DIR LIBRARY`, with the tool's own Python. Standard
library only.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

from cratewheel.build.replacing import beside, point

#: A copy of the library that no run has used for that many seconds is removed.
_UNUSED = 14 * 24 * 3600


def link(cache: Path, environment: Path, packages: Path) -> str:
    """Links a virtual environment into `cache/tools/ID`, and returns the id.

    Args:
        environment: its folder.
        packages: where in it packages are installed.
    """
    installed = sorted(name for name in os.listdir(packages) if name.endswith(".dist-info"))
    identity = json.dumps([installed, platform.system(), platform.machine()])
    tool = hashlib.sha256(identity.encode()).hexdigest()[:16]
    folder = cache / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    point(folder / tool, str(environment))
    return tool


def keep_library(cache: Path, sources: Path, name: str) -> None:
    """Has a copy of the library in `cache/library/NAME`.

    Args:
        sources: the folder of the package `cratewheel`.
        name: names the content of `sources`.
    """
    copies = cache / "library"
    kept = copies / name
    if kept.is_dir():
        os.utime(kept)
        return
    copies.mkdir(parents=True, exist_ok=True)
    made = beside(kept)
    without = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(sources, made / "cratewheel", ignore=without)
    try:
        os.rename(made, kept)
    except OSError:
        # Another run was faster.
        shutil.rmtree(made)
    for each in copies.iterdir():
        if time.time() - each.stat().st_mtime > _UNUSED:
            shutil.rmtree(each, ignore_errors=True)


def main(arguments: Sequence[str]) -> int:
    """Prints the id."""
    cache, library = arguments
    folder = Path(os.path.realpath(cache))
    keep_library(folder, Path(os.path.realpath(__file__)).parents[1], library)
    print(link(folder, Path(os.path.realpath(sys.prefix)), Path(sysconfig.get_path("purelib"))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

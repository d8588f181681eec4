"""Links a Python tool's environment to a place that is named by what is installed in it.

A build names its tools in its command, and the command is part of what machines share results by. The
environment itself lies below a home folder and is made for one interpreter of one machine; what it does
depends on neither. Runs as `python -m cratewheel.build.tool_link CACHE_DIR`, with the tool's own Python.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path


def link(cache: Path) -> str:
    """Links the environment that this process runs in into `cache/tools/ID`, and returns the id."""
    installed = sorted(
        name for name in os.listdir(sysconfig.get_path("purelib")) if name.endswith(".dist-info")
    )
    identity = json.dumps([installed, platform.system(), platform.machine()])
    tool = hashlib.sha256(identity.encode()).hexdigest()[:16]
    folder = cache / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    place, target = folder / tool, os.path.realpath(sys.prefix)
    if not (os.path.islink(place) and os.readlink(place) == target):
        # Another run may be using the link: replace it in one step, never through a gap.
        temporary = folder / f".{tool}.{os.getpid()}"
        os.symlink(target, temporary)
        os.replace(temporary, place)
    return tool


def main(arguments: Sequence[str]) -> int:
    """Prints the id."""
    (cache,) = arguments
    print(link(Path(os.path.realpath(cache))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

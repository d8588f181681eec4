"""The launcher that the generated jobs start Pants with, for repositories that have none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cratewheel

#: What jobs start.
LAUNCHER = "pants"
#: Where it looks for the locks of what it installs, beside itself.
_LOCKS = "3rdparty/launcher"


def launcher_files() -> Mapping[str, str]:
    """The launcher and its locks, by the paths that they have in a repository."""
    (package,) = cratewheel.__path__
    folder = Path(package, "launcher")
    locks = sorted((folder / "locks").glob("*.lock"))
    return {
        LAUNCHER: (folder / LAUNCHER).read_text(encoding="utf-8"),
        **{f"{_LOCKS}/{lock.name}": lock.read_text(encoding="utf-8") for lock in locks},
    }

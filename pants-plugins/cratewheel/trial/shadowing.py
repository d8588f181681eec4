"""Keeping the sources of a package from being imported in place of the installed wheel."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable

_MODULES = (".py", ".pyi", ".so", ".pyd", ".dylib")


def shadowing_files(members: Iterable[str]) -> tuple[str, ...]:
    """What makes the sources of a wheel importable, to be taken out of a copy of them; sorted.

    A directory without `__init__.py` gives way to a regular package of its name further down the
    search path, so of every package of the wheel only the outermost one counts, and every module
    that is in no package. Everything else stays, tests inside the package among it.

    Args:
        members: names of the files of the wheel.

    Returns:
        Names relative to the directory that the Python sources are in.
    """
    modules = [name for name in members if name.endswith(_MODULES)]
    packages = {posixpath.dirname(name) for name in modules if _is_init(name)}
    found = set()
    for name in modules:
        outermost = next((each for each in _above(name) if each in packages), None)
        if outermost is None or (outermost == posixpath.dirname(name) and _is_init(name)):
            found.add(name)
    return tuple(sorted(found))


def _is_init(name: str) -> bool:
    return posixpath.basename(name).partition(".")[0] == "__init__"


def _above(name: str) -> Collection[str]:
    """The directories that a file is in, the outermost first."""
    parts = name.split("/")[:-1]
    return ["/".join(parts[: end + 1]) for end in range(len(parts))]

"""Files that hold for their directory and all below it: toolchain files and cargo's configuration.

Sources: the rustup book, "Overrides"; the Cargo Book, "Configuration".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Optional

from cratewheel.cargo.paths import parent

#: What pins the toolchain of a directory; of two in one directory rustup takes the first.
TOOLCHAIN_FILES = ("rust-toolchain", "rust-toolchain.toml")

#: Cargo's configuration of a directory; of two in one directory cargo takes the first.
CONFIGURATION_FILES = (".cargo/config", ".cargo/config.toml")


def toolchain_paths(directory: str) -> tuple[str, ...]:
    """Where a toolchain file that holds for `directory` may be, nearest first."""
    return _on_the_way(directory, TOOLCHAIN_FILES)


def toolchain_path(directory: str, exists: Callable[[str], bool]) -> Optional[str]:
    """The toolchain file that rustup obeys in `directory`, as far as the repository has one.

    Args:
        exists: whether there is a file at a path of the repository.
    """
    return next((path for path in toolchain_paths(directory) if exists(path)), None)


def configuration_paths(directory: str) -> tuple[str, ...]:
    """Where cargo's configuration for a crate in `directory` may be, nearest first."""
    return _on_the_way(directory, CONFIGURATION_FILES)


def _on_the_way(directory: str, names: Sequence[str]) -> tuple[str, ...]:
    """The paths of files of these names in a directory and in those above it, nearest first."""
    paths: list[str] = []
    while True:
        paths += [f"{directory}/{name}" if directory else name for name in names]
        if not directory:
            return tuple(paths)
        directory = parent(directory)

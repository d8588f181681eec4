"""What cargo finds beside a manifest: library, binaries, build script and readme of a crate."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Optional

from cratewheel.cargo.manifest import CrateManifest


@dataclass(frozen=True)
class CargoTarget:
    """A library or binary of a crate.

    Args:
        name: its name (a library's with underscores).
        path: repository-relative path of its root source file.
        crate_types: `lib`, `rlib`, `cdylib`, `staticlib`, `dylib`, `proc-macro` or `bin`.
    """

    name: str
    path: str
    crate_types: tuple[str, ...]


def library_of(
    crate: CrateManifest, all_files: Collection[str]
) -> Optional[CargoTarget]:
    """The crate's library, None when it has none.

    Args:
        all_files: the repository's files (a set: membership is asked for).
    """
    raise NotImplementedError


def binaries_of(
    crate: CrateManifest, all_files: Collection[str]
) -> tuple[CargoTarget, ...]:
    """The crate's binaries, sorted by name, declared and discovered."""
    raise NotImplementedError


def build_script_of(crate: CrateManifest, all_files: Collection[str]) -> Optional[str]:
    """The path of the crate's build script, None when it has none."""
    raise NotImplementedError


def readme_path(crate: CrateManifest, all_files: Collection[str]) -> Optional[str]:
    """The path of the readme cargo takes: the manifest's, or README.md, README.txt, README."""
    raise NotImplementedError

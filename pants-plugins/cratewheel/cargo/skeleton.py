"""Stand-ins for workspace members that are not built, so that cargo can load the workspace."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cratewheel.cargo.model import CargoModel


def skeleton(manifest: bytes) -> Mapping[str, bytes]:
    """The least a crate must consist of for cargo to load and resolve it as before.

    Args:
        manifest: a valid Cargo.toml of a package (its `[workspace]`, if any, is kept).

    Returns:
        Contents by path relative to the crate's directory: `Cargo.toml` with the package's
        identity, dependencies and features verbatim and every build target replaced by one empty
        library, and that library's source file.

    Raises:
        CratewheelError: CW-MANIFEST-SYNTAX when it is not TOML.
    """
    raise NotImplementedError


def skeletons_needed(model: CargoModel, closure: Collection[str]) -> tuple[str, ...]:
    """Directories, sorted, of the crates outside `closure` that cargo loads when it builds one.

    Args:
        closure: directories of the crates that are present with their sources.

    The members of every workspace a crate of `closure` belongs to, and every path dependency of
    any table, transitively.
    """
    raise NotImplementedError

"""Stand-ins for workspace members that are not built, so that cargo can load the workspace.

cargo reads the manifest of every member and demands a source file for it, whichever member it is
asked for. A sandbox that holds one crate therefore gets, for every other one, a manifest that
resolves as the original does and an empty library.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import tomlkit

from cratewheel.cargo.model import CargoModel
from cratewheel.cargo.stand_in import METADATA
from cratewheel.toml_tables import read_document

#: What of `[package]` has a part in resolution, or tells where the workspace is.
_PACKAGE_KEYS = ("name", "version", "edition", "rust-version", "resolver", "workspace", "publish")

#: Everything else that a resolution reads, and what only the root manifest may say.
_KEPT_TABLES = (
    "cargo-features",
    "dependencies",
    "dev-dependencies",
    "dev_dependencies",
    "build-dependencies",
    "build_dependencies",
    "target",
    "features",
    "workspace",
    "patch",
    "replace",
    "profile",
)

STUB_SOURCE = "src/lib.rs"


def skeleton(manifest: bytes, path: str = "Cargo.toml") -> Mapping[str, bytes]:
    """The least a crate must consist of for cargo to load and resolve it as before.

    Args:
        manifest: a valid Cargo.toml of a package (its `[workspace]`, if any, is kept).
        path: its path, for messages.

    Returns:
        Contents by path relative to the crate's directory: `Cargo.toml` with the package's
        identity, dependencies and features and, instead of every build target, one empty library
        (a proc-macro where it was one), and that library's source file. Comments and formatting
        are gone, so the skeleton changes only when a resolution could. `links` goes too: it takes
        a build script, and its one effect, that no two packages of a resolution link the same
        library, was had when the lock was made.

    Raises:
        CratewheelError: CW-MANIFEST-SYNTAX when it is not TOML.
    """
    document = read_document(path, manifest)
    original = document.values
    package = document.table("package") or document.table("project")
    identity = package.values if package is not None else {}
    reduced: dict[str, Any] = {
        "package": {
            **{key: identity[key] for key in _PACKAGE_KEYS if key in identity},
            "build": False,
            "metadata": dict(METADATA),
            **dict.fromkeys(
                ("autobins", "autoexamples", "autotests", "autobenches", "readme"), False
            ),
        },
        "lib": {"path": STUB_SOURCE, **_lib(original.get("lib"))},
        **{key: original[key] for key in _KEPT_TABLES if key in original},
    }
    return {"Cargo.toml": tomlkit.dumps(reduced).encode("utf-8"), STUB_SOURCE: b""}


def skeletons_needed(model: CargoModel, closure: Collection[str]) -> tuple[str, ...]:
    """Directories, sorted, of the crates outside `closure` that cargo loads when it builds one.

    Args:
        closure: directories of the crates that are present with their sources.

    The members of every workspace a crate of `closure` belongs to, its path patches, and every
    path dependency of any table, transitively. The root manifest of a virtual workspace is no
    crate and not among them; cargo needs it as it is.
    """
    loaded: set[str] = set()
    pending = [directory for directory in closure if directory in model.crates]
    while pending:
        directory = pending.pop()
        if directory in loaded:
            continue
        loaded.add(directory)
        workspace = model.workspaces.get(model.crates[directory].workspace_root)
        around = list(model.path_dependencies(directory))
        if workspace is not None:
            around += [workspace.directory, *workspace.members]
            around += [patch.path for patch in workspace.patches if patch.path is not None]
        pending += [found for found in around if found in model.crates and found not in loaded]
    return tuple(sorted(loaded.difference(closure)))


def _lib(lib: object) -> Mapping[str, Any]:
    """Of `[lib]`, what others that depend on the crate see: its name, and being a proc-macro."""
    if not isinstance(lib, dict):
        return {}
    kept = {key: lib[key] for key in ("name", "proc-macro", "proc_macro") if key in lib}
    if "proc-macro" in (lib.get("crate-type") or lib.get("crate_type") or ()):
        kept["proc-macro"] = True
    return kept

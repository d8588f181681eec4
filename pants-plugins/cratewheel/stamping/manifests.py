"""What must change in a Cargo.toml: its crate's version and its requirements on in-repo crates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Optional

from cratewheel.cargo.paths import parent, resolve
from cratewheel.stamping.requirements import raised
from cratewheel.stamping.toml_editing import KeyPath
from cratewheel.versions import Version

_TABLES = (
    "dependencies",
    "dev-dependencies",
    "dev_dependencies",
    "build-dependencies",
    "build_dependencies",
)


def requirement_edits(
    path: str,
    document: Mapping[str, Any],
    versions: Mapping[str, Version],
    patched: Mapping[str, str],
) -> dict[KeyPath, str]:
    """The requirements that do not admit the version of the in-repo crate that they are on.

    Args:
        path: of the Cargo.toml.
        document: its contents.
        versions: the new versions by crate directory.
        patched: the directories of the crates that the workspace's `[patch]` puts in the place of
            registry packages, by package name.

    Returns:
        The new requirements by key path.
    """
    edits: dict[KeyPath, str] = {}
    for key_path, name, entry in _dependencies(document):
        requirement = entry.get("version") if isinstance(entry, Mapping) else entry
        directory = _directory(path, name, entry, patched)
        if directory is None or directory not in versions or not isinstance(requirement, str):
            continue
        new = raised(requirement, versions[directory])
        if new != requirement:
            edits[(*key_path, "version") if isinstance(entry, Mapping) else key_path] = new
    return edits


def _directory(path: str, name: str, entry: object, patched: Mapping[str, str]) -> Optional[str]:
    if isinstance(entry, Mapping):
        if isinstance(entry.get("path"), str):
            return resolve(parent(path), entry["path"])
        if any(key in entry for key in ("git", "registry", "registry-index", "workspace")):
            return None
        package = entry.get("package")
        name = package if isinstance(package, str) else name
    return patched.get(name)


def _dependencies(document: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str, object]]:
    places: list[tuple[KeyPath, object]] = [((), document)]
    targets = document.get("target")
    if isinstance(targets, Mapping):
        places += [(("target", platform), table) for platform, table in targets.items()]
    places.append((("workspace",), document.get("workspace")))
    for prefix, table in places:
        if not isinstance(table, Mapping):
            continue
        for kind in _TABLES:
            entries = table.get(kind)
            if isinstance(entries, Mapping):
                for name, entry in entries.items():
                    yield (*prefix, kind, name), name, entry

"""Lines and paths of a sparse crates index (cargo reference, "Index Format")."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from cratewheel.registries.crate_file import (
    CRATES_IO_INDEX,
    CrateFile,
    Dependency,
    dependencies,
)
from cratewheel.registries.version_req import normalise


def index_path(name: str) -> str:
    """Where the index keeps the lines of the crate `name`: `3/s/sys`, `se/rd/serde`."""
    lower = name.lower()
    if len(lower) <= 2:
        return f"{len(lower)}/{lower}"
    if len(lower) == 3:
        return f"3/{lower[0]}/{lower}"
    return f"{lower[:2]}/{lower[2:4]}/{lower}"


def index_line(crate: CrateFile, *, own: Collection[str]) -> str:
    """The index line of a crate, without its newline.

    Args:
        own: the names that live in this registry. A dependency on any other name is written as one
            on crates.io, so that cargo finds it there when it reads this index as another registry.
    """
    package = crate.manifest["package"]
    features: dict[str, list[str]] = {}
    features2: dict[str, list[str]] = {}
    for name, values in crate.manifest.get("features", {}).items():
        newer = any(value.startswith("dep:") or "?/" in value for value in values)
        (features2 if newer else features)[name] = list(values)
    document: dict[str, Any] = {
        "name": crate.name,
        "vers": crate.version,
        "deps": [
            _index_dependency(dependency, own=own) for dependency in dependencies(crate.manifest)
        ],
        "cksum": crate.checksum,
        "features": features,
        "yanked": False,
        "links": package.get("links"),
        "rust_version": package.get("rust-version"),
    }
    if features2:
        document.update(features2=features2, v=2)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _index_dependency(dependency: Dependency, *, own: Collection[str]) -> dict[str, Any]:
    table = dependency.table
    document: dict[str, Any] = {
        "name": dependency.key,
        "req": normalise(dependency.requirement),
        "features": list(table.get("features", ())),
        "optional": bool(table.get("optional", False)),
        "default_features": bool(table.get("default-features", True)),
        "target": dependency.target,
        "kind": dependency.kind,
        "registry": None if dependency.name in own else CRATES_IO_INDEX,
    }
    if "package" in table:
        document["package"] = dependency.name
    return document

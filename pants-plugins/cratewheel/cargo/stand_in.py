"""How a stand-in for a crate that is not built is told from a crate (`cratewheel.cargo.skeleton`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomli

#: `[package.metadata]` of a stand-in; cargo reads nothing of it.
METADATA: Mapping[str, Any] = {"cratewheel": {"stand-in": True}}


def is_stand_in(manifest: bytes) -> bool:
    """Whether a Cargo.toml is a stand-in's; False also for what is no TOML."""
    if b"stand-in" not in manifest:
        return False
    try:
        package = tomli.loads(manifest.decode("utf-8")).get("package")
    except (UnicodeDecodeError, tomli.TOMLDecodeError):
        return False
    metadata = package.get("metadata") if isinstance(package, dict) else None
    return isinstance(metadata, dict) and metadata.get("cratewheel") == METADATA["cratewheel"]

"""A cargo to compare with, and trees to compare it on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

Tree = Mapping[str, str]


def manifests_of(tree: Tree) -> dict[str, bytes]:
    """The Cargo.toml files of a tree, as the library takes them."""
    return {path: text.encode() for path, text in tree.items() if path.endswith("Cargo.toml")}


def write_tree(root: Path, tree: Tree) -> None:
    """Writes a tree, with an empty library beside every manifest that has no source at all."""
    for path, text in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for manifest in root.rglob("Cargo.toml"):
        source = manifest.parent / "src"
        if not source.exists():
            source.mkdir()
            (source / "lib.rs").write_text("")


def cargo(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs cargo in `root`, offline."""
    return subprocess.run(
        ["cargo", *arguments, "--offline"], cwd=root, capture_output=True, text=True, check=False
    )


def metadata(root: Path) -> Optional[dict[str, Any]]:
    """What `cargo metadata --no-deps` says of the workspace in `root`; None when it refuses it."""
    done = cargo(root, "metadata", "--no-deps", "--format-version", "1")
    return json.loads(done.stdout) if done.returncode == 0 else None

"""What is in a rehearsal folder, read from its records alone (standard library only)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RehearsedFile:
    """A file that a rehearsal has published.

    Args:
        kind: `crate` or `wheel`, as of the package it belongs to.
        name: of the package; a Python one's in its normalised form.
    """

    kind: str
    name: str
    version: str
    filename: str
    sha256: str


def rehearsed_files(folder: Path) -> Iterator[RehearsedFile]:
    """The files in a rehearsal folder's registries; none where nothing was rehearsed."""
    for record in sorted(folder.glob("crates/*/versions/*/*.json")):
        document = json.loads(record.read_text())
        name, version = document["name"], document["version"]
        yield RehearsedFile("crate", name, version, f"{name}-{version}.crate", document["checksum"])
    for record in sorted(folder.glob("packages/*/project.json")):
        document = json.loads(record.read_text())
        for entry in document["files"]:
            yield RehearsedFile(
                "wheel", document["name"], entry["version"], entry["filename"], entry["sha256"]
            )

"""The artifact manifest: what was built, with the hash of every file, for whoever publishes it.

A build job writes one beside its files; the publisher uploads exactly the bytes it names. Standard
library only, because Pants' own process reads and writes it too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Optional

from cratewheel import shapes
from cratewheel.errors import CratewheelError, Finding

SCHEMA = 1

#: What the name of every manifest ends with, so that one is found beside the files it lists.
ENDING = ".artifacts.json"


@dataclass(frozen=True)
class ManifestEntry:
    """One built file.

    Args:
        id: of its package in the plan, `crate:NAME` or `wheel:NAME`.
        kind: `crate`, `sdist` or `wheel`.
        version: of the package.
        filename: the name it is published under.
        sha256: of its bytes, in hex.
        size: in bytes.
        target: the triple of a wheel's row, else None.
        compatibility: the floor of that row, where it has one.
        tools: versions of the tools that made it, by name (`cargo`, `rustc`, `maturin`).
        tested: whether the job that built it has installed and tried it.
        trial: with which Python, or why not.
    """

    id: str
    kind: str
    version: str
    filename: str
    sha256: str
    size: int
    target: Optional[str] = None
    tools: Mapping[str, str] = field(default_factory=dict, hash=False)
    compatibility: Optional[str] = None
    tested: bool = False
    trial: str = ""


@dataclass(frozen=True)
class ArtifactManifest:
    """The files that one build, or several together, made of one commit.

    Args:
        commit: the commit they were made from, None when it is not known.
        plan: the digest of the plan they were made by, None when they were made without.
        row: the artifact name of the one row they are all of, None when they are of several.
    """

    entries: tuple[ManifestEntry, ...] = ()
    commit: Optional[str] = None
    plan: Optional[str] = None
    row: Optional[str] = None


@dataclass(frozen=True)
class _Document:
    schema: int
    artifacts: tuple[ManifestEntry, ...]
    commit: Optional[str] = None
    plan: Optional[str] = None
    row: Optional[str] = None


def dumps(manifest: ArtifactManifest) -> str:
    """The manifest as text: the same manifest always gives the same text."""
    document = {
        "schema": SCHEMA,
        "commit": manifest.commit,
        "plan": manifest.plan,
        "row": manifest.row,
        "artifacts": [asdict(entry) for entry in _sorted(manifest.entries)],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def loads(text: str, *, place: str) -> ArtifactManifest:
    """Reads a manifest back.

    Args:
        place: what to call the document in an error, usually its path.

    Raises:
        CratewheelError: `CW-ARTIFACT-MANIFEST`.
    """
    try:
        read = shapes.read(_Document, shapes.decode(text))
    except shapes.ShapeError as error:
        raise _invalid(place, f"not an artifact manifest: {error}") from error
    if read.schema != SCHEMA:
        raise _invalid(f"{place}: schema", f"expected {SCHEMA}, found {read.schema}")
    return ArtifactManifest(read.artifacts, read.commit, read.plan, read.row)


def joined(manifests: Iterable[ArtifactManifest], *, place: str = "") -> ArtifactManifest:
    """The manifests of several jobs as one.

    Raises:
        CratewheelError: `CW-ARTIFACT-MANIFEST` with every disagreement: two files of one name with
            different bytes, or two commits.
    """
    every = tuple(manifests)
    findings = []
    commits = sorted({each.commit for each in every if each.commit is not None})
    if len(commits) > 1:
        findings.append(_finding(place, f"built from different commits: {', '.join(commits)}"))
    by_name: dict[str, ManifestEntry] = {}
    for entry in (entry for each in every for entry in each.entries):
        known = by_name.setdefault(entry.filename, entry)
        if known.sha256 != entry.sha256:
            findings.append(_finding(place, f"`{entry.filename}` was built twice, differently"))
    if findings:
        raise CratewheelError(*findings)
    return ArtifactManifest(_sorted(by_name.values()), commits[0] if commits else None)


def _sorted(entries: Iterable[ManifestEntry]) -> tuple[ManifestEntry, ...]:
    return tuple(sorted(entries, key=lambda entry: (entry.id, entry.filename)))


def _finding(place: str, message: str) -> Finding:
    return Finding("CW-ARTIFACT-MANIFEST", place, message)


def _invalid(place: str, message: str) -> CratewheelError:
    return CratewheelError(_finding(place, message))

"""What the registry already has of a planned version."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Optional

from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.versions import same_version

PUBLISH = "PUBLISH"
DONE = "DONE"
CONFLICT = "CONFLICT"
UNKNOWN = "UNKNOWN"


def verdict_on(
    facts: Optional[RegistryFacts],
    version: str,
    files: Iterable[str],
    commit: Optional[str],
    recorded: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> str:
    """`PUBLISH`, `DONE`, `CONFLICT` or `UNKNOWN`.

    What was published from another commit conflicts, and so does what nothing shows to be of this
    one, and a file with other bytes than this commit's release has recorded. A version of which
    files are missing is still to be published; a registry that was not reached is unknown, never
    absent.

    Args:
        files: the names of the release's files as far as they are known.
        commit: HEAD.
        recorded: what this commit's releases of the version have recorded
            (`cratewheel.records.origin.recorded_bytes`).
    """
    if facts is None or facts.versions is None:
        return UNKNOWN
    published = published_version(facts, version)
    if published is None:
        return PUBLISH
    if published.commit != commit and (published.commit is not None or not recorded):
        return CONFLICT
    if any(
        name in recorded and sha256 not in recorded[name]
        for name, sha256 in zip(published.files, published.hashes)
    ):
        return CONFLICT
    return DONE if published.files and set(files) <= set(published.files) else PUBLISH


def published_version(facts: RegistryFacts, version: str) -> Optional[PublishedVersion]:
    """What the registry has of a version, whatever the spelling; None when it has nothing."""
    for published in facts.versions or ():
        if same_version(published.version, version):
            return published
    return None

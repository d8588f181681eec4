"""Which commit a published version came from, as far as that can be proven."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Optional

from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.records.values import Attempt, ReleaseRecord

RECORD = "the release record"


@dataclass(frozen=True)
class Origin:
    """Where a published version came from.

    Args:
        commit: its full id.
        evidence: what says so, for the user.
        attempt: the recorded attempt that published it; None when no record says so.
    """

    commit: str
    evidence: str
    attempt: Optional[Attempt] = None


def origin_of(
    package_id: str,
    published: PublishedVersion,
    records: Iterable[ReleaseRecord],
    preferred: Optional[str] = None,
) -> Optional[Origin]:
    """Where a published version came from; None when nothing proves it.

    A record proves it when every published file is one of its files, byte for byte: an equal
    version string proves nothing. That is asked first, because it says which commit those bytes
    were built from, where a registry says which commit the uploading job ran on.

    Args:
        preferred: the commit to name when several attempts recorded the same bytes.
    """
    live = set(published.hashes)
    found = [
        attempt
        for record in records
        for attempt in record.attempts
        for package in [attempt.package(package_id, published.version)]
        if package is not None and live and live <= set(package.files.values())
    ]
    found.sort(key=lambda attempt: attempt.commit != preferred)
    if found and len(published.hashes) == len(published.files):
        return Origin(found[0].commit, RECORD, found[0])
    if published.commit is not None:
        return Origin(published.commit, published.evidence)
    return None


def recorded_bytes(
    package_id: str, version: str, records: Iterable[ReleaseRecord], commit: Optional[str]
) -> Mapping[str, frozenset[str]]:
    """What a commit's own releases recorded of a version: by file name, the sha256 it may have."""
    found: dict[str, set[str]] = {}
    for record in records:
        for attempt in record.attempts:
            package = attempt.package(package_id, version)
            if package is not None and attempt.commit == commit:
                for name, sha256 in package.files.items():
                    found.setdefault(name, set()).add(sha256)
    return {name: frozenset(hashes) for name, hashes in found.items()}


def with_origins(
    package_id: str,
    facts: RegistryFacts,
    records: Iterable[ReleaseRecord],
    preferred: Optional[str],
) -> RegistryFacts:
    """What a registry says, with the commits that records prove; parameters as of `origin_of`."""
    known = tuple(records)
    if facts.versions is None:
        return facts
    return RegistryFacts(
        tuple(
            published if origin is None else replace(published, commit=origin.commit)
            for published in facts.versions
            for origin in [origin_of(package_id, published, known, preferred)]
        )
    )

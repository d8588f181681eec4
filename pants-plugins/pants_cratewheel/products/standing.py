"""How published packages, tags and records stand to each other."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.engine_aware import EngineAwareReturnType

from cratewheel.errors import Finding
from cratewheel.publishing.due_releases import Due
from cratewheel.records.values import ReleaseRecord
from cratewheel.status.values import Status


@dataclass(frozen=True)
class StandingRequest:
    """Asks for the status of the packages at `addresses`."""

    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Standing(EngineAwareReturnType):
    """The status of packages, asked anew in every run.

    Args:
        records: of every release that left one.
        findings: why nothing can be said; then there is no status.
        due: the GitHub Releases that there should be.
        unasked: why GitHub cannot be asked for them.
    """

    status: Status | None
    records: tuple[ReleaseRecord, ...] = ()
    findings: tuple[Finding, ...] = ()
    due: Due = Due((), "")
    unasked: tuple[Finding, ...] = ()

    def cacheable(self) -> bool:
        return False

"""What is said about each package: what is published, tagged and planned, and what is out of step."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Optional

SCHEMA = 1

UNTAGGED = "untagged"
PARTIAL = "partial"
UNPUBLISHED = "unpublished"
UNPUSHED = "unpushed"
UNFETCHED = "unfetched"
CONTRADICTED = "contradicted"
UNREACHABLE = "unreachable"
UNANNOUNCED = "unannounced"


@dataclass(frozen=True)
class Deviation:
    """Something that is out of step.

    Args:
        kind: `untagged` (live, and no tag says from which commit), `partial` (some of its files are
            live), `unpublished` (tagged, and not live), `unpushed` (the tag is in this clone only),
            `unfetched` (the tag is on the remote only), `contradicted` (the tag is not on the
            commit that it was published from, or not on the same commit everywhere),
            `unreachable` (the registry did not answer) or `unannounced` (the tag is to have a GitHub
            Release and has none).
        version: None when it is about no version.
        mend: what to do about it.
        tag: the tag in question.
        commit: the commit that it belongs to, as far as that is proven.
        evidence: what proves it.
    """

    kind: str
    version: Optional[str]
    message: str
    mend: str
    tag: Optional[str] = None
    commit: Optional[str] = None
    evidence: str = ""


@dataclass(frozen=True)
class PlannedState:
    """How far a planned version has come.

    Args:
        live: the files of the plan that its registry has.
        waiting: those that it has not.
    """

    version: str
    live: tuple[str, ...]
    waiting: tuple[str, ...]


@dataclass(frozen=True)
class PackageStatus:
    """One package.

    Args:
        published: the highest version that its registry has; None when there is none.
        tag: the tag of the highest version that is tagged, and `commit` what it is on.
        planned: what the plan that was given makes of it; None without one.
        abandoned: versions that were begun and given up.
    """

    id: str
    name: str
    address: str
    registry: str
    published: Optional[str] = None
    tag: Optional[str] = None
    commit: Optional[str] = None
    planned: Optional[PlannedState] = None
    abandoned: tuple[str, ...] = ()
    deviations: tuple[Deviation, ...] = ()


@dataclass(frozen=True)
class Status:
    """All packages that were asked for.

    Args:
        destination: `rehearsal` or `registries`: where was looked.
        notes: what else a reader should know.
    """

    destination: str
    packages: tuple[PackageStatus, ...]
    notes: tuple[str, ...] = ()

    @property
    def in_step(self) -> bool:
        """Whether nothing is out of step."""
        return not any(package.deviations for package in self.packages)


def to_json(status: Status) -> dict[str, Any]:
    """The status as a JSON document."""
    return {"schema": SCHEMA, **asdict(status)}


def dumps(status: Status) -> str:
    """The status as JSON text."""
    return json.dumps(to_json(status), indent=2, ensure_ascii=False) + "\n"

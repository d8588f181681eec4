"""What a repository's own workflows do, as far as it concerns those that are generated beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class OtherPublisher:
    """A workflow that publishes.

    Args:
        path: repository-relative.
        jobs: the ids of its jobs that do.
        registries: where to.
    """

    path: str
    jobs: tuple[str, ...]
    registries: tuple[str, ...]


@dataclass(frozen=True)
class Neighbours:
    """The workflows that are there already.

    Args:
        jobs: by triple, `JOB in FILE` of the rows that only a job of the project's own builds.
    """

    publishers: tuple[OtherPublisher, ...] = ()
    jobs: Mapping[str, str] = field(default_factory=dict, hash=False)


def dumps(neighbours: Neighbours) -> str:
    """As text."""
    return json.dumps(asdict(neighbours), sort_keys=True)


def loads(text: str) -> Neighbours:
    """Reads what `dumps` wrote."""
    document = json.loads(text)
    return Neighbours(
        tuple(
            OtherPublisher(each["path"], tuple(each["jobs"]), tuple(each["registries"]))
            for each in document["publishers"]
        ),
        document["jobs"],
    )

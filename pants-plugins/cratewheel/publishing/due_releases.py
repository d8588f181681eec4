"""The GitHub Releases that release tags are due, as a document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Union

from cratewheel import shapes
from cratewheel.publishing.credentials import Endpoint


@dataclass(frozen=True)
class DuePackage:
    """A package whose files belong to the release.

    Args:
        endpoint: its registry.
        files: file name to sha256, hex.
    """

    id: str
    name: str
    version: str
    endpoint: Endpoint
    files: Mapping[str, str]


@dataclass(frozen=True)
class DueRelease:
    """The GitHub Release of a tag; everything of it is live.

    Args:
        commit: that the tag is on, "" where the remote does not have it yet.
    """

    tag: str
    commit: str
    packages: tuple[DuePackage, ...]


@dataclass(frozen=True)
class Due:
    """All that are due.

    Args:
        remote_url: of the remote that the tags are on.
        folders: absolute paths of folders in which files of the releases may still be.
    """

    releases: tuple[DueRelease, ...]
    remote_url: str
    folders: tuple[str, ...] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags, in order."""
        return tuple(release.tag for release in self.releases)


@dataclass(frozen=True)
class Looked:
    """What was found on GitHub.

    Args:
        missing: the tags without their release.
        silent: why nothing can be said, "" when it can.
    """

    missing: tuple[str, ...] = ()
    silent: str = ""


def dumps(document: Union[Due, Looked]) -> str:
    """Either as text."""
    return json.dumps(asdict(document), ensure_ascii=False)


def loads(text: str) -> Due:
    """Reads back what is due."""
    return shapes.read(Due, shapes.decode(text))


def loads_looked(text: str) -> Looked:
    """Reads back what was found."""
    return shapes.read(Looked, shapes.decode(text))


def on_remote(releases: Iterable[DueRelease], tags: Mapping[str, str]) -> tuple[DueRelease, ...]:
    """The releases whose tag the remote has, with the commit that it is on there.

    Args:
        tags: the remote's, each with its commit.
    """
    return tuple(
        DueRelease(each.tag, tags[each.tag], each.packages)
        for each in releases
        if tags.get(each.tag) is not None and each.commit in ("", tags[each.tag])
    )

"""Which tags are due a GitHub Release: those of recorded releases that are live as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Optional

from cratewheel.plan.package import ReleasePackage
from cratewheel.publishing.credentials import Endpoint
from cratewheel.publishing.due_releases import DuePackage, DueRelease, Looked
from cratewheel.status.values import UNANNOUNCED, Deviation, Status
from cratewheel.status.view import Evidence, View, views_of, waiting_siblings
from cratewheel.versions import Version


def due_releases(
    packages: Sequence[ReleasePackage],
    evidence: Evidence,
    endpoint: Callable[[ReleasePackage], Endpoint],
) -> tuple[DueRelease, ...]:
    """The GitHub Releases that there should be, whether or not there are, oldest version first.

    What no record tells of was not released by cratewheel, and no project is asked for its past. What
    is half published, given up or not proven to come from the tag's commit is not announced.

    Args:
        packages: all publishable ones: a tag may be shared.
        endpoint: the registry of a package.

    Raises:
        CratewheelError: as `cratewheel.tags.resolve_formats`.
    """
    views = views_of(packages, evidence)
    found: dict[str, list[tuple[View, Version]]] = {}
    for view in views.values():
        for version in view.looked_into():
            tag = view.tag_of(version)
            if version in view.live and view.record(version) is not None and tag is not None:
                found.setdefault(tag, []).append((view, version))
    return tuple(
        DueRelease(tag, commit, tuple(_package(*each, endpoint) for each in members))
        for tag, members in found.items()
        for commit in [_commit(tag, members, evidence, views)]
        if commit is not None
    )


def with_looked(status: Status, due: Iterable[DueRelease], looked: Looked) -> Status:
    """The status with what GitHub says of the releases that are due."""
    if looked.silent:
        return replace(
            status, notes=(*status.notes, f"GitHub gave no usable answer: {looked.silent}")
        )
    missing: dict[str, list[Deviation]] = defaultdict(list)
    for release in due:
        for package in release.packages if release.tag in looked.missing else ():
            missing[package.id].append(_unannounced(release, package))
    return replace(
        status,
        packages=tuple(
            replace(each, deviations=(*each.deviations, *missing[each.id]))
            for each in status.packages
        ),
    )


def _unannounced(release: DueRelease, package: DuePackage) -> Deviation:
    return Deviation(
        UNANNOUNCED,
        package.version,
        f"{release.tag} has no GitHub Release",
        "`pants release-repair ::` makes it",
        release.tag,
        release.commit,
    )


def _commit(
    tag: str,
    members: Sequence[tuple[View, Version]],
    evidence: Evidence,
    views: Mapping[str, View],
) -> Optional[str]:
    """The commit of a tag, "" where it is not made yet; None where it is not to be announced."""
    commit = (evidence.tags.remote or {}).get(tag, "")
    for view, version in members:
        origin = view.origin(version)
        if (
            view.abandoned(version)
            or view.missing(version)
            or waiting_siblings(view, version, views)
            or origin is None
            or commit not in ("", origin.commit)
            or not _files(view, version)
        ):
            return None
    return commit


def _package(
    view: View, version: Version, endpoint: Callable[[ReleasePackage], Endpoint]
) -> DuePackage:
    package = view.package
    return DuePackage(
        package.id,
        package.name,
        view.live[version].version,
        endpoint(package),
        _files(view, version),
    )


def _files(view: View, version: Version) -> Mapping[str, str]:
    """The files of a version with their sha256; none where a registry does not state them."""
    origin, published = view.origin(version), view.live[version]
    recorded = (
        origin.attempt.package(view.package.id, str(version)) if origin and origin.attempt else None
    )
    if recorded is not None:
        return recorded.files
    if len(published.files) != len(published.hashes):
        return {}
    return dict(zip(published.files, published.hashes))

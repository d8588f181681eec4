"""Holding tags, registries, release records and a plan against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Optional

from cratewheel.plan.inputs import PublishedVersion
from cratewheel.plan.package import ReleasePackage
from cratewheel.records.store import NAMESPACE
from cratewheel.release_tags import Tags
from cratewheel.status import values
from cratewheel.status.values import Deviation, PackageStatus, PlannedState
from cratewheel.status.view import Evidence, View, tagged_versions, views_of, waiting_siblings
from cratewheel.tags import resolve_formats
from cratewheel.versions import Version, parse_version

_REPAIR = "`pants release-repair ::`"
_SHOWN = 4


def compare(packages: Sequence[ReleasePackage], evidence: Evidence) -> tuple[PackageStatus, ...]:
    """The status of every package, in the order given.

    Args:
        packages: all publishable ones: a tag may be shared.

    Raises:
        CratewheelError: as `cratewheel.tags.resolve_formats`.
    """
    views = views_of(packages, evidence)
    return tuple(_status(view, views) for view in views.values())


def _status(view: View, views: Mapping[str, View]) -> PackageStatus:
    newest = view.newest_tagged
    tag, commit = view.tagged[newest] if newest is not None else (None, None)
    published = max(view.live, default=None)
    return PackageStatus(
        id=view.package.id,
        name=view.package.name,
        address=view.package.address,
        registry=view.package.registry,
        published=view.live[published].version if published is not None else None,
        tag=tag,
        commit=commit,
        planned=_planned_state(view),
        abandoned=tuple(
            view.live[version].version for version in sorted(view.live) if view.abandoned(version)
        ),
        deviations=tuple(_deviations(view, views)),
    )


def _deviations(view: View, views: Mapping[str, View]) -> Iterator[Deviation]:
    if not view.reachable:
        why = f": {view.silence}" if view.silence else ""
        message = f"{view.package.registry} gave no usable answer{why}"
        yield Deviation(values.UNREACHABLE, None, message, "ask again when it answers")
    yield from _tag_deviations(view)
    for version in view.looked_into():
        if version in view.live:
            yield from _of_live(view, version, views)
        elif view.reachable:
            tag, commit = view.tagged[version]
            yield Deviation(
                values.UNPUBLISHED,
                str(version),
                f"{tag} is on {commit[:12]}, and {view.package.registry} does not have {version}",
                f"release it from there (`git checkout {tag}`, `pants release ::`), or delete the tag",
                tag,
                commit,
            )


def _tag_deviations(view: View) -> Iterator[Deviation]:
    remote = view.evidence.remote
    if view.evidence.tags.remote is None:
        return
    newest_on_remote = max(view.on_remote, default=None)
    for version, (tag, commit) in sorted(view.here.items()):
        there = view.on_remote.get(version)
        if there is not None and there[1] != commit:
            yield Deviation(
                values.CONTRADICTED,
                str(version),
                f"{tag} is on {commit[:12]} here and on {there[1][:12]} on {remote}",
                f"the one on {remote} is what everyone has: `git fetch {remote} "
                f"+refs/tags/{tag}:refs/tags/{tag}` takes it over",
                tag,
            )
        elif there is None and (newest_on_remote is None or version > newest_on_remote):
            message = f"{tag} is in this clone only"
            yield Deviation(
                values.UNPUSHED, str(version), message, f"{_REPAIR} pushes it", tag, commit
            )
    newest_here = max(view.here, default=None)
    for version, (tag, commit) in sorted(view.on_remote.items()):
        if version not in view.here and (newest_here is None or version > newest_here):
            message = f"{tag} is on {remote} and not in this clone"
            mend = f"`git fetch --tags {remote}`"
            yield Deviation(values.UNFETCHED, str(version), message, mend, tag, commit)


def _of_live(view: View, version: Version, views: Mapping[str, View]) -> Iterator[Deviation]:
    if view.abandoned(version):
        return
    text = view.live[version].version
    origin = view.origin(version)
    commit = origin.commit if origin else None
    tag = view.tag_of(version)
    found = Deviation(values.UNTAGGED, text, "", "", tag, commit, origin.evidence if origin else "")
    missing = view.missing(version)
    waiting = waiting_siblings(view, version, views)
    if missing or (waiting and version not in view.tagged):
        what = _listed(missing) if missing else f"{_listed(waiting)}, which shares its tag"
        message = f"{text} is half published: {what} {'is' if len(missing or waiting) == 1 else 'are'} missing"
        yield replace(
            found, kind=values.PARTIAL, message=message, mend=_ways_on(view, version, commit)
        )
    elif version in view.tagged:
        tagged = view.tagged[version][1]
        if origin is not None and origin.commit != tagged:
            message = f"{tag} is on {tagged[:12]}, and {origin.evidence} says {origin.commit[:12]}"
            mend = (
                "a person has to decide: what was published cannot be changed, a tag can be moved"
            )
            yield replace(found, kind=values.CONTRADICTED, message=message, mend=mend)
    elif origin is not None:
        message = f"{text} is live without a tag; {origin.evidence} says it came from {commit}"
        yield replace(found, message=message, mend=f"{_REPAIR} tags that commit")
    else:
        message = f"{text} is live without a tag, and nothing proves which commit it came from"
        mend = (
            "find out, and say so: "
            f"`pants release-repair --commit={view.package.id}@{text}=COMMIT ::`"
        )
        yield replace(found, message=message, mend=mend)


def _ways_on(view: View, version: Version, commit: Optional[str]) -> str:
    record = view.record(version)
    if record is None or commit is None:
        return "publish what is missing from the same commit and the same build, or release a higher version"
    return (
        f"finish it: `git checkout {commit[:12]}`, then `pants "
        f"--cratewheel-plan={NAMESPACE}{record.tag} release ::`; or give it up: "
        "`pants release-repair --abandon ::`"
    )


def _planned_state(view: View) -> Optional[PlannedState]:
    plan = view.evidence.plan
    for package in plan.packages if plan else ():
        if package.id == view.package.id:
            version = parse_version(package.version)
            published: Optional[PublishedVersion] = view.live.get(version) if version else None
            there = set(published.files) if published else set()
            names = [file.filename for file in package.files]
            return PlannedState(
                package.version,
                tuple(name for name in names if name in there),
                tuple(name for name in names if name not in there),
            )
    return None


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def highest_tagged(packages: Sequence[ReleasePackage], tags: Tags) -> Mapping[str, str]:
    """The highest version of each package that is tagged anywhere, by id.

    Raises:
        CratewheelError: as `cratewheel.tags.resolve_formats`.
    """
    known = {**(tags.remote or {}), **tags.here}
    found = {
        package_id: max(tagged_versions(fmt, known), default=None)
        for package_id, fmt in resolve_formats(packages).items()
    }
    return {package_id: str(version) for package_id, version in found.items() if version}

"""One package's versions as everything that was asked tells of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from cratewheel.plan.inputs import RegistryFacts
from cratewheel.plan.model import Plan
from cratewheel.plan.package import ReleasePackage
from cratewheel.records.origin import Origin, origin_of
from cratewheel.records.values import ReleaseRecord
from cratewheel.release_tags import Tags
from cratewheel.tags import TagFormat, resolve_formats
from cratewheel.versions import Version, parse_version


@dataclass(frozen=True)
class Evidence:
    """Everything that was asked.

    Args:
        remote: the name of the git remote.
        tags: of this clone and of the remote.
        records: of every release that left one.
        facts: what the registries have, by package id.
        plan: a plan that was given.
    """

    remote: str
    tags: Tags
    records: tuple[ReleaseRecord, ...]
    facts: Mapping[str, RegistryFacts]
    plan: Optional[Plan] = None


class View:
    """One package's versions: as live, as tagged here and on the remote, and as recorded."""

    def __init__(self, package: ReleasePackage, fmt: TagFormat, evidence: Evidence) -> None:
        self.package = package
        self.format = fmt
        self.evidence = evidence
        facts = evidence.facts.get(package.id)
        self.reachable = facts is not None and facts.versions is not None
        self.silence = facts.silence if facts is not None else ""
        self.live = {
            version: published
            for published in (facts.versions or () if facts else ())
            for version in [parse_version(published.version)]
            if version is not None
        }
        self.here = tagged_versions(fmt, evidence.tags.here)
        self.on_remote = tagged_versions(fmt, evidence.tags.remote or {})

    @property
    def tagged(self) -> Mapping[Version, tuple[str, str]]:
        """Tag and commit by version, wherever the tag is."""
        return {**self.on_remote, **self.here}

    @property
    def newest_tagged(self) -> Optional[Version]:
        return max(self.tagged, default=None)

    def record(self, version: Version) -> Optional[ReleaseRecord]:
        """The record of a version."""
        for record in self.evidence.records:
            if any(each.package(self.package.id, str(version)) for each in record.attempts):
                return record
        return None

    def abandoned(self, version: Version) -> bool:
        record = self.record(version)
        return record is not None and record.last.abandoned

    def origin(self, version: Version) -> Optional[Origin]:
        """Where a live version came from, as far as it is proven."""
        preferred = self.tagged[version][1] if version in self.tagged else None
        published = self.live[version]
        return origin_of(self.package.id, published, self.evidence.records, preferred)

    def missing(self, version: Version) -> tuple[str, ...]:
        """The files of a live version that were to be published and are not there."""
        live = set(self.live[version].files)
        return tuple(name for name in self._expected(version) if name not in live)

    def tag_of(self, version: Version) -> Optional[str]:
        """The tag that a version has, or would get."""
        record = self.record(version)
        if version in self.tagged:
            return self.tagged[version][0]
        return record.tag if record else self.format.tag(version)

    def looked_into(self) -> list[Version]:
        """The versions that may be out of step, lowest first: no project is asked for its past."""
        newest = self.newest_tagged
        if newest is None:
            found = {max(self.live)} if self.live else set()
        else:
            found = {newest, *(version for version in self.live if version > newest)}
        found.update(version for version in self.live if self.record(version) is not None)
        planned = _planned(self.package.id, self.evidence.plan)
        if planned is not None:
            found.update({planned} & set(self.live))
        return sorted(found)

    def _expected(self, version: Version) -> tuple[str, ...]:
        origin = self.origin(version)
        record = self.record(version)
        attempt = origin.attempt if origin else None
        if attempt is None and record is not None:
            attempt = record.last
        recorded = attempt.package(self.package.id, str(version)) if attempt else None
        if recorded is not None:
            return tuple(sorted(recorded.files))
        plan = self.evidence.plan
        for package in plan.packages if plan else ():
            if package.id == self.package.id and parse_version(package.version) == version:
                return tuple(file.filename for file in package.files)
        return ()


def views_of(packages: Sequence[ReleasePackage], evidence: Evidence) -> Mapping[str, View]:
    """The view of each package, by its id.

    Raises:
        CratewheelError: as `cratewheel.tags.resolve_formats`.
    """
    formats = resolve_formats(packages)
    return {each.id: View(each, formats[each.id], evidence) for each in packages}


def waiting_siblings(view: View, version: Version, views: Mapping[str, View]) -> tuple[str, ...]:
    """The packages that share a version's tag, were to be published with it and are not complete."""
    tag = view.tag_of(version)
    record = view.record(version)
    recorded = {
        package.id
        for attempt in (record.attempts if record else ())
        for package in attempt.packages
        if package.tag == tag
    }
    return tuple(
        other.package.id
        for other in views.values()
        if other is not view
        and (other.package.id in recorded or (not recorded and other.format.tag(version) == tag))
        and (version not in other.live or other.missing(version))
    )


def _planned(package_id: str, plan: Optional[Plan]) -> Optional[Version]:
    for package in plan.packages if plan else ():
        if package.id == package_id:
            return parse_version(package.version)
    return None


def tagged_versions(fmt: TagFormat, tags: Mapping[str, str]) -> dict[Version, tuple[str, str]]:
    return {
        version: (tag, commit)
        for tag, commit in tags.items()
        for version in [fmt.version(tag)]
        if version is not None
    }

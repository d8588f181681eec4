"""Earlier releases that are half done: something of them is live, and no tag says which commit it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Optional

from cratewheel.plan.inputs import PlanInputs, RegistryFacts
from cratewheel.plan.model import UnfinishedRelease
from cratewheel.plan.verdicts import published_version
from cratewheel.records.store import NAMESPACE
from cratewheel.records.values import Attempt, RecordedPackage, ReleaseRecord

_SHOWN = 4


def unfinished_releases(inputs: PlanInputs) -> tuple[UnfinishedRelease, ...]:
    """The half-done releases of other commits than HEAD that nobody has abandoned.

    Of HEAD's own release this plan is the continuation. A release of which nothing is live has used
    no version up, so there is nothing to finish.
    """
    by_commit: dict[str, list[tuple[ReleaseRecord, Attempt]]] = defaultdict(list)
    for record in inputs.records:
        if not record.last.abandoned:
            attempt = _attempt_at_work(record, inputs.registry or {})
            by_commit[attempt.commit].append((record, attempt))
    by_commit.pop(inputs.history.head or "", None)
    found = (_of_commit(commit, each, inputs) for commit, each in sorted(by_commit.items()))
    return tuple(each for each in found if each is not None)


def state_of(release: UnfinishedRelease) -> str:
    """One clause about how far a release has come."""
    tags = _listed(release.tags)
    if not release.missing:
        return f"the release of {tags} from {release.commit[:12]} is live and not tagged"
    return (
        f"the release of {tags} from {release.commit[:12]} is half done: "
        f"{_listed(release.live)} live, {_listed(release.missing)} missing"
    )


def ways_on(release: UnfinishedRelease) -> str:
    """What can be done about it."""
    if not release.missing:
        return "`pants release-repair ::` tags it"
    again = (
        f"re-run the failed jobs of {release.run}, which has the files; or " if release.run else ""
    )
    return (
        f"{again}finish it: `git checkout {release.commit[:12]}`, then "
        f"`pants --cratewheel-plan={release.record} release ::`; or give it up: "
        "`pants release-repair --abandon ::`, and the next version moves past what is taken"
    )


def live_files(package: RecordedPackage, facts: Optional[RegistryFacts]) -> tuple[str, ...]:
    """The recorded files of a package that its registry has, byte for byte; by name."""
    published = None if facts is None else published_version(facts, package.version)
    hashes = () if published is None else published.hashes
    return tuple(name for name, sha256 in sorted(package.files.items()) if sha256 in hashes)


def _attempt_at_work(record: ReleaseRecord, facts: Mapping[str, RegistryFacts]) -> Attempt:
    """The newest attempt of which something is live; the newest of all when nothing is."""
    for attempt in record.attempts:
        if any(live_files(each, facts.get(each.id)) for each in _of_tag(attempt, record)):
            return attempt
    return record.last


def _of_commit(
    commit: str, those: list[tuple[ReleaseRecord, Attempt]], inputs: PlanInputs
) -> Optional[UnfinishedRelease]:
    facts = inputs.registry or {}
    packages = [package for record, attempt in those for package in _of_tag(attempt, record)]
    live = {package.id: live_files(package, facts.get(package.id)) for package in packages}
    begun = tuple(sorted(package_id for package_id, names in live.items() if names))
    if not begun:
        return None
    record, begun_by = next(
        (record, attempt)
        for record, attempt in those
        if any(package.id in begun for package in _of_tag(attempt, record))
    )
    return UnfinishedRelease(
        commit=commit,
        record=f"{NAMESPACE}{record.tag}",
        tags=tuple(record.tag for record, _ in those),
        packages=begun,
        live=tuple(name for package in packages for name in live[package.id]),
        missing=tuple(
            name
            for package in packages
            for name in sorted(package.files)
            if name not in live[package.id]
        ),
        run=begun_by.run,
    )


def _of_tag(attempt: Attempt, record: ReleaseRecord) -> tuple[RecordedPackage, ...]:
    return tuple(package for package in attempt.packages if package.tag == record.tag)


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more

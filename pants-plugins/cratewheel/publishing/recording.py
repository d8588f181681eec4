"""The record of a release: written before its first upload, and what an earlier one says of this.

Between an upload and its tag a release can be killed, and most registries do not tell which commit a
version came from. The record does, to whoever comes next and on whichever machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Callable, Optional

from cratewheel.errors import Finding
from cratewheel.git import Git
from cratewheel.plan import model
from cratewheel.plan.inputs import PublishedVersion
from cratewheel.plan.model import Plan
from cratewheel.publishing.credentials import RUN_VARIABLES
from cratewheel.publishing.packages import PublishedPackage, Survey
from cratewheel.records.origin import origin_of
from cratewheel.records.store import (
    fetch_records,
    publish_record,
    read_records,
    store_attempt,
)
from cratewheel.records.values import Attempt, RecordedPackage, ReleaseRecord
from cratewheel.release_tags import has_remote, target_of


@dataclass(frozen=True)
class Recorder:
    """The records of the tags that a release is going to make.

    Args:
        commit: what the release is made from.
        records: those that exist.
        run: the address of the CI run that this is, "" outside CI.
    """

    git: Git
    remote: str
    commit: str
    records: tuple[ReleaseRecord, ...]
    run: str = ""

    def surveys(
        self, packages: Sequence[PublishedPackage], surveys: Mapping[str, Survey]
    ) -> dict[str, Survey]:
        """The surveys with the commits that the records prove and what speaks against going on."""
        return {
            entry.package.id: self._survey(entry, surveys[entry.package.id]) for entry in packages
        }

    def begin(
        self,
        plan: Plan,
        packages: Sequence[PublishedPackage],
        surveys: Mapping[str, Survey],
        say: Callable[[str], None],
    ) -> tuple[Finding, ...]:
        """Records what is going to be uploaded; nothing may be uploaded before this has returned.

        What has no tag, or has it already, is not recorded: the tag itself says the commit.

        Returns:
            Why nothing may be uploaded.
        """
        due: dict[str, list[RecordedPackage]] = defaultdict(list)
        for entry in packages:
            package, tag = entry.package, entry.package.tag
            if tag is not None and len(surveys[package.id].present) < len(entry.files):
                files = {file.filename: file.sha256 for file in entry.files}
                due[tag].append(RecordedPackage(package.id, package.version, tag, files))
        tags = [
            tag
            for tag, recorded in due.items()
            if target_of(self.git, tag) is None and not self._has(tag, recorded)
        ]
        if not tags:
            return ()
        attempt = Attempt(
            self.commit, tuple(each for tag in tags for each in due[tag]), run=self.run
        )
        before = {each.tag: each.object_id for each in self.records if each.tag in tags}
        made = store_attempt(self.git, attempt, model.dumps(plan), sorted(set(before.values())))
        finding = publish_record(self.git, tags, made, before, self.remote)
        if finding is not None:
            return (finding,)
        if not has_remote(self.git, self.remote):
            say(f"recorded this release here only: there is no remote {self.remote}")
        return ()

    def _has(self, tag: str, packages: Iterable[RecordedPackage]) -> bool:
        """Whether that is what the newest record of a tag says already."""
        last = next((record.last for record in self.records if record.tag == tag), None)
        return (
            last is not None
            and last.commit == self.commit
            and not last.abandoned
            and set(map(_comparable, packages)) <= set(map(_comparable, last.packages))
        )

    def _survey(self, entry: PublishedPackage, survey: Survey) -> Survey:
        package = entry.package
        present = [file for file in entry.files if file.filename in survey.present]
        if not present or survey.findings:
            return survey
        there = PublishedVersion(
            package.version,
            survey.commit,
            tuple(file.filename for file in present),
            hashes=tuple(file.sha256 for file in present),
        )
        origin = origin_of(package.id, there, self.records, self.commit)
        if origin is None:
            return survey
        known = replace(survey, commit=origin.commit)
        begun = (
            None if origin.attempt is None else origin.attempt.package(package.id, package.version)
        )
        if begun is None or len(present) == len(entry.files):
            return known
        if origin.commit != self.commit:
            message = f"{package.version} is half done, and was begun from {origin.commit[:12]}"
            return replace(known, findings=(Finding("CW-RELEASE-UNFINISHED", package.id, message),))
        others = sorted(
            file.filename
            for file in entry.files
            if begun.files.get(file.filename, file.sha256) != file.sha256
        )
        if others:
            message = (
                f"{', '.join(file.filename for file in present)} of {package.version} "
                f"{'is' if len(present) == 1 else 'are'} live from an earlier build; "
                f"this build's {', '.join(others)} would not be what was built with "
                f"{'it' if len(present) == 1 else 'them'}"
            )
            return replace(known, findings=(Finding("CW-SET-MIXED", package.id, message),))
        return known


def run_address(environment: Mapping[str, str]) -> str:
    """The address of the CI run that a job belongs to, "" outside CI.

    Source: GitHub's "Variables reference" and GitLab's "Predefined CI/CD variables reference".
    """
    server, repository, run = (environment.get(name) for name in RUN_VARIABLES[:3])
    if server and repository and run:
        return f"{server}/{repository}/actions/runs/{run}"
    return environment.get(RUN_VARIABLES[3], "")


def open_recorder(
    git: Optional[Git],
    commit: Optional[str],
    remote: str,
    tags: Iterable[Optional[str]],
    environment: Mapping[str, str] = {},
) -> Optional[Recorder]:
    """The recorder of a release; None for one that leaves no trace in git.

    Args:
        environment: in which a CI system says which run this is.

    Raises:
        CratewheelError: `CW-GIT-FAILED`, `CW-RECORD-INVALID`.
    """
    if git is None or commit is None:
        return None
    fetch_records(git, remote)
    wanted = set(tags)
    records = tuple(each for each in read_records(git) if each.tag in wanted)
    return Recorder(git, remote, commit, records, run_address(environment))


def _comparable(package: RecordedPackage) -> tuple[str, str, frozenset[tuple[str, str]]]:
    return package.id, package.version, frozenset(package.files.items())

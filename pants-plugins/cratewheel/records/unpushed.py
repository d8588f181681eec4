"""Release tags that a killed run, or a remote that did not take them, has left in this clone alone."""

from __future__ import annotations

from collections.abc import Callable

from cratewheel.errors import Finding
from cratewheel.git import Git
from cratewheel.records.store import read_records
from cratewheel.registries.clock import Clock
from cratewheel.release_tags import make_tags, read_tags


def push_left_tags(
    git: Git, remote: str, say: Callable[[str], None], clock: Clock
) -> tuple[Finding, ...]:
    """Pushes the tags of this clone that a release was recorded for and made, and never pushed.

    A tag is made only once everything of it has been read back as live. One that nobody recorded, or
    that is on another commit than the record, is somebody's own and stays here.

    Returns:
        What the remote did not take; nothing where it cannot be asked.

    Raises:
        CratewheelError: `CW-GIT-FAILED`, `CW-RECORD-INVALID`.
    """
    tags = read_tags(git, remote)
    if tags.remote is None:
        return ()
    if set(tags.here) <= set(tags.remote):
        return ()
    findings: list[Finding] = []
    for record in read_records(git, settled=tags.remote):
        commit = tags.here.get(record.tag)
        if commit == record.last.commit and not record.last.abandoned:
            findings.extend(make_tags(git, (record.tag,), commit, remote, say, clock))
    return tuple(findings)

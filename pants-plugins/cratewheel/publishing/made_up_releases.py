"""GitHub Releases that were refused or never made, found and made afterwards.

`python -m cratewheel.publishing.made_up_releases DUE.json` makes them;
`python -m cratewheel.publishing.missing_releases DUE.json ANSWER.json` only looks.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from twine.utils import DEFAULT_REPOSITORY

from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.addresses import check_address
from cratewheel.publishing.connections import Connections
from cratewheel.publishing.credentials import GITHUB_JOB
from cratewheel.publishing.due_releases import Due, DueRelease, loads
from cratewheel.publishing.endpoints import endpoints, openings
from cratewheel.publishing.github import GitHub
from cratewheel.publishing.github_releases import make_github_releases
from cratewheel.publishing.github_settings import github_settings
from cratewheel.publishing.release_files import gather, request_of
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript
from cratewheel.publishing.transport import Transport
from cratewheel.registries.clock import SystemClock


def missing_tags(due: Due, transport: Transport, around: Surroundings) -> tuple[str, ...]:
    """The tags whose GitHub Release is not there.

    Raises:
        CratewheelError: `CW-GITHUB-RELEASE` when GitHub does not say.
    """
    settings = github_settings(around.environment, due.remote_url)
    if settings is None:
        message = "neither GITHUB_REPOSITORY nor the remote says which repository on GitHub this is"
        raise CratewheelError(Finding("CW-GITHUB-RELEASE", "GitHub", message))
    around.transcript.hide(settings.token)
    github = GitHub(transport, settings.api, settings.repository, settings.token)
    return github.missing(due.tags)


def make_up(due: Due, around: Surroundings) -> tuple[Finding, ...]:
    """Makes the GitHub Releases that are missing; one that is there is left as it is.

    Returns:
        What could not be made.
    """
    transport = Transport(around.clock, around.patience)
    try:
        missing = missing_tags(due, transport, around)
    except CratewheelError as error:
        return error.findings
    return tuple(
        finding
        for release in due.releases
        if release.tag in missing
        for finding in _make(release, due, transport, around)
    )


def _make(
    release: DueRelease, due: Due, transport: Transport, around: Surroundings
) -> Iterator[Finding]:
    request = request_of(release)
    request = replace(request, python_repository=request.python_repository or DEFAULT_REPOSITORY)
    folders = [Path(folder) for folder in due.folders]
    with tempfile.TemporaryDirectory() as folder:
        try:
            for endpoint in endpoints(request):
                check_address(endpoint.address)
            given = openings(request, around.environment)
            for credential in given.values():
                around.transcript.hide_credential(credential.username, credential.secret)
            connections = Connections(request, transport, given)
            artifacts = gather(release, folders, connections, Path(folder))
        except CratewheelError as error:
            yield from error.findings
            return
        yield from make_github_releases(
            replace(request, artifacts=artifacts),
            [release.tag],
            release.commit,
            due.remote_url,
            transport,
            around,
        )


def main(arguments: list[str]) -> int:
    """Makes what is missing; returns 1 when something still is."""
    (path,) = arguments
    transcript = Transcript(sys.stdout, github=bool(os.environ.get(GITHUB_JOB)))
    due = loads(Path(path).read_text(encoding="utf-8"))
    findings = make_up(due, Surroundings(SystemClock(), transcript, os.environ))
    if findings:
        transcript.say(str(CratewheelError(*findings)))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

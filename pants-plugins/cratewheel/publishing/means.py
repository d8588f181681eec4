"""With what each package is uploaded: its token, its attestations and how long it may wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cratewheel.project import CRATES_IO
from cratewheel.publishing.attestations import Attestation, attest
from cratewheel.publishing.connections import Connections
from cratewheel.publishing.limits import Load
from cratewheel.publishing.packages import Means, PublishedPackage, Survey, Token
from cratewheel.publishing.request import ReleaseRequest
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.tokens import LongLivedToken, MintedToken


def means_for(
    request: ReleaseRequest,
    packages: Sequence[PublishedPackage],
    surveys: Mapping[str, Survey],
    tokens: Mapping[str, Token],
    connections: Connections,
    around: Surroundings,
) -> dict[str, Means]:
    """The means of every package, by its id.

    Raises:
        CratewheelError: `CW-ATTESTATION-FAILED` or `CW-IDENTITY-UNAVAILABLE`.
    """
    load = _load(request, packages, surveys, tokens)
    if load.expected_seconds:
        around.transcript.say(
            f"crates.io limits uploads with a token: this release will take about "
            f"{load.expected_seconds / 60:.0f} min longer, and waits at most "
            f"{load.budget_seconds / 60:.0f} min for any one of its uploads"
        )
    attestations = _attestations(request, packages, surveys, tokens, connections, around)
    return {
        entry.package.id: Means(tokens.get(entry.package.id), load.budget_seconds, attestations)
        for entry in packages
    }


def _load(
    request: ReleaseRequest,
    packages: Sequence[PublishedPackage],
    surveys: Mapping[str, Survey],
    tokens: Mapping[str, Token],
) -> Load:
    if request.rehearsed:
        return Load(0, 0)
    by_token = [
        surveys[entry.package.id]
        for entry in packages
        if entry.package.registry == CRATES_IO
        and isinstance(tokens.get(entry.package.id), LongLivedToken)
    ]
    new = sum(survey.new_name for survey in by_token)
    return Load(new_crates=new, versions=len(by_token) - new)


def _attestations(
    request: ReleaseRequest,
    packages: Sequence[PublishedPackage],
    surveys: Mapping[str, Survey],
    tokens: Mapping[str, Token],
    connections: Connections,
    around: Surroundings,
) -> dict[str, Attestation]:
    if not request.attestations:
        return {}
    paths = []
    for entry in packages:
        token = tokens.get(entry.package.id)
        if (
            entry.package.kind == "wheel"
            and isinstance(token, MintedToken)
            and token.attests
            and connections.python(entry.package).upload in around.attesting_indexes
        ):
            present = surveys[entry.package.id].present
            paths += [Path(file.path) for file in entry.files if file.filename not in present]
    if paths:
        around.transcript.say(f"signing attestations for {len(paths)} files")

    return attest(paths, around.identity, around.sign)

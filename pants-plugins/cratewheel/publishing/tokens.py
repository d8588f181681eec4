"""Which credential each package of a release is uploaded with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cratewheel.errors import Finding, raise_all
from cratewheel.publishing.credentials import (
    CRATES_TOKEN,
    PYTHON_PASSWORD,
    Credential,
    crates_token,
    python_token,
)
from cratewheel.publishing.packages import PublishedPackage, Survey, Token
from cratewheel.publishing.request import ReleaseRequest
from cratewheel.publishing.surroundings import Surroundings

REHEARSAL_CREDENTIAL = Credential("__token__", "rehearsal", "the rehearsal")


@dataclass(frozen=True)
class LongLivedToken:
    """A credential that was given and does not change."""

    credential: Credential

    def current(self, renew: bool) -> tuple[str, str]:
        return self.credential.username, self.credential.secret


def tokens_for(
    request: ReleaseRequest,
    packages: Sequence[PublishedPackage],
    surveys: Mapping[str, Survey],
    around: Surroundings,
) -> dict[str, Token]:
    """The credential of every package; nothing is fetched yet.

    Raises:
        CratewheelError: `CW-CREDENTIALS-MISSING` for a registry that has work and no credential.
    """
    if request.rehearsed:
        return {entry.package.id: LongLivedToken(REHEARSAL_CREDENTIAL) for entry in packages}
    crates = crates_token(around.environment)
    python = python_token(around.environment)
    for credential in (crates, python):
        around.transcript.hide(credential.secret if credential else "")
    tokens: dict[str, Token] = {}
    findings = []
    for entry in packages:
        is_crate = entry.package.kind == "crate"
        credential = crates if is_crate else python
        if credential is not None:
            tokens[entry.package.id] = LongLivedToken(credential)
        elif len(surveys[entry.package.id].present) == len(entry.files):
            tokens[entry.package.id] = LongLivedToken(Credential("", ""))
        else:
            variable = CRATES_TOKEN if is_crate else PYTHON_PASSWORD
            message = f"there is no credential to upload with: {variable} is not set"
            findings.append(Finding("CW-CREDENTIALS-MISSING", entry.package.registry, message))
    raise_all(findings)
    return tokens

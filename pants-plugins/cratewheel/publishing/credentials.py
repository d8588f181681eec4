"""What can authenticate an upload, by the environment: a CI job's identity, or long-lived tokens.

Standard library only: the process that starts the publisher asks here before it builds anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Optional

from cratewheel.errors import Finding

CRATES_TOKEN = "CARGO_REGISTRY_TOKEN"
PYTHON_PASSWORD = "TWINE_PASSWORD"
PYTHON_USERNAME = "TWINE_USERNAME"
API_TOKEN_USER = "__token__"
GITHUB_JOB = "GITHUB_ACTIONS"
_GITHUB_REQUEST = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
_GITLAB_JOB = "GITLAB_CI"
# GitLab hands each token over in a variable that the job names; these are the names by convention.
_GITLAB_TOKENS = ("CRATES_IO_ID_TOKEN", "PYPI_ID_TOKEN", "TESTPYPI_ID_TOKEN", "SIGSTORE_ID_TOKEN")
_GOOGLE_ACCOUNT = "GOOGLE_SERVICE_ACCOUNT_NAME"
FORWARDED = (
    CRATES_TOKEN,
    PYTHON_PASSWORD,
    PYTHON_USERNAME,
    GITHUB_JOB,
    *_GITHUB_REQUEST,
    _GITLAB_JOB,
    *_GITLAB_TOKENS,
    _GOOGLE_ACCOUNT,
)
"""The variables that the publisher's process has to be given."""


@dataclass(frozen=True)
class Credential:
    """A user name, where the registry wants one, and a secret, which no `repr` shows.

    Args:
        source: where it comes from, for the user.
    """

    username: str
    secret: str = field(repr=False)
    source: str = ""


def crates_token(environment: Mapping[str, str]) -> Optional[Credential]:
    """The token for the crates registry; an empty variable is an unset one."""
    token = environment.get(CRATES_TOKEN, "").strip()
    return Credential("", token, CRATES_TOKEN) if token else None


def python_token(environment: Mapping[str, str]) -> Optional[Credential]:
    """User name and password for the Python index; without a user name it is an API token."""
    password = environment.get(PYTHON_PASSWORD, "").strip()
    username = environment.get(PYTHON_USERNAME, "").strip() or API_TOKEN_USER
    return Credential(username, password, PYTHON_PASSWORD) if password else None


def has_identity(environment: Mapping[str, str]) -> bool:
    """Whether this is a CI job that can prove what it is (OpenID Connect)."""
    if environment.get(GITHUB_JOB):
        return all(environment.get(name) for name in _GITHUB_REQUEST)
    return bool(environment.get(_GITLAB_JOB) or environment.get(_GOOGLE_ACCOUNT))


def missing_credentials(
    environment: Mapping[str, str], kinds: Iterable[str]
) -> tuple[Finding, ...]:
    """What is missing for uploads of these kinds (`crate`, `wheel`), before anything is built.

    Returns:
        One `CW-CREDENTIALS-MISSING` for each kind that nothing can authenticate.
    """
    if has_identity(environment):
        return ()
    tokens = {
        "crate": (crates_token, CRATES_TOKEN, "the crates registry"),
        "wheel": (python_token, PYTHON_PASSWORD, "the Python index"),
    }
    findings = []
    for kind in dict.fromkeys(kinds):
        token, variable, registry = tokens[kind]
        if token(environment) is None:
            findings.append(missing_credential(environment, registry, variable))
    return tuple(findings)


def missing_credential(environment: Mapping[str, str], registry: str, variable: str) -> Finding:
    """The finding for a registry for which there is neither an identity nor a token."""
    if environment.get(GITHUB_JOB) and not has_identity(environment):
        return Finding(
            "CW-CREDENTIALS-MISSING",
            registry,
            f"this job may not ask for an identity token, and {variable} is not set",
            "give the job `permissions: id-token: write` for trusted publishing",
        )
    message = f"this is no CI job with an identity token, and {variable} is not set"
    return Finding("CW-CREDENTIALS-MISSING", registry, message)

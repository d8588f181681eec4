"""What an identity token says about the job, and what each registry makes of it.

The two registries read different claims of one job: crates.io the workflow that was started, PyPI
the one that the job is written in. They differ when a reusable workflow is called.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from cratewheel import shapes
from cratewheel.publishing.request import TrustPolicy

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
GITLAB_ISSUER = "https://gitlab.com"
GOOGLE_ISSUER = "https://accounts.google.com"

Claims = Mapping[str, Any]

# What registries call it, to the key of a `trust_policy`.
_POLICY_WORDS = {
    "environment": "github_environment",
    "namespace": "owner",
    "project": "repository",
    "workflow file": "workflow",
}


@dataclass(frozen=True)
class Matched:
    """One thing a registry compares.

    Args:
        what: in the words of the registry's form.
        presented: what the job's token says.
        claim: where the token says it.
    """

    what: str
    presented: str
    claim: str


def read_claims(token: str) -> Claims:
    """The claims of a JWT, unverified; empty when it cannot be read."""
    try:
        payload = token.split(".")[1]
        claims = shapes.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def workflow_file(reference: object) -> str:
    """The file name in `owner/repository/.github/workflows/FILE@REF`."""
    return str(reference).partition("@")[0].rpartition("/")[2]


def crates_io_matches(claims: Claims) -> tuple[Matched, ...]:
    """What crates.io compares with a crate's trusted publishing configuration."""
    if claims.get("iss") == GITLAB_ISSUER:
        return _gitlab(claims)
    return _github(claims, "workflow_ref")


def pypi_matches(claims: Claims) -> tuple[Matched, ...]:
    """What PyPI compares with a project's trusted publishers."""
    if claims.get("iss") == GITLAB_ISSUER:
        return _gitlab(claims)
    if claims.get("iss") != GITHUB_ISSUER and "email" in claims:
        return (Matched("email", str(claims["email"]), "email"),)
    return _github(claims, "job_workflow_ref")


def policy_differences(policy: TrustPolicy, matches: Sequence[Matched]) -> tuple[str, ...]:
    """How the running job differs from what a target's `trust_policy` says, one line each.

    Args:
        matches: what the registry of the target compares.
    """
    presented = {_POLICY_WORDS.get(match.what, match.what): match.presented for match in matches}
    wanted = {
        "owner": policy.owner,
        "repository": policy.repository,
        "workflow": policy.workflow,
        "github_environment": policy.github_environment,
    }
    return tuple(
        f"{name}: the policy says {value!r}, the job is {presented.get(name, '')!r}"
        for name, value in wanted.items()
        if value is not None and not _same(name, value, presented.get(name, ""))
    )


def _same(name: str, wanted: str, presented: str) -> bool:
    if name == "workflow":
        return wanted in (presented, presented.rpartition("/")[2])
    # Names on the forges do not differ by case alone.
    return wanted.lower() == presented.lower()


def mend_for(claims: Claims, matches: tuple[Matched, ...]) -> str:
    """The likeliest way out when a registry does not know the job that presented itself."""
    called = workflow_file(claims.get("job_workflow_ref", ""))
    started = workflow_file(claims.get("workflow_ref", ""))
    if called and started and called != started:
        return (
            "put the publishing job into the workflow that is started: this one is called from "
            f"{started} as {called}, and no registry supports that in full"
        )
    event = claims.get("event_name")
    if event in ("pull_request_target", "workflow_run"):
        return f"start the release by another event than {event}, which registries do not trust"
    values = ", ".join(f"{match.what} {match.presented or '(none)'}" for match in matches)
    return f"register exactly this as a trusted publisher of the package: {values}"


def _github(claims: Claims, workflow_claim: str) -> tuple[Matched, ...]:
    owner, _, repository = str(claims.get("repository", "")).partition("/")
    return (
        Matched("owner", owner, "repository"),
        Matched("repository", repository, "repository"),
        Matched("workflow", workflow_file(claims.get(workflow_claim, "")), workflow_claim),
        Matched("environment", _text(claims.get("environment")), "environment"),
    )


def _gitlab(claims: Claims) -> tuple[Matched, ...]:
    namespace, _, project = str(claims.get("project_path", "")).rpartition("/")
    file = str(claims.get("ci_config_ref_uri", "")).partition("//")[2].partition("@")[0]
    return (
        Matched("namespace", namespace, "project_path"),
        Matched("project", project, "project_path"),
        Matched("workflow file", file, "ci_config_ref_uri"),
        Matched("environment", _text(claims.get("environment")), "environment"),
    )


def _text(value: Optional[object]) -> str:
    return "" if value is None else str(value)

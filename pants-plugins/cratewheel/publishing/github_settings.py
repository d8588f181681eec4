"""Where GitHub Releases are made, by the environment of the job (standard library only)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional

from cratewheel.errors import Finding

TOKEN = "GITHUB_TOKEN"
REPOSITORY = "GITHUB_REPOSITORY"
API = "GITHUB_API_URL"
VARIABLES = (TOKEN, REPOSITORY, API)
_DEFAULT_API = "https://api.github.com"
_REMOTE = re.compile(r"(?:https://|ssh://git@|git@)github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?")
_NAME = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class GitHubSettings:
    """A repository on GitHub and what may write to it; see `publishing.github.GitHub`."""

    api: str
    repository: str
    token: str = field(repr=False)


def github_settings(environment: Mapping[str, str], remote_url: str) -> Optional[GitHubSettings]:
    """The repository of the running job, else that of a git remote; None when neither says.

    Args:
        remote_url: of the remote that tags are pushed to, empty when there is none.
    """
    token = environment.get(TOKEN, "").strip()
    remote = _REMOTE.fullmatch(remote_url.strip())
    repository = environment.get(REPOSITORY, "").strip() or (remote.group(1) if remote else "")
    if not token or _NAME.fullmatch(repository) is None:
        return None
    api = environment.get(API, "").strip() or _DEFAULT_API
    return GitHubSettings(api.rstrip("/"), repository, token)


def github_findings(environment: Mapping[str, str]) -> tuple[Finding, ...]:
    """What keeps GitHub Releases from being made, before anything is built."""
    token = environment.get(TOKEN, "").strip()
    if not token:
        message = f"GitHub Releases are to be made, and {TOKEN} is not set"
        return (
            Finding(
                "CW-CREDENTIALS-MISSING",
                "GitHub",
                message,
                f"pass the job's token as {TOKEN} and give the job `permissions: contents: write`",
            ),
        )
    if not (token.isascii() and token.isprintable()):
        message = "it has a line break or another character that no header can carry"
        return (Finding("CW-CREDENTIALS-INVALID", TOKEN, message),)
    return ()

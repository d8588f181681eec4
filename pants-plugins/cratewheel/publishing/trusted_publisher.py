"""Whom crates are to trust, and the request to register that: a JSON document (stdlib only)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Optional


@dataclass(frozen=True)
class TrustedPublisher:
    """Whom a crate is to trust: the jobs of one workflow.

    Args:
        provider: `github` or `gitlab`.
        owner: the owner of the repository; on GitLab its namespace, with groups.
        workflow: the file name of the workflow; on GitLab the path of the configuration file.
        environment: None for any, with or without one.
    """

    provider: str
    owner: str
    repository: str
    workflow: str
    environment: Optional[str] = None

    def __str__(self) -> str:
        place = f"{self.owner}/{self.repository}, workflow {self.workflow}"
        return f"{place}, environment {self.environment}" if self.environment else place


@dataclass(frozen=True)
class RegistrationRequest:
    """Crates that are to trust a publisher.

    Args:
        api: the root of the registry's web API, without a final slash.
        crates: their names.
    """

    api: str
    crates: tuple[str, ...]
    publisher: TrustedPublisher


def dumps(request: RegistrationRequest) -> str:
    """The request as text."""
    return json.dumps(asdict(request))


def loads(text: str) -> RegistrationRequest:
    """Reads what `dumps` wrote."""
    document = json.loads(text)
    return RegistrationRequest(
        document["api"], tuple(document["crates"]), TrustedPublisher(**document["publisher"])
    )

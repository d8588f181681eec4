"""The identity of the running CI job, fresh for every use: a token is good for one exchange."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

from id import AmbientCredentialError, GitHubOidcPermissionCredentialError, detect_credential
from urllib3.exceptions import HTTPError

from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.claims import read_claims
from cratewheel.publishing.quoting import quoted

_NOT_NOW = re.compile(r"timed out|malformed or incomplete JSON|code=(?:408|429|5\d\d)\b")
"""What `id` says of an answer that may be another one in a moment."""


class NoIdentityYetError(CratewheelError):
    """The CI system gave no usable answer; asked again it may."""


@dataclass(frozen=True)
class Identity:
    """An identity token and what it says."""

    token: str = field(repr=False)
    claims: Mapping[str, Any]


Identify = Callable[[str], Optional[Identity]]
"""From the audience that the token is for to a new token, None where there is no identity."""


def ambient_identity(audience: str) -> Optional[Identity]:
    """The identity that the CI system vouches for (GitHub Actions, GitLab CI and others).

    Raises:
        CratewheelError: `CW-IDENTITY-UNAVAILABLE` when the CI system should give one and does not; a
            `NoIdentityYetError` when that may change.
    """
    try:
        token = detect_credential(audience)
    except GitHubOidcPermissionCredentialError as error:
        raise CratewheelError(
            Finding(
                "CW-IDENTITY-UNAVAILABLE",
                audience,
                "this job may not ask GitHub for an identity token",
                "give the job `permissions: id-token: write`",
            )
        ) from error
    except AmbientCredentialError as error:
        failure = NoIdentityYetError if _NOT_NOW.search(str(error)) else CratewheelError
        raise failure(Finding("CW-IDENTITY-UNAVAILABLE", audience, quoted(error))) from error
    except (AttributeError, HTTPError, OSError, TypeError, ValueError) as error:
        # Without its words, which may repeat the headers that were sent.
        message = f"the CI system could not be asked ({type(error).__name__})"
        raise NoIdentityYetError(Finding("CW-IDENTITY-UNAVAILABLE", audience, message)) from None
    return None if token is None else Identity(token, read_claims(token))

"""Registering trusted publishers on crates.io, through its API, with a token that may.

Source: crates.io's `trusted_publishing/github_configs` and `gitlab_configs`; the token needs the scope
`trusted-publishing`, and its user to own the crate. PyPI has no such API: there a person fills in a form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, Optional, TypeVar

import requests

from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.claims import GITHUB_ISSUER, GITLAB_ISSUER, Claims, crates_io_matches
from cratewheel.publishing.quoting import quoted
from cratewheel.publishing.request import TrustPolicy
from cratewheel.publishing.transport import NoAnswerError, Transport, status_line
from cratewheel.publishing.trusted_publisher import TrustedPublisher

_PAUSES = (1.0, 4.0)

T = TypeVar("T")


def publisher_of_job(claims: Claims) -> Optional[TrustedPublisher]:
    """The running job as crates.io would see it; None when crates.io trusts no such CI system."""
    provider = {GITHUB_ISSUER: "github", GITLAB_ISSUER: "gitlab"}.get(str(claims.get("iss")))
    if provider is None:
        return None
    owner, repository, workflow, environment = (
        match.presented for match in crates_io_matches(claims)
    )
    return TrustedPublisher(provider, owner, repository, workflow, environment or None)


def publisher_of_policy(policy: TrustPolicy) -> Optional[TrustedPublisher]:
    """The publisher that a target's `trust_policy` describes, None when it leaves out what is needed."""
    if not (policy.owner and policy.repository and policy.workflow):
        return None
    return TrustedPublisher(
        "github", policy.owner, policy.repository, policy.workflow, policy.github_environment
    )


def settings_page(api: str, crate: str) -> str:
    """Where a person registers a publisher."""
    return f"{api}/crates/{crate}/settings"


@dataclass(frozen=True)
class Registrar:
    """Reads and writes the trusted publishers of crates.

    Args:
        api: root of the registry's web API, without a final slash.
        token: an API token with the scope `trusted-publishing`.
    """

    transport: Transport
    api: str
    token: str

    def registered(self, crate: str) -> tuple[TrustedPublisher, ...]:
        """The publishers that a crate trusts now; there are five at most.

        Raises:
            CratewheelError: `CW-PUBLISHER-NOT-REGISTERED` when the token may not ask, or
                `CW-REGISTRY-UNREACHABLE`.
        """
        return self._repeated(
            crate,
            lambda: tuple(
                publisher
                for provider in ("github", "gitlab")
                for publisher in self._listed(provider, crate, None)
            ),
        )

    def register(self, crate: str, publisher: TrustedPublisher) -> bool:
        """Makes a crate trust a publisher, if it does not yet.

        Returns:
            Whether it was this call that made it so.

        Raises:
            CratewheelError: `CW-PUBLISHER-NOT-REGISTERED` or `CW-REGISTRY-UNREACHABLE`.
        """

        def attempt() -> bool:
            if any(
                _same(publisher, known)
                for known in self._listed(publisher.provider, crate, publisher)
            ):
                return False
            response = self._send("POST", publisher.provider, json=_document(crate, publisher))
            if response.status_code == 200:
                return True
            raise self._refused(crate, publisher, response)

        return self._repeated(crate, attempt)

    def _listed(
        self, provider: str, crate: str, wanted: Optional[TrustedPublisher]
    ) -> tuple[TrustedPublisher, ...]:
        response = self._send("GET", provider, params=f"?crate={crate}")
        if response.status_code != 200:
            raise self._refused(crate, wanted, response)
        try:
            entries = response.json()[f"{provider}_configs"]
            return tuple(_publisher(provider, entry) for entry in entries)
        except (ValueError, KeyError, TypeError):
            raise NoAnswerError("the answer has no list of publishers") from None

    def _repeated(self, crate: str, attempt: Callable[[], T]) -> T:
        """What an attempt comes to, made again where there is no usable answer."""
        seen = ""
        for pause in (*_PAUSES, None):
            try:
                return attempt()
            except NoAnswerError as error:
                seen = str(error)
            if pause is not None:
                self.transport.clock.sleep(pause)
        message = (
            f"no usable answer about who may publish {crate} in {len(_PAUSES) + 1} attempts, the last "
            f"one: {seen}"
        )
        mend = "run the same again when it can be reached; what is registered stays as it is"
        raise CratewheelError(Finding("CW-REGISTRY-UNREACHABLE", self.api, message, mend))

    def _send(
        self, method: str, provider: str, params: str = "", json: Any = None
    ) -> requests.Response:
        response = self.transport.send(
            method,
            f"{self.api}/api/v1/trusted_publishing/{provider}_configs{params}",
            headers={"Authorization": self.token, "Accept": "application/json"},
            json=json,
        )
        if response.status_code >= 500:
            raise NoAnswerError(f"{status_line(response)}: {_words(response)}")
        return response

    def _refused(
        self, crate: str, publisher: Optional[TrustedPublisher], response: requests.Response
    ) -> CratewheelError:
        detail = f"{status_line(response)}: {_words(response)}"
        wanted = f" {publisher}" if publisher is not None else ""
        return CratewheelError(
            Finding(
                "CW-PUBLISHER-NOT-REGISTERED",
                f"crate:{crate}",
                f"{self.api} answered: {detail}",
                f"register{wanted} on {settings_page(self.api, crate)}, or use a token with the scope "
                "`trusted-publishing`",
            )
        )


def _document(crate: str, publisher: TrustedPublisher) -> dict[str, Any]:
    if publisher.provider == "gitlab":
        config = {
            "crate": crate,
            "namespace": publisher.owner,
            "project": publisher.repository,
            "workflow_filepath": publisher.workflow,
            "environment": publisher.environment,
        }
    else:
        config = {
            "crate": crate,
            "repository_owner": publisher.owner,
            "repository_name": publisher.repository,
            "workflow_filename": publisher.workflow,
            "environment": publisher.environment,
        }
    return {f"{publisher.provider}_config": config}


def _publisher(provider: str, entry: Mapping[str, Any]) -> TrustedPublisher:
    if provider == "gitlab":
        keys = ("namespace", "project", "workflow_filepath")
    else:
        keys = ("repository_owner", "repository_name", "workflow_filename")
    owner, repository, workflow = (str(entry[key]) for key in keys)
    return TrustedPublisher(provider, owner, repository, workflow, entry.get("environment"))


def _same(one: TrustedPublisher, other: TrustedPublisher) -> bool:
    def folded(publisher: TrustedPublisher) -> tuple[str, ...]:
        names = (publisher.owner, publisher.repository, publisher.environment or "")
        return (publisher.provider, publisher.workflow, *(name.lower() for name in names))

    return folded(one) == folded(other)


def _words(response: requests.Response) -> str:
    try:
        return quoted("; ".join(str(error["detail"]) for error in response.json()["errors"]))
    except (ValueError, KeyError, TypeError):
        return quoted(response.text)

"""Exchanging a job's identity for a token of the registry.

Sources: the trusted publishing endpoints of crates.io (`/api/v1/trusted_publishing/tokens`) and of
PyPI (`/_/oidc/audience`, `/_/oidc/mint-token`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Optional
from urllib.parse import urlsplit

import requests

from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.addresses import is_loopback, origin
from cratewheel.publishing.attestations import INDEXES
from cratewheel.publishing.claims import (
    GITLAB_ISSUER,
    Claims,
    Matched,
    crates_io_matches,
    mend_for,
    pypi_matches,
)
from cratewheel.publishing.identity import Identify, Identity
from cratewheel.publishing.quoting import quoted
from cratewheel.publishing.transport import (
    NoAnswerError,
    Transport,
    decoded,
    retry_after,
    status_line,
    understood,
)

CRATES_TOKEN_SECONDS = 30 * 60.0
PYTHON_TOKEN_SECONDS = 15 * 60.0
_LONGEST_LIFE_SECONDS = 24 * 60 * 60.0
_PAUSES = (1.0, 4.0, 10.0)
_STALE_PENDING = "invalid-pending-publisher"
_OTHERS_AUDIENCES = frozenset(("crates.io", "pypi", "sigstore", "testpypi"))


class UnsupportedError(Exception):
    """The registry takes no trusted publishing, or none from this kind of CI system."""


@dataclass(frozen=True)
class Minted:
    """A short-lived token.

    Args:
        expires: when it ends, seconds since the epoch.
        claims: what vouched for the job.
    """

    secret: str = field(repr=False)
    expires: float
    claims: Claims


@dataclass(frozen=True)
class _Token:
    token: str
    expires: Optional[float] = None


@dataclass(frozen=True)
class _Audience:
    audience: str


@dataclass(frozen=True)
class Exchange:
    """The way from identity to token at one registry.

    Args:
        audience: whom the identity token has to be made out to.
        url: where it is exchanged.
        field: the key of the request under which it is sent.
        matches: what the registry compares.
        lifetime: of the token in seconds, where the registry does not say.
    """

    transport: Transport
    identify: Identify
    registry: str
    audience: str
    url: str
    field: str
    matches: Callable[[Claims], tuple[Matched, ...]]
    lifetime: float
    revocable: bool

    def identity(self) -> Identity:
        """A new identity token for this registry.

        Raises:
            CratewheelError: `CW-IDENTITY-UNAVAILABLE`.
            UnsupportedError: there is no identity here.
        """
        found = self.identify(self.audience)
        if found is None:
            raise UnsupportedError("there is no identity token for it")
        return found

    def mint(self) -> Minted:
        """A new token, for which a new identity token is used up.

        Raises:
            CratewheelError: `CW-TRUST-MISMATCH`, `CW-IDENTITY-UNAVAILABLE` or
                `CW-REGISTRY-UNREACHABLE`.
            UnsupportedError: see there.
        """
        clock = self.transport.clock
        seen = ""
        stale = False
        for pause in (*_PAUSES, None):
            identity = self.identity()
            try:
                response = self.transport.send("POST", self.url, json={self.field: identity.token})
                if response.status_code in (404, 405):
                    raise UnsupportedError("it has no trusted publishing")
                if not stale and _STALE_PENDING in _codes(response):
                    # The refusal itself does away with the pending publisher that is in the way.
                    stale = True
                    continue
                if 400 <= response.status_code < 500 and response.status_code not in (408, 429):
                    raise self._refused(response, identity.claims)
                if response.status_code == 200:
                    return self._minted(response, identity.claims)
                seen = status_line(response)
                until = retry_after(response, clock.now())
                if pause is not None and until is not None:
                    pause = max(pause, min(until - clock.now(), 60.0))
            except NoAnswerError as error:
                # The answer may have been lost on its way, and the identity token with it.
                seen = str(error)
            if pause is not None:
                clock.sleep(pause)
        message = f"no token for the job's identity, the last answer: {seen}"
        raise CratewheelError(Finding("CW-REGISTRY-UNREACHABLE", self.url, message))

    def revoke(self, minted: Minted) -> None:
        """Makes a token invalid before its time; a failure to do so is of no consequence."""
        if not self.revocable:
            return
        try:
            headers = {"Authorization": f"Bearer {minted.secret}"}
            self.transport.send("DELETE", self.url, headers=headers)
        except NoAnswerError:
            pass

    def _minted(self, response: requests.Response, claims: Claims) -> Minted:
        answer = understood(_Token, response)
        if not answer.token.isascii() or not answer.token.isprintable() or not answer.token:
            raise NoAnswerError("the answer has no token")
        now = self.transport.clock.now()
        expires = answer.expires
        if expires is None or not now < expires < now + _LONGEST_LIFE_SECONDS:
            # It does not say, or this machine's clock and the registry's do not agree.
            expires = now + self.lifetime
        return Minted(answer.token, expires, claims)

    def _refused(self, response: requests.Response, claims: Claims) -> CratewheelError:
        matches = self.matches(claims)
        if _is_used_up(response) and claims.get("iss") == GITLAB_ISSUER:
            return CratewheelError(
                Finding(
                    "CW-IDENTITY-UNAVAILABLE",
                    self.url,
                    f"{self.registry} has taken this job's identity token before, and GitLab gives a job "
                    "one for each registry",
                    "start the job again: it goes on where this one ended, with a new token",
                )
            )
        lines = [f"{self.registry} does not accept this job: {_reason(response)}"]
        lines += [
            f"      {match.what}: {match.presented or '(none)'}  (claim {match.claim})"
            for match in matches
        ]
        lines.insert(1, "    it compares these with what is registered there:")
        return CratewheelError(
            Finding("CW-TRUST-MISMATCH", self.url, "\n".join(lines), mend_for(claims, matches))
        )


def crates_exchange(transport: Transport, identify: Identify, api: str, registry: str) -> Exchange:
    """The exchange of crates.io and of registries like it; `api` is the root of the web API."""
    return Exchange(
        transport=transport,
        identify=identify,
        registry=registry,
        audience=crates_audience(api),
        url=f"{api}/api/v1/trusted_publishing/tokens",
        field="jwt",
        matches=crates_io_matches,
        lifetime=CRATES_TOKEN_SECONDS,
        revocable=True,
    )


def crates_audience(api: str) -> str:
    """Whom an identity for the registry with this API is made out to: its address, without scheme."""
    return urlsplit(api).netloc + urlsplit(api).path.rstrip("/")


def python_exchange(
    transport: Transport, identify: Identify, upload: str, registry: str
) -> Optional[Exchange]:
    """The exchange of PyPI and of indexes like it; None when this one has none.

    Raises:
        CratewheelError: `CW-REGISTRY-UNREACHABLE`; `CW-TRUST-MISMATCH` when it wants an identity
            with which it could pose as the job at another service.
    """
    root = origin(upload)
    response = transport.read(f"{root}/_/oidc/audience", check=_audience_or_missing)
    if response.status_code != 200:
        return None
    audience = understood(_Audience, response).audience
    if audience in _OTHERS_AUDIENCES and not (upload in INDEXES or is_loopback(upload)):
        # With such a token the index could pose as this job elsewhere.
        message = f"it asks for an identity token made out to {audience}, which is another service"
        raise CratewheelError(
            Finding("CW-TRUST-MISMATCH", root, message, "do not trust this index")
        )
    return Exchange(
        transport=transport,
        identify=identify,
        registry=registry,
        audience=audience,
        url=f"{root}/_/oidc/mint-token",
        field="token",
        matches=pypi_matches,
        lifetime=PYTHON_TOKEN_SECONDS,
        revocable=False,
    )


def _audience_or_missing(response: requests.Response) -> None:
    if response.status_code == 200:
        understood(_Audience, response)


def _codes(response: requests.Response) -> tuple[str, ...]:
    """PyPI's codes of a refusal."""
    try:
        return tuple(str(error["code"]) for error in decoded(response)["errors"])
    except (NoAnswerError, KeyError, TypeError):
        return ()


def _is_used_up(response: requests.Response) -> bool:
    words = _reason(response)
    return "already been used" in words or "already used" in words


def _reason(response: requests.Response) -> str:
    """The registry's own words: crates.io says `detail`, PyPI a code with a description."""
    try:
        errors = decoded(response)["errors"]
        texts = [str(error.get("detail") or error.get("description")) for error in errors]
    except (NoAnswerError, KeyError, TypeError, AttributeError):
        texts = [response.text.strip() or f"{response.status_code} {response.reason}"]
    return quoted("; ".join(texts))

"""Which credential each package of a release is uploaded with.

A CI job's identity comes first, because what it is exchanged for lives for minutes. Long-lived tokens
are the fallback, and the only way to create a crate on crates.io.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Callable, Optional
from urllib.parse import urlsplit

from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.plan.model import PlannedPackage
from cratewheel.project import CRATE
from cratewheel.publishing.addresses import bare
from cratewheel.publishing.claims import (
    GITHUB_ISSUER,
    GITLAB_ISSUER,
    GOOGLE_ISSUER,
    Claims,
    crates_io_matches,
    policy_differences,
    pypi_matches,
)
from cratewheel.publishing.connections import Connections
from cratewheel.publishing.credentials import (
    API_TOKEN_USER,
    Credential,
    Endpoint,
    first_publish,
    given_credential,
    has_identity,
    missing_credential,
)
from cratewheel.publishing.packages import Survey, Token
from cratewheel.publishing.request import ReleaseRequest
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.trusted_publishing import (
    Exchange,
    Minted,
    UnsupportedError,
    crates_exchange,
    python_exchange,
)
from cratewheel.registries.clock import Clock

REHEARSAL_CREDENTIAL = Credential(API_TOKEN_USER, "rehearsal", "the rehearsal")
_SPARE_SECONDS = 120.0


@dataclass(frozen=True)
class LongLivedToken:
    """A credential that was given and does not change."""

    credential: Credential

    def current(self, refused: Optional[str]) -> Credential:
        return self.credential


class MintedToken:
    """A credential that is minted when needed and again before it expires; usable from many threads."""

    def __init__(self, exchange: Exchange, clock: Clock, hide: Callable[[str, str], None]) -> None:
        self._exchange = exchange
        self._clock = clock
        self._hide = hide
        self._lock = threading.Lock()
        self._minted: list[Minted] = []
        self._revoked = False
        self._claims: Claims = {}

    def current(self, refused: Optional[str]) -> Credential:
        """The token of now; another one than `refused`.

        Raises:
            CratewheelError: as `Exchange.mint`; and `CW-REGISTRY-UNREACHABLE` when the registry has
                given a token before and now says that it gives none, or when they were revoked.
            UnsupportedError: as `Exchange.mint`, for the first token.
        """
        with self._lock:
            last = self._minted[-1] if self._minted else None
            if (
                last is None
                or last.secret == refused
                or self._clock.now() > last.expires - _SPARE_SECONDS
            ):
                last = self._another()
                self._hide(API_TOKEN_USER, last.secret)
                self._minted.append(last)
                self._claims = last.claims
                if self._revoked:
                    # While this one was on its way; nobody else knows of it.
                    self._exchange.revoke(last)
                    raise self._unusable("the release has ended")
            return Credential(API_TOKEN_USER, last.secret, "trusted publishing")

    @property
    def attests(self) -> bool:
        """Whether the index takes attestations from jobs of this CI system."""
        return self._claims.get("iss") in (GITHUB_ISSUER, GITLAB_ISSUER, GOOGLE_ISSUER)

    def revoke(self) -> None:
        """Revokes whatever was minted and has not expired; none is minted from here on.

        Waits for nobody: when a release is interrupted, another thread may be waiting for a registry.
        """
        self._revoked = True
        for minted in tuple(self._minted):
            if minted.expires > self._clock.now():
                self._exchange.revoke(minted)

    def _another(self) -> Minted:
        if self._revoked:
            raise self._unusable("the release has ended")
        try:
            return self._exchange.mint()
        except UnsupportedError as error:
            if not self._minted:
                raise
            why = f"it has given this job a token before and gives none now: {error}"
            raise self._unusable(why) from error

    def _unusable(self, why: str) -> CratewheelError:
        return CratewheelError(Finding("CW-REGISTRY-UNREACHABLE", self._exchange.registry, why))


@contextmanager
def tokens_for(
    request: ReleaseRequest,
    surveys: Mapping[str, Survey],
    connections: Connections,
    around: Surroundings,
) -> Iterator[dict[str, Token]]:
    """The credential of every package that has something to upload; revoked in the end if it can be.

    For every registry with work one token is minted here, so that a registry that does not trust this
    job says so before anything is uploaded to the other.

    Args:
        surveys: package id to what its registry has, for the packages to be published.

    Raises:
        CratewheelError: `CW-CREDENTIALS-MISSING`, `CW-CREDENTIALS-INVALID`,
            `CW-CRATE-FIRST-PUBLISH`, `CW-PROJECT-FIRST-PUBLISH`, `CW-TRUST-MISMATCH`,
            `CW-IDENTITY-UNAVAILABLE` or `CW-REGISTRY-UNREACHABLE`, for all registries at once.
    """
    with_work = [
        package
        for package in request.plan.packages
        if package.id in surveys
        and len(surveys[package.id].present) < len(request.artifacts_of(package.id))
    ]
    if request.rehearsed:
        yield {package.id: LongLivedToken(REHEARSAL_CREDENTIAL) for package in with_work}
        return
    chooser = _Chooser(request, connections, around)
    with ExitStack() as stack:
        stack.callback(chooser.revoke)
        by_registry: dict[Endpoint, list[PlannedPackage]] = {}
        for package in with_work:
            by_registry.setdefault(connections.endpoint(package), []).append(package)
        findings: list[Finding] = []
        tokens: dict[str, Token] = {}
        for endpoint, packages in by_registry.items():
            try:
                tokens.update(chooser.choose(endpoint, packages, surveys))
            except CratewheelError as error:
                findings.extend(error.findings)
        raise_all(findings)
        yield tokens


class _Chooser:
    """Decides for the packages of one registry after the other."""

    def __init__(
        self, request: ReleaseRequest, connections: Connections, around: Surroundings
    ) -> None:
        self._request = request
        self._connections = connections
        self._around = around
        self._opened: list[MintedToken] = []

    def choose(
        self,
        endpoint: Endpoint,
        packages: Sequence[PlannedPackage],
        surveys: Mapping[str, Survey],
    ) -> dict[str, Token]:
        """The tokens for all packages of one registry."""
        given = given_credential(endpoint, self._around.environment)
        if given is not None:
            self._around.transcript.hide_credential(given.username, given.secret)
        new = [package for package in packages if surveys[package.id].new_name]
        created = new if self._needs_token(endpoint, new) else []
        others = [package for package in packages if package not in created]
        exchange, reason = self._exchange(endpoint, packages[0])
        self._check_policies(packages, endpoint, exchange)
        if exchange is not None and given is None:
            raise_all(_first_publish(endpoint, package, created) for package in created)
        minted = None
        if exchange is not None and others:
            minted, reason = self._minted(exchange, given)
        if minted is None and given is None:
            missing = missing_credential(self._around.environment, endpoint, reason)
            raise CratewheelError(missing)
        return self._handed_out(endpoint, others, created, minted, given, reason)

    def _needs_token(self, endpoint: Endpoint, new: Sequence[PlannedPackage]) -> bool:
        """Whether trusted publishing cannot create these packages.

        One new project of PyPI can have a pending publisher; crates.io has nothing of the kind.
        """
        if endpoint.kind == CRATE or len(new) < 2:
            return endpoint.kind == CRATE
        return self._connections.python(new[0]).upload in self._around.attesting_indexes

    def revoke(self) -> None:
        for token in self._opened:
            token.revoke()

    def _handed_out(
        self,
        endpoint: Endpoint,
        others: Sequence[PlannedPackage],
        created: Sequence[PlannedPackage],
        minted: Optional[MintedToken],
        given: Optional[Credential],
        reason: str,
    ) -> dict[str, Token]:
        say = self._around.transcript.say
        tokens: dict[str, Token] = {}
        if minted is not None:
            say(f"{endpoint.name}: uploading by trusted publishing")
            tokens.update((package.id, minted) for package in others)
        elif given is not None and others:
            why = f" ({reason})" if reason else ""
            say(f"{endpoint.name}: uploading with {given.source}{why}")
            tokens.update((package.id, LongLivedToken(given)) for package in others)
        if created and given is not None:
            names = ", ".join(package.name for package in created)
            say(f"{endpoint.name}: creating {names} with {given.source}")
            tokens.update((package.id, LongLivedToken(given)) for package in created)
        return tokens

    def _exchange(
        self, endpoint: Endpoint, package: PlannedPackage
    ) -> tuple[Optional[Exchange], str]:
        """The way to a token by trusted publishing, or None and why there is none."""
        if not has_identity(self._around.environment, endpoint):
            return None, ""
        transport, identify = self._connections.transport, self._around.identity
        if endpoint.kind == CRATE:
            api = self._connections.crates(package).api
            return crates_exchange(transport, identify, api, endpoint.name), ""
        upload = self._connections.python(package).upload
        exchange = python_exchange(transport, identify, upload, endpoint.name)
        return exchange, "" if exchange is not None else "it has no trusted publishing"

    def _minted(
        self, exchange: Exchange, given: Optional[Credential]
    ) -> tuple[Optional[MintedToken], str]:
        """A token by trusted publishing, or None and why not."""
        token = MintedToken(exchange, self._around.clock, self._around.transcript.hide_credential)
        self._opened.append(token)
        try:
            token.current(None)
        except UnsupportedError as error:
            return None, str(error)
        except CratewheelError as error:
            if error.codes != ("CW-TRUST-MISMATCH",) or given is None:
                raise
            self._around.transcript.say(str(error))
            return None, "trusted publishing was refused"
        return token, ""

    def _check_policies(
        self,
        packages: Sequence[PlannedPackage],
        endpoint: Endpoint,
        exchange: Optional[Exchange],
    ) -> None:
        """Compares what targets say about the publishing job with the job that is running."""
        policies = {
            package.id: self._request.trust_policies[package.id]
            for package in packages
            if package.id in self._request.trust_policies
        }
        if not policies or not has_identity(self._around.environment, endpoint):
            return
        identity = self._around.identity(
            exchange.audience if exchange is not None else urlsplit(bare(endpoint.address)).netloc
        )
        if identity is None:
            return
        matches = crates_io_matches if endpoint.kind == CRATE else pypi_matches
        presented = matches(identity.claims)
        raise_all(
            Finding("CW-TRUST-MISMATCH", package_id, f"trust_policy: {'; '.join(differences)}")
            for package_id, policy in policies.items()
            for differences in [policy_differences(policy, presented)]
            if differences
        )


def _first_publish(
    endpoint: Endpoint, package: PlannedPackage, created: Sequence[PlannedPackage]
) -> Finding:
    variable = endpoint.secrets[-1]
    if endpoint.kind == CRATE:
        return first_publish(endpoint, package.name)
    others = ", ".join(each.name for each in created if each is not package)
    return Finding(
        "CW-PROJECT-FIRST-PUBLISH",
        package.id,
        f"{endpoint.name} has no project {package.name} yet, nor {others}. A workflow has one pending "
        f"publisher at a time, so that trusted publishing creates one project a release; {variable} "
        "is not set",
    )

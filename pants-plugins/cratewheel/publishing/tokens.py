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

from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.claims import GITHUB_ISSUER, GITLAB_ISSUER, policy_differences
from cratewheel.publishing.connections import Connections
from cratewheel.publishing.credentials import (
    API_TOKEN_USER,
    CRATES_TOKEN,
    PYTHON_PASSWORD,
    Credential,
    crates_token,
    has_identity,
    missing_credential,
    python_token,
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

    def __init__(self, exchange: Exchange, clock: Clock, hide: Callable[[str], None]) -> None:
        self._exchange = exchange
        self._clock = clock
        self._hide = hide
        self._lock = threading.Lock()
        self._minted: list[Minted] = []
        self._issuer = ""

    def current(self, refused: Optional[str]) -> Credential:
        """The token of now; another one than `refused`.

        Raises:
            CratewheelError: as `Exchange.mint`.
            UnsupportedError: as `Exchange.mint`.
        """
        with self._lock:
            last = self._minted[-1] if self._minted else None
            if (
                last is None
                or last.secret == refused
                or self._clock.now() > last.expires - _SPARE_SECONDS
            ):
                last = self._exchange.mint()
                self._hide(last.secret)
                self._minted.append(last)
                self._issuer = last.issuer
            return Credential(API_TOKEN_USER, last.secret, "trusted publishing")

    @property
    def attests(self) -> bool:
        """Whether the index takes attestations from jobs of this CI system."""
        return self._issuer in (GITHUB_ISSUER, GITLAB_ISSUER)

    def revoke(self) -> None:
        """Revokes whatever was minted and has not expired."""
        with self._lock:
            for minted in self._minted:
                if minted.expires > self._clock.now():
                    self._exchange.revoke(minted)
            self._minted.clear()


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
        CratewheelError: `CW-CREDENTIALS-MISSING`, `CW-CRATE-FIRST-PUBLISH`, `CW-TRUST-MISMATCH`,
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
        by_registry: dict[str, list[PlannedPackage]] = {}
        for package in with_work:
            by_registry.setdefault(chooser.address(package), []).append(package)
        findings: list[Finding] = []
        tokens: dict[str, Token] = {}
        for packages in by_registry.values():
            try:
                tokens.update(chooser.choose(packages, surveys))
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
        self._given: dict[str, Optional[Credential]] = {
            "crate": crates_token(around.environment),
            "wheel": python_token(around.environment),
        }
        for credential in self._given.values():
            around.transcript.hide(credential.secret if credential else "")

    def address(self, package: PlannedPackage) -> str:
        if package.kind == "crate":
            return self._connections.crates_address(package)
        return self._connections.python_address(package)

    def choose(
        self, packages: Sequence[PlannedPackage], surveys: Mapping[str, Survey]
    ) -> dict[str, Token]:
        """The tokens for all packages of one registry."""
        registry, kind = packages[0].registry, packages[0].kind
        given = self._given[kind]
        existing = [
            package for package in packages if kind == "wheel" or not surveys[package.id].new_name
        ]
        created = [package for package in packages if package not in existing]
        minted, reason = self._minted(packages, needed=bool(existing) or given is None)
        if minted is None and given is None:
            variable = CRATES_TOKEN if kind == "crate" else PYTHON_PASSWORD
            raise CratewheelError(missing_credential(self._around.environment, registry, variable))
        say = self._around.transcript.say
        tokens: dict[str, Token] = {}
        if minted is not None:
            say(f"{registry}: uploading by trusted publishing")
            tokens.update((package.id, minted) for package in existing)
            if created and given is None:
                raise_all(_first_publish(package) for package in created)
        elif given is not None:
            why = f" ({reason})" if reason else ""
            say(f"{registry}: uploading with {given.source}{why}")
            tokens.update((package.id, LongLivedToken(given)) for package in existing)
        if created and given is not None:
            if minted is not None:
                names = ", ".join(package.name for package in created)
                say(f"{registry}: creating {names} with {given.source}")
            tokens.update((package.id, LongLivedToken(given)) for package in created)
        return tokens

    def revoke(self) -> None:
        for token in self._opened:
            token.revoke()

    def _minted(
        self, packages: Sequence[PlannedPackage], *, needed: bool
    ) -> tuple[Optional[MintedToken], str]:
        """A token by trusted publishing, or None and why not."""
        if not needed or not has_identity(self._around.environment):
            return None, ""
        given = self._given[packages[0].kind]
        try:
            exchange = self._exchange(packages[0])
            if exchange is None:
                return None, "it has no trusted publishing"
            self._check_policies(packages, exchange)
            token = MintedToken(exchange, self._around.clock, self._around.transcript.hide)
            self._opened.append(token)
            token.current(None)
        except UnsupportedError as error:
            return None, str(error)
        except CratewheelError as error:
            refused_exchange = all(
                finding.code == "CW-TRUST-MISMATCH" and finding.place not in _ids(packages)
                for finding in error.findings
            )
            if refused_exchange and given is not None:
                self._around.transcript.say(str(error))
                return None, "trusted publishing was refused"
            raise
        return token, ""

    def _exchange(self, package: PlannedPackage) -> Optional[Exchange]:
        transport, identify = self._connections.transport, self._around.identity
        if package.kind == "crate":
            api = self._connections.crates(package).api
            return crates_exchange(transport, identify, api, package.registry)
        upload = self._connections.python(package).upload
        return python_exchange(transport, identify, upload, package.registry)

    def _check_policies(self, packages: Sequence[PlannedPackage], exchange: Exchange) -> None:
        policies = {
            package.id: self._request.trust_policies[package.id]
            for package in packages
            if package.id in self._request.trust_policies
        }
        if not policies:
            return
        claims = exchange.identity().claims
        raise_all(
            Finding("CW-TRUST-MISMATCH", package_id, f"trust_policy: {'; '.join(differences)}")
            for package_id, policy in policies.items()
            for differences in [policy_differences(policy, claims)]
            if differences
        )


def _ids(packages: Sequence[PlannedPackage]) -> frozenset[str]:
    return frozenset(package.id for package in packages)


def _first_publish(package: PlannedPackage) -> Finding:
    return Finding(
        "CW-CRATE-FIRST-PUBLISH",
        package.id,
        f"{package.registry} has no crate {package.name} yet, and trusted publishing cannot create "
        f"one; {CRATES_TOKEN} is not set",
    )

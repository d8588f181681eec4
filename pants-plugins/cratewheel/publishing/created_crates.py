"""What remains to be done for crates that a release has just created: trusting its job from now on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Optional

from cratewheel.errors import CratewheelError
from cratewheel.plan.model import PlannedPackage
from cratewheel.project import CRATE
from cratewheel.publishing.connections import Connections
from cratewheel.publishing.credentials import given_credential, has_identity
from cratewheel.publishing.packages import Survey, Token
from cratewheel.publishing.registration import (
    Registrar,
    publisher_of_job,
    publisher_of_policy,
    settings_page,
)
from cratewheel.publishing.report import LIVE, Entry
from cratewheel.publishing.request import ReleaseRequest
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.tokens import LongLivedToken
from cratewheel.publishing.trusted_publisher import TrustedPublisher
from cratewheel.publishing.trusted_publishing import crates_audience


def register_publishers(
    request: ReleaseRequest,
    chosen: Sequence[PlannedPackage],
    surveys: Mapping[str, Survey],
    tokens: Mapping[str, Token],
    entries: Iterable[Entry],
    connections: Connections,
    around: Surroundings,
) -> None:
    """Registers the running job, or what `trust_policy` describes, for crates that were just created.

    An earlier run of the release may have created a crate and been killed before it was registered. So
    this is made up for as long as the crate has no other version. The release is done by then: what cannot be registered is said, and nothing fails of it. A
    registry other than crates.io that knows no trusted publishing is left alone.
    """
    if request.rehearsed:
        return
    live = {entry.id for entry in entries if entry.status in LIVE}
    for package in chosen:
        if package.kind != CRATE or package.id not in live:
            continue
        created = surveys[package.id].new_name and isinstance(
            tokens.get(package.id), LongLivedToken
        )
        credential = given_credential(connections.endpoint(package), around.environment)
        if not created and not (
            credential is not None and _created_before(package, surveys[package.id], connections)
        ):
            continue
        api = connections.crates(package).api
        publisher = _publisher(request, package, api, connections, around)
        if publisher is None or credential is None:
            around.transcript.say(
                f"{package.name} is new: for releases without a token, register a trusted "
                f"publisher on {settings_page(api, package.name)}"
            )
            continue
        try:
            registrar = Registrar(connections.transport, api, credential.secret)
            if registrar.register(package.name, publisher) or created:
                around.transcript.say(f"{package.registry}: {package.name} now trusts {publisher}")
        except CratewheelError as error:
            around.transcript.say(f"{package.name} is live, its trusted publisher is not: {error}")


def _created_before(package: PlannedPackage, survey: Survey, connections: Connections) -> bool:
    """Whether an earlier run of this release created a crate that is there."""
    try:
        return bool(survey.present) and connections.crates(package).created_by(
            package.name, package.version
        )
    except CratewheelError:
        return False


def _publisher(
    request: ReleaseRequest,
    package: PlannedPackage,
    api: str,
    connections: Connections,
    around: Surroundings,
) -> Optional[TrustedPublisher]:
    if has_identity(around.environment, connections.endpoint(package)):
        try:
            identity = around.identity(crates_audience(api))
        except CratewheelError:
            identity = None
        if identity is not None:
            return publisher_of_job(identity.claims)
    policy = request.trust_policies.get(package.id)
    return None if policy is None else publisher_of_policy(policy)

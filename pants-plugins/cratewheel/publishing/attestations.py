"""Digital attestations (PEP 740) for files that PyPI gets from a trusted publisher.

Everything is signed before the first upload, so that a signing service that does not answer cannot
leave half a release behind. An identity lives for minutes and signing takes seconds a file, so files
are signed in batches, each under an identity of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.identity import Identify, Identity

if TYPE_CHECKING:
    from sigstore.sign import Signer

INDEXES = frozenset((DEFAULT_REPOSITORY, TEST_REPOSITORY))
"""The upload addresses of the indexes that take attestations; no other does."""

BATCH = 16
_AUDIENCE = "sigstore"

Attestation = Mapping[str, Any]
Sign = Callable[[Identity, Sequence[Path]], Sequence[Attestation]]
"""From an identity and files to one attestation a file, in the same order, until the identity ends."""


def attest(paths: Sequence[Path], identify: Identify, sign: Sign) -> dict[str, Attestation]:
    """Signs files.

    Returns:
        Filename to attestation.

    Raises:
        CratewheelError: `CW-ATTESTATION-FAILED` or `CW-IDENTITY-UNAVAILABLE`.
    """
    signed: dict[str, Attestation] = {}
    while len(signed) < len(paths):
        batch = paths[len(signed) : len(signed) + BATCH]
        identity = identify(_AUDIENCE)
        if identity is None:
            message = "there is no identity token to sign with"
            raise CratewheelError(Finding("CW-ATTESTATION-FAILED", batch[0].name, message))
        attestations = sign(identity, batch)
        if not attestations:
            message = "the identity token ended before anything could be signed with it"
            raise CratewheelError(Finding("CW-ATTESTATION-FAILED", batch[0].name, message))
        signed.update(zip((path.name for path in batch), attestations))
    return signed


def sign_with_sigstore(identity: Identity, paths: Sequence[Path]) -> list[Attestation]:
    """Signs with Sigstore's public service and log, as PyPI requires.

    Returns:
        As many as could be signed before the identity ended.

    Raises:
        CratewheelError: `CW-ATTESTATION-FAILED`.
    """
    # Heavy, and of no use to any other release.
    from pypi_attestations import AttestationError
    from sigstore.errors import Error as SigstoreError
    from sigstore.models import ClientTrustConfig
    from sigstore.oidc import IdentityError, IdentityToken
    from sigstore.sign import SigningContext

    signed: list[Attestation] = []
    try:
        trust = ClientTrustConfig.production()
        # PyPI verifies entries of the first generation of the log only.
        trust.force_tlog_version = 1
        context = SigningContext.from_trust_config(trust)
        with context.signer(IdentityToken(identity.token), cache=True) as signer:
            sign_until_the_end(signer, paths, signed)
    except (AttestationError, IdentityError, SigstoreError, OSError, ValueError) as error:
        name = paths[min(len(signed), len(paths) - 1)].name
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CratewheelError(Finding("CW-ATTESTATION-FAILED", name, reason)) from error
    return signed


def sign_until_the_end(signer: Signer, paths: Sequence[Path], signed: list[Attestation]) -> None:
    """Adds an attestation of each file to `signed`; of fewer when the signer's identity ends meanwhile.

    Raises:
        AttestationError: a file cannot be signed.
    """
    from pypi_attestations import Attestation as SignedAttestation
    from pypi_attestations import AttestationError, Distribution
    from sigstore._internal.fulcio import ExpiredCertificate
    from sigstore.oidc import ExpiredIdentity

    for path in paths:
        try:
            attestation = SignedAttestation.sign(signer, Distribution.from_file(path))
        except AttestationError as error:
            if isinstance(error.__context__, (ExpiredCertificate, ExpiredIdentity)):
                return
            raise
        signed.append(json.loads(attestation.model_dump_json()))

"""Digital attestations (PEP 740) for files that PyPI gets from a trusted publisher.

Everything is signed before the first upload, so that a signing service that does not answer cannot
leave half a release behind. An identity lives for minutes and signing takes seconds a file, so files
are signed in batches, each under an identity of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Callable

from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY

from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.identity import Identify, Identity

INDEXES = frozenset((DEFAULT_REPOSITORY, TEST_REPOSITORY))
"""The upload addresses of the indexes that take attestations; no other does."""

BATCH = 16
_AUDIENCE = "sigstore"

Attestation = Mapping[str, Any]
Sign = Callable[[Identity, Sequence[Path]], Sequence[Attestation]]
"""From an identity and files to one attestation a file, in the same order."""


def attest(paths: Sequence[Path], identify: Identify, sign: Sign) -> dict[str, Attestation]:
    """Signs files.

    Returns:
        Filename to attestation.

    Raises:
        CratewheelError: `CW-ATTESTATION-FAILED` or `CW-IDENTITY-UNAVAILABLE`.
    """
    signed: dict[str, Attestation] = {}
    for start in range(0, len(paths), BATCH):
        batch = paths[start : start + BATCH]
        identity = identify(_AUDIENCE)
        if identity is None:
            message = "there is no identity token to sign with"
            raise CratewheelError(Finding("CW-ATTESTATION-FAILED", batch[0].name, message))
        attestations = sign(identity, batch)
        signed.update(zip((path.name for path in batch), attestations))
    return signed


def sign_with_sigstore(identity: Identity, paths: Sequence[Path]) -> list[Attestation]:
    """Signs with Sigstore's public service and log, as PyPI requires.

    Raises:
        CratewheelError: `CW-ATTESTATION-FAILED`.
    """
    # Heavy, and of no use to any other release.
    from pypi_attestations import Attestation as SignedAttestation
    from pypi_attestations import AttestationError, Distribution
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
            for path in paths:
                attestation = SignedAttestation.sign(signer, Distribution.from_file(path))
                signed.append(json.loads(attestation.model_dump_json()))
    except (AttestationError, IdentityError, SigstoreError, OSError, ValueError) as error:
        name = paths[min(len(signed), len(paths) - 1)].name
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CratewheelError(Finding("CW-ATTESTATION-FAILED", name, reason)) from error
    return signed

"""Signing within the life of an identity, by the real code around a signer that is none."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional, cast

import pytest
from cryptography import x509
from made_packages import make_wheel
from made_provenance import SOURCE_DIGEST, certificate
from pypi_attestations import AttestationError
from sigstore._internal.fulcio import ExpiredCertificate
from sigstore.oidc import ExpiredIdentity

from cratewheel.errors import CratewheelError
from cratewheel.publishing.attestations import Attestation, attest, sign_until_the_end
from cratewheel.publishing.identity import Identity


@dataclass
class Signer:
    """Signs until its identity ends."""

    lasts_for: int
    ending: type[Exception] = ExpiredIdentity
    signed: int = 0

    def sign_dsse(self, statement: Any) -> Any:
        if self.signed == self.lasts_for:
            raise self.ending
        self.signed += 1
        made = x509.load_der_x509_certificate(base64.b64decode(certificate(*SOURCE_DIGEST)))
        envelope = SimpleNamespace(payload=b"{}", signatures=[SimpleNamespace(sig=b"signature")])
        entry = SimpleNamespace(_inner=SimpleNamespace(to_dict=lambda: {"logIndex": "1"}))
        return SimpleNamespace(
            signing_certificate=made,
            _inner=SimpleNamespace(dsse_envelope=envelope),
            log_entry=entry,
        )


@dataclass
class Signing:
    """Signs as Sigstore does, and knows how many files each identity was good for."""

    lasts_for: int
    ending: type[Exception] = ExpiredIdentity
    asked: list[str] = field(default_factory=list)
    by: list[str] = field(default_factory=list)

    def identify(self, audience: str) -> Optional[Identity]:
        self.asked.append(audience)
        return Identity(f"token-{len(self.asked)}", {})

    def sign(self, identity: Identity, paths: Any) -> list[Attestation]:
        signed: list[Attestation] = []
        sign_until_the_end(cast(Any, Signer(self.lasts_for, self.ending)), paths, signed)
        self.by += [identity.token] * len(signed)
        return signed


@pytest.fixture
def wheels(tmp_path: Path) -> list[Path]:
    made = [make_wheel("demo", "1.0", tag=f"cp3{minor}-none-any") for minor in range(5)]
    for name, data in made:
        (tmp_path / name).write_bytes(data)
    return [tmp_path / name for name, _ in made]


@pytest.mark.parametrize("ending", [ExpiredIdentity, ExpiredCertificate])
def test_what_an_identity_did_not_live_for_is_signed_with_another(
    wheels: list[Path], ending: type[Exception]
) -> None:
    signing = Signing(2, ending)
    signed = attest(wheels, signing.identify, signing.sign)
    assert list(signed) == [path.name for path in wheels]
    assert signing.by == ["token-1", "token-1", "token-2", "token-2", "token-3"]
    assert signing.asked == ["sigstore"] * 3
    assert signed[wheels[0].name]["version"] == 1


def test_an_identity_that_ends_at_once_is_an_error(wheels: list[Path]) -> None:
    signing = Signing(0)
    with pytest.raises(CratewheelError) as caught:
        attest(wheels, signing.identify, signing.sign)
    assert caught.value.codes == ("CW-ATTESTATION-FAILED",)
    assert len(signing.asked) == 1


def test_what_cannot_be_signed_is_not_tried_with_another_identity(tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.whl"
    nonsense.write_bytes(b"")
    signed: list[Attestation] = []
    with pytest.raises((AttestationError, ValueError)):
        sign_until_the_end(cast(Any, Signer(2)), [nonsense], signed)
    assert signed == []

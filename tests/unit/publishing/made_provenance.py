"""What an index says of a file that its attestations say the commit of."""

from __future__ import annotations

import base64
import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(oid: str, value: bytes) -> str:
    """A certificate as an attestation has it, with one extension."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime(2026, 1, 1)
    extension = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(minutes=10))
        .add_extension(extension, critical=False)
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def provenance(*certificates: str) -> dict[str, Any]:
    """What the Integrity API answers about a file."""
    attestations = [{"verification_material": {"certificate": each}} for each in certificates]
    return {"version": 1, "attestation_bundles": [{"attestations": attestations}]}


def source_digest(commit: str) -> tuple[str, bytes]:
    """The extension of a certificate that names a commit, a DER UTF8String."""
    return "1.3.6.1.4.1.57264.1.13", b"\x0c\x28" + commit.encode()


COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
SOURCE_DIGEST = source_digest(COMMIT)
WORKFLOW_SHA = ("1.3.6.1.4.1.57264.1.3", COMMIT.encode())

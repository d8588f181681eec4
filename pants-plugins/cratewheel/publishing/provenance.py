"""Where a published file says that it came from, by what cannot be had from a list of versions.

Sources: cargo reference, "cargo package" (`.cargo_vcs_info.json`); PyPI's Integrity API; Fulcio's
certificate extensions (OID 1.3.6.1.4.1.57264.1.*). What is in a certificate was checked by the index
when it took the file.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Optional

import requests
from cryptography import x509

from cratewheel import shapes
from cratewheel.publishing.transport import NoAnswerError, Transport, decoded
from cratewheel.registries.crate_file import MalformedCrateError, crate_contents

TRUSTED_PUBLISHING = "the registry's trusted publishing data"
IN_CRATE = "the version control information in the crate"
ATTESTATION = "its attestation"

_VCS_INFO = ".cargo_vcs_info.json"
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# "Source Repository Digest", a DER UTF8String, and the older "GitHub Workflow SHA", plain text.
_SOURCE_DIGEST = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.13")
_WORKFLOW_SHA = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.3")
PROVENANCE_JSON = "application/vnd.pypi.integrity.v1+json"


@dataclass(frozen=True)
class _Git:
    sha1: Optional[str] = None
    dirty: bool = False


@dataclass(frozen=True)
class _VcsInfo:
    git: _Git


@dataclass(frozen=True)
class _Material:
    certificate: str


@dataclass(frozen=True)
class _Attestation:
    verification_material: _Material


@dataclass(frozen=True)
class _Bundle:
    attestations: tuple[_Attestation, ...]


@dataclass(frozen=True)
class _Provenance:
    attestation_bundles: tuple[_Bundle, ...]


def commit_in_crate(transport: Transport, url: str) -> Optional[str]:
    """The commit that cargo noted in a published crate; None where it did not, or the tree was dirty.

    Raises:
        NoAnswerError: the crate cannot be downloaded.
    """
    response = transport.send("GET", url, headers={"Accept": "*/*"})
    if response.status_code != 200:
        return None
    try:
        noted = crate_contents(response.content).get(_VCS_INFO)
        info = shapes.read(_VcsInfo, shapes.decode(noted) if noted is not None else None)
    except (MalformedCrateError, shapes.ShapeError):
        return None
    commit = None if info.git.dirty else info.git.sha1
    return commit if commit is not None and _COMMIT.fullmatch(commit) else None


def attested_commit(transport: Transport, url: str) -> Optional[str]:
    """The commit that the attestations of a published file name; None where they name none.

    Args:
        url: of the file's provenance, as the index gives it.

    Raises:
        NoAnswerError: it cannot be read.
    """
    return commit_in(transport.send("GET", url, headers={"Accept": PROVENANCE_JSON}))


def commit_in(response: requests.Response) -> Optional[str]:
    """The commit that a file's provenance, as the index answers it, names; None where it names none."""
    if response.status_code != 200:
        return None
    try:
        found = {
            _commit_in(base64.b64decode(attestation.verification_material.certificate))
            for bundle in shapes.read(_Provenance, decoded(response)).attestation_bundles
            for attestation in bundle.attestations
        }
    except (NoAnswerError, ValueError):
        return None
    return found.pop() if len(found) == 1 else None


def _commit_in(certificate: bytes) -> Optional[str]:
    for extension in x509.load_der_x509_certificate(certificate).extensions:
        if extension.oid in (_SOURCE_DIGEST, _WORKFLOW_SHA):
            value = extension.value
            assert isinstance(value, x509.UnrecognizedExtension)
            match = _COMMIT.search(value.value.decode("latin-1"))
            if match:
                return match[0]
    return None

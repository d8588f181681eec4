"""A Python index: what it has, by the Simple API, and uploads, by twine.

Sources: PEP 503, PEP 691 and PEP 700 for reading; PyPI's upload API for the answers to an upload.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Optional
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
import rich
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version
from twine.exceptions import TwineException
from twine.package import PackageFile
from twine.repository import Repository

from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.addresses import simple_candidates
from cratewheel.publishing.answers import (
    Accepted,
    Exists,
    Expired,
    Limited,
    Present,
    Refused,
    Unclear,
    UploadAnswer,
)
from cratewheel.publishing.attestations import Attestation
from cratewheel.publishing.credentials import Credential
from cratewheel.publishing.transport import (
    NoAnswerError,
    Transport,
    describe,
    prepare,
    retry_after,
)
from cratewheel.registries.clock import seconds

_SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_SIMPLE_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


@dataclass(frozen=True)
class Release:
    """The files that an index has of one version.

    Args:
        files: filename to what is there.
        oldest: when the first of them was uploaded, seconds since the epoch; None when it does not say.
        new_name: the index does not know the project at all.
    """

    files: Mapping[str, Present] = field(default_factory=dict)
    oldest: Optional[float] = None
    new_name: bool = False

    @property
    def sdist(self) -> Optional[str]:
        """The filename of its source distribution."""
        return next((name for name in self.files if name.endswith((".tar.gz", ".zip"))), None)


@dataclass(frozen=True)
class PythonClient:
    """Talks to one index.

    Args:
        upload: the upload address.
        simple: roots of the Simple API, any of which may be the right one.
    """

    transport: Transport
    upload: str
    simple: tuple[str, ...]

    def look(self, name: str, version: str) -> Release:
        """What the index has of one version.

        Raises:
            CratewheelError: `CW-REGISTRY-UNREACHABLE`.
        """
        for root in self.simple:
            url = f"{root}{canonicalize_name(name)}/"
            response = self.transport.read(url, accept=_ACCEPT, check=_page_or_missing)
            if response.status_code == 200:
                return self._release(response, version)
        return Release(new_name=True)

    def send(
        self, path: Path, credential: Credential, attestation: Optional[Attestation] = None
    ) -> UploadAnswer:
        """Uploads one file, once, with its attestation if it has one."""
        # Twine narrates through rich; the publisher has its own words, from several threads.
        rich.reconfigure(quiet=True)
        repository = Repository(
            self.upload, credential.username, credential.secret, disable_progress_bar=True
        )
        prepare(repository.session, self.transport.patience)
        # The reason of a refusal is in the status line, which HTTP/2 does not have, or in JSON.
        repository.session.headers["Accept"] = "application/json;q=0.9, text/plain;q=0.8, */*;q=0.1"
        try:
            package = PackageFile.from_filename(str(path), None)
            if attestation is not None:
                package.attestations = [dict(attestation)]
            # One attempt: whether it arrived is for the caller to find out.
            response = repository.upload(package, max_redirects=1)
        except TwineException as error:
            return Refused(400, str(error))
        except requests.RequestException as error:
            return Unclear(describe(error))
        finally:
            repository.close()
        return _upload_answer(response, self.transport.clock.now())

    def _release(self, response: requests.Response, version: str) -> Release:
        if "json" in response.headers.get("Content-Type", ""):
            entries = response.json()["files"]
        else:
            entries = _links(response.text)
        wanted = Version(version)
        of_version = [entry for entry in entries if _version(entry["filename"]) == wanted]
        times = [seconds(entry["upload-time"]) for entry in of_version if entry.get("upload-time")]
        files = {
            entry["filename"]: Present(
                self._sha256(entry, response.url),
                yanked=entry.get("yanked", False) not in (False, None),
            )
            for entry in of_version
        }
        return Release(files, min(times, default=None))

    def _sha256(self, entry: Mapping[str, Any], page: str) -> str:
        known = entry.get("hashes", {}).get("sha256")
        if known:
            return str(known)
        # An index need not publish hashes; then the bytes are the only truth there is.
        url = urljoin(page, entry["url"])
        response = self.transport.read(url, accept="*/*")
        if response.status_code != 200:
            message = f"{response.status_code} {response.reason}"
            raise CratewheelError(Finding("CW-REGISTRY-UNREACHABLE", url, message))
        return hashlib.sha256(response.content).hexdigest()


def connect(transport: Transport, address: str) -> PythonClient:
    """A client for the index with this upload address."""
    # Uploading to an address without the final slash is answered by a redirect, which loses the body.
    upload = address if address.endswith("/") else f"{address}/"
    return PythonClient(transport, upload, simple_candidates(upload))


def _version(filename: str) -> Optional[Version]:
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[1]
        return parse_sdist_filename(filename)[1]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None


def _upload_answer(response: requests.Response, now: float) -> UploadAnswer:
    status = response.status_code
    detail = _detail(response)
    if status in (200, 201):
        return Accepted()
    if status >= 500 or status == 408:
        return Unclear(f"{status} {response.reason}")
    if status == 429:
        return Limited(detail, retry_after(response, now))
    if status == 409 or "already exist" in detail:
        return Exists(detail)
    expired = "token is expired" in detail or "non-existent authentication" in detail
    if status == 401 or (status == 403 and expired):
        return Expired(detail)
    return Refused(status, detail)


def _detail(response: requests.Response) -> str:
    try:
        message = response.json()["message"]
    except (ValueError, KeyError, TypeError):
        message = response.reason or response.text.strip()[:2000]
    return str(message)


def _page_or_missing(response: requests.Response) -> None:
    if response.status_code == 404:
        return
    if response.status_code != 200:
        raise NoAnswerError(f"{response.status_code} {response.reason}")
    if "json" in response.headers.get("Content-Type", ""):
        try:
            if not isinstance(response.json()["files"], list):
                raise NoAnswerError("the page has no list of files")
        except (ValueError, KeyError, TypeError):
            raise NoAnswerError("the page is not that of the Simple API") from None


def _links(page: str) -> list[dict[str, Any]]:
    """The files of an HTML page, in the shape of the JSON one."""
    parser = _LinkParser()
    parser.feed(page)
    return parser.entries


class _LinkParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.entries: list[dict[str, Any]] = []
        self._open: Optional[dict[str, Any]] = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        attributes = dict(attrs)
        if tag != "a" or not attributes.get("href"):
            return
        href = attributes["href"] or ""
        hashes = {key: value[0] for key, value in parse_qs(urlsplit(href).fragment).items()}
        self._open = {
            "filename": "",
            "url": href.partition("#")[0],
            "hashes": hashes,
            "yanked": "data-yanked" in attributes,
        }
        self.entries.append(self._open)

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open["filename"] += data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._open = None

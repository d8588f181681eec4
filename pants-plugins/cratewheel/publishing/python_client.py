"""A Python index: what it has, by the Simple API, and uploads, by twine.

Sources: PEP 503, PEP 691 and PEP 700 for reading; PyPI's upload API for the answers to an upload.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Optional, Union
from urllib.parse import parse_qs, quote, urljoin, urlsplit

import requests
import rich
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version
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
    sha256_in,
)
from cratewheel.publishing.attestations import Attestation
from cratewheel.publishing.credentials import Credential
from cratewheel.publishing.provenance import PROVENANCE_JSON, commit_in
from cratewheel.publishing.quoting import quoted
from cratewheel.publishing.transport import (
    NoAnswerError,
    Transport,
    decoded,
    describe,
    prepare,
    retry_after,
    status_line,
    understood,
)
from cratewheel.registries.clock import seconds

_SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
_EMPTY_PAGES = ("Links for", "pypi:repository-version", "Simple index")
_ACCEPT = f"{_SIMPLE_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


@dataclass(frozen=True)
class Release:
    """The files that an index has of one version.

    Args:
        files: filename to what is there.
        oldest: when the first of them was uploaded, seconds since the epoch; None when it does not say.
        provenance: filename to the address of what attests it, for files that have any.
        new_name: the index does not know the project at all.
    """

    files: Mapping[str, Present] = field(default_factory=dict)
    oldest: Optional[float] = None
    new_name: bool = False
    provenance: Mapping[str, str] = field(default_factory=dict)

    @property
    def sdist(self) -> Optional[str]:
        """The filename of its source distribution."""
        return next((name for name in self.files if name.endswith((".tar.gz", ".zip"))), None)


@dataclass(frozen=True)
class _ListedFile:
    filename: str
    url: str
    hashes: Mapping[str, str] = field(default_factory=dict)
    yanked: Optional[Union[bool, str]] = None
    upload_time: Optional[str] = field(default=None, metadata={"key": "upload-time"})
    provenance: Optional[str] = None


@dataclass(frozen=True)
class _Page:
    files: tuple[_ListedFile, ...]


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
            url = f"{root}{quote(canonicalize_name(name))}/"
            response = self.transport.read(url, accept=_ACCEPT, check=_page_or_missing)
            if response.status_code == 200:
                return self._release(response, version)
        return Release(new_name=True)

    def download(self, name: str, filename: str) -> Optional[bytes]:
        """The bytes of a published file; None when the index does not have them any more.

        Raises:
            CratewheelError: `CW-REGISTRY-UNREACHABLE`.
        """
        for root in self.simple:
            url = f"{root}{quote(canonicalize_name(name))}/"
            page = self.transport.read(url, accept=_ACCEPT, check=_page_or_missing)
            for file in _files(page) if page.status_code == 200 else ():
                if file.filename == filename:
                    address = urljoin(page.url, file.url)
                    response = self.transport.read(address, accept="*/*")
                    return response.content if response.status_code == 200 else None
        return None

    def attested_commit(self, url: str) -> Optional[str]:
        """The commit that a file was published from by what attests it; None where that names none.

        Args:
            url: as `Release.provenance` has it.

        Raises:
            CratewheelError: `CW-REGISTRY-UNREACHABLE`.
        """
        return commit_in(self.transport.read(url, accept=PROVENANCE_JSON))

    def send(
        self, path: Path, credential: Credential, attestation: Optional[Attestation] = None
    ) -> UploadAnswer:
        """Uploads one file, once, with its attestation if it has one."""
        # Twine narrates through rich; the publisher has its own words, from several threads.
        rich.reconfigure(quiet=True)
        repository = Repository(
            self.upload, credential.username, credential.secret, disable_progress_bar=True
        )
        progress = self.transport.progress
        prepare(
            repository.session,
            self.transport.patience,
            (lambda body: body) if progress is None else partial(progress.watched, path.name),
        )
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
        wanted = Version(version)
        of_version = [file for file in _files(response) if _version(file.filename) == wanted]
        times = [seconds(file.upload_time) for file in of_version if file.upload_time]
        files = {
            file.filename: Present(
                self._sha256(file, response.url), yanked=file.yanked not in (False, None)
            )
            for file in of_version
        }
        return Release(
            files,
            min(times, default=None),
            provenance={
                file.filename: urljoin(response.url, file.provenance)
                for file in of_version
                if file.provenance
            },
        )

    def _sha256(self, file: _ListedFile, page: str) -> str:
        known = sha256_in(file.hashes.get("sha256"))
        if known is not None:
            return known
        # An index need not publish hashes; then the bytes are the only truth there is.
        url = urljoin(page, file.url)
        response = self.transport.read(url, accept="*/*")
        if response.status_code != 200:
            message = status_line(response)
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
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def _upload_answer(response: requests.Response, now: float) -> UploadAnswer:
    status = response.status_code
    detail = _detail(response)
    if status in (200, 201):
        return Accepted()
    if status >= 500 or status == 408:
        return Unclear(status_line(response))
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
        message = decoded(response)["message"]
    except (NoAnswerError, KeyError, TypeError):
        message = response.reason or response.text
    return quoted(message)


def _page_or_missing(response: requests.Response) -> None:
    if response.status_code == 404:
        return
    if response.status_code != 200:
        raise NoAnswerError(status_line(response))
    _files(response)


def _files(response: requests.Response) -> tuple[_ListedFile, ...]:
    """The files that a page of the Simple API lists, in JSON or in HTML.

    Raises:
        NoAnswerError: it is no such page.
    """
    if "json" not in response.headers.get("Content-Type", ""):
        parser = _LinkParser()
        try:
            parser.feed(response.text)
        except (ValueError, AssertionError):
            raise NoAnswerError("the page is not that of the Simple API") from None
        files = tuple(_ListedFile(**entry) for entry in parser.entries)
        empty = any(words in response.text for words in _EMPTY_PAGES)
        if not empty and not any(_version(file.filename) for file in files):
            # What a proxy shows to somebody who has not logged in, say.
            raise NoAnswerError("the page is not that of the Simple API")
        return files
    page = understood(_Page, response)
    try:
        for file in page.files:
            urlsplit(file.url)
            urlsplit(file.provenance or "")
            seconds(file.upload_time or "1970-01-01T00:00:00Z")
    except (ValueError, OverflowError):
        raise NoAnswerError("the page has a file with an address or time that is none") from None
    return page.files


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

"""A crates registry over its web API and sparse index, for crates.io and for any with the same API.

Sources: cargo reference, "Registry Web API" and "Registry Index"; crates.io's own API for reading a
version. The database behind the API knows an upload at once, the index some seconds later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import quote

import requests

from cratewheel import shapes
from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.addresses import (
    SPARSE,
    check_address,
    index_candidates,
    is_loopback,
)
from cratewheel.publishing.answers import (
    Absent,
    Accepted,
    Exists,
    Expired,
    Limited,
    Present,
    Refused,
    State,
    Unclear,
    UploadAnswer,
    sha256_in,
)
from cratewheel.publishing.pace import Pace
from cratewheel.publishing.quoting import quoted
from cratewheel.publishing.transport import (
    NoAnswerError,
    Transport,
    decoded,
    retry_after,
    status_line,
    understood,
)
from cratewheel.registries.crate_file import CRATES_IO_INDEX, CrateFile, publish_body
from cratewheel.registries.crate_index import index_path

API_PAUSE_SECONDS = 1.0
"""Between two questions to the API: what crates.io asks of programs. The index has no such limit."""


@dataclass(frozen=True)
class _TrustedPublication:
    sha: Optional[str] = None


@dataclass(frozen=True)
class _ApiVersion:
    checksum: str
    yanked: Optional[bool] = None
    trustpub_data: Optional[_TrustedPublication] = None


@dataclass(frozen=True)
class _ApiAnswer:
    version: _ApiVersion


@dataclass(frozen=True)
class _IndexLine:
    name: str
    vers: str
    cksum: str
    yanked: Optional[bool] = None


@dataclass(frozen=True)
class _IndexConfig:
    dl: str
    api: Optional[str] = None


@dataclass(frozen=True)
class CratesClient:
    """Talks to one registry.

    Args:
        api: root of the web API, without a final slash.
        index: root of the sparse index with a final slash, None when the registry shows none.
        pace: of the questions to the API.
        identity: how packaged manifests name this registry's index.
    """

    transport: Transport
    api: str
    index: Optional[str]
    pace: Pace
    identity: str = CRATES_IO_INDEX

    def look(self, name: str, version: str) -> State:
        """What the registry has under this name and version.

        Raises:
            CratewheelError: `CW-REGISTRY-UNREACHABLE`.
        """
        url = f"{self.api}/api/v1/crates/{quote(name)}/{quote(version, safe='+')}"
        self.pace.wait()
        response = self.transport.read(url, check=_version_or_missing)
        if response.status_code == 200:
            found = _version(response)
            if found is not None:
                return found
        elif response.status_code not in (404, 405):
            raise _unexpected(url, response)
        # The API says in so many words what is missing, and knows it before the index does.
        if f"crate `{name}` does not exist" in _detail(response):
            return Absent(new_name=True)
        if f"crate `{name}` does not have a version" in _detail(response):
            return Absent()
        # A registry need not have that part of the API; then its index knows.
        lines = self._lines(name) or ()
        for line in lines:
            if line.vers == version:
                return Present(_checksum(line.cksum), bool(line.yanked))
        return Absent(new_name=not lines)

    def visible(self, name: str, version: str) -> Optional[Present]:
        """What cargo sees of a version: its index line, or the API's word where there is no index."""
        if self.index is None:
            state = self.look(name, version)
            return state if isinstance(state, Present) else None
        return (self.listed(name) or {}).get(version)

    def listed(self, name: str) -> Optional[dict[str, Present]]:
        """Every version that the index has of a crate; None where the registry shows no index.

        Raises:
            CratewheelError: `CW-REGISTRY-UNREACHABLE`.
        """
        lines = self._lines(name)
        if lines is None:
            return None
        return {line.vers: Present(_checksum(line.cksum), bool(line.yanked)) for line in lines}

    def created_by(self, name: str, version: str) -> bool:
        """Whether a crate came to be with this version and has no other; False where no index says so.

        Raises:
            CratewheelError: `CW-REGISTRY-UNREACHABLE`.
        """
        return {line.vers for line in self._lines(name) or ()} == {version}

    def download(self, name: str, version: str) -> Optional[bytes]:
        """The bytes of a published `.crate`; None when the registry does not have them any more.

        Raises:
            CratewheelError: `CW-REGISTRY-UNREACHABLE`.
        """
        url = f"{self.api}/api/v1/crates/{quote(name)}/{quote(version, safe='+')}/download"
        response = self.transport.read(url, accept="*/*")
        return response.content if response.status_code == 200 else None

    def publish(self, crate: CrateFile, token: str) -> UploadAnswer:
        """Uploads the packaged bytes, once."""
        try:
            response = self.transport.send(
                "PUT",
                f"{self.api}/api/v1/crates/new",
                headers={
                    "Accept": "application/json",
                    "Authorization": token,
                    "Content-Type": "application/octet-stream",
                },
                data=publish_body(crate, registry=self.identity),
                name=f"{crate.name}-{crate.version}.crate",
            )
        except NoAnswerError as error:
            return Unclear(str(error))
        return _upload_answer(response, self.transport.clock.now())

    def _lines(self, name: str) -> Optional[tuple[_IndexLine, ...]]:
        """The index lines of a crate; None when there is no index."""
        if self.index is None:
            return None
        url = self.index + quote(index_path(name))
        response = self.transport.read(url, accept="text/plain", check=_index_or_missing)
        if response.status_code != 200:
            return ()
        return tuple(line for line in _index_lines(response) if line.name == name)


def connect(transport: Transport, address: str) -> CratesClient:
    """A client for the registry at `address`.

    Args:
        address: the root of the web API, or `sparse+` and the root of the index.

    Raises:
        CratewheelError: `CW-REGISTRY-UNREACHABLE`, or `CW-ADDRESS-INVALID` for what the index names
            as the address of its API.
    """
    if address.startswith(SPARSE):
        index = address[len(SPARSE) :].rstrip("/") + "/"
        response = transport.read(f"{index}config.json")
        config = _config(response)
        if config is None or config.api is None:
            message = f"there is no config.json with an `api` entry: {status_line(response)}"
            raise CratewheelError(Finding("CW-REGISTRY-UNREACHABLE", index, message))
        check_address(config.api)
        api = config.api.rstrip("/")
        return CratesClient(transport, api, index, _pace(transport, api), f"{SPARSE}{index}")
    root = address.rstrip("/")
    for index in index_candidates(root):
        if _config(transport.read(f"{index}config.json")) is not None:
            return CratesClient(transport, root, index, _pace(transport, root))
    return CratesClient(transport, root, None, _pace(transport, root))


def _pace(transport: Transport, api: str) -> Pace:
    return Pace(transport.clock, 0.0 if is_loopback(api) else API_PAUSE_SECONDS)


def _config(response: requests.Response) -> Optional[_IndexConfig]:
    try:
        return understood(_IndexConfig, response) if response.status_code == 200 else None
    except NoAnswerError:
        return None


def _upload_answer(response: requests.Response, now: float) -> UploadAnswer:
    status = response.status_code
    if status >= 500 or status == 408:
        return Unclear(status_line(response))
    try:
        document: Any = decoded(response) if response.content else {}
    except NoAnswerError:
        document = None
    if status == 200 and not isinstance(document, dict):
        return Unclear("the answer is not JSON")
    if status == 200 and "errors" not in document:
        return Accepted(_warnings(document))
    detail = _detail(response)
    if status == 429:
        return Limited(detail, retry_after(response, now))
    if "is already uploaded" in detail or "already exists" in detail:
        return Exists(detail)
    if status == 401 or "Invalid authentication token" in detail:
        return Expired(detail)
    return Refused(status, detail)


def _detail(response: requests.Response) -> str:
    try:
        errors = decoded(response)["errors"]
        return quoted("; ".join(str(error["detail"]) for error in errors))
    except (NoAnswerError, KeyError, TypeError):
        return quoted(response.text) or status_line(response)


def _warnings(document: dict[str, Any]) -> tuple[str, ...]:
    """A registry's remarks on an upload that it has taken; what they look like is no reason to fail."""
    kinds = document.get("warnings")
    lists = kinds.values() if isinstance(kinds, dict) else ()
    return tuple(quoted(text) for texts in lists if isinstance(texts, list) for text in texts)


def _version(response: requests.Response) -> Optional[Present]:
    """What the API says of a version; None when it says nothing that crates.io's would."""
    document = decoded(response)
    found = document.get("version") if isinstance(document, dict) else None
    if not isinstance(found, dict) or not found.get("checksum"):
        return None
    version = understood(_ApiAnswer, response).version
    commit = version.trustpub_data.sha if version.trustpub_data else None
    return Present(
        _checksum(version.checksum),
        bool(version.yanked),
        None if commit is None else quoted(commit),
    )


def _checksum(stated: str) -> str:
    checksum = sha256_in(stated)
    if checksum is None:
        raise NoAnswerError("the answer has a checksum that is none")
    return checksum


def _version_or_missing(response: requests.Response) -> None:
    if response.status_code == 200:
        _version(response)


def _index_lines(response: requests.Response) -> tuple[_IndexLine, ...]:
    try:
        return tuple(
            shapes.read(_IndexLine, shapes.decode(line))
            for line in response.content.split(b"\n")
            if line.strip()
        )
    except shapes.ShapeError as error:
        raise NoAnswerError(f"an index line is not as expected: {error}") from None


def _index_or_missing(response: requests.Response) -> None:
    if response.status_code in (404, 410, 451):
        return
    if response.status_code != 200:
        raise NoAnswerError(status_line(response))
    for line in _index_lines(response):
        _checksum(line.cksum)


def _unexpected(url: str, response: requests.Response) -> CratewheelError:
    message = f"{status_line(response)}: {_detail(response)}"
    return CratewheelError(Finding("CW-REGISTRY-UNREACHABLE", url, message))

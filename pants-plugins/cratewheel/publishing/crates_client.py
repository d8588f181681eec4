"""A crates registry over its web API and sparse index, for crates.io and for any with the same API.

Sources: cargo reference, "Registry Web API" and "Registry Index"; crates.io's own API for reading a
version. The database behind the API knows an upload at once, the index some seconds later.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Optional

import requests

from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.addresses import SPARSE, index_candidates, is_loopback
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
)
from cratewheel.publishing.pace import Pace
from cratewheel.publishing.transport import NoAnswerError, Transport, retry_after
from cratewheel.registries.crate_file import CRATES_IO_INDEX, CrateFile, publish_body
from cratewheel.registries.crate_index import index_path

API_PAUSE_SECONDS = 1.0
"""Between two questions to the API: what crates.io asks of programs. The index has no such limit."""


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
        url = f"{self.api}/api/v1/crates/{name}/{version}"
        self.pace.wait()
        response = self.transport.read(url, check=_json_unless_missing)
        if response.status_code == 200:
            found = response.json().get("version")
            if isinstance(found, dict) and found.get("checksum"):
                trust = found.get("trustpub_data") or {}
                return Present(found["checksum"], bool(found.get("yanked")), trust.get("sha"))
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
            if line["vers"] == version:
                return Present(line["cksum"], bool(line.get("yanked")))
        return Absent(new_name=not lines)

    def visible(self, name: str, version: str) -> Optional[Present]:
        """What cargo sees of a version: its index line, or the API's word where there is no index."""
        if self.index is None:
            state = self.look(name, version)
            return state if isinstance(state, Present) else None
        for line in self._lines(name) or ():
            if line["vers"] == version:
                return Present(line["cksum"], bool(line.get("yanked")))
        return None

    def download(self, name: str, version: str) -> bytes:
        """The bytes of a published `.crate`.

        Raises:
            CratewheelError: `CW-REGISTRY-UNREACHABLE`.
        """
        url = f"{self.api}/api/v1/crates/{name}/{version}/download"
        response = self.transport.read(url, accept="*/*")
        if response.status_code != 200:
            raise _unexpected(url, response)
        return response.content

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
            )
        except NoAnswerError as error:
            return Unclear(str(error))
        return _upload_answer(response, self.transport.clock.now())

    def _lines(self, name: str) -> Optional[tuple[dict[str, Any], ...]]:
        """The index lines of a crate; None when there is no index."""
        if self.index is None:
            return None
        url = self.index + index_path(name)
        response = self.transport.read(url, accept="text/plain", check=_index_or_missing)
        if response.status_code != 200:
            return ()
        lines = (json.loads(line) for line in response.text.splitlines() if line)
        return tuple(line for line in lines if line["name"] == name)


def connect(transport: Transport, address: str) -> CratesClient:
    """A client for the registry at `address`.

    Args:
        address: the root of the web API, or `sparse+` and the root of the index.

    Raises:
        CratewheelError: `CW-REGISTRY-UNREACHABLE`.
    """
    if address.startswith(SPARSE):
        index = address[len(SPARSE) :].rstrip("/") + "/"
        config = _config(transport, index)
        if config is None or "api" not in config:
            message = "there is no config.json with an `api` entry"
            raise CratewheelError(Finding("CW-REGISTRY-UNREACHABLE", index, message))
        api = config["api"].rstrip("/")
        return CratesClient(transport, api, index, _pace(transport, api), f"{SPARSE}{index}")
    root = address.rstrip("/")
    for index in index_candidates(root):
        if _config(transport, index) is not None:
            return CratesClient(transport, root, index, _pace(transport, root))
    return CratesClient(transport, root, None, _pace(transport, root))


def _pace(transport: Transport, api: str) -> Pace:
    return Pace(transport.clock, 0.0 if is_loopback(api) else API_PAUSE_SECONDS)


def _config(transport: Transport, index: str) -> Optional[dict[str, Any]]:
    response = transport.read(f"{index}config.json")
    try:
        document = response.json() if response.status_code == 200 else None
    except ValueError:
        return None
    return document if isinstance(document, dict) and "dl" in document else None


def _upload_answer(response: requests.Response, now: float) -> UploadAnswer:
    status = response.status_code
    if status >= 500 or status == 408:
        return Unclear(f"{status} {response.reason}")
    try:
        document = response.json() if response.content else {}
    except ValueError:
        document = None
    if status == 200 and isinstance(document, dict) and "errors" not in document:
        warnings = document.get("warnings") or {}
        return Accepted(tuple(str(text) for kind in warnings.values() for text in kind))
    if status == 200 and not isinstance(document, dict):
        return Unclear("the answer is not JSON")
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
        errors = response.json()["errors"]
        return "; ".join(str(error["detail"]) for error in errors)
    except (ValueError, KeyError, TypeError):
        return response.text.strip()[:2000] or f"{response.status_code} {response.reason}"


def _json_unless_missing(response: requests.Response) -> None:
    if response.status_code == 200:
        try:
            response.json()
        except ValueError:
            raise NoAnswerError("the answer is not JSON") from None


def _index_or_missing(response: requests.Response) -> None:
    if response.status_code in (404, 410, 451):
        return
    if response.status_code != 200:
        raise NoAnswerError(f"{response.status_code} {response.reason}")
    try:
        lines = [json.loads(line) for line in response.text.splitlines() if line]
        if any(not {"name", "vers", "cksum"} <= set(line) for line in lines):
            raise NoAnswerError("an index line lacks its name, version or checksum")
    except (ValueError, TypeError):
        raise NoAnswerError("an index line is not JSON") from None


def _unexpected(url: str, response: requests.Response) -> CratewheelError:
    message = f"{response.status_code} {response.reason}: {_detail(response)}"
    return CratewheelError(Finding("CW-REGISTRY-UNREACHABLE", url, message))

"""GitHub's REST API for releases: one release for a tag, with its files, made once however often it is asked for.

A release is a draft until all its files are there, so nobody sees half of it and repositories with
immutable releases take them. Source: GitHub's REST API, "Releases" and "Release assets".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional, TypeVar
from urllib.parse import quote, urlsplit

import requests

from cratewheel import shapes
from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.addresses import check_address, origin
from cratewheel.publishing.quoting import quoted
from cratewheel.publishing.transport import (
    NoAnswerError,
    Transport,
    decoded,
    retry_after,
    status_line,
    understood,
)

MARK = "<!-- made by cratewheel -->"
"""In the text of every release that is made here: a draft without it is somebody's own."""

T = TypeVar("T")

_PAUSES = (1.0, 5.0, 20.0)
_A_PAGE = 100
_PAGES = 10


@dataclass(frozen=True)
class WantedRelease:
    """A release of a tag that exists.

    Args:
        commit: of the tag.
        notes: its text, in Markdown.
        files: what to attach, each under its own name.
    """

    tag: str
    commit: str
    notes: str
    prerelease: bool
    files: tuple[Path, ...]


@dataclass(frozen=True)
class MadeRelease:
    """What became of a wanted release.

    Args:
        url: its page.
        attached: the names of the files that were uploaded now.
        draft: it is somebody's draft and stays one.
    """

    url: str
    attached: tuple[str, ...]
    draft: bool


@dataclass(frozen=True)
class _Asset:
    id: int
    name: str
    state: str
    size: int
    digest: Optional[str] = None


@dataclass(frozen=True)
class _Release:
    id: int
    tag_name: str
    upload_url: str
    draft: bool
    html_url: str = ""
    body: Optional[str] = None


@dataclass(frozen=True)
class GitHub:
    """One repository on GitHub or a GitHub Enterprise server.

    Args:
        api: root of the REST API, without a final slash.
        repository: `owner/name`.
        token: may write contents.
    """

    transport: Transport
    api: str
    repository: str
    token: str = field(repr=False)

    def ensure_release(self, wanted: WantedRelease) -> MadeRelease:
        """Makes the release, or completes what is there of it.

        Raises:
            CratewheelError: `CW-GITHUB-RELEASE` when GitHub does not take it, or has another file
                under the name of one of the files.
        """
        try:
            check_address(self.api)
            release = self._find(wanted.tag) or self._create(wanted)
            attached = self._attach_all(release, wanted)
            others = release.draft and MARK not in (release.body or "")
            if release.draft and not others:
                document = {"draft": False, "make_latest": "legacy"}
                if wanted.prerelease:
                    document = {"draft": False}
                release = self._published(release, wanted, document)
            return MadeRelease(quoted(release.html_url), attached, others)
        except NoAnswerError as error:
            raise _refused(wanted.tag, str(error)) from error

    def missing(self, tags: Iterable[str]) -> tuple[str, ...]:
        """Those of some tags that have no release, or one that was begun here and never shown.

        Raises:
            CratewheelError: `CW-GITHUB-RELEASE` when GitHub gives no usable answer.
        """
        try:
            check_address(self.api)
            there = {
                release.tag_name
                for release in self._pages("/releases", _Release)
                if not release.draft or MARK not in (release.body or "")
            }
            return tuple(
                tag
                for tag in tags
                # Only the newest are listed.
                if tag not in there and self._get(_by_tag(tag)).status_code != 200
            )
        except NoAnswerError as error:
            raise _refused(self.repository, str(error)) from error

    def _find(self, tag: str) -> Optional[_Release]:
        response = self._get(_by_tag(tag))
        if response.status_code == 200:
            return understood(_Release, response)
        # A draft has no tag yet as far as the address above goes.
        drafts = [
            release
            for release in self._pages("/releases", _Release)
            if release.draft and release.tag_name == tag
        ]
        ours = [release for release in drafts if MARK in (release.body or "")]
        return next(iter((*ours, *drafts)), None)

    def _create(self, wanted: WantedRelease) -> _Release:
        document = {
            "tag_name": wanted.tag,
            "target_commitish": wanted.commit,
            "name": wanted.tag,
            "body": f"{wanted.notes}\n\n{MARK}\n",
            "draft": True,
            "prerelease": wanted.prerelease,
        }
        for pause in (*_PAUSES, None):
            response, seen = self._write("POST", f"{self._root}/releases", json=document)
            if response is not None and response.status_code == 201:
                return understood(_Release, response)
            found = self._find(wanted.tag)
            if found is not None:
                return found
            self._pause(response, pause, wanted.tag, seen)
        raise AssertionError("the last round raises")

    def _attach_all(self, release: _Release, wanted: WantedRelease) -> tuple[str, ...]:
        there = self._assets(release)
        attached = []
        for path in wanted.files:
            if self._attach(release, path, there, wanted.tag):
                attached.append(path.name)
        return tuple(attached)

    def _attach(self, release: _Release, path: Path, there: Mapping[str, _Asset], tag: str) -> bool:
        data = path.read_bytes()
        for attempt, pause in enumerate((*_PAUSES, None)):
            asset = there.get(_asset_name(path.name))
            if asset is not None and asset.state == "uploaded":
                self._compare(asset, data, path.name)
                return attempt > 0
            if asset is not None:
                # What is left of an upload that broke off; its name is taken until it is gone.
                self._write("DELETE", f"{self._root}/releases/assets/{asset.id}")
            response, seen = self._write(
                "POST",
                f"{self._upload_address(release, tag)}?name={quote(path.name, safe='')}",
                data=data,
                name=path.name,
            )
            if response is not None and response.status_code == 201:
                return True
            there = self._assets(release)
            if _asset_name(path.name) not in there or pause is None:
                self._pause(response, pause, f"{tag}: {path.name}", seen)
        raise AssertionError("the last round raises")

    def _compare(self, asset: _Asset, data: bytes, name: str) -> None:
        ours = hashlib.sha256(data).hexdigest()
        if asset.digest is not None and asset.digest.startswith("sha256:"):
            theirs = asset.digest.partition(":")[2].lower()
        elif asset.size != len(data):
            theirs = f"of {asset.size} bytes"
        else:
            # Servers that state no digest have the bytes.
            response = self._get(f"/releases/assets/{asset.id}", accept="application/octet-stream")
            theirs = hashlib.sha256(response.content).hexdigest()
        if theirs != ours:
            message = (
                f"the release has another file of that name: {quoted(theirs)}, here it is {ours}"
            )
            raise _refused(name, message, "delete the file from the release, then run this again")

    def _published(
        self, release: _Release, wanted: WantedRelease, document: Mapping[str, Any]
    ) -> _Release:
        address = f"{self._root}/releases/{release.id}"
        for pause in (*_PAUSES, None):
            response, seen = self._write("PATCH", address, json=document)
            if response is not None and response.status_code == 200:
                return understood(_Release, response)
            self._pause(response, pause, wanted.tag, seen)
        raise AssertionError("the last round raises")

    def _assets(self, release: _Release) -> Mapping[str, _Asset]:
        return {
            asset.name: asset for asset in self._pages(f"/releases/{release.id}/assets", _Asset)
        }

    def _upload_address(self, release: _Release, tag: str) -> str:
        """Where files go, as the release says, if the token may go there.

        GitHub has a host of its own for uploads beside that of its API.
        """
        address = release.upload_url.partition("{")[0]
        host, api = urlsplit(address), urlsplit(self.api)
        parent = api.netloc[len("api.") :] if api.netloc.startswith("api.") else api.netloc
        if host.scheme != api.scheme or host.netloc not in (api.netloc, f"uploads.{parent}"):
            raise _refused(tag, f"the release wants its files at {quoted(origin(address))}")
        return address

    def _pages(self, path: str, kind: type[T]) -> Iterator[T]:
        for page in range(1, _PAGES + 1):
            response = self._get(f"{path}?per_page={_A_PAGE}&page={page}")
            listed = decoded(response)
            if response.status_code != 200 or not isinstance(listed, list):
                raise NoAnswerError(f"{status_line(response)}: {_words(response)}")
            for entry in listed:
                yield _entry(kind, entry)
            if len(listed) < _A_PAGE:
                return

    @property
    def _root(self) -> str:
        return f"{self.api}/repos/{self.repository}"

    def _headers(self, accept: str) -> dict[str, str]:
        return {
            "Accept": accept,
            "Authorization": f"Bearer {self.token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }

    def _get(self, path: str, accept: str = "application/vnd.github+json") -> requests.Response:
        seen = ""
        for pause in (*_PAUSES, None):
            try:
                response = self.transport.send(
                    "GET", f"{self._root}{path}", headers=self._headers(accept)
                )
                if response.status_code in (200, 404):
                    return response
                seen = f"{status_line(response)}: {_words(response)}"
                if response.status_code < 500 and retry_after(response, 0.0) is None:
                    break
            except NoAnswerError as error:
                seen = str(error)
            if pause is not None:
                self.transport.clock.sleep(pause)
        raise NoAnswerError(seen)

    def _write(
        self,
        method: str,
        address: str,
        *,
        json: Any = None,
        data: Optional[bytes] = None,
        name: str = "",
    ) -> tuple[Optional[requests.Response], str]:
        """One attempt: the answer, None when there was none, and what was seen."""
        headers = self._headers("application/vnd.github+json")
        if data is not None:
            headers["Content-Type"] = "application/octet-stream"
        try:
            response = self.transport.send(
                method, address, headers=headers, json=json, data=data, name=name
            )
        except NoAnswerError as error:
            return None, str(error)
        return response, f"{status_line(response)}: {_words(response)}"

    def _pause(
        self, response: Optional[requests.Response], pause: Optional[float], place: str, seen: str
    ) -> None:
        """Waits before the next attempt, or raises where there is no use in one."""
        now = self.transport.clock.now()
        until = retry_after(response, now) if response is not None else None
        hopeless = response is not None and response.status_code < 500 and until is None
        if pause is None or hopeless:
            raise _refused(place, seen)
        self.transport.clock.sleep(pause if until is None else min(max(until - now, pause), 120.0))


def _by_tag(tag: str) -> str:
    return f"/releases/tags/{quote(tag, safe='')}"


def _entry(kind: type[T], entry: Any) -> T:
    try:
        return shapes.read(kind, entry)
    except shapes.ShapeError as error:
        raise NoAnswerError(f"the answer is not as expected: {error}") from None


def _asset_name(filename: str) -> str:
    """The name that GitHub gives a file: it replaces what it does not allow by a full stop."""
    return "".join(sign if sign.isalnum() or sign in "-_.+@" else "." for sign in filename)


def _words(response: requests.Response) -> str:
    try:
        return quoted(decoded(response)["message"])
    except (NoAnswerError, KeyError, TypeError):
        return quoted(response.text)


def _refused(place: str, message: str, mend: str = "") -> CratewheelError:
    if not mend and "not accessible by integration" in message:
        mend = "give the job `permissions: contents: write`, then run this again"
    return CratewheelError(Finding("CW-GITHUB-RELEASE", place, message, mend))

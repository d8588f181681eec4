"""HTTP for the registry clients: identified, with time-outs, and with every failure to answer named.

Reading is repeated a few times before a registry counts as unreachable; writing never is, because
only the caller can find out whether the first attempt arrived.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Callable, Optional, TypeVar

import requests
from requests.adapters import HTTPAdapter

from cratewheel import shapes
from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.addresses import is_loopback, origin
from cratewheel.publishing.progress import Progress
from cratewheel.publishing.quoting import quoted
from cratewheel.registries.clock import Clock

USER_AGENT = "cratewheel (release publisher)"
CONNECT_SECONDS = 15.0
READ_SECONDS = 60.0
ANSWER_PATIENCE = 10
"""How many times as long as for its next part is waited for a whole answer."""
LARGEST_ANSWER_BYTES = 256 * 1024 * 1024
"""Above the largest file that PyPI takes of anyone without asking, unpacked."""
_PART_BYTES = 64 * 1024
PAUSES = (0.5, 2.0, 5.0, 10.0)
_LONGEST_READ_PAUSE = 60.0

T = TypeVar("T")


class NoAnswerError(Exception):
    """A request got no answer, or none that can be understood; says what was seen instead."""


@dataclass(frozen=True)
class Transport:
    """Makes requests; safe to use from several threads, each of which has connections of its own.

    Args:
        patience: seconds to wait for the next part of an answer.
        opening: an origin, and what opens it: the `Authorization` of questions that it does not
            answer without.
        progress: says how far uploads are; None where nobody watches.
        pauses: seconds between attempts to read; none where an answer is not waited for.
    """

    clock: Clock
    patience: float = READ_SECONDS
    opening: Optional[tuple[str, str]] = None
    progress: Optional[Progress] = None
    pauses: tuple[float, ...] = PAUSES
    _local: threading.local = field(default_factory=threading.local)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = {},
        data: Optional[bytes] = None,
        name: str = "",
        json: Any = None,
    ) -> requests.Response:
        """Makes one request and reads the whole answer, whatever its status.

        Args:
            name: what to call `data` while it is sent.

        Raises:
            NoAnswerError: there was none.
        """
        asking = method == "GET"
        body = self.progress.watched(name, data) if self.progress and data else data
        arguments: dict[str, Any] = {"data": body, "json": json, "allow_redirects": asking}
        try:
            response = self.session().request(method, url, headers=dict(headers), **arguments)
            if asking and response.status_code == 401 and self._opens(url, response.url):
                assert self.opening is not None
                authorised = {**headers, "Authorization": self.opening[1]}
                response = self.session().request(method, url, headers=authorised, **arguments)
            return response
        except requests.RequestException as error:
            raise NoAnswerError(describe(error)) from error

    def _opens(self, *addresses: str) -> bool:
        return self.opening is not None and {self.opening[0]} == set(map(origin, addresses))

    def read(
        self,
        url: str,
        *,
        accept: str = "application/json",
        check: Callable[[requests.Response], None] = lambda response: None,
    ) -> requests.Response:
        """Reads `url`, patiently.

        Args:
            check: raises `NoAnswerError` for an answer that makes no sense here.

        Returns:
            An answer with a status below 500 other than 408 and 429.

        Raises:
            CratewheelError: `CW-REGISTRY-UNREACHABLE` after several attempts.
        """
        headers = {"Accept": accept, "Cache-Control": "no-cache"}
        seen = ""
        for pause in (*self.pauses, None):
            try:
                response = self.send("GET", url, headers=headers)
                if response.status_code < 500 and response.status_code not in (408, 429):
                    check(response)
                    return response
                seen = status_line(response)
                pause = pause and _asked_pause(response, pause, self.clock.now())
            except NoAnswerError as error:
                seen = str(error)
            if pause is not None:
                self.clock.sleep(pause)
        message = f"no usable answer: {seen}"
        if self.pauses:
            attempts = len(self.pauses) + 1
            message = f"no usable answer in {attempts} attempts, the last one: {seen}"
        raise CratewheelError(Finding("CW-REGISTRY-UNREACHABLE", url, message))

    def session(self) -> requests.Session:
        """The session of the calling thread."""
        session: Optional[requests.Session] = getattr(self._local, "session", None)
        if session is None:
            session = prepare(requests.Session(), self.patience)
            session.headers["User-Agent"] = USER_AGENT
            session.auth = _NoOtherCredentials()
            self._local.session = session
        return session


class _CarefulAdapter(HTTPAdapter):
    """No request without a time-out, none repeated behind the caller's back, no answer without end.

    What is sent to this machine itself goes there, whatever proxy the environment names: it may be
    unencrypted, and it carries a token.
    """

    def __init__(self, patience: float, counted: Callable[[Any], Any]) -> None:
        self._patience = patience
        self._counted = counted
        super().__init__(max_retries=0)

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (CONNECT_SECONDS, self._patience)
        if is_loopback(request.url):
            kwargs["proxies"] = {}
        kwargs["stream"] = True
        if request.body is not None:
            request.body = self._counted(request.body)
        response = super().send(request, *args, **kwargs)
        _read_all(response, self._patience)
        return response


def _read_all(response: requests.Response, patience: float) -> None:
    """Reads the whole answer, if it is of a size and a speed that answers have."""
    parts, size = [], 0
    deadline = time.monotonic() + ANSWER_PATIENCE * patience
    for part in response.iter_content(_PART_BYTES):
        parts.append(part)
        size += len(part)
        if size > LARGEST_ANSWER_BYTES:
            response.close()
            raise TooLargeError
        if time.monotonic() > deadline:
            response.close()
            raise requests.ReadTimeout
    # What `Response.content` keeps once it has read everything.
    response._content = b"".join(parts)
    response._content_consumed = True  # type: ignore[attr-defined]


class TooLargeError(requests.RequestException):
    """An answer that is larger than any that a registry has reason to give."""


class _NoOtherCredentials(requests.auth.AuthBase):
    """Keeps requests from taking a password of the user's netrc file in place of the token."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def prepare(
    session: requests.Session,
    patience: float,
    counted: Callable[[Any], Any] = lambda body: body,
) -> requests.Session:
    """Gives a session our time-outs and takes its own repetitions away.

    Args:
        counted: what to send in place of a body.

    What most programs look for certificates by counts, too, where requests' own variable is not set.
    """
    session.mount("http://", _CarefulAdapter(patience, counted))
    session.mount("https://", _CarefulAdapter(patience, counted))
    session.verify = os.environ.get("SSL_CERT_FILE") or True
    return session


def retry_after(response: requests.Response, now: float) -> Optional[float]:
    """When the answer asks to be tried again, in seconds since the epoch (RFC 9110, Retry-After).

    By the clock that `now` is of: what the server means by a date shows from what it takes for now.
    """
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]{1,9}", value):
        return now + int(value)
    until = _moment(value)
    there = _moment(response.headers.get("Date", ""))
    return until if until is None or there is None else now + until - there


def _moment(date: str) -> Optional[float]:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def decoded(response: requests.Response) -> Any:
    """The JSON value of an answer.

    Raises:
        NoAnswerError: it is none.
    """
    try:
        return shapes.decode(response.content)
    except shapes.ShapeError:
        raise NoAnswerError("the answer is not JSON") from None


def understood(kind: type[T], response: requests.Response) -> T:
    """The JSON object of an answer as a dataclass.

    Raises:
        NoAnswerError: it is none.
    """
    try:
        return shapes.read(kind, decoded(response))
    except shapes.ShapeError as error:
        raise NoAnswerError(f"the answer is not as expected: {error}") from None


def status_line(response: requests.Response) -> str:
    """Status and reason of an answer, to be shown."""
    return quoted(f"{response.status_code} {response.reason}")


def describe(error: Exception) -> str:
    """One line about a request that failed; never its headers, which carry the token."""
    if isinstance(error, requests.Timeout):
        return "timed out"
    if isinstance(error, TooLargeError):
        return f"the answer is larger than {LARGEST_ANSWER_BYTES // 1024 // 1024} MiB"
    if isinstance(error, requests.exceptions.SSLError):
        return quoted(f"TLS: {error}")
    if isinstance(error, requests.ConnectionError):
        text = str(error)
        for known in ("refused", "reset by peer", "Name or service not known", "closed connection"):
            if known in text:
                return f"connection {known}" if " " not in known else known
        return "the connection failed"
    return type(error).__name__


def _asked_pause(response: requests.Response, pause: float, now: float) -> float:
    until = retry_after(response, now)
    if until is None:
        return pause
    return min(max(until - now, 0.0), _LONGEST_READ_PAUSE)

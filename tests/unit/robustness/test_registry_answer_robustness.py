"""Whatever a registry, a proxy or a CI system answers, the publisher understands it or says that it does not."""

from __future__ import annotations

import base64
import json
import math
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import requests
from fake_clock import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st
from made_packages import make_crate, make_wheel
from mutations import VALUES, json_bytes, mutated_bytes, mutated_documents, tried
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from cratewheel.publishing import crates_client, python_client
from cratewheel.publishing.claims import (
    crates_io_matches,
    mend_for,
    policy_differences,
    pypi_matches,
    read_claims,
)
from cratewheel.publishing.credentials import Credential, Endpoint
from cratewheel.publishing.facts import registry_facts
from cratewheel.publishing.github import MARK, GitHub, WantedRelease
from cratewheel.publishing.identity import Identity
from cratewheel.publishing.request import TrustPolicy
from cratewheel.publishing.transport import Transport
from cratewheel.publishing.trusted_publishing import (
    UnsupportedError,
    crates_exchange,
    python_exchange,
)
from cratewheel.publishing.version_questions import Asked
from cratewheel.registries.crate_file import read_crate

UNREACHABLE = "CW-REGISTRY-UNREACHABLE"
CRATES = "https://crates.invalid"
PYTHON = "https://upload.python.invalid/legacy/"
CRATE = read_crate(make_crate("demo", "1.2.0"))
WHEEL_NAME, WHEEL = make_wheel("demo", "1.2.0")

VERSION = {
    "version": {"checksum": "ab" * 32, "yanked": False, "trustpub_data": {"sha": "cd" * 20}},
    "errors": [{"detail": "crate `demo` does not exist"}],
}
CRATE_PAGE = {
    "crate": {"name": "demo"},
    "versions": [{"num": "1.2.0", "yanked": False, "trustpub_data": {"sha": "cd" * 20}}],
    "errors": [],
}
UPLOADED = {"warnings": {"invalid_categories": ["x"], "other": []}, "errors": [{"detail": "no"}]}
CONFIG = {"dl": "https://crates.invalid/dl", "api": "https://crates.invalid"}
LINE = {"name": "demo", "vers": "1.2.0", "cksum": "ab" * 32, "yanked": False}
FILE = {
    "filename": WHEEL_NAME,
    "url": "demo.whl",
    "hashes": {"sha256": "ab" * 32},
    "yanked": False,
    "upload-time": "2026-01-02T03:04:05.000006Z",
}
PAGE = {
    "files": [FILE, {**FILE, "filename": "demo-1.2.0.tar.gz"}],
    "message": "File already exists",
}
MINTED = {"token": "secret", "expires": 1.0, "errors": [{"detail": "no", "description": "no"}]}
RELEASE = {
    "id": 1,
    "tag_name": "demo-v1.2.0",
    "upload_url": "https://uploads.github.invalid/repos/octo/demo/releases/1/assets{?name,label}",
    "draft": True,
    "html_url": "https://github.invalid/octo/demo/releases/1",
    "body": f"Notes {MARK}",
    "message": "Not Found",
}
ASSET = {
    "id": 2,
    "name": WHEEL_NAME,
    "state": "uploaded",
    "size": 3,
    "digest": "sha256:" + "ab" * 32,
}
HTML = (
    b'<a href="demo-1.2.0.tar.gz#sha256=ab" data-yanked>demo-1.2.0.tar.gz</a><a href="//[x">y</a>'
)
CLAIMS = {
    "iss": "https://token.actions.githubusercontent.com",
    "repository": "octo/demo",
    "workflow_ref": "octo/demo/.github/workflows/release.yml@refs/heads/main",
    "job_workflow_ref": "octo/demo/.github/workflows/release.yml@refs/heads/main",
    "environment": "release",
    "project_path": "octo/demo",
}

STATUSES = st.sampled_from([200, 200, 200, 201, 204, 400, 401, 403, 404, 405, 409, 418, 429, 500])
HEADERS = st.fixed_dictionaries(
    {
        "Content-Type": st.sampled_from(
            ["application/json", "text/html", "", "application/vnd.pypi.simple.v1+json"]
        )
    },
    optional={
        "Retry-After": st.sampled_from(["1", "", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "²"])
    },
)


def bodies(document: Any) -> st.SearchStrategy[bytes]:
    """What may come in place of this document."""
    return st.one_of(
        mutated_documents(document).map(json_bytes),
        VALUES.map(json_bytes),
        st.binary(max_size=40),
        mutated_bytes(HTML),
        st.just(b"[" * 3_000),
    )


def answering(status: int, headers: Mapping[str, str], body: bytes) -> Any:
    """Lets every request of any session be answered like this."""
    return answering_each(headers, lambda request: (status, body))


def answering_each(headers: Mapping[str, str], answers: Callable[[Any], tuple[int, bytes]]) -> Any:
    """Lets every request of any session be answered with the status and the body that are for it."""

    def send(self: HTTPAdapter, request: Any, **settings: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, body = answers(request)
        response.reason = "So"
        response.headers = CaseInsensitiveDict(headers)
        response.request, response.url = request, request.url
        response._content, response._content_consumed = body, True  # type: ignore[attr-defined]
        return response

    return mock.patch.object(HTTPAdapter, "send", send)


def transport() -> Transport:
    return Transport(FakeClock())


@settings(max_examples=150, deadline=None)
@given(STATUSES, HEADERS, st.one_of(bodies(VERSION), bodies(LINE), bodies(UPLOADED)))
def test_a_crates_registry_may_say_anything(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    client = crates_client.CratesClient(
        transport(), CRATES, f"{CRATES}/index/", mock.Mock(), f"sparse+{CRATES}/index/"
    )
    with answering(status, headers, body):
        for ask in (client.look, client.visible, client.download):
            tried(lambda ask=ask: ask("demo", "1.2.0"), UNREACHABLE)  # type: ignore[misc]
        str(client.publish(CRATE, "token"))


@settings(max_examples=80, deadline=None)
@given(STATUSES, HEADERS, bodies(CONFIG), st.sampled_from([CRATES, f"sparse+{CRATES}/index"]))
def test_the_configuration_of_an_index_may_be_anything(
    status: int, headers: dict[str, str], body: bytes, address: str
) -> None:
    with answering(status, headers, body):
        client = tried(
            lambda: crates_client.connect(transport(), address), UNREACHABLE, "CW-ADDRESS-INVALID"
        )
    assert client is None or client.api.startswith("https://")


@settings(max_examples=150, deadline=None)
@given(STATUSES, HEADERS, bodies(PAGE))
def test_a_python_index_may_say_anything(status: int, headers: dict[str, str], body: bytes) -> None:
    client = python_client.connect(transport(), PYTHON)
    with answering(status, headers, body):
        release = tried(lambda: client.look("demo", "1.2.0"), UNREACHABLE)
    if release is not None:
        assert all(isinstance(present.sha256, str) for present in release.files.values())


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=100, deadline=None)
@given(STATUSES, HEADERS, bodies(PAGE))
def test_an_upload_may_be_answered_by_anything(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    client = python_client.connect(transport(), PYTHON)
    with tempfile.TemporaryDirectory() as folder, answering(status, headers, body):
        path = Path(folder, WHEEL_NAME)
        path.write_bytes(WHEEL)
        str(client.send(path, Credential("__token__", "secret", "the test")))


@settings(max_examples=150, deadline=None)
@given(STATUSES, HEADERS, bodies(CRATE_PAGE), bodies(PAGE))
def test_a_survey_of_versions_takes_no_answer_amiss(
    status: int, headers: dict[str, str], crates: bytes, python: bytes
) -> None:
    for kind, address, body in (
        ("crate", CRATES, crates),
        ("crate", f"sparse+{CRATES}/", crates),
        ("wheel", PYTHON, python),
    ):
        endpoint = Endpoint(kind, "a registry", address, "")
        with answering(status, headers, body):
            found = registry_facts(transport(), Asked(f"{kind}:demo", "demo", endpoint))
        for version in found.versions or ():
            assert isinstance(version.version, str)
            assert version.commit is None or isinstance(version.commit, str)


@settings(max_examples=150, deadline=None)
@given(STATUSES, HEADERS, bodies(MINTED), mutated_documents(CLAIMS))
def test_an_exchange_of_identities_may_be_answered_by_anything(
    status: int, headers: dict[str, str], body: bytes, claims: Any
) -> None:
    identity = Identity("token", claims if isinstance(claims, dict) else {})
    with answering(200, {}, b'{"audience": "python.invalid"}'):
        exchange = python_exchange(transport(), lambda audience: identity, PYTHON, "PyPI")
    assert exchange is not None
    crates = crates_exchange(transport(), lambda audience: identity, CRATES, "crates.io")
    with answering(status, headers, body):
        for each in (exchange, crates):
            if status in (404, 405):
                with pytest.raises(UnsupportedError):
                    each.mint()
                continue
            minted = tried(each.mint, UNREACHABLE, "CW-TRUST-MISMATCH")
            if minted is not None:
                assert minted.secret
                assert math.isfinite(minted.expires)
                each.revoke(minted)


@settings(max_examples=80, deadline=None)
@given(STATUSES, HEADERS, bodies({"audience": "pypi"}))
def test_an_index_may_name_any_audience(status: int, headers: dict[str, str], body: bytes) -> None:
    with answering(status, headers, body):
        found = tried(
            lambda: python_exchange(transport(), lambda audience: None, PYTHON, "PyPI"),
            UNREACHABLE,
            "CW-TRUST-MISMATCH",
        )
    assert found is None or isinstance(found.audience, str)


@settings(max_examples=150, deadline=None)
@given(
    STATUSES,
    HEADERS,
    bodies(RELEASE),
    bodies([ASSET]),
    st.sampled_from([200, 200, 201, 404]),
    st.sampled_from([200, 201, 204, 403, 422]),
)
def test_github_may_say_anything(
    status: int, headers: dict[str, str], release: bytes, assets: bytes, looked: int, made: int
) -> None:
    def answers(request: Any) -> tuple[int, bytes]:
        if "/assets" in request.url:
            return status, assets
        return (looked if request.method == "GET" else made), release

    with tempfile.TemporaryDirectory() as folder, answering_each(headers, answers):
        path = Path(folder, WHEEL_NAME)
        path.write_bytes(WHEEL)
        client = GitHub(transport(), "https://api.github.invalid", "octo/demo", "token")
        wanted = WantedRelease("demo-v1.2.0", "ab" * 20, "Notes", False, (path,))
        done = tried(lambda: client.ensure_release(wanted), "CW-GITHUB-RELEASE")
    if done is not None:
        assert set(done.attached) <= {WHEEL_NAME}
        assert done.url.isprintable()


@settings(max_examples=150, deadline=None)
@given(st.one_of(mutated_documents(CLAIMS), VALUES), st.text(max_size=20))
def test_an_identity_may_claim_anything(document: Any, noise: str) -> None:
    payload = base64.urlsafe_b64encode(json_bytes(document)).decode().rstrip("=")
    for token in (f"head.{payload}.signature", f"head.{noise}.signature", noise):
        claims = read_claims(token)
        for matches in (crates_io_matches(claims), pypi_matches(claims)):
            assert mend_for(claims, matches)
            policy_differences(TrustPolicy("octo", "demo", "release.yml", "release"), matches)
    assert read_claims(f"h.{base64.urlsafe_b64encode(json.dumps(CLAIMS).encode()).decode()}.s")

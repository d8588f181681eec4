"""A release from a job of Google Cloud, whose service account PyPI knows and crates.io does not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Optional

import pytest
from fake_ci import API_TOKEN, google_job, trusting
from id._internal.oidc import ambient
from marked_secrets import secret
from sites import Site

from cratewheel.registries.server import Answer, Request, json_answer

ACCOUNT = "release@octo.iam.gserviceaccount.com"
ACCESS_TOKEN = secret("ya29-access")


@dataclass
class Google:
    """The metadata server of a machine and what makes identities for its accounts."""

    site: Site
    metadata: Optional[Answer] = None

    def __call__(self, request: Request) -> Optional[Answer]:
        if request.path == "/metadata/token":
            assert request.headers["metadata-flavor"] == "Google"
            return self.metadata or json_answer({"access_token": ACCESS_TOKEN})
        if request.path == f"/accounts/{ACCOUNT}:generateIdToken":
            assert request.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"
            asked = json.loads(request.body)
            assert asked["includeEmail"]
            return json_answer({"token": self.site.trust.job.token(asked["audience"])})
        return None


@pytest.fixture
def google(site: Site, monkeypatch: pytest.MonkeyPatch) -> Google:
    made = Google(site)
    site.trust.job = google_job(site.clock)
    site.trust.before = made
    for variable in site.in_job:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_NAME", ACCOUNT)
    # These hosts are the same on every machine of Google's.
    monkeypatch.setattr(ambient, "_GCP_TOKEN_REQUEST_URL", f"{site.root}/metadata/token")
    generate = f"{site.root}/accounts/{{}}:generateIdToken"
    monkeypatch.setattr(ambient, "_GCP_GENERATEIDTOKEN_REQUEST_URL", generate)
    return made


JOB = {"GOOGLE_SERVICE_ACCOUNT_NAME": ACCOUNT}


def test_a_project_is_published_by_its_service_account(site: Site, google: Google) -> None:
    site.trust.projects += trusting("demo", owner=ACCOUNT)
    site.maker.wheel("demo")
    outcome = site.release(JOB)
    assert outcome.live
    assert "PyPI: uploading by trusted publishing" in outcome.said
    assert {token for _, token in site.trust.uploads} == set(site.trust.minted)


def test_a_project_that_trusts_another_account_shows_what_it_compares(
    site: Site, google: Google
) -> None:
    site.trust.projects += trusting("demo", owner="other@octo.iam.gserviceaccount.com")
    site.maker.wheel("demo")
    said = site.refused(JOB)
    assert "CW-TRUST-MISMATCH" in said
    assert f"email: {ACCOUNT}  (claim email)" in said


def test_a_crate_needs_a_token_there(site: Site, google: Google) -> None:
    site.exists("core")
    site.maker.crate("core")
    assert "CW-CREDENTIALS-MISSING crates.io" in site.refused(JOB)
    assert site.trust.job.issued == []
    assert site.release({**JOB, "CARGO_REGISTRY_TOKEN": API_TOKEN}).live


@pytest.mark.parametrize(
    "answer",
    [json_answer({}), json_answer([]), Answer(404, b"not found"), Answer(200, b"<html>")],
    ids=["no token", "a list", "no such account", "no JSON"],
)
def test_an_identity_that_cannot_be_had_is_said(answer: Answer, site: Site, google: Google) -> None:
    google.metadata = answer
    site.maker.wheel("demo")
    assert "CW-IDENTITY-UNAVAILABLE" in site.refused(JOB)

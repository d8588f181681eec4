"""Releases to registries that know whom they trust, from a job of a faked GitHub Actions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any, Optional

import pytest
from fake_ci import API_TOKEN, PASSWORD, REQUEST_TOKEN, trusting
from made_provenance import OTHER, certificate, provenance, source_digest
from made_repository import head, make_repository, tags_on_remote
from sites import Site

from cratewheel.errors import CratewheelError, Finding
from cratewheel.publishing.attestations import BATCH
from cratewheel.publishing.claims import crates_io_matches, policy_differences, pypi_matches
from cratewheel.publishing.identity import Identity
from cratewheel.publishing.request import TrustPolicy
from cratewheel.registries.server import Answer, Request, json_answer

TOKENS = {"CARGO_REGISTRY_TOKEN": API_TOKEN, "TWINE_PASSWORD": PASSWORD}


def test_a_release_needs_no_configured_token(site: Site) -> None:
    site.exists("core", "facade")
    site.trust.projects += trusting("demo")
    site.maker.crate("core").crate("facade", "core").wheel("demo", "core")
    outcome = site.release()
    assert outcome.live
    assert set(outcome.statuses().values()) == {"uploaded"}
    assert "crates.io: uploading by trusted publishing" in outcome.said
    assert "PyPI: uploading by trusted publishing" in outcome.said


def test_no_secret_is_shown_and_the_crates_token_is_revoked(site: Site) -> None:
    site.exists("core")
    site.trust.projects += trusting("demo")
    site.maker.crate("core").wheel("demo", "core")
    outcome = site.release()
    report = (site.maker.folder / "report.json").read_text()
    for secret in (*site.trust.minted, *site.trust.job.issued, REQUEST_TOKEN):
        assert secret not in outcome.said
        assert secret not in report
    assert site.trust.revoked == [site.trust.minted[0]]


def test_the_token_is_revoked_after_a_failure_too(site: Site) -> None:
    site.exists("core")
    site.maker.crate("core", package="")
    outcome = site.release()
    assert not outcome.live
    assert site.trust.revoked == site.trust.minted


def test_nothing_is_minted_for_a_registry_without_work(site: Site) -> None:
    site.exists("core")
    site.maker.crate("core")
    site.release()
    minted = len(site.trust.minted)
    again = site.release()
    assert set(again.statuses().values()) == {"present"}
    assert len(site.trust.minted) == minted


def test_every_exchange_has_an_identity_of_its_own(site: Site) -> None:
    site.exists("core")
    site.trust.projects += trusting("demo")
    site.maker.crate("core").wheel("demo", "core")
    lost: list[Answer] = []

    def lose_the_first_answer(request: Request) -> Optional[Answer]:
        if request.path.endswith("mint-token") and not lost:
            lost.append(site.trust._mint_python(request))
            return Answer(503)
        return None

    site.trust.before = lose_the_first_answer
    assert site.release().live
    assert len(site.trust.job.issued) == 3


def test_a_token_is_minted_again_before_it_expires(site: Site) -> None:
    site.exists("core", "facade")
    site.maker.crate("core").crate("facade", "core")
    waited: list[Request] = []

    def limit_the_second(request: Request) -> Optional[Answer]:
        if request.method == "PUT" and len(site.trust.uploads) == 1 and not waited:
            waited.append(request)
            when = formatdate(site.clock.now() + 40 * 60, usegmt=True)
            detail = b'{"errors":[{"detail":"You have published too many versions"}]}'
            return Answer(429, detail, {"Retry-After": when})
        return None

    site.trust.before = limit_the_second
    outcome = site.release()
    assert outcome.live
    assert "asks to wait 2400 s" in outcome.said
    first, second = (token for _, token in site.trust.uploads)
    assert first != second


@pytest.mark.parametrize("status", [404, 405])
def test_a_registry_that_stops_minting_ends_the_release_like_any_failure(
    site: Site, status: int
) -> None:
    site.exists("core", "facade")
    site.maker.crate("core").crate("facade", "core")

    def stop_minting(request: Request) -> Optional[Answer]:
        if site.trust.uploads and request.path.endswith("/trusted_publishing/tokens"):
            return Answer(status) if request.method == "POST" else None
        if site.trust.uploads and request.method == "PUT":
            detail = b'{"errors":[{"detail":"Invalid authentication token"}]}'
            return Answer(403, detail)
        return None

    site.trust.before = stop_minting
    outcome = site.release()
    assert outcome.statuses() == {"core-0.1.0.crate": "uploaded", "facade-0.1.0.crate": "failed"}
    assert "CW-REGISTRY-UNREACHABLE" in outcome.said
    assert "has given this job a token before and gives none now" in outcome.said
    assert outcome.last_line.startswith("The release is not complete: 1 uploaded")


def test_a_token_that_is_refused_is_replaced_once(site: Site) -> None:
    site.exists("core")
    site.maker.crate("core")
    refused: list[Request] = []

    def forget_the_first_token(request: Request) -> Optional[Answer]:
        if request.method == "PUT" and not refused:
            refused.append(request)
            site.trust.live.clear()
        return None

    site.trust.before = forget_the_first_token
    assert site.release().live
    assert len(site.trust.minted) == 2


def test_an_index_that_refuses_a_token_is_given_another_one(site: Site) -> None:
    site.registries_have_project("demo")
    site.trust.projects += trusting("demo")
    site.maker.wheel("demo")
    refused: list[Request] = []

    def expire_the_first_token(request: Request) -> Optional[Answer]:
        if request.path == "/legacy/" and not refused:
            refused.append(request)
            return json_answer({"message": "Invalid API Token: token is expired"}, 403)
        return None

    site.trust.before = expire_the_first_token
    assert site.release().live
    assert len(site.trust.minted) == 2


def test_a_token_that_is_refused_again_is_an_error(site: Site) -> None:
    site.exists("core")
    site.maker.crate("core")

    def forget(request: Request) -> Optional[Answer]:
        if request.method == "PUT":
            site.trust.live.clear()
        return None

    site.trust.before = forget
    outcome = site.release()
    assert outcome.statuses() == {"core-0.1.0.crate": "failed"}
    assert "Invalid authentication token" in outcome.said
    assert len(site.trust.minted) == 2


def test_a_mismatch_shows_the_claims_beside_what_is_compared(site: Site) -> None:
    site.exists("core")
    site.trust.projects += trusting("demo", workflow="publish.yml")
    site.maker.crate("core").wheel("demo", "core")
    said = site.refused()
    assert said.startswith("CW-TRUST-MISMATCH")
    assert "Publisher with matching claims was not found" in said
    assert "workflow: release.yml  (claim job_workflow_ref)" in said
    assert "environment: release  (claim environment)" in said
    assert "register exactly this as a trusted publisher" in said


def test_each_registry_reads_its_own_workflow_claim(site: Site) -> None:
    site.trust.job.claims["job_workflow_ref"] = "octo/demo/.github/workflows/called.yml@main"
    site.exists("core")
    site.trust.projects += trusting("demo")
    site.maker.crate("core").wheel("demo", "core")
    said = site.refused()
    assert "workflow: called.yml  (claim job_workflow_ref)" in said
    assert "called from release.yml as called.yml" in said


def test_an_event_that_is_not_trusted(site: Site) -> None:
    site.trust.job.claims["event_name"] = "workflow_run"
    site.exists("core")
    site.maker.crate("core")
    assert "start the release by another event than workflow_run" in site.refused()


def test_the_policy_of_a_target_is_compared_first(site: Site) -> None:
    site.exists("core")
    site.trust.projects += trusting("demo")
    site.maker.crate("core").wheel("demo", "core")
    policy = TrustPolicy("octo", "demo", workflow="publish.yml", github_environment="pypi")
    said = site.refused(trust_policies={"wheel:demo": policy})
    assert "CW-TRUST-MISMATCH wheel:demo" in said
    assert "workflow: the policy says 'publish.yml', the job is 'release.yml'" in said
    assert "github_environment: the policy says 'pypi', the job is 'release'" in said
    matching = TrustPolicy("Octo", "demo", "release.yml", "release")
    assert site.release(trust_policies={"wheel:demo": matching}).live


def test_a_policy_names_the_workflow_that_the_registry_of_its_target_compares(site: Site) -> None:
    site.trust.job.claims["job_workflow_ref"] = "octo/demo/.github/workflows/called.yml@main"
    site.exists("core")
    site.trust.projects += trusting("demo", workflow="called.yml")
    site.maker.crate("core").wheel("demo", "core")
    policies = {
        "crate:core": TrustPolicy(workflow="release.yml"),
        "wheel:demo": TrustPolicy(workflow="called.yml"),
    }
    assert site.release(trust_policies=policies).live


def test_a_policy_is_compared_where_a_token_is_used_too(site: Site) -> None:
    site.maker.crate("brand-new")
    said = site.refused(
        {**site.in_job, **TOKENS}, trust_policies={"crate:brand-new": TrustPolicy(owner="else")}
    )
    assert "owner: the policy says 'else', the job is 'octo'" in said


def test_a_policy_and_a_job_of_gitlab() -> None:
    claims = {
        "iss": "https://gitlab.com",
        "project_path": "group/sub/demo",
        "ci_config_ref_uri": "gitlab.com/group/sub/demo//ci/release.yml@refs/heads/main",
        "environment": "Release",
    }
    for matches in (crates_io_matches(claims), pypi_matches(claims)):
        fitting = TrustPolicy("group/sub", "demo", "ci/release.yml", "release")
        assert policy_differences(fitting, matches) == ()
        assert policy_differences(TrustPolicy(workflow="release.yml"), matches) == ()
        (difference,) = policy_differences(TrustPolicy("group"), matches)
        assert difference == "owner: the policy says 'group', the job is 'group/sub'"


def test_a_new_crate_is_found_out_before_anything_is_uploaded(site: Site) -> None:
    site.exists("core")
    site.maker.crate("core").crate("brand-new", "core")
    said = site.refused()
    assert "CW-CRATE-FIRST-PUBLISH crate:brand-new" in said
    assert "publish-new" in said


def test_new_and_existing_crates_use_both_credentials_interleaved(site: Site) -> None:
    site.exists("core", "facade")
    site.maker.crate("core").crate("brand-new", "core").crate("facade", "brand-new")
    outcome = site.release({**site.in_job, "CARGO_REGISTRY_TOKEN": API_TOKEN})
    assert outcome.live
    assert [(name, token == API_TOKEN) for name, token in site.trust.uploads] == [
        ("core", False),
        ("brand-new", True),
        ("facade", False),
    ]
    assert "creating brand-new with CARGO_REGISTRY_TOKEN" in outcome.said
    assert "crate:brand-new 0.1.0 to crates.io, a new name there, after crate:core" in outcome.said
    assert outcome.said.count("a new name there") == 1


def test_an_identity_wins_over_tokens(site: Site) -> None:
    site.exists("core")
    site.trust.projects += trusting("demo")
    site.maker.crate("core").wheel("demo", "core")
    outcome = site.release({**site.in_job, **TOKENS})
    assert outcome.live
    assert API_TOKEN not in [token for _, token in site.trust.uploads]
    assert PASSWORD not in [token for _, token in site.trust.uploads]


def test_a_refused_identity_falls_back_to_a_token_and_says_so(site: Site) -> None:
    site.exists("core")
    site.trust.crates.clear()
    site.maker.crate("core")
    outcome = site.release({**site.in_job, **TOKENS})
    assert outcome.live
    assert "No Trusted Publishing config found for repository `octo/demo`." in outcome.said
    assert "uploading with CARGO_REGISTRY_TOKEN (trusted publishing was refused)" in outcome.said
    assert API_TOKEN not in outcome.said


def test_tokens_alone_are_enough(site: Site) -> None:
    site.maker.crate("core").wheel("demo", "core")
    outcome = site.release(TOKENS)
    assert outcome.live
    assert {token for _, token in site.trust.uploads} == {API_TOKEN, PASSWORD}


def test_without_credentials_everything_that_is_missing_is_said(site: Site) -> None:
    site.maker.crate("core").wheel("demo", "core")
    said = site.refused({"CARGO_REGISTRY_TOKEN": "", "TWINE_PASSWORD": " "})
    assert "CW-CREDENTIALS-MISSING crates.io" in said
    assert "CW-CREDENTIALS-MISSING PyPI" in said
    assert "CARGO_REGISTRY_TOKEN is not set" in said
    assert "TWINE_PASSWORD is not set" in said


def test_a_pending_publisher_creates_the_project(site: Site) -> None:
    site.trust.pending += trusting("demo")
    site.maker.wheel("demo")
    assert site.release().live
    assert site.trust.pending == []


def as_pypi(site: Site) -> dict[str, Any]:
    """The stand-in as the index of which PyPI's own rules hold; nothing is really signed."""
    return {"attesting_indexes": [f"{site.root}/legacy/"], "sign": Signing()}


def test_a_second_new_project_is_explained_before_anything_is_uploaded(site: Site) -> None:
    site.exists("core")
    site.trust.pending += trusting("demo")
    site.maker.crate("core").wheel("demo").wheel("second")
    said = site.refused(surroundings=as_pypi(site))
    assert "CW-PROJECT-FIRST-PUBLISH wheel:demo" in said
    assert "has no project second yet, nor demo. A workflow has one pending publisher" in said
    # The mint would have created the project.
    assert site.trust.pending


def test_new_projects_are_created_one_release_after_the_other(site: Site) -> None:
    site.trust.pending += trusting("demo")
    site.maker.wheel("demo")
    assert site.release(surroundings=as_pypi(site)).live
    site.trust.pending += trusting("second")
    site.maker.wheel("second")
    outcome = site.release(surroundings=as_pypi(site))
    assert outcome.live
    assert outcome.statuses()["demo-0.1.0-py3-none-any.whl"] == "present"
    assert outcome.statuses()["second-0.1.0-py3-none-any.whl"] == "uploaded"


def test_several_new_projects_are_created_with_a_token_and_the_others_without(site: Site) -> None:
    site.trust.projects += trusting("old")
    site.registries_have_project("old")
    site.maker.wheel("old").wheel("demo").wheel("second")
    outcome = site.release({**site.in_job, **TOKENS}, surroundings=as_pypi(site))
    assert outcome.live
    assert "PyPI: creating demo, second with TWINE_PASSWORD" in outcome.said
    assert {name for name, token in site.trust.uploads if token == PASSWORD} == {"demo", "second"}


def test_a_new_project_without_its_pending_publisher_is_explained(site: Site) -> None:
    site.trust.projects += trusting("old")
    site.maker.wheel("demo")
    outcome = site.release()
    assert not outcome.live
    assert "register a pending publisher with exactly this project name" in outcome.said


def test_the_job_of_another_repository(site: Site) -> None:
    site.trust.job.claims["repository"] = "fork/demo"
    site.exists("core")
    site.maker.crate("core")
    said = site.refused()
    assert "No Trusted Publishing config found for repository `fork/demo`." in said
    assert "owner: fork  (claim repository)" in said


def test_an_identity_endpoint_that_fails(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "wrong")
    site.exists("core")
    site.maker.crate("core")
    assert "CW-IDENTITY-UNAVAILABLE" in site.refused()


class Signing:
    """Signs by naming the file and the identity, and remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def __call__(self, identity: Identity, paths: Sequence[Path]) -> list[dict[str, str]]:
        self.batches.append([path.name for path in paths])
        assert identity.claims["aud"] == "sigstore"
        return [{"signed": path.name, "by": str(identity.claims["jti"])} for path in paths]


def attesting(site: Site, signing: Any) -> dict[str, Any]:
    return {"sign": signing, "attesting_indexes": [f"{site.root}/legacy/"]}


def test_files_for_pypi_are_attested_in_batches(site: Site) -> None:
    signing = Signing()
    site.exists("core")
    site.trust.projects += trusting("demo")
    tags = [f"cp39-cp39-manylinux_2_{minor}_x86_64" for minor in range(17, 17 + BATCH)]
    site.maker.crate("core").wheel("demo", "core", tags=tags)
    assert site.release(surroundings=attesting(site, signing)).live
    assert [len(batch) for batch in signing.batches] == [BATCH, 1]
    names = sorted(attestation["signed"] for (attestation,) in site.trust.attestations)
    assert names == sorted(
        artifact.filename for artifact in site.maker.artifacts if artifact.kind != "crate"
    )
    assert len({attestation["by"] for (attestation,) in site.trust.attestations}) == 2


def test_only_what_is_missing_is_signed(site: Site) -> None:
    signing = Signing()
    site.trust.projects += trusting("demo")
    site.maker.wheel("demo")
    site.release(surroundings=attesting(site, signing))
    site.release(surroundings=attesting(site, signing))
    assert len(signing.batches) == 1


@pytest.mark.parametrize("why", ["turned off", "another index", "a token"])
def test_nothing_is_attested_where_it_is_not_wanted(site: Site, why: str) -> None:
    signing = Signing()
    site.trust.projects += trusting("demo")
    site.maker.wheel("demo")
    surroundings = attesting(site, signing)
    if why == "another index":
        del surroundings["attesting_indexes"]
    environment = TOKENS if why == "a token" else None
    outcome = site.release(environment, surroundings, attestations=why != "turned off")
    assert outcome.live
    assert site.trust.attestations == []


def test_nothing_is_uploaded_when_signing_fails(site: Site) -> None:
    def fail(identity: Identity, paths: Sequence[Path]) -> list[dict[str, str]]:
        raise CratewheelError(Finding("CW-ATTESTATION-FAILED", paths[0].name, "no answer"))

    site.exists("core")
    site.trust.projects += trusting("demo")
    site.maker.crate("core").wheel("demo", "core")
    said = site.refused(surroundings=attesting(site, fail))
    assert "CW-ATTESTATION-FAILED demo-0.1.0-py3-none-any.whl" in said
    assert site.trust.revoked


def test_the_wait_that_a_token_means_is_said_in_advance(site: Site) -> None:
    for number in range(7):
        site.maker.crate(f"new{number}")
    outcome = site.release(TOKENS)
    assert outcome.live
    assert "this release will take about 20 min longer" in outcome.said


def test_what_goes_to_another_registry_is_not_counted_by_crates_io(site: Site) -> None:
    for number in range(7):
        site.maker.crate(f"new{number}")
    site.maker.packages[:] = [replace(each, registry="own") for each in site.maker.packages]
    outcome = site.release(TOKENS)
    assert outcome.live
    assert "longer" not in outcome.said


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_identity_endpoint_that_is_busy_is_asked_again(site: Site, status: int) -> None:
    asked: list[str] = []

    def busy_at_first(request: Request) -> Optional[Answer]:
        if request.path != "/identity":
            return None
        asked.append(request.path)
        return Answer(status) if len(asked) == 1 else None

    site.trust.before = busy_at_first
    site.exists("core")
    site.maker.crate("core")
    began = site.clock.now()
    assert site.release().live
    assert len(asked) == 2
    assert site.clock.now() > began


def test_a_project_that_came_to_be_meanwhile_is_published_to(site: Site) -> None:
    """The first mint finds, and does away with, the pending publisher of a project that exists."""
    refused: list[str] = []

    def stale_pending_publisher(request: Request) -> Optional[Answer]:
        if request.path != "/_/oidc/mint-token" or refused:
            return None
        refused.append(request.path)
        words = "valid token, but project already exists"
        errors = [{"code": "invalid-pending-publisher", "description": words}]
        return json_answer({"message": "Token request failed", "errors": errors}, 422)

    site.trust.before = stale_pending_publisher
    site.trust.projects += trusting("demo")
    site.maker.wheel("demo")
    assert site.release().live
    assert refused


def test_a_job_of_gitlab_whose_token_is_used_up_is_told_to_start_again(site: Site) -> None:
    token = site.trust.job.token("pypi")
    claims = {"iss": "https://gitlab.com", "project_path": "octo/demo"}

    def used(request: Request) -> Optional[Answer]:
        if request.path != "/_/oidc/mint-token":
            return None
        errors = [{"code": "invalid-reuse-token", "description": "invalid token: already used"}]
        return json_answer({"message": "Token request failed", "errors": errors}, 422)

    site.trust.before = used
    site.maker.wheel("demo")
    said = site.refused(surroundings={"identify": lambda audience: Identity(token, claims)})
    assert "CW-IDENTITY-UNAVAILABLE" in said
    assert "start the job again" in said
    assert "CW-TRUST-MISMATCH" not in said


def test_an_index_without_trusted_publishing_is_not_blamed_on_the_job(site: Site) -> None:
    def no_exchange(request: Request) -> Optional[Answer]:
        return Answer(404) if request.path.startswith("/_/oidc") else None

    site.trust.before = no_exchange
    site.maker.wheel("demo")
    said = site.refused()
    assert "CW-CREDENTIALS-MISSING PyPI: it has no trusted publishing" in said
    assert "no CI job" not in said


@pytest.mark.parametrize("ours", [True, False])
def test_wheels_are_tagged_on_the_commit_that_they_are_attested_to_be_of(
    site: Site, tmp_path: Path, ours: bool
) -> None:
    git = make_repository(tmp_path / "git")
    assert git.env is not None
    site.trust.projects += trusting("demo")
    site.maker.wheel("demo")
    assert site.release().live

    def attested(request: Request) -> Optional[Answer]:
        if request.path.startswith("/integrity/"):
            commit = head(git) if ours else OTHER
            return json_answer(provenance(certificate(*source_digest(commit))))
        if request.path != "/simple/demo/":
            return None
        answer = site.trust.registries(request)
        page = json.loads(answer.body)
        for file in page["files"]:
            file["provenance"] = f"/integrity/{file['filename']}"
        return Answer(200, json.dumps(page).encode(), answer.headers)

    site.trust.before = attested
    outcome = site.release(
        {**site.in_job, **git.env}, checkout=git.root, commit=head(git), remote="origin"
    )
    assert set(outcome.statuses().values()) == {"present"}
    assert outcome.live == ours
    assert tags_on_remote(git) == ({"demo-v0.1.0": head(git)} if ours else {})
    assert ("CW-TAG-NOT-OURS wheel:demo" in outcome.said) == (not ours)

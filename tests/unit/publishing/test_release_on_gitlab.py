"""A release from a job of a faked GitLab CI, which has one identity token for each registry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from fake_ci import gitlab_job, trusting
from sites import Site

from cratewheel.publishing.attestations import Attestation
from cratewheel.publishing.identity import Identity


def sign(identity: Identity, paths: Sequence[Path]) -> list[Attestation]:
    return [{"signed": path.name, "by": identity.claims["jti"]} for path in paths]


@pytest.fixture
def job(site: Site, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of a job that declares a token for all that it needs."""
    site.trust.job = gitlab_job(site.clock)
    audience = f"{site.trust.host}/crates"
    name = re.sub(r"[^A-Z0-9_]|^[^A-Z_]", "_", audience.upper())
    variables = {
        "GITLAB_CI": "true",
        f"{name}_ID_TOKEN": site.trust.job.token(audience),
        "PYPI_ID_TOKEN": site.trust.job.token("pypi"),
        "SIGSTORE_ID_TOKEN": site.trust.job.token("sigstore"),
    }
    for variable in site.in_job:
        monkeypatch.delenv(variable)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    return variables


def test_a_release_needs_no_configured_token(site: Site, job: dict[str, str]) -> None:
    site.exists("core")
    site.trust.projects += trusting("demo")
    site.maker.crate("core").wheel("demo", "core")
    pypi = {"sign": sign, "attesting_indexes": [f"{site.root}/legacy/"]}
    outcome = site.release(job, surroundings=pypi)
    assert outcome.live
    assert set(outcome.statuses().values()) == {"uploaded"}
    assert {token for _, token in site.trust.uploads} == set(site.trust.minted)
    assert len(site.trust.attestations) == 2
    assert site.trust.revoked == [site.trust.minted[0]]


def test_a_registry_that_trusts_another_project_shows_what_it_compares(
    site: Site, job: dict[str, str]
) -> None:
    site.trust.projects += trusting("demo", workflow="other.yml")
    site.maker.wheel("demo")
    said = site.refused(job)
    assert "CW-TRUST-MISMATCH" in said
    assert "workflow file: release.yml  (claim ci_config_ref_uri)" in said
    assert "register exactly this as a trusted publisher" in said


def test_the_same_job_again_is_told_to_start_again(site: Site, job: dict[str, str]) -> None:
    site.trust.projects += trusting("demo", "second")
    site.maker.wheel("demo")
    assert site.release(job).live
    site.maker.wheel("second")
    uploads = len(site.trust.uploads)
    site.trust.uploads.clear()
    assert uploads == 2
    said = site.refused(job)
    assert "CW-IDENTITY-UNAVAILABLE" in said
    assert "start the job again" in said
    assert "CW-TRUST-MISMATCH" not in said

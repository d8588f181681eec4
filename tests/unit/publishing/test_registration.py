"""Trusted publishers of crates that a release creates, registered through the registry's API."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Optional

import pytest
from fake_ci import API_TOKEN, Config, trusting
from fake_clock import FakeClock
from made_packages import make_crate
from sites import Site

from cratewheel.errors import CratewheelError
from cratewheel.publishing.register import main, register_all
from cratewheel.publishing.registration import Registrar, publisher_of_job
from cratewheel.publishing.request import TrustPolicy
from cratewheel.publishing.transport import Transport
from cratewheel.publishing.trusted_publisher import (
    RegistrationRequest,
    TrustedPublisher,
    dumps,
    loads,
)
from cratewheel.registries.crate_file import publish_body, read_crate
from cratewheel.registries.server import Answer, Request

WITH_TOKEN = {"CARGO_REGISTRY_TOKEN": API_TOKEN}
POLICY = TrustPolicy("octo", "demo", "release.yml", "release")


def trusted(site: Site, crate: str) -> list[Config]:
    return [config for config in site.trust.crates if config.package == crate]


def test_after_its_first_release_a_crate_trusts_the_job_that_made_it(site: Site) -> None:
    site.trust.scopes.add("trusted-publishing")
    site.exists("core")
    site.maker.crate("core").crate("brand-new", "core")
    outcome = site.release({**site.in_job, **WITH_TOKEN})
    assert (
        "crates.io: brand-new now trusts octo/demo, workflow release.yml, environment release"
        in (outcome.said)
    )
    assert trusted(site, "brand-new") == trusting("brand-new")
    site.maker.packages.clear()
    site.maker.artifacts.clear()
    site.maker.crate("brand-new", version="0.2.0")
    assert site.release().live
    assert site.trust.uploads[-1][1].startswith("cio_tp_")


def test_the_workflow_that_was_started_is_registered_not_the_one_that_was_called(
    site: Site,
) -> None:
    site.trust.scopes.add("trusted-publishing")
    site.trust.job.claims["job_workflow_ref"] = "octo/demo/.github/workflows/called.yml@main"
    site.maker.crate("brand-new")
    site.release({**site.in_job, **WITH_TOKEN})
    assert [config.workflow for config in trusted(site, "brand-new")] == ["release.yml"]


def test_a_token_without_the_scope_is_told_what_to_register_by_hand(site: Site) -> None:
    site.maker.crate("brand-new")
    outcome = site.release({**site.in_job, **WITH_TOKEN})
    assert outcome.live
    assert "CW-PUBLISHER-NOT-REGISTERED crate:brand-new" in outcome.said
    assert "does not have the required permissions" in outcome.said
    assert "register octo/demo, workflow release.yml, environment release on " in outcome.said
    assert "/crates/brand-new/settings" in outcome.said
    assert API_TOKEN not in outcome.said
    assert outcome.last_line.startswith("Released: ")


def test_from_a_laptop_the_policy_of_the_target_is_registered(site: Site) -> None:
    site.trust.scopes.add("trusted-publishing")
    site.maker.crate("brand-new").crate("another")
    policies = {"crate:brand-new": POLICY, "crate:another": TrustPolicy(owner="octo")}
    outcome = site.release(WITH_TOKEN, trust_policies=policies)
    assert trusted(site, "brand-new") == trusting("brand-new")
    assert trusted(site, "another") == []
    assert "another is new: for releases without a token, register" in outcome.said


def test_a_crate_that_exists_is_left_as_it_is(site: Site) -> None:
    site.trust.scopes.add("trusted-publishing")
    site.exists("core")
    site.trust.crates.clear()
    site.maker.crate("core")
    assert site.release(WITH_TOKEN, trust_policies={"crate:core": POLICY}).live
    assert site.trust.crates == []


def test_what_a_killed_run_did_not_register_the_next_one_does(site: Site) -> None:
    site.maker.crate("brand-new")
    assert site.release(WITH_TOKEN, trust_policies={"crate:brand-new": POLICY}).live
    assert trusted(site, "brand-new") == []
    site.trust.scopes.add("trusted-publishing")
    again = site.release(WITH_TOKEN, trust_policies={"crate:brand-new": POLICY})
    assert again.statuses() == {"brand-new-0.1.0.crate": "present"}
    assert "brand-new now trusts octo/demo" in again.said
    assert trusted(site, "brand-new") == trusting("brand-new")
    # Once there is a second version, somebody may have changed it on purpose.
    site.crates.publish(publish_body(read_crate(make_crate("brand-new", "0.2.0"))))
    site.clock.sleep(2.0)
    site.trust.crates.clear()
    assert site.release(WITH_TOKEN, trust_policies={"crate:brand-new": POLICY}).live
    assert trusted(site, "brand-new") == []


def test_an_answer_that_is_lost_registers_once(site: Site) -> None:
    site.trust.scopes.add("trusted-publishing")
    lost: list[Answer] = []

    def lose_the_first_answer(request: Request) -> Optional[Answer]:
        if request.method == "POST" and "configs" in request.path and not lost:
            lost.append(site.trust._github_configs(request))
            return Answer(502)
        return None

    site.trust.before = lose_the_first_answer
    site.maker.crate("brand-new")
    outcome = site.release(WITH_TOKEN, trust_policies={"crate:brand-new": POLICY})
    assert "now trusts" in outcome.said
    assert len(trusted(site, "brand-new")) == 1


def test_registering_is_idempotent_and_case_does_not_matter(site: Site) -> None:
    site.trust.scopes.add("trusted-publishing")
    site.exists("core")
    registrar = Registrar(Transport(FakeClock()), f"{site.root}/crates", API_TOKEN)
    wanted = TrustedPublisher("github", "Octo", "Demo", "release.yml", "Release")
    assert registrar.register("core", wanted) is False
    other = TrustedPublisher("github", "octo", "demo", "other.yml")
    assert registrar.register("core", other) is True
    assert registrar.register("core", other) is False


def test_what_cannot_be_registered_is_a_finding(site: Site) -> None:
    site.trust.scopes.add("trusted-publishing")
    registrar = Registrar(Transport(FakeClock()), f"{site.root}/crates", API_TOKEN)
    wanted = TrustedPublisher("github", "octo", "demo", "release.yml")
    with pytest.raises(CratewheelError, match="404"):
        registrar.register("nobody-has-it", wanted)
    with pytest.raises(CratewheelError, match="authentication failed"):
        Registrar(Transport(FakeClock()), f"{site.root}/crates", "other").register("core", wanted)


def test_a_registry_out_of_reach_is_a_finding_of_every_crate() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        api = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        registrar = Registrar(Transport(FakeClock()), api, API_TOKEN)
        publisher = TrustedPublisher("github", "octo", "demo", "release.yml")
        findings = register_all(registrar, ["core", "facade"], publisher, print)
        assert [(each.code, each.place) for each in findings] == [
            ("CW-REGISTRY-UNREACHABLE", api)
        ] * 2
        for crate, finding in zip(("core", "facade"), findings):
            assert crate in finding.message
            assert "3 attempts" in finding.message
        with pytest.raises(CratewheelError) as caught:
            registrar.registered("core")
        assert caught.value.codes == ("CW-REGISTRY-UNREACHABLE",)


def test_an_answer_that_was_lost_while_looking_is_asked_for_again(site: Site) -> None:
    site.trust.scopes.add("trusted-publishing")
    site.exists("core")
    faults = [Answer(502), Answer(200, b"<html>")]
    site.trust.before = lambda request: faults.pop(0) if faults else None
    registrar = Registrar(Transport(FakeClock()), f"{site.root}/crates", API_TOKEN)
    wanted = TrustedPublisher("github", "octo", "demo", "release.yml", "release")
    assert registrar.register("core", wanted) is False


def test_a_job_as_crates_io_sees_it() -> None:
    gitlab = {
        "iss": "https://gitlab.com",
        "project_path": "group/sub/demo",
        "ci_config_ref_uri": "gitlab.com/group/sub/demo//ci/release.yml@refs/heads/main",
    }
    assert publisher_of_job(gitlab) == TrustedPublisher(
        "gitlab", "group/sub", "demo", "ci/release.yml"
    )
    assert publisher_of_job({"iss": "https://accounts.google.com", "email": "x"}) is None


def test_a_request_survives_being_written() -> None:
    for environment in ("release", None):
        publisher = TrustedPublisher("github", "octo", "demo", "release.yml", environment)
        request = RegistrationRequest("https://crates.invalid", ("core", "facade"), publisher)
        assert loads(dumps(request)) == request


def test_every_crate_of_a_project_trusts_its_workflow_after_one_command(site: Site) -> None:
    site.trust.scopes.add("trusted-publishing")
    site.exists("core", "facade")
    site.trust.crates.clear()
    registrar = Registrar(Transport(site.clock), f"{site.root}/crates", API_TOKEN)
    publisher = TrustedPublisher("github", "octo", "demo", "release.yml", "release")
    said: list[str] = []
    findings = register_all(registrar, ["core", "unheard-of", "facade"], publisher, said.append)
    assert [config.package for config in site.trust.crates] == ["core", "facade"]
    assert [(each.code, each.place) for each in findings] == [
        ("CW-PUBLISHER-NOT-REGISTERED", "crate:unheard-of")
    ]
    assert said[0] == "core now trusts octo/demo, workflow release.yml, environment release"
    register_all(registrar, ["core"], publisher, said.append)
    assert said[-1].startswith("core trusts already")


def test_a_policy_is_registered_by_a_program_that_says_what_it_did(
    site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site.exists("core")
    site.trust.crates.clear()
    request = tmp_path / "request.json"
    publisher = {
        "provider": "github",
        "owner": "octo",
        "repository": "demo",
        "workflow": "release.yml",
        "environment": "release",
    }
    request.write_text(
        json.dumps({"api": f"{site.root}/crates", "crates": ["core"], "publisher": publisher})
    )
    monkeypatch.delenv("CARGO_REGISTRY_TOKEN", raising=False)
    assert main([str(request)]) == 1
    assert "CW-CREDENTIALS-MISSING" in capsys.readouterr().err
    monkeypatch.setenv("CARGO_REGISTRY_TOKEN", API_TOKEN)
    assert main([str(request)]) == 1
    assert "CW-PUBLISHER-NOT-REGISTERED" in capsys.readouterr().err
    assert trusted(site, "core") == []
    site.trust.scopes.add("trusted-publishing")
    assert main([str(request)]) == 0
    said = capsys.readouterr()
    assert "core" in said.out and not said.err
    assert API_TOKEN not in said.out
    assert trusted(site, "core") == trusting("core")

"""What the doctor finds out from registries: whose names are taken, and whom they trust."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Optional

import pytest
from fake_ci import API_TOKEN, trusting
from sites import Site

from cratewheel.doctor import online
from cratewheel.doctor.online import Answer, Asked, Question
from cratewheel.doctor.registries import ask, main, publishing_jobs
from cratewheel.publishing.credentials import Endpoint
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.transcript import Transcript
from cratewheel.publishing.transport import Transport
from cratewheel.registries.server import Answer as HttpAnswer
from cratewheel.registries.server import Request, json_answer

REMOTE = "https://github.com/octo/demo"
POLICY = (
    ("github_environment", "release"),
    ("owner", "octo"),
    ("repository", "demo"),
    ("workflow", "release.yml"),
)


def crate(site: Site, **changes: Any) -> Asked:
    address = f"{site.root}/crates"
    endpoint = Endpoint("crate", "crates.io", address, address)
    return replace(Asked("crate:core", "core", endpoint, first=False), **changes)


def project(site: Site, **changes: Any) -> Asked:
    address = f"{site.root}/legacy/"
    endpoint = Endpoint("wheel", "PyPI", address, address)
    return replace(Asked("wheel:demo", "demo", endpoint, first=False), **changes)


def asked(
    site: Site,
    *packages: Asked,
    prove: bool = False,
    environment: Optional[Mapping[str, str]] = None,
    workflows: tuple[tuple[str, str], ...] = (),
) -> Answer:
    given = site.in_job if environment is None else environment
    around = Surroundings(site.clock, Transcript(io.StringIO()), given)
    question = Question(packages, REMOTE, prove, workflows)
    assert online.loads(online.dumps(question)) == question
    found = ask(question, Transport(site.clock, 5.0), around)
    assert online.loads_answer(online.dumps(found)) == found
    return found


def answering(site: Site, **documents: Any) -> None:
    """Answers requests whose path ends so: `owners`, `core` and `json` for a project."""

    def before(request: Request) -> Optional[HttpAnswer]:
        last = request.path.rpartition("/")[2]
        if request.method == "GET" and last in documents:
            return json_answer(documents[last])
        return None

    site.trust.before = before


def codes(findings: Any) -> list[str]:
    return [finding.code for finding in findings]


def test_a_free_name_is_no_finding(site: Site) -> None:
    assert asked(site, crate(site, first=True), project(site, first=True)) == Answer()


def test_registries_are_asked_by_a_program_of_its_own(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in site.in_job.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    site.exists("core")
    question, answer = tmp_path / "question.json", tmp_path / "made" / "answer.json"
    question.write_text(
        online.dumps(Question((crate(site), project(site, first=True)), REMOTE, True))
    )
    assert main([str(question), str(answer)]) == 0
    assert online.loads_answer(answer.read_text()) == asked(
        site, crate(site), project(site, first=True), prove=True
    )


@pytest.mark.parametrize("remote", [None, "https://gitlab.com/octo/demo", "no address"])
def test_a_repository_that_is_not_on_github_has_no_jobs_to_register(remote: Optional[str]) -> None:
    workflows = ((".github/workflows/release.yml", "on: push\njobs: {}\n"),)
    assert list(publishing_jobs(Question((), remote, False, workflows))) == []


def test_a_name_released_from_here_before_is_no_finding(site: Site) -> None:
    site.exists("core")
    assert asked(site, crate(site)).names == ()


def test_a_crate_that_comes_from_elsewhere_is_taken(site: Site) -> None:
    site.exists("core")
    answering(
        site,
        core={"crate": {"name": "core", "repository": "https://github.com/else/core"}},
        owners={"users": [{"login": "someone"}]},
    )
    (finding,) = asked(site, crate(site, first=True)).names
    assert (finding.code, finding.place) == ("CW-NAME-TAKEN", "crate:core")
    assert "of someone, and it comes from github.com/else/core" in finding.message


def test_a_crate_of_this_repository_without_a_tag_is_ours(site: Site) -> None:
    site.exists("core")
    answering(site, core={"crate": {"name": "core", "repository": f"{REMOTE}.git"}})
    assert asked(site, crate(site, first=True)).names == ()


def test_a_crate_that_does_not_say_where_it_is_from_may_be_somebody_elses(site: Site) -> None:
    site.exists("core")
    assert codes(asked(site, crate(site, first=True)).names) == ["CW-NAME-OWNED"]


def test_a_project_that_comes_from_elsewhere_is_taken(site: Site) -> None:
    document = {
        "info": {"project_urls": {"Source": "https://github.com/else/demo"}, "home_page": ""},
        "ownership": {"roles": [{"role": "Owner", "user": "someone"}]},
    }
    answering(site, json=document)
    (finding,) = asked(site, project(site, first=True)).names
    assert finding.code == "CW-NAME-TAKEN"
    assert "someone" in finding.message


def test_a_registry_that_does_not_answer_is_said_and_nothing_concluded(site: Site) -> None:
    site.trust.before = lambda request: HttpAnswer(503)
    found = asked(site, project(site, first=True))
    assert found.names == ()
    assert found.silent == ("wheel:demo: PyPI gave no usable answer",)


def registering(site: Site, configs: Any, status: int = 200) -> None:
    def before(request: Request) -> Optional[HttpAnswer]:
        if request.path.endswith("/github_configs"):
            return json_answer(configs, status)
        if request.path.endswith("/gitlab_configs"):
            return json_answer({"gitlab_configs": []})
        return None

    site.trust.before = before


CONFIG = {
    "repository_owner": "Octo",
    "repository_name": "demo",
    "workflow_filename": "release.yml",
    "environment": "release",
}


def test_a_crate_that_trusts_what_its_policy_says(site: Site) -> None:
    site.exists("core")
    registering(site, {"github_configs": [CONFIG]})
    tokens = {"CARGO_REGISTRY_TOKEN": API_TOKEN}
    assert asked(site, crate(site, policy=POLICY), environment=tokens).trust == ()


@pytest.mark.parametrize("changes", [{"workflow_filename": "publish.yml"}, {"environment": "pypi"}])
def test_a_crate_that_trusts_another_job(site: Site, changes: dict[str, Any]) -> None:
    site.exists("core")
    registering(site, {"github_configs": [{**CONFIG, **changes}]})
    tokens = {"CARGO_REGISTRY_TOKEN": API_TOKEN}
    (finding,) = asked(site, crate(site, policy=POLICY), environment=tokens).trust
    assert finding.code == "CW-TRUST-NOT-REGISTERED"
    assert "release.yml" in finding.message


def test_a_crate_that_trusts_jobs_of_any_environment(site: Site) -> None:
    site.exists("core")
    registering(site, {"github_configs": [{**CONFIG, "environment": None}]})
    tokens = {"CARGO_REGISTRY_TOKEN": API_TOKEN}
    assert asked(site, crate(site, policy=POLICY), environment=tokens).trust == ()


WORKFLOW = """\
on: push
jobs:
  publish:
    environment: release
    permissions: { id-token: write, contents: write }
    steps: [{ run: "./pants release ::" }]
"""


@pytest.mark.parametrize(
    ("file", "expected"), [("release", []), ("publish", ["CW-TRUST-NOT-REGISTERED"])]
)
def test_where_no_policy_says_it_the_workflows_do(
    site: Site, file: str, expected: list[str]
) -> None:
    site.exists("core")
    registering(site, {"github_configs": [CONFIG]})
    workflows = ((f".github/workflows/{file}.yml", WORKFLOW), (".github/workflows/x.yml", "{"))
    tokens = {"CARGO_REGISTRY_TOKEN": API_TOKEN}
    found = asked(site, crate(site), environment=tokens, workflows=workflows)
    assert codes(found.trust) == expected


def test_a_token_that_may_not_ask_is_no_fault(site: Site) -> None:
    site.exists("core")
    registering(site, {"errors": [{"detail": "no scope"}]}, 403)
    tokens = {"CARGO_REGISTRY_TOKEN": API_TOKEN}
    found = asked(site, crate(site, policy=POLICY), environment=tokens)
    assert codes(found.trust) == ["CW-TRUST-UNREADABLE"]
    assert API_TOKEN not in json.dumps(online.dumps(found))


def test_a_job_that_both_registries_trust_proves_it_and_keeps_no_token(site: Site) -> None:
    site.exists("core")
    site.trust.projects += trusting("demo")
    answering(site, json={"info": {}})
    found = asked(site, crate(site, policy=POLICY), project(site), prove=True)
    assert found.trust == ()
    assert found.proven == (
        "crates.io accepts this job for core",
        "PyPI accepts this job for demo",
    )
    assert len(site.trust.minted) == 2
    assert site.trust.revoked == [each for each in site.trust.minted if each.startswith("cio_tp_")]
    assert site.trust.uploads == []


def test_a_token_for_one_of_several_crates_proves_no_more_than_that(site: Site) -> None:
    site.exists("core")
    found = asked(site, crate(site), crate(site, id="crate:util", name="util"), prove=True)
    assert found.trust == ()
    (said,) = found.proven
    assert said.startswith("crates.io accepts this job for at least one of core and util;")


def test_a_job_that_is_not_trusted_sees_the_claim_that_differs(site: Site) -> None:
    site.exists("core")
    site.trust.crates = trusting("core", workflow="publish.yml")
    (finding,) = asked(site, crate(site), prove=True).trust
    assert finding.code == "CW-TRUST-MISMATCH"
    assert "Expected workflow filenames: `publish.yml`" in finding.message
    assert "workflow: release.yml  (claim workflow_ref)" in finding.message


def test_a_job_that_is_trusted_and_not_the_policys_is_said(site: Site) -> None:
    site.exists("core")
    policy = (*POLICY[:3], ("workflow", "publish.yml"))
    (finding,) = asked(site, crate(site, policy=policy), prove=True).trust
    assert (finding.code, finding.place) == ("CW-TRUST-MISMATCH", "crate:core")


def test_no_pending_publisher_comes_true_for_a_proof(site: Site) -> None:
    site.trust.pending += trusting("demo")
    found = asked(site, project(site), prove=True)
    assert site.trust.minted == []
    assert "it has no project demo yet" in found.proven[0]


def test_an_index_without_a_json_api_has_the_projects_of_its_simple_api(site: Site) -> None:
    site.registries_have_project("demo")
    site.trust.projects += trusting("demo")
    assert codes(asked(site, project(site, first=True)).names) == ["CW-NAME-OWNED"]
    assert asked(site, project(site), prove=True).proven == ("PyPI accepts this job for demo",)


def test_a_project_that_may_not_exist_is_not_tried_either(site: Site) -> None:
    site.trust.pending += trusting("demo")
    site.trust.before = lambda request: HttpAnswer(503) if "/pypi/" in request.path else None
    found = asked(site, project(site), prove=True)
    assert site.trust.minted == []
    assert "it does not say whether it has the project demo" in found.proven[0]


def test_outside_a_job_nothing_can_be_proven(site: Site) -> None:
    site.exists("core")
    assert codes(asked(site, crate(site), prove=True, environment={}).trust) == [
        "CW-TRUST-UNPROVEN"
    ]

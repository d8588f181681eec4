"""What would stop a release of this moment, each by a repository that has nothing else wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sick_repository import BINDING, CORE, Sick, Sickness, codes

from cratewheel.before_building import Circumstances, Run, run_findings
from cratewheel.destination import REGISTRIES
from cratewheel.doctor.online import Answer, Question
from cratewheel.doctor.report import RELEASE
from cratewheel.handover import Handover, read_folders
from cratewheel.plan.model import Plan, PlannedPackage, Row
from cratewheel.plan.verdicts import CONFLICT
from cratewheel.publishing.credentials import Endpoint

CRATE = PlannedPackage(
    "crate:demo-core", "demo-core", CORE.address, "crate", "crates.io", "0.2.0", previous="0.1.0"
)
WHEEL = PlannedPackage(
    "wheel:demo", "demo", BINDING.address, "wheel", "PyPI", "0.2.0", previous="0.1.0"
)
PLAN = Plan(
    packages=(CRATE, WHEEL),
    commit="0" * 40,
    matrix=(Row("crate:demo-core", "crate", "demo-core", CORE.address, "0.2.0"),),
)


TOKENS = {"CARGO_REGISTRY_TOKEN": "x", "TWINE_PASSWORD": "y"}
IN_GITHUB_JOB = {
    "GITHUB_ACTIONS": "true",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://x.invalid",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x",
}
IN_GITLAB_JOB = {"GITLAB_CI": "true", "PYPI_ID_TOKEN": "x", "CRATES_IO_ID_TOKEN": "x"}


def planning(plan: Plan) -> Sickness:
    return lambda sick: sick.facts.update(plan=plan)


def publishing(sick: Sick) -> None:
    sick.facts.update(
        plan=PLAN,
        destination=REGISTRIES,
        circumstances=Circumstances(
            endpoints={
                CRATE.id: Endpoint("crate", "crates.io", "", ""),
                WHEEL.id: Endpoint("wheel", "PyPI", "", ""),
            }
        ),
    )


def around(sick: Sick, **changes: Any) -> None:
    """Changes the circumstances of a release."""
    sick.facts["circumstances"] = replace(sick.facts["circumstances"], **changes)


SICK = {
    "a version that somebody else has": (
        planning(replace(PLAN, packages=(replace(CRATE, verdict=CONFLICT), WHEEL))),
        ("CW-VERSION-CONFLICT", "crate:demo-core", "error"),
    ),
    "wheels that the last release had": (
        planning(replace(PLAN, packages=(CRATE, replace(WHEEL, drops=("cp310 for win32",))))),
        ("CW-FILES-DROPPED", "binding:demo: drops", "error"),
    ),
    "changes that are not committed": (
        planning(replace(PLAN, dirty=True)),
        ("CW-TREE-DIRTY", "", "note"),
    ),
}


def found(sick: Sick) -> list[tuple[str, str, str]]:
    diagnoses = sick.report().diagnoses
    assert {each.area for each in diagnoses} <= {RELEASE}
    return [(each.finding.code, each.finding.place, each.severity) for each in diagnoses]


def test_a_plan_with_nothing_in_its_way_has_no_finding() -> None:
    sick = Sick()
    planning(PLAN)(sick)
    assert found(sick) == []


@pytest.mark.parametrize(("sickness", "expected"), SICK.values(), ids=[*SICK])
def test_what_stops_a_release_is_said_before_it(
    sickness: Sickness, expected: tuple[str, str, str]
) -> None:
    sick = Sick()
    sickness(sick)
    assert found(sick) == [expected]


def test_without_credentials_it_says_so_for_every_registry_and_makes_no_fuss() -> None:
    sick = Sick()
    publishing(sick)
    assert found(sick) == [
        ("CW-CREDENTIALS-MISSING", "PyPI", "note"),
        ("CW-CREDENTIALS-MISSING", "crates.io", "note"),
    ]
    around(sick, environment=TOKENS)
    assert found(sick) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"github_releases": True}, ("CW-CREDENTIALS-MISSING", "GitHub", "note")),
        ({"shares_results": True}, ("CW-REMOTE-CACHE", "[GLOBAL].remote_cache_read", "warning")),
        ({"uncommitted": ("core/src/lib.rs",)}, ("CW-TREE-DIRTY", "core/src/lib.rs", "note")),
        (
            {"environment": IN_GITHUB_JOB, "new": (CRATE.id, WHEEL.id)},
            ("CW-CRATE-FIRST-PUBLISH", CRATE.id, "warning"),
        ),
        (
            {"environment": {**TOKENS, **IN_GITLAB_JOB}},
            ("CW-CREDENTIALS-MISSING", "SIGSTORE_ID_TOKEN", "note"),
        ),
    ],
)
def test_what_a_release_refuses_the_doctor_has_said(
    changes: Mapping[str, Any], expected: tuple[str, str, str]
) -> None:
    sick = Sick()
    publishing(sick)
    around(sick, **{"environment": TOKENS, **changes})
    assert found(sick) == [expected]
    run = Run(
        uploading=True,
        by_plan=False,
        destination=REGISTRIES,
        destination_findings=(),
        plan=PLAN,
        plan_findings=(),
        binding=False,
        judged=None,
        addresses=(CORE.address, BINDING.address),
        handover=Handover(),
        circumstances=sick.facts["circumstances"],
    )
    assert [(each.code, each.place) for each in run_findings(run)] == [expected[:2]]
    assert run_findings(replace(run, destination="rehearsal")) == ()


def test_a_rehearsal_asks_for_nothing_of_it() -> None:
    sick = Sick()
    publishing(sick)
    around(sick, github_releases=True, shares_results=True)
    sick.facts["destination"] = "rehearsal"
    assert found(sick) == []


def test_a_frozen_plan_is_judged_by_what_the_registries_say_now() -> None:
    sick = Sick()
    judged = replace(PLAN, packages=(replace(CRATE, verdict=CONFLICT), WHEEL))
    sick.facts.update(plan=PLAN, judged=judged)
    assert found(sick) == [("CW-VERSION-CONFLICT", "crate:demo-core", "error")]


def test_a_file_that_no_manifest_lists_is_said_where_it_would_be_uploaded(tmp_path: Path) -> None:
    (tmp_path / "demo-core-0.2.0.crate").write_bytes(b"?")
    sick = Sick()
    publishing(sick)
    around(sick, environment=TOKENS)
    sick.facts["handover"] = read_folders([tmp_path])
    assert codes(sick.report()) == ["CW-ARTIFACT-UNLISTED"]
    sick.facts["destination"] = "rehearsal"
    assert codes(sick.report()) == []


@pytest.mark.parametrize(
    ("filename", "code"),
    [
        ("demo_core-0.2.0.crate", "CW-ARTIFACT-STRANGER"),
        ("demo-core-0.1.0.crate", "CW-ARTIFACT-STRANGER"),
        ("demo-0.2.0-cp39-abi3-win_amd64.whl", "CW-ARTIFACT-STRANGER"),
        ("core.artifacts.json", "CW-ARTIFACT-MANIFEST"),
    ],
)
def test_artifacts_that_do_not_fit_the_plan_are_said(
    tmp_path: Path, filename: str, code: str
) -> None:
    (tmp_path / filename).write_bytes(b"?")
    sick = Sick()
    sick.facts.update(plan=PLAN, handover=read_folders([tmp_path]))
    assert codes(sick.report()) == [code]


def test_a_proof_that_nobody_was_asked_for_is_none() -> None:
    sick = Sick()
    sick.facts["question"] = Question(prove=True)
    (diagnosis,) = sick.report().diagnoses
    assert (diagnosis.finding.code, diagnosis.severity) == ("CW-TRUST-UNPROVEN", "error")
    sick.facts["answer"] = Answer()
    assert sick.report().diagnoses == ()

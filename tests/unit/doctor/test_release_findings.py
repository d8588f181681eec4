"""What would stop a release of this moment, each by a repository that has nothing else wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sick_repository import BINDING, CORE, Sick, Sickness, codes

from cratewheel.destination import REGISTRIES
from cratewheel.doctor.online import Answer, Question
from cratewheel.doctor.report import RELEASE
from cratewheel.handover import read_folders
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


def planning(plan: Plan) -> Sickness:
    return lambda sick: sick.facts.update(plan=plan)


def publishing(sick: Sick) -> None:
    sick.facts.update(
        plan=PLAN,
        destination=REGISTRIES,
        endpoints=(Endpoint("crate", "crates.io", "", ""), Endpoint("wheel", "PyPI", "", "")),
    )


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
    sick.facts["environment"] = {"CARGO_REGISTRY_TOKEN": "x", "TWINE_PASSWORD": "y"}
    assert found(sick) == []


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

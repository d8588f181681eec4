"""Sick workflows: one healthy release workflow, and each fault made in a copy of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sick_repository import CORE, Sick, codes

from cratewheel.doctor.report import TRUST, WORKFLOWS
from cratewheel.plan.model import Plan, PlannedPackage
from cratewheel.workflows.publishing import commands, uploads
from cratewheel.workflows.reading import Step
from cratewheel.workflows.rendering import render_check, render_release
from cratewheel.workflows.settings import Cadence, WorkflowSettings

PINNED = "0123456789abcdef0123456789abcdef01234567"

#: Two registries, one job for each platform, one that publishes, and nothing wrong with it.
RELEASE = f"""\
name: Release
on:
  push:
    branches: [main]
permissions: {{}}
jobs:
  plan:
    runs-on: ubuntu-24.04
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@{PINNED} # v7
      - run: './pants release-plan ::'
      - uses: actions/upload-artifact@{PINNED}
        with: {{ name: plan, path: dist }}
  wheels:
    needs: plan
    strategy:
      matrix: ${{{{ fromJSON(needs.plan.outputs.matrix) }}}}
    runs-on: ${{{{ matrix.runs_on }}}}
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@{PINNED}
      - run: './pants package ::'
      - uses: actions/upload-artifact@{PINNED}
        with: {{ name: a, path: dist }}
  sdist:
    needs: [plan]
    runs-on: ubuntu-24.04
    permissions:
      contents: read
    steps:
      - run: maturin sdist
      - uses: actions/upload-artifact@{PINNED}
        with: {{ name: b, path: dist }}
  publish:
    needs: [wheels, sdist]
    runs-on: ubuntu-24.04
    environment:
      name: release
    permissions:
      contents: write
      id-token: write
    steps:
      - uses: actions/download-artifact@{PINNED}
      - run: >-
          ./pants
          --cratewheel-destination=registries
          release --output=dist/record.json ::
  announce:
    needs: publish
    runs-on: ubuntu-24.04
    steps:
      - run: echo done
      - uses: actions/upload-artifact@{PINNED}
        with: {{ name: log, path: dist }}
"""

#: What a fault replaces in the workflow, and by what; and its code.
FAULTS = {
    "a job that makes artifacts is not waited for": (
        "needs: [wheels, sdist]",
        "needs: [wheels]",
        "CW-WORKFLOW-NEEDS",
    ),
    "publishing without taking artifacts, beside builds": (
        f"needs: [wheels, sdist]\n    runs-on: ubuntu-24.04\n    environment:\n      name: release\n    permissions:\n      contents: write\n      id-token: write\n    steps:\n      - uses: actions/download-artifact@{PINNED}\n",
        "needs: plan\n    runs-on: ubuntu-24.04\n    permissions:\n      contents: write\n      id-token: write\n    steps:\n",
        "CW-WORKFLOW-NO-BARRIER",
    ),
    "publishing whatever happened": (
        "needs: [wheels, sdist]",
        "needs: [wheels, sdist]\n    if: always() && github.ref == 'refs/heads/main'",
        "CW-WORKFLOW-ALWAYS",
    ),
    "publishing although something failed": (
        "needs: [wheels, sdist]",
        "needs: [wheels, sdist]\n    if: ${{ !cancelled() }}",
        "CW-WORKFLOW-ALWAYS",
    ),
    "every job publishes itself": (
        "- run: './pants package ::'",
        "- run: |\n          pip install uv\n          uv publish dist/*\n        env: { UV_PUBLISH_TOKEN: '${{ secrets.PYPI }}' }",
        "CW-WORKFLOW-MANY-PUBLISHERS",
    ),
    "a cache under a release": (
        "- run: maturin sdist",
        f"- uses: Swatinem/rust-cache@{PINNED}\n      - run: maturin sdist",
        "CW-WORKFLOW-CACHE",
    ),
    "a cache by an input": (
        "- run: maturin sdist",
        f"- uses: PyO3/maturin-action@{PINNED}\n        with: {{ command: sdist, sccache: 'true' }}",
        "CW-WORKFLOW-CACHE",
    ),
    "started by strangers": (
        "  push:\n    branches: [main]",
        "  pull_request_target:\n    types: [closed]",
        "CW-WORKFLOW-TRIGGER",
    ),
    "started by another workflow": (
        "  push:\n    branches: [main]",
        "  workflow_run:\n    workflows: [CI]",
        "CW-WORKFLOW-TRIGGER",
    ),
    "no identity": ("\n      id-token: write", "", "CW-WORKFLOW-PERMISSIONS-MISSING"),
    "no leave to push tags": (
        "contents: write\n      id-token",
        "contents: read\n      id-token",
        "CW-WORKFLOW-PERMISSIONS-MISSING",
    ),
    "everything is allowed": (
        "permissions: {}",
        "permissions: write-all",
        "CW-WORKFLOW-PERMISSIONS-WIDE",
    ),
    "every job may prove what it is": (
        "permissions: {}",
        "permissions:\n  id-token: write",
        "CW-WORKFLOW-PERMISSIONS-WIDE",
    ),
    "a build that may publish": (
        "    needs: [plan]\n    runs-on: ubuntu-24.04\n    permissions:\n      contents: read\n",
        "    needs: [plan]\n    runs-on: ubuntu-24.04\n    permissions:\n      id-token: write\n",
        "CW-WORKFLOW-PERMISSIONS-WIDE",
    ),
    "a build that may push": (
        "    needs: [plan]\n    runs-on: ubuntu-24.04\n    permissions:\n      contents: read\n",
        "    needs: [plan]\n    runs-on: ubuntu-24.04\n    permissions:\n      contents: write\n",
        "CW-WORKFLOW-PERMISSIONS-WIDE",
    ),
    "a cache for the main branch alone": (
        "- run: maturin sdist",
        f"- uses: Swatinem/rust-cache@{PINNED}\n        if: github.ref == 'refs/heads/main'\n"
        "      - run: maturin sdist",
        "CW-WORKFLOW-CACHE",
    ),
    "called by others": (
        "  push:\n    branches: [main]",
        "  workflow_call:",
        "CW-WORKFLOW-REUSABLE",
    ),
    "a token beside an identity": (
        "          release --output=dist/record.json ::\n",
        "          release --output=dist/record.json ::\n        env:\n          CARGO_REGISTRY_TOKEN: ${{ secrets.CRATES }}\n",
        "CW-WORKFLOW-TOKEN",
    ),
    "an action by its tag": (
        f"actions/checkout@{PINNED} # v7",
        "actions/checkout@v7",
        "CW-ACTION-UNPINNED",
    ),
    "no YAML": ("permissions: {}", "permissions: {", "CW-WORKFLOW-SYNTAX"),
}


def sick(text: str) -> Sick:
    made = Sick()
    made.with_workflows(release=text)
    return made


def found(made: Sick) -> set[tuple[str, str]]:
    return {(each.area, each.finding.code) for each in made.report().diagnoses}


def test_a_healthy_workflow_has_no_finding() -> None:
    assert found(sick(RELEASE)) == set()


@pytest.mark.parametrize(("old", "new", "code"), FAULTS.values(), ids=[*FAULTS])
def test_a_fault_has_its_finding_and_no_other(old: str, new: str, code: str) -> None:
    assert RELEASE.count(old) == 1, "the fault is made in one place"
    assert found(sick(RELEASE.replace(old, new))) == {(WORKFLOWS, code)}


@pytest.mark.parametrize(
    "condition",
    [
        "${{ !startsWith(github.ref, 'refs/tags/') }}",
        "github.ref_type != 'tag'",
        "github.event_name == 'pull_request'",
        "github.ref != 'refs/heads/main'",
    ],
)
def test_a_cache_that_no_release_restores_is_no_fault(condition: str) -> None:
    cache = f'- uses: Swatinem/rust-cache@{PINNED}\n        if: "{condition}"\n      '
    text = RELEASE.replace("- run: maturin sdist", f"{cache}- run: maturin sdist")
    assert found(sick(text)) == set()


def test_a_build_that_attests_what_it_makes_may_prove_who_it_is() -> None:
    text = RELEASE.replace(
        "      contents: read\n    steps:\n      - run: maturin sdist\n",
        "      id-token: write\n    steps:\n      - run: maturin sdist\n"
        f"      - uses: actions/attest-build-provenance@{PINNED}\n",
    )
    assert text != RELEASE
    assert found(sick(text)) == set()


def test_a_job_without_permissions_is_said_to_have_none() -> None:
    text = RELEASE.replace("permissions: {}\n", "").replace(
        "    permissions:\n      contents: write\n      id-token: write\n", ""
    )
    assert found(sick(text)) == {(WORKFLOWS, "CW-WORKFLOW-PERMISSIONS-UNSAID")}


def test_findings_name_the_line() -> None:
    text = RELEASE.replace(f"actions/checkout@{PINNED} # v7", "actions/checkout@v7")
    (diagnosis,) = sick(text).report().diagnoses
    line = text.splitlines().index("      - uses: actions/checkout@v7") + 1
    assert diagnosis.finding.place == f".github/workflows/release.yml:{line}"


def test_deprecated_commands_of_every_kind() -> None:
    text = RELEASE.replace("- run: >-\n", "- run: maturin upload dist/*\n      - run: >-\n")
    assert "CW-WORKFLOW-DEPRECATED" in codes(sick(text).report())


def test_a_token_that_creates_a_crate_is_needed() -> None:
    old, new, _ = FAULTS["a token beside an identity"]
    made = sick(RELEASE.replace(old, new))
    new_crate = PlannedPackage(
        "crate:demo-core", "demo-core", CORE.address, "crate", "crates.io", "0.1.0"
    )
    made.facts["plan"] = Plan(commit="0" * 40, packages=(new_crate,))
    assert found(made) == set()


def test_a_workflow_that_publishes_nothing_is_left_alone() -> None:
    text = RELEASE.replace("release --output=dist/record.json ::", "package ::")
    for old, new, code in FAULTS.values():
        if (
            old in text
            and code != "CW-WORKFLOW-SYNTAX"
            and code != "CW-WORKFLOW-MANY-PUBLISHERS"
            and "TOKEN" not in code
        ):
            assert found(sick(text.replace(old, new))) == set(), code


def test_a_renamed_workflow_is_no_longer_the_one_registered() -> None:
    made = Sick()
    made.with_workflows(publish=RELEASE)
    checkout = made.facts["checkout"]
    earlier = {".github/workflows/release.yml": RELEASE.encode()}
    made.facts["checkout"] = replace(checkout, earlier=earlier)
    assert found(made) == {(WORKFLOWS, "CW-WORKFLOW-RENAMED")}
    made.facts["checkout"] = replace(checkout, earlier=checkout.workflows)
    assert found(made) == set()


@pytest.mark.parametrize(
    "trigger",
    ["push:\n    tags: ['v*']", "create:", "release:", "push: { tags: ['v*'], branches: [main] }"],
)
def test_workflows_that_wait_for_tags_are_never_started(trigger: str) -> None:
    made = sick(RELEASE)
    made.with_workflows(docs=f"on:\n  {trigger}\njobs:\n  docs:\n    steps: [{{ run: 'true' }}]\n")
    assert found(made) == {(WORKFLOWS, "CW-WORKFLOW-TAGS")}


BUILD_STEPS = f"""\
      - run: maturin sdist
      - uses: actions/upload-artifact@{PINNED}
        with: {{ name: b, path: dist }}
"""
assert RELEASE.count(BUILD_STEPS) == 1

#: What builds the sdist, to be called.
SDIST = f"""\
on: workflow_call
jobs:
  make:
    runs-on: ubuntu-24.04
    steps:
      - uses: Swatinem/rust-cache@{PINNED}
      - run: maturin sdist
      - uses: actions/upload-artifact@{PINNED}
        with: {{ name: b, path: dist }}
"""

#: The job that publishes, as a workflow of its own.
CALLED = f"""\
on: workflow_call
jobs:
  upload:
    runs-on: ubuntu-24.04
    environment: release
    permissions:
      contents: write
      id-token: write
    steps:
      - uses: actions/download-artifact@{PINNED}
      - run: "./pants release ::"
"""


def calling(uses: str) -> str:
    """The release with the job that publishes called."""
    before, _, after = RELEASE.partition("    runs-on: ubuntu-24.04\n    environment:")
    rest = after[after.index("  announce:") :]
    rights = "    permissions:\n      contents: write\n      id-token: write\n"
    return f"{before}    uses: {uses}\n{rights}{rest}"


def test_a_workflow_of_another_repository_must_not_publish_from_here() -> None:
    made = sick(calling(f"else/tools/.github/workflows/release.yml@{PINNED}"))
    (diagnosis,) = made.report().diagnoses
    assert diagnosis.finding.code == "CW-WORKFLOW-REUSABLE"
    assert "else/tools" in diagnosis.finding.message
    line = made.facts["checkout"].workflows[".github/workflows/release.yml"].decode()
    at = line.splitlines().index("  publish:") + 1
    assert diagnosis.finding.place == f".github/workflows/release.yml:{at}"


def test_what_a_called_workflow_makes_is_waited_for_and_comes_from_no_cache() -> None:
    text = RELEASE.replace(
        "    runs-on: ubuntu-24.04\n    permissions:\n      contents: read\n    steps:\n"
        + BUILD_STEPS,
        "    permissions:\n      contents: read\n    uses: ./.github/workflows/sdist.yml\n",
    )
    assert text != RELEASE
    made = sick(text)
    made.with_workflows(sdist=SDIST)
    assert found(made) == {(WORKFLOWS, "CW-WORKFLOW-CACHE")}
    made = sick(text.replace("needs: [wheels, sdist]", "needs: [wheels]"))
    made.with_workflows(sdist=SDIST)
    assert found(made) == {(WORKFLOWS, "CW-WORKFLOW-NEEDS")}


def test_a_called_workflow_that_publishes_is_the_one_that_pypi_knows() -> None:
    made = sick(calling("./.github/workflows/upload.yml"))
    made.with_workflows(upload=CALLED)
    assert found(made) == {(WORKFLOWS, "CW-WORKFLOW-REUSABLE")}
    (diagnosis,) = made.report().diagnoses
    assert diagnosis.finding.place == ".github/workflows/upload.yml"
    assert "by .github/workflows/release.yml" in diagnosis.finding.message
    # Before, the started workflow published: to crates.io it still does.
    checkout = made.facts["checkout"]
    earlier = {".github/workflows/release.yml": RELEASE.encode()}
    made.facts["checkout"] = replace(checkout, earlier=earlier)
    (renamed,) = [
        each.finding
        for each in made.report().diagnoses
        if each.finding.code == "CW-WORKFLOW-RENAMED"
    ]
    assert "published to PyPI by release.yml" in renamed.message
    assert "register upload.yml" in renamed.mend


COMPOSITE = f"""\
inputs:
  token: {{ required: true }}
  cache: {{ default: "true" }}
runs:
  using: composite
  steps:
    - uses: actions/setup-python@{PINNED}
      with:
        cache: ${{{{ inputs.cache }}}}
    - run: twine upload dist/*
      shell: bash
      env:
        TWINE_PASSWORD: ${{{{ inputs.token }}}}
"""


def test_what_an_action_of_the_repository_does_is_done_by_the_job_that_uses_it() -> None:
    text = RELEASE.replace(
        "      - run: >-\n          ./pants\n          --cratewheel-destination=registries\n"
        "          release --output=dist/record.json ::\n",
        "      - uses: ./.github/actions/upload\n        with: { token: '${{ secrets.PYPI }}' }\n",
    )
    assert text != RELEASE
    made = sick(text)
    checkout = made.facts["checkout"]
    action = {".github/actions/upload/action.yml": COMPOSITE.encode()}
    made.facts["checkout"] = replace(checkout, workflows={**checkout.workflows, **action})
    assert found(made) == {(WORKFLOWS, "CW-WORKFLOW-CACHE"), (WORKFLOWS, "CW-WORKFLOW-TOKEN")}
    line = text.splitlines().index("      - uses: ./.github/actions/upload") + 1
    places = {each.finding.place for each in made.report().diagnoses}
    assert places == {f".github/workflows/release.yml:{line}"}


def test_a_file_that_is_no_action_is_nobodys_fault() -> None:
    made = sick(RELEASE)
    checkout = made.facts["checkout"]
    other = {"playbooks/action.yml": b"- hosts: all\n"}
    made.facts["checkout"] = replace(checkout, workflows={**checkout.workflows, **other})
    assert found(made) == set()
    other = {".github/actions/x/action.yml": b"{"}
    made.facts["checkout"] = replace(checkout, workflows={**checkout.workflows, **other})
    assert found(made) == {(WORKFLOWS, "CW-WORKFLOW-SYNTAX")}


def test_a_job_on_one_line_is_on_that_line() -> None:
    text = (
        "on: push\njobs:\n"
        "  publish: { permissions: { id-token: write }, if: always(), "
        "steps: [{ run: cargo publish }] }\n"
    )
    (diagnosis,) = [
        each for each in sick(text).report().diagnoses if each.finding.code == "CW-WORKFLOW-ALWAYS"
    ]
    assert diagnosis.finding.place == ".github/workflows/release.yml:3"


POLICY = {
    "owner": "octo",
    "repository": "demo",
    "workflow": "release.yml",
    "github_environment": "Release",
}


def trusting(policy: dict[str, str], remote: str = "https://github.com/octo/demo") -> Sick:
    made = sick(RELEASE)
    made.facts["checkout"] = replace(made.facts["checkout"], remote=remote)
    made.declare(CORE, trust_policy=tuple(sorted(policy.items())))
    return made


def test_a_policy_that_is_true_has_no_finding() -> None:
    made = trusting(POLICY)
    made.environment = {
        "GITHUB_REPOSITORY": "Octo/demo",
        "GITHUB_WORKFLOW_REF": "octo/demo/.github/workflows/release.yml@refs/heads/main",
    }
    assert found(made) == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"owner": "fork"},
        {"repository": "other"},
        {"workflow": "publish.yml"},
        {"github_environment": "pypi"},
    ],
)
def test_a_policy_that_is_not_true_is_said(changes: dict[str, Any]) -> None:
    assert found(trusting({**POLICY, **changes})) == {(TRUST, "CW-TRUST-POLICY")}


def test_a_policy_for_a_workflow_that_publishes_nothing() -> None:
    made = trusting({**POLICY, "workflow": "ci.yml"})
    made.with_workflows(ci="on: push\njobs:\n  test:\n    steps: [{ run: 'true' }]\n")
    assert found(made) == {(TRUST, "CW-TRUST-POLICY")}


def test_the_running_job_is_compared_where_it_publishes() -> None:
    made = trusting(POLICY)
    made.with_workflows(other=RELEASE)
    made.environment = {
        "GITHUB_WORKFLOW_REF": "octo/demo/.github/workflows/other.yml@refs/heads/main"
    }
    assert (TRUST, "CW-TRUST-POLICY") in found(made)
    made.environment = {
        "GITHUB_WORKFLOW_REF": "octo/demo/.github/workflows/check.yml@refs/heads/main"
    }
    assert (TRUST, "CW-TRUST-POLICY") not in found(made)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("cargo publish # now", [("cargo", "publish")]),
        ("FOO=1 sudo twine upload 'a b'", [("twine", "upload", "a b")]),
        ("cd x && uv run maturin publish", [("cd", "x"), ("maturin", "publish")]),
        ("python3 -m twine upload \\\n  dist/*", [("twine", "upload", "dist/*")]),
        ("python setup.py sdist upload", [("setup.py", "sdist", "upload")]),
        ("if true; then cargo publish; fi", [("true",), ("cargo", "publish"), ("fi",)]),
        ("echo \"it's", [("echo", "\"it's")]),
    ],
)
def test_commands_of_a_script(script: str, words: list[tuple[str, ...]]) -> None:
    assert list(commands(script)) == words


@pytest.mark.parametrize(
    ("action", "inputs", "registries"),
    [
        ("katyo/publish-crates@v2", {}, ["crates.io"]),
        ("katyo/publish-crates@v2", {"dry-run": "true"}, []),
        ("release-plz/action@v0.5", {"command": "release-pr"}, []),
        ("release-plz/action@v0.5", {"command": "release"}, ["crates.io"]),
        ("PyO3/maturin-action@v1", {"command": "build"}, []),
        ("PyO3/maturin-action@v1", {"command": "upload"}, ["PyPI"]),
        ("actions/checkout@v4", {}, []),
    ],
)
def test_what_an_action_uploads(action: str, inputs: dict[str, str], registries: list[str]) -> None:
    step = Step(1, uses=action, inputs=inputs)
    assert [upload.registry for upload in uploads(step)] == registries


@pytest.mark.parametrize(
    ("script", "registries"),
    [
        ("cargo publish --dry-run", []),
        ("cargo +nightly publish -p x", ["crates.io"]),
        ("echo cargo publish", []),
        ("cargo release minor", []),
        ("cargo release minor --execute", ["crates.io"]),
        ("release-plz release-pr", []),
        ("release-plz release", ["crates.io"]),
        ("python setup.py sdist", []),
        ("python setup.py sdist upload", ["PyPI"]),
        ("python -m other setup.py upload", []),
        (
            "twine upload --repository-url https://test.example/legacy/ x",
            ["https://test.example/legacy/"],
        ),
        ("pants release-plan ::", []),
        ("./pants --cratewheel-destination=rehearsal release ::", []),
        ("./pants publish --changed-since=origin/main", ["crates.io", "PyPI"]),
    ],
)
def test_what_a_script_uploads(script: str, registries: list[str]) -> None:
    assert [upload.registry for upload in uploads(Step(1, run=script))] == registries


@pytest.mark.parametrize("cadence", [*Cadence])
def test_generated_workflows_are_healthy(cadence: Cadence) -> None:
    settings = WorkflowSettings(cadence=cadence)
    made = Sick()
    made.with_workflows(release=render_release(settings), release_check=render_check(settings))
    assert found(made) == set()
    policy = {"workflow": "release.yml", "github_environment": settings.environment}
    made.declare(CORE, trust_policy=tuple(sorted(policy.items())))
    assert found(made) == set()


#: As maturin's own generator has it, in short.
GENERATED_BY_MATURIN = """\
name: CI
on:
  push: { branches: [main], tags: ['*'] }
  pull_request:
permissions:
  contents: read
jobs:
  linux:
    runs-on: ubuntu-22.04
    strategy: { matrix: { target: [x86_64, aarch64] } }
    steps:
      - uses: actions/checkout@v6
      - uses: PyO3/maturin-action@v1
        with:
          target: ${{ matrix.target }}
          sccache: ${{ !startsWith(github.ref, 'refs/tags/') }}
      - uses: actions/upload-artifact@v5
  sdist:
    runs-on: ubuntu-22.04
    steps:
      - uses: PyO3/maturin-action@v1
        with: { command: sdist }
      - uses: actions/upload-artifact@v5
  release:
    needs: [linux]
    if: startsWith(github.ref, 'refs/tags/')
    permissions: { id-token: write, contents: write, attestations: write }
    steps:
      - uses: actions/download-artifact@v6
      - uses: PyO3/maturin-action@v1
        env:
          MATURIN_PYPI_TOKEN: ${{ secrets.PYPI_API_TOKEN }}
        with:
          command: upload
"""


def test_what_projects_of_this_shape_have_wrong_today() -> None:
    report = sick(GENERATED_BY_MATURIN).report()
    assert sorted({each.finding.code for each in report.diagnoses}) == [
        "CW-ACTION-UNPINNED",
        "CW-WORKFLOW-DEPRECATED",
        "CW-WORKFLOW-NEEDS",
        "CW-WORKFLOW-TOKEN",
    ]
    (needs,) = [each for each in report.diagnoses if each.finding.code == "CW-WORKFLOW-NEEDS"]
    assert "`sdist`" in needs.finding.message

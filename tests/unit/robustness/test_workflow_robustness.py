"""Whatever is in a workflow, it is read or refused with a code, and in no time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import mutated_bytes, tried

from cratewheel.doctor.trust import policy_findings
from cratewheel.doctor.workflows import workflow_findings
from cratewheel.errors import CratewheelError
from cratewheel.workflows.inlining import read_workflows
from cratewheel.workflows.reading import Workflow, read_workflow

PATH = ".github/workflows/release.yml"
RELEASE = b"""
on:
  push: {branches: [main], tags: ["v*"]}
  workflow_dispatch:
permissions: {}
env: &shared
  CARGO_TERM_COLOR: always
jobs:
  wheels:
    runs-on: ${{ matrix.runner }}
    strategy:
      matrix: {runner: [ubuntu-24.04, macos-15]}
    steps:
      - uses: actions/checkout@v4
        with: {fetch-depth: 0}
      - uses: PyO3/maturin-action@v1
        env: *shared
      - uses: actions/upload-artifact@v4
  publish:
    needs: [wheels]
    if: always()
    environment: {name: release, url: https://example.org}
    permissions:
      id-token: write
    steps:
      - run: |
          cargo publish
          twine upload dist/*
        env: {CARGO_REGISTRY_TOKEN: "${{ secrets.TOKEN }}"}
      - uses: pypa/gh-action-pypi-publish@release/v1
"""
VALUES = st.sampled_from(
    ["", "~", "[]", "{}", "[[1]]", "{a: {b: c}}", "!!binary x", "*shared", "&x [*x]", "|", "? [a]"]
)
KEYS = st.sampled_from(
    [
        b"push:",
        b"permissions:",
        b"needs:",
        b"steps:",
        b"env:",
        b"with:",
        b"matrix:",
        b"uses:",
        b"if:",
    ]
)


def judge(workflow: Workflow) -> None:
    """Has everything looked at that the doctor looks at."""
    for finding in workflow_findings(
        [workflow, workflow], registered={"PyPI": frozenset(["other.yml"])}, creates=True
    ):
        assert str(finding)
    policy = {"owner": "octo", "workflow": "release.yml", "github_environment": "release"}
    for finding in policy_findings([("a:a", policy)], [workflow], "https://x.example/o/r.git", {}):
        assert str(finding)


@settings(max_examples=200, deadline=None)
@given(mutated_bytes(RELEASE))
def test_a_damaged_workflow_is_judged_or_refused(content: bytes) -> None:
    text = content.decode("utf-8", "replace")
    workflow = tried(lambda: read_workflow(PATH, text), "CW-WORKFLOW-SYNTAX")
    if workflow is not None:
        judge(workflow)


@settings(max_examples=200, deadline=None)
@given(KEYS, VALUES)
def test_any_kind_of_value_may_be_anywhere(key: bytes, value: str) -> None:
    at = RELEASE.index(key) + len(key)
    end = RELEASE.index(b"\n", at)
    text = (RELEASE[:at] + b" " + value.encode() + RELEASE[end:]).decode()
    workflow = tried(lambda: read_workflow(PATH, text), "CW-WORKFLOW-SYNTAX")
    if workflow is not None:
        judge(workflow)


BOMB = "\n".join(
    ["on:", "  a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"  a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]" for at in range(1, 12)]
)
CIRCLE = "on: &on {push: *on}"
DEEP = f"on: {'[' * 5000}"
NESTED = f"on: {'[' * 5000}{']' * 5000}"


@pytest.mark.parametrize(
    "text", [BOMB, CIRCLE, DEEP, NESTED], ids=["bomb", "circle", "deep", "nested"]
)
def test_what_unfolds_without_end_is_refused(text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(CratewheelError, match="CW-WORKFLOW-SYNTAX"):
        read_workflow(PATH, f"{text}\njobs: {{a: {{steps: []}}}}\n")
    assert time.perf_counter() - started < 30


def test_calls_without_end_are_left_as_they_are() -> None:
    circle = {
        f".github/workflows/{name}.yml": "on: workflow_call\njobs:\n"
        + "".join(f"  j{at}: {{uses: ./.github/workflows/{other}.yml}}\n" for at in range(20))
        for name, other in (("a", "b"), ("b", "a"))
    }
    tower = {
        f"a{at}/action.yml": "runs:\n  using: composite\n  steps:\n"
        + f"    - uses: ./a{at + 1}\n" * 20
        for at in range(12)
    }
    release = "on: push\njobs: {x: {steps: [{uses: ./a0}]}, y: {uses: ./.github/workflows/a.yml}}\n"
    started = time.perf_counter()
    found = read_workflows({**circle, **tower, PATH: release})
    for finding in workflow_findings(found.written_out, called=found.called):
        assert str(finding)
    assert time.perf_counter() - started < 30

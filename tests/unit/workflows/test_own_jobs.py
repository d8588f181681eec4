"""Which jobs of a project's own workflows keep their rows, and which workflows publish."""

from __future__ import annotations

import pytest

from cratewheel.workflows.existing import neighbours_among
from cratewheel.workflows.neighbours import OtherPublisher, dumps, loads

FILE = ".github/workflows/ci.yml"
# A matrix by words, the profile in an action of the repository.
BY_WORDS = """
on: push
jobs:
  build:
    strategy:
      matrix:
        os: [linux, windows]
        exclude:
          # PGO optimised below
          - os: linux
    runs-on: ${{ matrix.os }}-latest
    steps:
      - uses: PyO3/maturin-action@v1
      - uses: actions/upload-artifact@v4
  build-pgo:
    strategy:
      matrix:
        os: [linux, windows, macos]
        interpreter: ["3.13", "3.14"]
        include:
          - os: linux
            runs-on: ubuntu-latest
          - os: windows
            ls: dir
            runs-on: windows-latest
          - os: macos
            runs-on: macos-latest
        exclude:
          - os: windows
            interpreter: "3.14"
    runs-on: ${{ matrix.runs-on }}
    steps:
      - uses: ./.github/actions/optimised
      - uses: actions/upload-artifact@v4
  inspect:
    needs: [build, build-pgo]
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@v4
      - run: ls
  wasm:
    runs-on: ubuntu-latest
    steps:
      - run: maturin build --target wasm32-unknown-emscripten
      - uses: actions/upload-artifact@v4
"""
ACTION = """
runs:
  using: composite
  steps:
    - run: RUSTFLAGS="-Cprofile-use=$PWD/merged.profdata" maturin build
"""


def jobs(text: str, **others: str) -> dict[str, str]:
    return dict(neighbours_among({FILE: text, **others}).jobs)


def test_jobs_with_a_profile_and_those_for_the_browser_keep_their_rows() -> None:
    found = neighbours_among({FILE: BY_WORDS, ".github/actions/optimised/action.yml": ACTION}).jobs
    assert found == {
        "x86_64-unknown-linux-gnu": "build-pgo in ci.yml",
        "x86_64-pc-windows-msvc": "build-pgo in ci.yml",
        "aarch64-apple-darwin": "build-pgo in ci.yml",
        "wasm32-unknown-emscripten": "wasm in ci.yml",
    }


def one_job(matrix: str, runs_on: str, step: str) -> str:
    return f"""
on: push
jobs:
  wheels:
    strategy:
      matrix: {matrix}
    runs-on: {runs_on}
    steps:
      - {step}
      - uses: actions/upload-artifact@v4
"""


@pytest.mark.parametrize(
    ("matrix", "runs_on", "step", "expected"),
    [
        (
            '{target: ["x86_64-apple-darwin", "aarch64-pc-windows-msvc"]}',
            "macos-latest",
            "run: cargo pgo build",
            ["aarch64-pc-windows-msvc", "x86_64-apple-darwin"],
        ),
        (
            "{os: [ubuntu-24.04-arm, macos-15-intel, windows-11-arm, macos-14]}",
            "${{ matrix.os }}",
            "run: cargo pgo optimize",
            [
                "aarch64-apple-darwin",
                "aarch64-pc-windows-msvc",
                "aarch64-unknown-linux-gnu",
                "x86_64-apple-darwin",
            ],
        ),
        (
            "{target: [x86_64, armv7], manylinux: [musllinux_1_2]}",
            "ubuntu-latest",
            "env: {RUSTFLAGS: -Cprofile-generate=/tmp/x}",
            ["armv7-unknown-linux-musleabihf", "x86_64-unknown-linux-musl"],
        ),
        (
            "{include: [{target: x86_64-unknown-linux-gnu, pgo: true}, {target: i686-unknown-linux-gnu}]}",
            "ubuntu-latest",
            "run: ./build.sh ${{ matrix.pgo && '--pgo' }}",
            ["x86_64-unknown-linux-gnu"],
        ),
        ("{os: [ubuntu-latest]}", "${{ matrix.os }}", "run: maturin build", []),
        ("${{ fromJSON(needs.plan.outputs.matrix) }}", "${{ matrix.os }}", "run: cargo pgo", []),
        (
            "{platform: [x86]}",
            "ubuntu-latest",
            "run: maturin build --target aarch64-linux-android",
            ["aarch64-linux-android"],
        ),
    ],
)
def test_the_rows_are_those_that_the_matrix_says(
    matrix: str, runs_on: str, step: str, expected: list[str]
) -> None:
    assert sorted(jobs(one_job(matrix, runs_on, step))) == expected


def test_a_job_that_hands_nothing_over_keeps_nothing() -> None:
    text = BY_WORDS.replace("      - uses: actions/upload-artifact@v4\n", "")
    assert jobs(text) == {}


def test_workflows_that_publish_are_named_with_their_jobs_and_registries() -> None:
    text = """
on: {push: {tags: ["v*"]}}
jobs:
  crates: {runs-on: ubuntu-latest, steps: [{run: cargo publish}]}
  wheels: {runs-on: ubuntu-latest, steps: [{uses: pypa/gh-action-pypi-publish@release/v1}]}
"""
    found = neighbours_among({FILE: text, ".github/workflows/broken.yml": "{"})
    assert found.publishers == (OtherPublisher(FILE, ("crates", "wheels"), ("crates.io", "PyPI")),)
    assert loads(dumps(found)) == found

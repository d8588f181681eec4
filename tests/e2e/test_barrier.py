"""What stops a release before its first upload: a wrong artifact, and tests that fail on the wheel."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pants_run import Repository, copy_checkout, repository

WHEEL = "src/packages/python"

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    folder = tmp_path_factory.mktemp("clone")
    copy_checkout(folder)
    with repository(folder) as made:
        yield made


@pytest.fixture(autouse=True)
def put_back(clone: Repository) -> Iterator[None]:
    """Whatever a test edits is as it was for the next one."""
    yield
    clone.git("checkout", "--quiet", ".")
    clone.git("clean", "--quiet", "--force", "-d")
    shutil.rmtree(clone.root / "dist", ignore_errors=True)


def uploaded(clone: Repository) -> list[Path]:
    """The files in the registries of the rehearsal."""
    return [
        path
        for path in (clone.root / "dist" / "rehearsal").rglob("textloc-*")
        if path.suffix in (".crate", ".whl", ".gz")
    ]


def test_a_wheel_that_fails_its_tests_is_packaged_and_not_released(clone: Repository) -> None:
    clone.replace(f"{WHEEL}/tests/test_textloc.py", "== (0, 17)", "== (0, 71)")

    clone.pants("package", WHEEL).succeeded()
    released = clone.pants("release", "src::").refused("CW-WHEEL-TEST-FAILED", f"{WHEEL}:textloc")

    # pytest's own words, and the oldest interpreter that the wheel is for.
    assert "assert (0, 17) == (0, 71)" in released.output
    assert "1 failed, 7 passed" in released.output
    assert uploaded(clone) == []


def test_a_job_that_builds_a_row_of_a_plan_tests_its_wheels(clone: Repository) -> None:
    clone.pants("release-plan", "--offline", "--output=dist/plan.json", "src::").succeeded()
    plan = "--cratewheel-plan=dist/plan.json"

    clone.pants(plan, "package", WHEEL).succeeded()
    row = f"textloc-wheel-{platform.machine()}-unknown-linux-gnu"
    manifest = json.loads((clone.root / "dist" / f"{row}.artifacts.json").read_text())
    (listed,) = manifest["artifacts"]
    assert listed["tested"] is True
    assert listed["trial"].startswith("on cp3")
    clone.replace(f"{WHEEL}/BUILD", "pytest {project}/tests", "python -c 'raise SystemExit(7)'")
    clone.pants(plan, "package", WHEEL).refused("CW-WHEEL-TEST-FAILED", f"{WHEEL}:textloc")


def test_publish_runs_the_tests_too(clone: Repository) -> None:
    clone.replace(f"{WHEEL}/BUILD", "pytest {project}/tests", "python -c 'raise SystemExit(7)'")

    clone.pants("publish", "src::").refused("CW-WHEEL-TEST-FAILED", f"{WHEEL}:textloc")

    assert uploaded(clone) == []


def test_the_tests_see_the_installed_wheel_and_not_the_sources(clone: Repository) -> None:
    clone.write(
        {
            f"{WHEEL}/tests/test_place.py": (
                "import sys\n\nimport textloc\n\n\ndef test_place() -> None:\n"
                "    assert textloc.__file__.startswith(sys.prefix)\n"
            )
        }
    )
    clone.replace(
        f"{WHEEL}/BUILD",
        'test_command="pytest {project}/tests"',
        'test_command="PYTHONPATH={project}/python pytest {project}/tests"',
    )

    clone.pants("release", "src::").succeeded()

    assert len(uploaded(clone)) == 3


def test_a_test_that_passed_is_not_run_again(clone: Repository) -> None:
    clone.pants("release", "src::").succeeded()
    again = clone.pants("release", "src::").succeeded()

    assert "Test textloc" not in again.output
    assert "0 uploaded, 3 already there" in again.last_line


def test_what_pypi_would_refuse_is_not_even_packaged(clone: Repository) -> None:
    clone.replace(f"{WHEEL}/pyproject.toml", "Typing :: Typed", "Typing :: Typewritten")

    refused = clone.pants("package", WHEEL).refused("CW-WHEEL-METADATA", "textloc-0.1.0")

    # The wheel and the source distribution, in one go.
    assert refused.output.count("PyPI does not know `Typing :: Typewritten`") == 2
    assert list((clone.root / "dist").glob("textloc-*")) == []


def test_a_source_distribution_that_does_not_build_is_not_packaged(clone: Repository) -> None:
    clone.replace(
        "src/crates/textloc/Cargo.toml",
        "[package]",
        '[package]\ninclude = ["/src/lib.rs", "/README.md", "/LICENSE"]',
    )

    refused = clone.pants("package", WHEEL).refused("CW-BUILD-FAILED", f"{WHEEL}:textloc")

    assert "no wheel can be built from it" in refused.output

"""`pants release-doctor` through Pants itself: a healthy repository, and some sick ones in its place."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest
from crates_project import FILES, make_project
from pants_run import Repository

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")

PUBLISHING = """\
on: { push: { branches: [main] } }
jobs:
  publish:
    runs-on: ubuntu-24.04
    if: always()
    permissions: { id-token: write, contents: write }
    steps:
      - run: "./pants release ::"
"""

#: What is changed, and the code, severity and beginning of the place of what is said of it.
SICK: dict[str, tuple[dict[str, Optional[str]], str, str, str]] = {
    "metadata": (
        {"grain/Cargo.toml": FILES["grain/Cargo.toml"].replace('description = "Grains"\n', "")},
        "CW-CRATE-METADATA",
        "error",
        "grain/Cargo.toml",
    ),
    "feature": (
        {"grain/BUILD": 'crate_package(name="grain", publish=True, features=["gone"])\n'},
        "CW-FEATURE-UNKNOWN",
        "error",
        "grain:grain: features",
    ),
    "packed": (
        {"grain/Cargo.toml": FILES["grain/Cargo.toml"] + 'exclude = ["/src"]\n'},
        "CW-CRATE-FILE-LEFT-OUT",
        "error",
        "grain/Cargo.toml",
    ),
    "unowned": (
        {
            "grain/BUILD": 'crate_package(name="grain", publish=True, sources=["**/*.rs", "*.toml"])\n',
            "grain/words.txt": "words\n",
        },
        "CW-FILES-UNOWNED",
        "warning",
        "grain:grain: sources",
    ),
    "unpublished": (
        {"grain/BUILD": 'crate_package(name="grain")\n'},
        "CW-DEPENDENCY-UNPUBLISHED",
        "warning",
        "sieve/Cargo.toml: dependencies.cw-grain",
    ),
    "workflow": (
        {".github/workflows/release.yml": PUBLISHING},
        "CW-WORKFLOW-ALWAYS",
        "error",
        ".github/workflows/release.yml:3",
    ),
    "tags": (
        {
            f"{name}/BUILD": f'crate_package(name="{name}", publish=True, tag_format="v{{version}}")\n'
            for name in ("grain", "sieve")
        },
        "CW-TAG-COLLISION",
        "error",
        "",
    ),
    "version": (
        {"grain/Cargo.toml": FILES["grain/Cargo.toml"].replace('"0.1.0"', '"0.1"')},
        "CW-MANIFEST-SYNTAX",
        "error",
        "grain/Cargo.toml: package.version",
    ),
    "tool": (
        {"grain/BUILD": 'crate_package(name="grain", publish=True, tools=["no-such-program"])\n'},
        "CW-TOOL-MISSING",
        "error",
        "no-such-program",
    ),
    "processor": (
        {
            "py/.cargo/config.toml": '[build]\nrustflags = ["-Ctarget-cpu=native"]\n',
            "py/BUILD": 'cargo_workspace(name="cargo")\nmaturin_wheel(publish=True)\n',
            "py/Cargo.toml": '[package]\nname = "cw-py"\nversion = "1.0.0"\nedition = "2021"\n[workspace]\n',
            "py/src/main.rs": "fn main() {}\n",
            "py/pyproject.toml": '[build-system]\nrequires = ["maturin>=1.9,<2"]\n'
            'build-backend = "maturin"\n[project]\nname = "cw-py"\nversion = "1.0.0"\n'
            '[tool.maturin]\nbindings = "bin"\n',
        },
        "CW-TARGET-CPU-NATIVE",
        "error",
        "py/.cargo/config.toml",
    ),
    "environment": (
        {"grain/BUILD": 'crate_package(name="grain", publish=True, environment="nowhere")\n'},
        "CW-ENVIRONMENT-UNKNOWN",
        "error",
        "grain:grain: environment",
    ),
    "trust": (
        {
            "grain/BUILD": 'crate_package(name="grain", publish=True, '
            'trust_policy={"workflow": "publish.yml"})\n'
        },
        "CW-TRUST-POLICY",
        "error",
        "grain:grain: trust_policy",
    ),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    with make_project(tmp_path_factory.mktemp("project")) as made:
        yield made


def doctor(project: Repository, *arguments: str, status: int = 0, **variables: str) -> Any:
    result = project.pants(
        "release-doctor", "--offline", "--format=json", *arguments, environment=variables
    )
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output
    return json.loads(result.stdout)


def test_a_healthy_repository_has_no_finding(project: Repository) -> None:
    report = doctor(project, "--fail-on=note", "::")
    assert report["findings"] == []
    assert [line.split(" ")[0] for line in report["ships"]] == ["crate:cw-grain", "crate:cw-sieve"]


@pytest.mark.parametrize(("files", "code", "severity", "place"), SICK.values(), ids=[*SICK])
def test_a_sick_repository_is_told_so(
    project: Repository, files: dict[str, Optional[str]], code: str, severity: str, place: str
) -> None:
    with project.changed(files):
        # Without arguments the whole repository is looked at.
        report = doctor(project, status=1 if severity == "error" else 0)
    found = [each for each in report["findings"] if each["code"] == code]
    assert [each["severity"] for each in found] == [severity], report["findings"]
    assert found[0]["place"].startswith(place)


def test_a_machine_without_a_compiler_is_said(project: Repository, tmp_path: Path) -> None:
    report = doctor(project, f"--cargo-search-path=['{tmp_path}']", "::", status=1)
    (finding,) = [each for each in report["findings"] if each["class"] == "machine"]
    assert (finding["code"], finding["severity"]) == ("CW-TOOLCHAIN-MISSING", "error")


def test_a_toolchain_that_a_workspace_pins_and_nobody_has_is_said(
    project: Repository, tmp_path: Path
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "rustup").write_text("#!/bin/sh\ncat rust-toolchain >&2\nexit 1\n")
    (tools / "rustup").chmod(0o755)
    (tools / "cargo").symlink_to("rustup")
    search = f"--cargo-search-path=['{tools}', '<PATH>']"
    with project.changed({"rust-toolchain": "Nobody has this one."}):
        report = doctor(project, search, "::", status=1)
    (finding,) = [each for each in report["findings"] if each["class"] == "machine"]
    assert finding["code"] == "CW-TOOLCHAIN-MISSING"
    assert "Nobody has this one." in finding["message"]


def test_artifacts_of_another_release_are_said(project: Repository, tmp_path: Path) -> None:
    (tmp_path / "cw-grain-9.9.9.crate").write_bytes(b"whence?")
    report = doctor(project, f"--cratewheel-artifacts=['{tmp_path}']", "::", status=1)
    assert [each["code"] for each in report["findings"]] == ["CW-ARTIFACT-STRANGER"]


def test_what_this_run_lacks_for_a_release_is_said(project: Repository) -> None:
    options = ("--cratewheel-destination=registries", "--cratewheel-github-releases")
    report = doctor(project, *options, "::")
    assert {(each["code"], each["place"]) for each in report["findings"]} == {
        ("CW-CREDENTIALS-MISSING", "GitHub"),
        ("CW-CREDENTIALS-MISSING", "crates.io"),
    }


def test_findings_of_several_classes_come_together_and_as_annotations(project: Repository) -> None:
    several = {
        name: text for sick in ("metadata", "workflow") for name, text in SICK[sick][0].items()
    }
    with project.changed(several):
        result = project.pants(
            "release-doctor", "--offline", "--format=github", "--output=dist/report.json", "::"
        )
    assert result.exit_code == 1
    assert "::error file=grain/Cargo.toml,title=CW-CRATE-METADATA::" in result.stdout
    assert (
        "::error file=.github/workflows/release.yml,line=3,title=CW-WORKFLOW-ALWAYS"
        in result.stdout
    )
    written = json.loads((project.root / "dist" / "report.json").read_text())
    assert {each["class"] for each in written["findings"]} >= {"manifests", "workflows"}


def test_a_pull_request_is_read_before_it_is_merged(project: Repository, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    base = {"sha": project.git("rev-parse", "HEAD").strip()}
    text = {"number": 7, "title": "Say more", "body": "release: minor [cw-grian]", "base": base}
    event.write_text(json.dumps({"pull_request": text}))
    report = doctor(project, "::", status=1, GITHUB_EVENT_PATH=str(event))
    (finding,) = report["findings"]
    assert finding["code"] == "CW-TRAILER-UNKNOWN-PACKAGE"
    assert finding["place"] == "pull request, line 3"
    assert "cw-grain" in finding["message"]


def test_only_what_was_asked_about_is_judged(project: Repository) -> None:
    with project.changed(SICK["metadata"][0]):
        report = doctor(project, "--fail-on=warning", "sieve::")
    # The change is not committed; of what it broke nothing is said.
    assert {each["code"] for each in report["findings"]} == {"CW-TREE-DIRTY"}

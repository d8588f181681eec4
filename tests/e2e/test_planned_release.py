"""Versions from commits, all the way through Pants: plan, build, release."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli
from crates_project import make_project
from marked_secrets import secret
from pants_run import Repository

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """Two crates that were released as 0.1.0, one of which has a new feature since."""
    with make_project(tmp_path_factory.mktemp("planned")) as made:
        for name in ("cw-grain", "cw-sieve"):
            made.git("tag", "--annotate", f"{name}-v0.1.0", "--message=Release")
        made.replace("grain/src/lib.rs", "/// One.", "/// The number one.")
        made.commit("Say what one is\n\nrelease: minor")
        made.git("tag", "start")
        yield made


@pytest.fixture(autouse=True)
def back_to_start(project: Repository) -> Iterator[None]:
    yield
    project.git("reset", "--quiet", "--hard", "start")
    project.git("clean", "--quiet", "--force", "-d")


def plan(project: Repository, *arguments: str) -> Any:
    result = project.pants("release-plan", "--offline", "--format=json", *arguments, "::")
    return json.loads(result.succeeded().stdout)


def versions(plan: Any) -> dict[str, str]:
    return {package["id"]: package["version"] for package in plan["packages"]}


def manifest(crate: Path) -> Any:
    with tarfile.open(crate) as archive:
        member = archive.extractfile(f"{crate.name[: -len('.crate')]}/Cargo.toml")
        assert member is not None
        return tomli.loads(member.read().decode())


def test_the_plan_says_what_ships_and_why(project: Repository) -> None:
    found = plan(project)
    assert versions(found) == {"crate:cw-grain": "0.2.0", "crate:cw-sieve": "0.1.1"}
    grain, sieve = found["packages"]
    head = project.git("rev-parse", "HEAD").strip()[:7]
    assert grain["reasons"] == [f"grain/src/lib.rs changed in {head}", f"release: minor in {head}"]
    assert sieve["depends_on"] == ["crate:cw-grain"]
    assert any("crate:cw-grain 0.2.0" in reason for reason in sieve["reasons"])
    assert {row["kind"] for row in found["matrix"]["include"]} == {"crate"}


def test_a_release_carries_the_planned_versions_everywhere(project: Repository) -> None:
    project.pants("release", "--output=dist/record.json", "::").succeeded()
    record = json.loads((project.root / "dist/record.json").read_text())
    assert [entry["filename"] for entry in record] == [
        "cw-grain-0.2.0.crate",
        "cw-sieve-0.1.1.crate",
    ]
    project.pants("package", "::").succeeded()
    sieve = manifest(project.root / "dist/cw-sieve-0.1.1.crate")
    assert sieve["package"]["version"] == "0.1.1"
    assert sieve["dependencies"]["cw-grain"]["version"] == "0.2.0"
    assert project.git("status", "--porcelain") == ""


def test_tests_alone_ship_nothing(project: Repository) -> None:
    project.git("reset", "--quiet", "--hard", "cw-grain-v0.1.0")
    project.write({"grain/tests/one.rs": "#[test]\nfn one() { assert_eq!(cw_grain::one(), 1) }\n"})
    project.commit("Test one")
    assert versions(plan(project)) == {}
    result = project.pants("release", "::").succeeded()
    assert "Nothing to release" in result.stdout


def test_a_decision_of_the_command_line_wins(project: Repository) -> None:
    decided = plan(project, "--release=crate:cw-sieve@major")
    assert versions(decided) == {"crate:cw-grain": "0.2.0", "crate:cw-sieve": "1.0.0"}


def test_job_outputs_and_a_summary_are_written(project: Repository) -> None:
    outputs, summary = project.root / "dist/outputs", project.root / "dist/summary"
    outputs.parent.mkdir(exist_ok=True)
    project.pants(
        "release-plan",
        "--offline",
        "--format=github",
        "::",
        environment={"GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(summary)},
    ).succeeded()
    values = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
    assert values["has_release"] == "true"
    assert [row["name"] for row in json.loads(values["matrix"])["include"]] == [
        "cw-grain",
        "cw-sieve",
    ]
    assert "```mermaid" in summary.read_text()


def test_a_frozen_plan_is_obeyed_until_the_tree_moves_on(project: Repository) -> None:
    project.pants("release-plan", "--offline", "--output=dist/plan.json", "::").succeeded()
    frozen = project.root / "dist/plan.json"
    assert json.loads(frozen.read_text()) == plan(project)
    project.git("tag", "--annotate", "cw-grain-v0.9.0", "--message=Somebody else's release")
    try:
        released = project.pants("--cratewheel-plan=dist/plan.json", "release", "::").succeeded()
        assert "cw-grain-0.2.0.crate" in released.stdout
    finally:
        project.git("tag", "--delete", "cw-grain-v0.9.0")
    edited = frozen.read_text().replace("0.2.0", "0.5.0")
    (project.root / "dist/edited.json").write_text(edited)
    project.pants("--cratewheel-plan=dist/edited.json", "release", "::").refused("CW-PLAN-EDITED")
    project.commit("Move on")
    project.pants("--cratewheel-plan=dist/plan.json", "release", "::").refused("CW-PLAN-STALE")
    project.pants("--cratewheel-plan=dist/plan.json", "package", "grain::").refused("CW-PLAN-STALE")


def test_a_bad_trailer_stops_a_release_and_not_a_build(project: Repository) -> None:
    project.commit("Oops\n\nrelease: mnior [cw-grain, cw-chaff]")
    refused = project.pants("release", "::").refused("CW-TRAILER-MALFORMED", "commit ")
    assert "release-ignore" in refused.output
    project.pants("package", "grain::").succeeded()
    assert (project.root / "dist/cw-grain-0.1.0.crate").exists()
    bad = project.git("rev-parse", "HEAD").strip()
    project.commit(f"Take it back\n\nrelease-ignore: {bad}")
    assert versions(plan(project))["crate:cw-grain"] == "0.2.0"


def test_publish_says_which_due_package_it_leaves_out(project: Repository) -> None:
    result = project.pants("publish", "grain::").succeeded()
    assert "crate:cw-sieve 0.1.1 is due as well and was not selected" in result.output
    with_dependents = project.pants("publish", "--changed-since=HEAD~1").succeeded()
    assert "crate:cw-sieve 0.1.1" in with_dependents.output


def test_publish_of_what_has_changed_is_the_plan_and_tags_end_it(project: Repository) -> None:
    planned = plan(project)
    project.pants(
        "--cratewheel-rehearsal-dir=dist/changed",
        "publish",
        "--changed-since=HEAD~1",
        "--output=dist/published.json",
    ).succeeded()
    entries = {
        (entry["id"], entry["version"], entry["filename"])
        for published in json.loads((project.root / "dist/published.json").read_text())
        for entry in published.get("data", ())
    }
    assert entries == {
        (package["id"], package["version"], file["filename"])
        for package in planned["packages"]
        for file in package["files"]
    }
    tags = [package["tag"] for package in planned["packages"]]
    try:
        for tag in tags:
            project.git("tag", tag)
        assert versions(plan(project)) == {}
    finally:
        project.git("tag", "--delete", *tags)


def test_publish_of_nothing_names_what_would_ship(project: Repository) -> None:
    result = project.pants("publish", "--changed-since=HEAD").succeeded()
    assert result.output.count("`pants release ::`") == 1


def test_publish_of_a_package_that_is_not_due_says_so(project: Repository) -> None:
    project.git("reset", "--quiet", "--hard", "cw-grain-v0.1.0")
    result = project.pants("publish", "grain::").succeeded()
    assert "not due: nothing of it has changed since 0.1.0" in result.output


def test_a_release_for_real_is_made_from_a_commit(project: Repository) -> None:
    project.replace("sieve/src/lib.rs", "/// Two.", "/// The number two.")
    project.pants(
        "--cratewheel-destination=registries",
        "--cratewheel-crates-registry=http://127.0.0.1:9",
        "release",
        "::",
        environment={"CARGO_REGISTRY_TOKEN": secret("no-token")},
    ).refused("CW-TREE-DIRTY")


def test_without_git_the_manifests_decide(project: Repository, tmp_path: Path) -> None:
    git = project.root / ".git"
    git.rename(tmp_path / "git")
    try:
        project.pants("package", "sieve::").succeeded()
        assert (project.root / "dist/cw-sieve-0.1.0.crate").exists()
    finally:
        (tmp_path / "git").rename(git)

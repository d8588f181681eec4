"""The real destination through Pants, with stand-ins for the registries and a real git remote."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from crates_project import make_project
from marked_secrets import secret
from pants_run import Repository, Result, run

from cratewheel.registries.clock import SystemClock
from cratewheel.registries.rehearsal import open_rehearsal, stored_hashes
from cratewheel.registries.server import LoopbackServer, Registries

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")

CANARY = secret("canary")


@dataclass(frozen=True)
class World:
    """A project, its remote and a registry."""

    project: Repository
    remote: Path
    registry: Path
    root: str

    def release(
        self,
        goal: str = "release",
        *options: str,
        token: str = CANARY,
        environment: Mapping[str, str] = {},
    ) -> Result:
        return self.project.pants(
            "-ldebug",
            "--cratewheel-destination=registries",
            f"--cratewheel-crates-registry={self.root}/crates",
            *options,
            goal,
            "::",
            environment={"CARGO_REGISTRY_TOKEN": token, **environment},
        )

    def remote_tags(self) -> dict[str, str]:
        listed = run(["git", "ls-remote", "--tags", str(self.remote)], self.remote).succeeded()
        pairs = [line.split("\t") for line in listed.stdout.splitlines()]
        return {ref[len("refs/tags/") : -len("^{}")]: commit for commit, ref in pairs if "^" in ref}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    remote = tmp_path_factory.mktemp("remote") / "project.git"
    run(["git", "init", "--bare", "--quiet", str(remote)], remote.parent).succeeded()
    registry = tmp_path_factory.mktemp("registry")
    with (
        open_rehearsal(registry, SystemClock(), delay=0.2) as rehearsal,
        LoopbackServer(Registries(rehearsal.crates, rehearsal.python)) as server,
        make_project(tmp_path_factory.mktemp("real")) as project,
    ):
        project.git("remote", "add", "origin", str(remote))
        project.git("push", "--quiet", "origin", "main")
        yield World(project, remote, registry, server.root)


def test_without_a_credential_nothing_is_built(world: World) -> None:
    refused = world.release(token="").refused("CW-CREDENTIALS-MISSING")
    assert "Package and verify" not in refused.output


def test_a_crate_that_only_a_token_can_create_is_found_out_before_anything_is_built(
    world: World,
) -> None:
    job = {
        "GITHUB_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{world.root}/identity",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": secret("runner"),
    }
    refused = world.release(token="", environment=job)
    refused.refused("CW-CRATE-FIRST-PUBLISH", "crate:cw-grain")
    assert "CW-CRATE-FIRST-PUBLISH crate:cw-sieve" in refused.output
    assert "Package and verify" not in refused.output


def test_a_release_is_live_and_then_tagged_where_everyone_sees_it(world: World) -> None:
    output = world.release().succeeded().output
    assert sorted(stored_hashes(world.registry)) == ["cw-grain-0.1.0.crate", "cw-sieve-0.1.0.crate"]
    head = world.project.git("rev-parse", "HEAD").strip()
    assert world.remote_tags() == {"cw-grain-v0.1.0": head, "cw-sieve-v0.1.0": head}
    assert "rehearsal" not in output.splitlines()[-1]
    assert world.project.git("status", "--porcelain") == ""


def test_the_next_run_has_nothing_to_do(world: World) -> None:
    assert "Nothing to release" in world.release().succeeded().stdout


def test_a_tag_that_a_killed_run_did_not_push_is_pushed_although_nothing_is_due(
    world: World,
) -> None:
    before = world.remote_tags()
    world.project.git("push", "--quiet", "origin", ":refs/tags/cw-sieve-v0.1.0")
    world.project.git("tag", "--annotate", "--message=Mine", "a-tag-of-mine")
    said = world.release().succeeded().stdout
    assert "tagged cw-sieve-v0.1.0 and pushed it to origin" in said
    assert "Nothing to release" in said
    assert world.remote_tags() == before
    world.project.git("tag", "--delete", "a-tag-of-mine")


def test_a_version_that_is_tagged_already_is_not_used_again(world: World) -> None:
    world.project.replace("sieve/src/lib.rs", "* 2", "+ 1")
    world.project.commit("Add instead")
    world.project.git("tag", "cw-sieve-v0.1.1", "HEAD~1")
    world.release().succeeded()
    assert "cw-sieve-0.1.2.crate" in stored_hashes(world.registry)
    assert world.remote_tags()["cw-sieve-v0.1.2"] == world.project.git("rev-parse", "HEAD").strip()


def test_a_frozen_plan_is_not_carried_out_on_another_tree(world: World) -> None:
    project = world.project
    project.replace("sieve/src/lib.rs", "+ 1", "+ 2")
    project.commit("Add more")
    project.pants("release-plan", "--offline", "--output=dist/plan.json", "::").succeeded()
    frozen = "--cratewheel-plan=dist/plan.json"
    live = stored_hashes(world.registry)
    source = (project.root / "sieve/src/lib.rs").read_text()

    with project.changed({"sieve/src/lib.rs": source.replace("+ 2", "+ 3")}):
        world.release("release", frozen).refused("CW-TREE-DIRTY", "sieve/src/lib.rs")
    with project.changed({"sieve/src/more.rs": "// Would be in the crate.\n"}):
        world.release("release", frozen).refused("CW-TREE-DIRTY", "sieve/src/more.rs")
    assert stored_hashes(world.registry) == live

    # What a job downloads is nobody's source.
    with project.changed({"downloaded/notes.txt": "Not of any package.\n"}):
        world.release("release", frozen).succeeded()
    assert stored_hashes(world.registry).keys() - live.keys() == {"cw-sieve-0.1.3.crate"}


def test_no_secret_is_left_behind(world: World) -> None:
    world.project.replace("grain/src/lib.rs", "/// One.", "/// The number one.")
    world.project.commit("Say what one is")
    said = world.release("publish").succeeded()
    assert "cw-grain 0.1.1" in said.output
    assert CANARY not in said.output
    for path in (world.project.root / ".pants.d").rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path

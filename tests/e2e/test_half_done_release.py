"""Releases that did not end well, through Pants: recognised, finished, given up and repaired."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

import pytest
from crates_project import make_project
from marked_secrets import secret
from pants_run import Repository, Result, run

from cratewheel.registries.clock import SystemClock
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request, json_answer
from cratewheel.release_tags import parse_remote_tags

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")


@dataclass
class World:
    """A project of two crates that share a tag, its remote, and a registry.

    Args:
        blocked: the name of a crate that the registry does not take.
    """

    project: Repository
    remote: Path
    registries: Registries
    crates: CratesRegistry
    root: str = ""
    blocked: Optional[str] = None
    uploads: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        if request.method == "PUT":
            name = json.loads(request.body[4 : 4 + int.from_bytes(request.body[:4], "little")])
            if name["name"] == self.blocked:
                return json_answer({"errors": [{"detail": "Not today."}]}, 403)
            self.uploads.append(f"{name['name']} {name['vers']}")
        return self.registries(request)

    def pants(self, *arguments: str, specs: str = "::", **environment: str) -> Result:
        return self.project.pants(
            "--cratewheel-destination=registries",
            f"--cratewheel-crates-registry={self.root}/crates",
            *arguments,
            specs,
            environment={"CARGO_REGISTRY_TOKEN": secret("crates"), **environment},
        )

    def begin(self, change: str, blocked: Optional[str]) -> str:
        """Commits a change and releases it, with the uploads of one crate not getting through."""
        self.project.write({"sieve/src/lib.rs": f"/// {change}.\npub fn two() -> u32 {{ 2 }}\n"})
        self.project.commit(change)
        self.blocked = blocked
        result = self.pants("release")
        self.blocked = None
        assert (result.exit_code == 0) == (blocked is None), result.output
        return self.head()

    def head(self) -> str:
        return self.project.git("rev-parse", "HEAD").strip()

    def remote_tags(self) -> dict[str, str]:
        listed = run(["git", "ls-remote", "--tags", str(self.remote)], self.remote).succeeded()
        return parse_remote_tags(listed.stdout)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    remote = tmp_path_factory.mktemp("remote") / "project.git"
    run(["git", "init", "--bare", "--quiet", str(remote)], remote.parent).succeeded()
    folder = tmp_path_factory.mktemp("registry")
    crates = CratesRegistry(folder / "crates", SystemClock(), delay=0.1)
    registries = Registries(crates, PythonIndex(folder / "python", SystemClock()))
    with make_project(tmp_path_factory.mktemp("half-done")) as project:
        for name in ("grain", "sieve"):
            project.replace(f"{name}/BUILD", "True)", 'True, version_group="granary")')
        project.commit("One version for both")
        project.git("remote", "add", "origin", str(remote))
        project.git("push", "--quiet", "origin", "main")
        world = World(project, remote, registries, crates)
        with LoopbackServer(world.answer) as server:
            world.root = server.root
            yield world


def test_a_half_done_release_is_finished_with_its_plan_when_head_has_moved_on(
    world: World,
) -> None:
    begun = world.begin("Begin", blocked="cw-sieve")
    assert world.uploads == ["cw-grain 0.1.0"]
    assert world.remote_tags() == {}
    world.project.commit("Go on")

    planned = world.pants("release-plan").succeeded().stdout
    assert f"the release of granary-v0.1.0 from {begun[:12]} is half done" in planned
    refused = world.pants("release").refused("CW-RELEASE-UNFINISHED", "crate:cw-grain").output
    plan = "--cratewheel-plan=refs/cratewheel/releases/granary-v0.1.0"
    assert f"git checkout {begun[:12]}" in refused
    assert plan in refused
    assert "release-repair --abandon" in refused
    status = world.pants("release-status").succeeded().stdout
    assert "partial: 0.1.0 is half published: crate:cw-sieve" in status

    world.project.git("checkout", "--quiet", begun)
    world.pants(plan, "release").succeeded()
    world.project.git("checkout", "--quiet", "main")
    assert world.uploads == ["cw-grain 0.1.0", "cw-sieve 0.1.0"]
    assert world.remote_tags() == {"granary-v0.1.0": begun}
    assert "Everything is in step." in world.pants("release-status").succeeded().stdout


def test_or_it_is_given_up_and_the_next_version_moves_past_it(world: World) -> None:
    world.uploads.clear()
    world.begin("Begin again", blocked="cw-sieve")
    world.project.commit("Go on again")
    said = world.pants("release-repair", "--abandon").succeeded().stdout
    assert "crate:cw-grain 0.1.1: given up" in said
    status = world.pants("release-status").succeeded().stdout
    assert "0.1.1 was begun and given up" in status
    assert "Everything is in step." in status
    # Two processes, one tag: it is made when both crates are live.
    published = world.pants("publish", specs="grain").succeeded().output
    assert "granary-v0.1.2 waits for crate:cw-sieve" in published
    assert "granary-v0.1.2" not in world.remote_tags()
    world.pants("publish").succeeded()
    assert world.uploads == ["cw-grain 0.1.1", "cw-grain 0.1.2", "cw-sieve 0.1.2"]
    assert world.remote_tags()["granary-v0.1.2"] == world.head()
    assert "granary-v0.1.1" not in world.remote_tags()


def test_a_release_killed_before_its_tag_is_tagged_by_the_next_run(world: World) -> None:
    world.uploads.clear()
    world.project.replace("grain/src/lib.rs", "/// One.", "/// The one.")
    world.project.commit("Say it")
    hook = world.project.root / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    # Kills the process that called git, when that is about to make a tag.
    hook.write_text(
        "#!/bin/sh\nif grep -q refs/tags/; then kill -9 $(ps -o ppid= -p $PPID); exit 1; fi\n"
    )
    hook.chmod(0o755)
    assert world.pants("release").exit_code != 0
    hook.unlink()
    assert len(world.uploads) == 2
    assert "granary-v0.1.3" not in world.remote_tags()
    # Without a frozen plan, the version would be taken for somebody else's.
    world.pants("release").succeeded()
    assert len(world.uploads) == 2
    assert world.remote_tags()["granary-v0.1.3"] == world.head()


def test_a_tag_that_got_lost_is_made_again_from_the_record(world: World) -> None:
    released = world.remote_tags()["granary-v0.1.3"]
    world.project.git("push", "--quiet", "--delete", "origin", "granary-v0.1.3")
    world.project.git("tag", "--delete", "granary-v0.1.3")
    world.project.commit("Go on once more")
    status = json.loads(world.pants("release-status", "--format=json").succeeded().stdout)
    assert status["destination"] == "registries"
    for package in status["packages"]:
        (deviation,) = package["deviations"]
        assert (deviation["kind"], deviation["tag"]) == ("untagged", "granary-v0.1.3")
        assert (deviation["commit"], deviation["evidence"]) == (released, "the release record")
    world.pants("release").refused("CW-RELEASE-UNFINISHED")
    world.pants("release-repair").succeeded()
    assert world.remote_tags()["granary-v0.1.3"] == released
    assert "Nothing to repair" in world.pants("release-repair").succeeded().stdout


def test_what_nothing_proves_is_for_a_person_to_decide(world: World) -> None:
    tag = "granary-v0.1.3"
    for ref in (f"refs/tags/{tag}", f"refs/cratewheel/releases/{tag}"):
        world.project.git("push", "--quiet", "--delete", "origin", ref)
        world.project.git("update-ref", "-d", ref)
    refused = world.pants("release-repair").refused("CW-PROVENANCE-UNKNOWN").output
    assert "--commit=crate:cw-grain@0.1.3=COMMIT" in refused
    world.pants(
        "release-repair",
        "--commit=crate:cw-grain@0.1.3=HEAD~1",
        "--commit=crate:cw-sieve@0.1.3=HEAD~1",
    ).succeeded()
    assert world.remote_tags()[tag] == world.project.git("rev-parse", "HEAD~1").strip()


def test_a_rehearsal_has_a_status_of_its_own(world: World) -> None:
    refs = world.project.git("for-each-ref")
    world.project.pants("release", "::").succeeded()
    status = world.project.pants("release-status", "::").succeeded().stdout
    assert "This is the rehearsal in dist/rehearsal" in status
    assert "nothing can be out of step" in status
    repaired = world.project.pants("release-repair", "::").succeeded().stdout
    assert "Nothing to repair" in repaired
    assert world.project.git("for-each-ref") == refs

"""The generated workflow, carried out job by job on this machine, from the first release on.

The registries are stand-ins that trust exactly the workflow and environment that `release-init` says
to register, and nothing else can upload: there is no token anywhere.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from platform import libc_ver
from typing import Any, Optional

import pytest
from fake_ci import REQUEST_TOKEN, Job, TrustingRegistries, trusting
from made_packages import make_crate
from markdown_pages import code_blocks, read
from pants_run import CHECKOUT, PANTS_TOML, Repository, Result, install_launcher, repository, run
from workflow_play import Event, PlayedRun, Runner

from cratewheel.registries.clock import SystemClock
from cratewheel.registries.crate_file import publish_body, read_crate
from cratewheel.registries.rehearsal import open_rehearsal, stored_hashes
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")

#: What a wheel that is linked on this machine can promise of glibc.
FLOOR = f"manylinux_{libc_ver()[1].replace('.', '_')}"
RELEASE = ".github/workflows/release.yml"
CHECK = ".github/workflows/release-check.yml"
ACTION = ".github/actions/build-row/action.yml"


@dataclass
class World:
    """A project on its way from a bare workspace to releases, and everything around it."""

    project: Repository
    remote: Path
    registry: Path
    trust: TrustingRegistries
    runner: Runner
    outages: list[str] = field(default_factory=list)
    failing_rows: list[str] = field(default_factory=list)

    def merge(self, message: str, files: Mapping[str, tuple[str, str]]) -> Event:
        """Replaces texts, commits and pushes; the event that a merge causes."""
        for name, (old, new) in files.items():
            self.project.replace(name, old, new)
        self.project.commit(message)
        self.project.git("push", "--quiet", "origin", "main")
        return self.event()

    def check(self, branch: str, description: str) -> PlayedRun:
        """The check of a pull request for a branch, on GitHub's merge of it."""
        git = self.project.git
        merged = f"refs/pull/7/{branch}"
        git("checkout", "--quiet", "--detach", "main")
        git("merge", "--quiet", "--no-ff", "--message=Merge", branch)
        git("push", "--quiet", "--force", "origin", f"HEAD:{merged}")
        commit = git("rev-parse", "HEAD").strip()
        git("checkout", "--quiet", "main")
        shas = {name: {"sha": git("rev-parse", name).strip()} for name in ("main", branch)}
        pull = {"number": 7, "title": "Say more", "body": description}
        payload = {"pull_request": {**pull, "base": shas["main"], "head": shas[branch]}}
        return self.runner.play(CHECK, Event(commit, "pull_request", payload=payload, ref=merged))

    def proof(self) -> PlayedRun:
        """A run that somebody has started to have the registries' trust proven."""
        dispatch = Event(self.event().commit, "workflow_dispatch", {"prove": True})
        return self.release(dispatch)

    def event(self) -> Event:
        return Event(self.project.git("rev-parse", "HEAD").strip())

    def release(self, event: Event, again: Optional[PlayedRun] = None) -> PlayedRun:
        return self.runner.play(RELEASE, event, again)

    def shipped(self, event: Event, again: Optional[PlayedRun] = None) -> set[str]:
        """What a release that must succeed has added to the registries."""
        before = self.live()
        played = self.release(event, again)
        assert played.succeeded, played.output
        return {re.sub(r"-cp.*", ".whl", name) for name in self.live() - before}

    def live(self) -> set[str]:
        """The files that the registries have, without the one that made the crate known."""
        return {name for name in stored_hashes(self.registry) if "-0.0.1" not in name}

    def tags(self) -> dict[str, str]:
        listed = run(["git", "ls-remote", "--tags", str(self.remote)], self.remote).succeeded()
        pairs = [line.split("\t") for line in listed.stdout.splitlines()]
        return {ref[len("refs/tags/") : -len("^{}")]: commit for commit, ref in pairs if "^" in ref}

    def before(self, request: Request) -> Optional[Answer]:
        """What stands between the job and the registries."""
        if request.method in ("POST", "PUT") and request.path in self.outages:
            return Answer(400, b"closed for maintenance")
        return None

    def sabotage(self, key: str, row: Mapping[str, Any], step: str, checkout: Path) -> str:
        if key == "build" and step == "Build" and row["kind"] in self.failing_rows:
            return "the linker was killed"
        return ""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    remote = tmp_path_factory.mktemp("remote") / "project.git"
    run(["git", "init", "--bare", "--quiet", "--initial-branch=main", str(remote)], remote.parent)
    registry = tmp_path_factory.mktemp("registry")
    job = Job(SystemClock())
    with ExitStack() as stack:
        opened = stack.enter_context(open_rehearsal(registry, SystemClock(), delay=0.2))
        trust = TrustingRegistries(Registries(opened.crates, opened.python), job)
        server = stack.enter_context(LoopbackServer(trust))
        trust.host = server.root.partition("//")[2]
        # crates.io lets no workflow create a crate; PyPI does, for a pending publisher.
        opened.crates.publish(publish_body(read_crate(make_crate("textloc", "0.0.1"))))
        trust.known_crates.add("textloc")
        trust.crates += trusting("textloc")
        trust.pending += trusting("textloc")

        def identity(event: Event, workflow: str, environment: Optional[str]) -> dict[str, str]:
            reference = f"octo/demo/{workflow}@refs/heads/main"
            job.claims.update(
                sha=event.commit,
                event_name=event.name,
                environment=environment,
                workflow_ref=reference,
                job_workflow_ref=reference,
            )
            return {
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.root}/identity?api-version=2.0",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
            }

        addresses = {
            # The index of the one package that is not on PyPI yet.
            "PIP_FIND_LINKS": str(CHECKOUT),
            "PANTS_CRATEWHEEL_CRATES_REGISTRY": f"{server.root}/crates",
            "PANTS_CRATEWHEEL_PYTHON_REPOSITORY": f"{server.root}/legacy/",
        }
        runner = stack.enter_context(
            Runner.started(
                remote, tmp_path_factory.mktemp("runner"), addresses, identity, {"publish"}
            )
        )
        folder = tmp_path_factory.mktemp("project")
        copy_bare_workspace(folder)
        project = stack.enter_context(repository(folder))
        project.git("remote", "add", "origin", str(remote))
        project.git("tag", "--annotate", "textloc-v0.0.1", "--message=By hand, to have the name")
        project.git("push", "--quiet", "--tags", "origin", "main")
        made = World(project, remote, registry, trust, runner)
        trust.before = made.before
        runner.sabotage = made.sabotage
        yield made


def copy_bare_workspace(folder: Path) -> None:
    """`src/` without what makes it a project of cratewheel: BUILD files and workflows."""
    shutil.copytree(
        CHECKOUT / "src",
        folder,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("target", "__pycache__", "BUILD"),
    )
    install_launcher(folder)
    (folder / "pants.toml").write_text(f'{PANTS_TOML}\n[changed]\ndependents = "transitive"\n')
    (folder / ".gitignore").write_text("/dist/\n/.pants.d/\n/.pids/\ntarget/\n")


def platform(built_by: str) -> str:
    """The platform of this machine in a BUILD file, with the floor that a plain build has here.

    Args:
        built_by: an argument that says who builds it, or "".
    """
    host = re.findall(r"host: (\S+)", run(["rustc", "-vV"], CHECKOUT).stdout)[0]
    return f'wheel_platform("{host}", compatibility="{FLOOR}"{built_by})'


@dataclass(frozen=True)
class Adoption:
    """What the commands of a first day have said."""

    init: Result
    doctor: Result


@pytest.fixture(scope="module")
def adopted(world: World) -> Adoption:
    """The project after `tailor`, `release-init` and `release-doctor`, pushed."""
    registries = world.runner.environment
    world.project.pants("tailor", "::").succeeded()
    # This machine plays every runner, so the wheel is for this machine alone.
    build = world.project.root / "packages/python/BUILD"
    text = build.read_text()
    build.write_text(
        re.sub(r"platforms=[\[(].*?[\])],", f"platforms=[{platform('')}],", text, flags=re.S)
    )
    init = world.project.pants("release-init", environment=registries).succeeded()
    world.merge("Release with cratewheel", {})
    doctor = world.project.pants("release-doctor", "--fail-on=note", "::", environment=registries)
    return Adoption(init, doctor)


@pytest.fixture(scope="module")
def first(world: World, adopted: Adoption) -> PlayedRun:
    return world.release(world.event())


def test_init_says_what_is_left_to_a_person(adopted: Adoption) -> None:
    assert "workflow `release.yml`, environment `release`" in adopted.init.stdout
    assert "crate textloc" in adopted.init.stdout


def test_the_doctor_finds_nothing_that_would_stop_it(adopted: Adoption) -> None:
    assert adopted.doctor.succeeded().last_line == "No errors, no warnings, no notes."


def test_the_first_release_publishes_both_packages_without_any_token(
    world: World, first: PlayedRun
) -> None:
    assert first.succeeded, first.output
    names = {re.sub(r"-cp.*", ".whl", name) for name in world.live()}
    assert names == {"textloc-0.1.0.crate", "textloc-0.1.0.tar.gz", "textloc-0.1.0.whl"}
    assert world.tags() == {
        "textloc-v0.0.1": world.project.git("rev-list", "--max-parents=0", "HEAD").strip(),
        "textloc-v0.1.0": first.event.commit,
    }
    assert all(token.startswith(("cio_tp_", "pypi-")) for _, token in world.trust.uploads)


def test_the_job_that_publishes_builds_nothing(first: PlayedRun) -> None:
    (publish,) = first.jobs["publish"]
    assert "Build the" not in publish.output
    assert "Package and verify" not in publish.output
    (plan,) = first.jobs["plan"]
    assert "crate:textloc" in plan.summary


def files_of(version: str) -> set[str]:
    """What a release of both packages has."""
    return {f"textloc-{version}.{ending}" for ending in ("crate", "tar.gz", "whl")}


LIBRARY = "crates/textloc/src/lib.rs"
PYTHON = "packages/python/python/textloc/excerpt.py"


def appended(world: World, name: str, line: str) -> Mapping[str, tuple[str, str]]:
    """An edit that adds a line to a file."""
    text = (world.project.root / name).read_text()
    return {name: (text, f"{text}{line}\n")}


@dataclass(frozen=True)
class Proof:
    """A run that proves trust, and how many tokens were minted and files uploaded for it."""

    run: PlayedRun
    minted: int
    uploaded: int


@pytest.fixture(scope="module")
def proof(world: World, first: PlayedRun) -> Proof:
    minted, uploaded = len(world.trust.minted), len(world.trust.uploads)
    played = world.proof()
    return Proof(played, len(world.trust.minted) - minted, len(world.trust.uploads) - uploaded)


def test_trust_is_proven_with_nothing_to_release(proof: Proof) -> None:
    assert proof.run.succeeded, proof.run.output
    assert (proof.minted, proof.uploaded) == (2, 0)
    (job,) = proof.run.jobs["prove"]
    for registry in ("crates.io", "PyPI"):
        assert f"Proven: {registry} accepts this job for textloc" in job.output
        assert f"- {registry} accepts this job for textloc" in job.summary


def test_a_proof_plans_builds_and_publishes_nothing(proof: Proof) -> None:
    assert {key: proof.run.result(key) for key in ("plan", "build", "publish")} == dict.fromkeys(
        ("plan", "build", "publish"), "skipped"
    )


@pytest.fixture(scope="module")
def checks(world: World, proof: Proof) -> tuple[PlayedRun, PlayedRun]:
    """The checks of a pull request, before and after its description was edited."""
    git = world.project.git
    git("checkout", "--quiet", "-b", "topic")
    world.project.replace(LIBRARY, *appended(world, LIBRARY, "// A topic.")[LIBRARY])
    world.project.commit("Try it\n\nrelease: major")
    git("checkout", "--quiet", "main")
    return world.check("topic", "release: mnior"), world.check("topic", "release: minor")


def test_a_check_says_what_is_wrong_with_a_description(
    checks: tuple[PlayedRun, PlayedRun],
) -> None:
    sick, _ = checks
    (plan,) = sick.jobs["plan"]
    assert plan.result == "failure"
    assert "CW-TRAILER-MALFORMED pull request, line 3" in plan.output
    assert "title=CW-TRAILER-MALFORMED::pull request, line 3" in plan.output, "the doctor, too"
    assert "**error** `CW-TRAILER-MALFORMED`" in plan.summary


def test_a_check_builds_what_squashing_the_pull_request_would_release(
    world: World, checks: tuple[PlayedRun, PlayedRun]
) -> None:
    _, healthy = checks
    assert healthy.succeeded, healthy.output
    (plan,) = healthy.jobs["plan"]
    assert "**0.2.0**" in plan.summary
    assert "pull request #7 is taken to be squashed" in plan.summary
    assert len(healthy.jobs["build"]) == 3
    assert not any("0.2.0" in name for name in world.live())


@pytest.fixture(scope="module")
def python_change(world: World, checks: tuple[PlayedRun, PlayedRun]) -> set[str]:
    return world.shipped(world.merge("Say where", appended(world, PYTHON, "# The excerpt.")))


def test_a_change_of_the_python_side_ships_a_patch_of_the_group(python_change: set[str]) -> None:
    assert python_change == files_of("0.1.1")


@pytest.fixture(scope="module")
def core_change(world: World, python_change: set[str]) -> set[str]:
    edit = appended(world, LIBRARY, "// The core.")
    return world.shipped(world.merge("Find more\n\nrelease: minor", edit))


def test_a_minor_change_of_the_core_takes_the_wheel_along(core_change: set[str]) -> None:
    assert core_change == files_of("0.2.0")


@pytest.fixture(scope="module")
def after_documents(world: World, core_change: set[str]) -> PlayedRun:
    (world.project.root / "GUIDE.md").write_text("# How to use it\n")
    return world.release(world.merge("Explain it", {}))


def test_a_change_of_documents_ships_nothing_and_is_green(after_documents: PlayedRun) -> None:
    assert after_documents.succeeded
    assert {key: after_documents.result(key) for key in after_documents.jobs} == {
        "plan": "success",
        "build": "skipped",
        "publish": "skipped",
        "prove": "skipped",
    }


@pytest.fixture(scope="module")
def failed_row(world: World, after_documents: PlayedRun) -> PlayedRun:
    world.failing_rows.append("sdist")
    try:
        return world.release(world.merge("Find even more", appended(world, LIBRARY, "// Better.")))
    finally:
        world.failing_rows.clear()


@pytest.fixture(scope="module")
def row_again(world: World, failed_row: PlayedRun) -> tuple[set[str], set[str]]:
    """What is live of the release with a failed row, before and after its failed jobs ran again."""
    before = {name for name in world.live() if "0.2.1" in name}
    return before, world.shipped(failed_row.event, failed_row)


def test_one_row_that_fails_keeps_everything_back(
    failed_row: PlayedRun, row_again: tuple[set[str], set[str]]
) -> None:
    assert failed_row.result("build") == "failure"
    assert failed_row.result("publish") == "skipped"
    assert row_again[0] == set()


def test_the_failed_row_alone_is_built_again_and_all_is_released(
    row_again: tuple[set[str], set[str]],
) -> None:
    assert row_again[1] == files_of("0.2.1")


@pytest.fixture(scope="module")
def half_done(world: World, row_again: tuple[set[str], set[str]]) -> PlayedRun:
    """A release during which PyPI went away after the crate was live."""
    world.outages.append("/legacy/")
    try:
        return world.release(world.merge("Index it", appended(world, LIBRARY, "// Indexed.")))
    finally:
        world.outages.clear()


@pytest.fixture(scope="module")
def merged_on_top(world: World, half_done: PlayedRun) -> tuple[PlayedRun, set[str], set[str]]:
    """A merge on top of it, what finishing the first released, and then what the merge did."""
    event = world.merge("Say more", appended(world, PYTHON, "# More."))
    stopped = world.release(event)
    finished = world.shipped(half_done.event, half_done)
    # All jobs again, because the plan was made before the other release was finished.
    return stopped, finished, world.shipped(event)


def test_a_failed_upload_is_a_failed_run(half_done: PlayedRun) -> None:
    assert half_done.result("publish") == "failure"
    assert "The release is not complete" in half_done.output


def test_a_merge_on_top_says_what_to_do(
    half_done: PlayedRun, merged_on_top: tuple[PlayedRun, set[str], set[str]]
) -> None:
    stopped, _, _ = merged_on_top
    assert {key: stopped.result(key) for key in ("plan", "build", "publish")} == {
        "plan": "failure",
        "build": "skipped",
        "publish": "skipped",
    }
    assert "CW-RELEASE-UNFINISHED" in stopped.output
    assert "is half done: textloc-0.2.2.crate live" in stopped.output
    run = f"https://github.com/octo/demo/actions/runs/{half_done.number}"
    assert f"re-run the failed jobs of {run}" in stopped.output


def test_the_failed_jobs_played_again_finish_it(
    merged_on_top: tuple[PlayedRun, set[str], set[str]],
) -> None:
    assert merged_on_top[1] == files_of("0.2.2") - {"textloc-0.2.2.crate"}


def test_then_the_merge_is_released(
    world: World, merged_on_top: tuple[PlayedRun, set[str], set[str]]
) -> None:
    assert merged_on_top[2] == files_of("0.2.3")
    assert world.tags()["textloc-v0.2.3"] == world.event().commit


@pytest.fixture(scope="module")
def given_up(world: World, merged_on_top: tuple[PlayedRun, set[str], set[str]]) -> Result:
    """Another half-done release, which somebody gives up."""
    world.outages.append("/legacy/")
    try:
        world.release(world.merge("Index more", appended(world, LIBRARY, "// More.")))
    finally:
        world.outages.clear()
    world.project.git("fetch", "--quiet", "--tags", "origin")
    return world.project.pants(
        "--cratewheel-destination=registries",
        "release-repair",
        "--abandon",
        "::",
        environment=world.runner.environment,
    )


@pytest.fixture(scope="module")
def own_row(world: World, given_up: Result) -> tuple[PlayedRun, set[str]]:
    """The next merge, after which the wheel is built in the project's own way, and what it released."""
    build = world.project.root / "packages/python/BUILD"
    build.write_text(
        build.read_text().replace(platform(""), platform(', built_by="workflow", job="wheels"'))
    )
    world.project.pants("release-init", environment=world.runner.environment).succeeded()
    action = world.project.root / ACTION
    assert "exit 1" in action.read_text(), "the draft fails until somebody has written the build"
    # What the page on such rows has them write, for the floor of this row.
    (written,) = code_blocks(read("docs/how-to/cibuildwheel-rows.md"), "yaml")[:1]
    action.write_text(written.replace("--release", f"--release --compatibility {FLOOR}"))
    event = world.merge("Say even more", appended(world, PYTHON, "# Even more."))
    before = world.live()
    played = world.release(event)
    return played, {re.sub(r"-cp.*", ".whl", name) for name in world.live() - before}


def test_a_release_that_is_given_up_stands_in_nobodys_way(
    given_up: Result, own_row: tuple[PlayedRun, set[str]]
) -> None:
    assert "0.2.4" in given_up.succeeded().stdout
    assert own_row[1] == files_of("0.2.5")


def test_a_row_of_the_projects_own_is_built_by_its_action_and_published_with_the_others(
    own_row: tuple[PlayedRun, set[str]],
) -> None:
    played, _ = own_row
    assert played.succeeded, played.output
    (wheel,) = (each for each in played.jobs["build"] if "-wheel-" in each.name)
    assert "Build in this project's own way" in wheel.output
    assert "1 file is what the plan says of wheel:textloc 0.2.5." in wheel.output
    assert "./pants" not in wheel.output

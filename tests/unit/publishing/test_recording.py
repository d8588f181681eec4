"""The record that a release leaves before its first upload, and what the next run makes of it."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Optional

import pytest
from fake_clock import FakeClock
from made_repository import (
    clone,
    commit,
    failing_hook,
    head,
    make_repository,
    records_on_remote,
    tags_on_remote,
)
from marked_secrets import secret
from releases import Maker, Outcome, run

from cratewheel.errors import CratewheelError
from cratewheel.git import Git, with_identity
from cratewheel.plan import model
from cratewheel.plan.model import Plan
from cratewheel.publishing.request import Artifact
from cratewheel.records.given_plan import given_plan
from cratewheel.records.store import read_recorded_plan, read_records, untagged_records
from cratewheel.records.unpushed import push_left_tags
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.server import Answer, LoopbackServer, Registries, Request

TOKENS = {"CARGO_REGISTRY_TOKEN": secret("crates"), "TWINE_PASSWORD": secret("python")}
WHEELS = ("py3-none-any", "cp39-abi3-manylinux_2_17_x86_64")
Hook = Callable[[Request], None]


class DiedError(Exception):
    """The machine is gone."""


@dataclass
class Site:
    """Registries, and a moment at which an upload does not get through any more.

    Args:
        unreachable: the beginning of paths that give no answer.
    """

    registries: Registries
    python: PythonIndex
    root: str = ""
    uploads: int = 0
    dead_after: Optional[int] = None
    unreachable: Optional[str] = None
    at_uploads: list[Hook] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        if self.unreachable is not None and request.path.startswith(self.unreachable):
            return Answer(503)
        if request.method in ("PUT", "POST"):
            for hook in self.at_uploads:
                hook(request)
            if self.dead_after is not None and self.uploads >= self.dead_after:
                raise ConnectionResetError
            self.uploads += 1
        return self.registries(request)

    def release(self, maker: Maker, git: Git, **changes: Any) -> Outcome:
        request = maker.request(
            maker.folder,
            destination="registries",
            crates_registry=f"{self.root}/crates",
            python_repository=f"{self.root}/legacy/",
            checkout=git.root,
            **{"commit": head(git), **changes},
        )
        assert git.env is not None
        return run(request, clock=FakeClock(), environment={**TOKENS, **git.env})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    clock = FakeClock()
    crates = CratesRegistry(tmp_path / "crates", clock, delay=0)
    python = PythonIndex(tmp_path / "python", clock)
    site = Site(Registries(crates, python), python)
    with LoopbackServer(site.answer) as server:
        site.root = server.root
        yield site


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return make_repository(tmp_path)


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "release").crate("core").wheel("demo", "core", tags=WHEELS)


def test_the_record_is_on_the_remote_before_the_first_upload(
    site: Site, git: Git, maker: Maker
) -> None:
    seen: list[set[str]] = []
    site.at_uploads.append(lambda request: seen.append(records_on_remote(git)))
    assert site.release(maker, git).live
    assert len(seen) == 4
    assert seen[0] == {"core-v0.1.0", "demo-v0.1.0"}
    record = next(each for each in read_records(git) if each.tag == "demo-v0.1.0")
    assert record.last.commit == head(git)
    package = record.last.package("wheel:demo", "0.1.0")
    assert package is not None
    assert package.files == {
        each.filename: each.sha256 for each in maker.artifacts if each.id == "wheel:demo"
    }


def test_tags_that_were_not_pushed_are_pushed_by_a_run_for_which_nothing_is_due(
    site: Site, git: Git, maker: Maker
) -> None:
    failing_hook(git, times=6)
    assert not site.release(maker, git).live
    assert tags_on_remote(git) == {}
    released = head(git)
    commit(git, "Go on")
    git.run(["tag", "core-v9.9.9"])
    assert push_left_tags(git, "origin", print, FakeClock()) == ()
    assert tags_on_remote(git) == {"core-v0.1.0": released, "demo-v0.1.0": released}


def test_a_tag_that_was_moved_by_hand_is_not_pushed(site: Site, git: Git, maker: Maker) -> None:
    failing_hook(git, times=6)
    site.release(maker, git)
    commit(git, "Go on")
    git.run(["tag", "--force", "core-v0.1.0"])
    assert push_left_tags(git, "origin", print, FakeClock()) == ()
    assert set(tags_on_remote(git)) == {"demo-v0.1.0"}


def test_the_record_has_the_plan_word_for_word(site: Site, git: Git, maker: Maker) -> None:
    site.release(maker, git)
    plan = read_recorded_plan(git, "refs/cratewheel/releases/core-v0.1.0")
    assert [each.id for each in model.loads(plan, place="plan").packages] == [
        "crate:core",
        "wheel:demo",
    ]


def test_the_record_shares_no_history_and_no_file_with_the_project(
    site: Site, git: Git, maker: Maker
) -> None:
    site.release(maker, git)
    ref = "refs/cratewheel/releases/core-v0.1.0"
    assert git.run(["rev-list", "--count", ref]) == b"1\n"
    assert git.run(["ls-tree", "--name-only", ref]) == b"plan.json\nrelease.json\n"


def test_refs_and_tags_of_other_programs_are_passed_over(
    site: Site, git: Git, maker: Maker
) -> None:
    site.release(maker, git)
    commit_id = head(git)
    names = (
        b"refs/tags/caf\xe9",
        "refs/tags/a\u2028b".encode(),
        b"refs/cratewheel/releases/caf\xe9",
        b"refs/cratewheel/releases/core-v0.1.0-\xff",
    )
    record = git.run(["rev-parse", "refs/cratewheel/releases/core-v0.1.0"]).strip()
    for name in names:
        target = record if b"cratewheel" in name else commit_id.encode()
        git.run(["update-ref", "--stdin"], stdin=b"create " + name + b" " + target + b"\n")
    assert [each.tag for each in read_records(git)] == ["core-v0.1.0", "demo-v0.1.0"]
    assert untagged_records(git) == ()


@pytest.mark.parametrize(
    "content", [b"\xff\xfe{}", b'{"schema": 1, "commit": "\xe9"}', b"", b"[[["]
)
def test_a_record_that_is_not_ours_is_refused_by_its_ref(git: Git, content: bytes) -> None:
    blob = git.run(["hash-object", "-w", "--stdin"], stdin=content).decode().strip()
    entries = "".join(f"100644 blob {blob}\t{name}\n" for name in ("plan.json", "release.json"))
    tree = git.run(["mktree"], stdin=entries.encode()).decode().strip()
    made = with_identity(git).run(["commit-tree", tree, "-m", "x"]).decode().strip()
    ref = "refs/cratewheel/releases/core-v0.1.0"
    git.run(["update-ref", ref, made])
    with pytest.raises(CratewheelError) as caught:
        read_records(git)
    assert [(each.code, each.place) for each in caught.value.findings] == [
        ("CW-RECORD-INVALID", ref)
    ]
    with pytest.raises(CratewheelError) as caught:
        model.loads(read_recorded_plan(git, ref), place=ref)
    assert caught.value.codes == ("CW-PLAN-INVALID",)


def test_a_ref_to_something_else_than_a_record_is_refused(git: Git) -> None:
    blob = git.run(["hash-object", "-w", "--stdin"], stdin=b"x").decode().strip()
    git.run(["update-ref", "refs/cratewheel/releases/core-v0.1.0", blob])
    with pytest.raises(CratewheelError) as caught:
        read_records(git)
    assert caught.value.codes == ("CW-RECORD-INVALID",)


def test_a_rehearsal_records_nothing(site: Site, git: Git, maker: Maker, tmp_path: Path) -> None:
    before = git.run(["for-each-ref"])
    request = maker.request(tmp_path / "rehearsal", checkout=git.root, commit=head(git))
    assert run(request).live
    assert git.run(["for-each-ref"]) == before
    assert records_on_remote(git) == set()


def test_a_remote_that_takes_no_record_stops_the_release_before_its_first_upload(
    site: Site, git: Git, maker: Maker, tmp_path: Path
) -> None:
    hook = tmp_path / "remote.git" / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho You may not push here. >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(CratewheelError) as caught:
        site.release(maker, git)
    assert caught.value.codes == ("CW-RECORD-NOT-PUSHED",)
    assert "You may not push here" in str(caught.value)
    assert site.uploads == 0
    assert read_records(git) == ()


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        (
            {
                "GITHUB_SERVER_URL": "https://github.example",
                "GITHUB_REPOSITORY": "octo/demo",
                "GITHUB_RUN_ID": "7",
            },
            "https://github.example/octo/demo/actions/runs/7",
        ),
        ({"CI_PIPELINE_URL": "https://gitlab.example/p/7"}, "https://gitlab.example/p/7"),
        ({"GITHUB_RUN_ID": "7"}, ""),
    ],
)
def test_the_record_says_which_run_has_the_files(
    site: Site, git: Git, maker: Maker, environment: dict[str, str], address: str
) -> None:
    assert git.env is not None
    site.release(maker, Git(git.root, git.executable, {**git.env, **environment}))
    assert {each.last.run for each in read_records(git)} == {address}


def test_a_remote_that_cannot_be_reached_stops_it_too(
    site: Site, git: Git, maker: Maker, tmp_path: Path
) -> None:
    git.run(["remote", "set-url", "origin", str(tmp_path / "gone.git")])
    with pytest.raises(CratewheelError) as caught:
        site.release(maker, git)
    assert caught.value.codes == ("CW-GIT-FAILED",)
    assert site.uploads == 0


def test_without_a_remote_the_record_is_kept_here(site: Site, git: Git, maker: Maker) -> None:
    git.run(["remote", "remove", "origin"])
    outcome = site.release(maker, git)
    assert outcome.live
    assert "recorded this release here only: there is no remote origin" in outcome.said
    assert [each.tag for each in read_records(git)] == ["core-v0.1.0", "demo-v0.1.0"]


@pytest.mark.parametrize("uploads", range(4))
def test_another_machine_finishes_what_the_first_one_began(
    uploads: int, site: Site, git: Git, maker: Maker, tmp_path: Path
) -> None:
    site.dead_after = uploads
    assert not site.release(maker, git).live
    site.dead_after = None
    other = clone(git, tmp_path / "other")
    outcome = site.release(maker, other)
    assert outcome.live
    assert site.uploads == 4
    assert tags_on_remote(git) == {"core-v0.1.0": head(git), "demo-v0.1.0": head(git)}
    assert len(read_records(other)[0].attempts) == 1


def test_a_rebuild_that_differs_does_not_complete_a_half_uploaded_set(
    site: Site, git: Git, maker: Maker, tmp_path: Path
) -> None:
    site.dead_after = 2
    site.release(maker, git)
    site.dead_after = None
    rebuilt = Maker(tmp_path / "rebuilt").crate("core").wheel("demo", "core", tags=WHEELS)
    live = next(iter(site.python.project("demo").files)).filename
    for at, artifact in enumerate(rebuilt.artifacts):
        if artifact.id == "wheel:demo" and artifact.filename != live:
            original = next(a for a in maker.artifacts if a.filename == artifact.filename)
            Path(artifact.path).write_bytes(_touched(Path(original.path).read_bytes()))
            rebuilt.artifacts[at] = _hashed(artifact)
    with pytest.raises(CratewheelError) as caught:
        site.release(rebuilt, git)
    assert caught.value.codes == ("CW-SET-MIXED",)
    assert live in str(caught.value)
    assert "[cratewheel].artifacts" in str(caught.value)
    # The stored files of the first build finish it.
    assert site.release(maker, git).live
    assert site.uploads == 4


def test_a_rebuild_that_differs_may_begin_anew_while_nothing_is_live(
    site: Site, git: Git, maker: Maker, tmp_path: Path
) -> None:
    site.dead_after = 0
    site.release(maker, git)
    site.dead_after = None
    rebuilt = (
        Maker(tmp_path / "rebuilt")
        .crate("core")
        .wheel("demo", "core", tags=WHEELS, module="VALUE = 2\n")
    )
    assert site.release(rebuilt, git).live
    record = next(each for each in read_records(git) if each.tag == "demo-v0.1.0")
    assert len(record.attempts) == 2
    package = record.last.package("wheel:demo", "0.1.0")
    assert package is not None
    assert set(package.files.values()) == {
        each.sha256 for each in rebuilt.artifacts if each.id == "wheel:demo"
    }


def test_a_later_commit_does_not_complete_what_an_earlier_one_began(
    site: Site, git: Git, tmp_path: Path
) -> None:
    maker = Maker(tmp_path / "release").wheel("demo", tags=WHEELS)
    begun = head(git)
    site.dead_after = 1
    site.release(maker, git)
    site.dead_after = None
    commit(git, "Go on")
    with pytest.raises(CratewheelError) as caught:
        site.release(maker, git)
    assert caught.value.codes == ("CW-RELEASE-UNFINISHED",)
    assert begun[:12] in str(caught.value)
    assert site.uploads == 1


def test_what_another_commit_has_published_is_not_tagged_as_ours(
    site: Site, git: Git, tmp_path: Path
) -> None:
    maker = Maker(tmp_path / "release").crate("core")
    begun = head(git)
    site.release(maker, git)
    git.run(["push", "--quiet", "--delete", "origin", "core-v0.1.0"])
    git.run(["tag", "--delete", "core-v0.1.0"])
    commit(git, "Go on")
    outcome = site.release(maker, git)
    assert not outcome.live
    assert "CW-TAG-NOT-OURS crate:core" in outcome.said
    assert begun[:12] in outcome.said
    assert tags_on_remote(git) == {}


def test_of_two_runs_that_begin_at_once_one_stops_before_uploading(
    site: Site, git: Git, maker: Maker, tmp_path: Path
) -> None:
    other = clone(git, tmp_path / "other")
    later = commit(other, "Other")
    # The other run records itself between this run's look and its own record.
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    real = "/usr/bin/git" if os.path.exists("/usr/bin/git") else "git"
    done = tmp_path / "done"
    wrapper.write_text(
        f"#!/bin/sh\nfor last; do :; done\n"
        f'case "$*" in *--force-with-lease*) if [ ! -e {done} ]; then touch {done}; '
        f"{real} -C {other.root} push --quiet origin "
        f"{later}:refs/cratewheel/releases/core-v0.1.0; fi;; esac\n"
        f'exec {real} "$@"\n'
    )
    wrapper.chmod(0o755)
    assert git.env is not None
    raced = Git(git.root, env={**git.env, "PATH": f"{wrapper.parent}:{git.env['PATH']}"})
    with pytest.raises(CratewheelError) as caught:
        site.release(maker, raced)
    assert caught.value.codes == ("CW-RECORD-RACED",)
    assert site.uploads == 0


def test_a_tag_that_is_shared_waits_for_what_another_run_publishes(
    site: Site, git: Git, tmp_path: Path
) -> None:
    crate = Maker(tmp_path / "crate").crate("core")
    crate.packages[0] = replace(crate.packages[0], tag="both-v0.1.0")
    wheel = Maker(tmp_path / "wheel").wheel("demo", tags=WHEELS)
    wheel.packages[0] = replace(wheel.packages[0], tag="both-v0.1.0")
    awaiting = {"awaited": Plan(packages=tuple(wheel.packages))}
    outcome = site.release(crate, git, **awaiting)
    assert outcome.live
    assert "both-v0.1.0 waits for wheel:demo, which shares it" in outcome.said
    assert tags_on_remote(git) == {}
    site.release(wheel, git, awaited=Plan(packages=tuple(crate.packages)))
    assert tags_on_remote(git) == {"both-v0.1.0": head(git)}


def test_a_registry_that_is_gone_by_the_time_tags_are_due_keeps_only_the_shared_one_waiting(
    site: Site, git: Git, tmp_path: Path
) -> None:
    crates = Maker(tmp_path / "crate").crate("core").crate("alone")
    crates.packages[0] = replace(crates.packages[0], tag="both-v0.1.0")
    wheel = Maker(tmp_path / "wheel").wheel("demo", tags=WHEELS)
    wheel.packages[0] = replace(wheel.packages[0], tag="both-v0.1.0")
    site.unreachable = "/simple/"
    awaiting = {"awaited": Plan(packages=tuple(wheel.packages))}
    outcome = site.release(crates, git, **awaiting)
    assert not outcome.live
    assert set(outcome.statuses().values()) == {"uploaded"}
    assert "CW-REGISTRY-UNREACHABLE" in outcome.said
    assert "both-v0.1.0 waits for wheel:demo, which shares it" in outcome.said
    assert outcome.last_line.startswith("Released: ")
    assert tags_on_remote(git) == {"alone-v0.1.0": head(git)}
    site.unreachable = None
    site.release(wheel, git, awaited=Plan(packages=tuple(crates.packages)))
    assert set(tags_on_remote(git)) == {"alone-v0.1.0", "both-v0.1.0"}


def test_the_plan_of_a_record_is_had_in_a_clone_that_does_not_have_it(
    site: Site, git: Git, maker: Maker, tmp_path: Path
) -> None:
    site.release(maker, git)
    ref = "refs/cratewheel/releases/core-v0.1.0"
    fresh = clone(git, tmp_path / "fresh")
    assert read_records(fresh) == ()
    plan = given_plan(ref, tmp_path, fresh, "origin")
    assert [each.id for each in plan.packages] == ["crate:core", "wheel:demo"]
    (tmp_path / "plan.json").write_text(model.dumps(plan))
    for where in (fresh, None):
        assert given_plan("plan.json", tmp_path, where, "origin") == plan
    with pytest.raises(CratewheelError) as caught:
        given_plan("refs/cratewheel/releases/core-v9.9.9", tmp_path, fresh, "origin")
    assert caught.value.codes == ("CW-GIT-FAILED",)


def test_a_ref_that_is_no_record_is_named(site: Site, git: Git, maker: Maker) -> None:
    git.run(["push", "--quiet", "origin", "main:refs/cratewheel/releases/core-v0.1.0"])
    with pytest.raises(CratewheelError) as caught:
        site.release(maker, git)
    assert caught.value.codes == ("CW-RECORD-INVALID",)
    assert "refs/cratewheel/releases/core-v0.1.0" in str(caught.value)


def _touched(data: bytes) -> bytes:
    """An archive with the same contents and other bytes, as another build of it has."""
    if not data.startswith(b"PK"):
        return data
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for info in old.infolist():
            info.date_time = (2001, 1, 1, 0, 0, 0)
            new.writestr(info, old.read(info.filename))
    return made.getvalue()


def _hashed(artifact: Artifact) -> Artifact:
    return replace(artifact, sha256=hashlib.sha256(Path(artifact.path).read_bytes()).hexdigest())

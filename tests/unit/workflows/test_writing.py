"""What `release-init` puts into a checkout, and what it leaves to whoever has written it."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from cratewheel.git import Git
from cratewheel.plan.inputs import PublishedVersion
from cratewheel.workflows.distribution import pinned_requirement
from cratewheel.workflows.launcher import LAUNCHER, launcher_files
from cratewheel.workflows.neighbours import OtherPublisher
from cratewheel.workflows.remaining import steps_beside
from cratewheel.workflows.scaffold import Scaffolded
from cratewheel.workflows.surroundings import default_branch
from cratewheel.workflows.writing import write

PATH = ".github/workflows/release.yml"
NEW = "name: new\n"
OLD = "name: old\n"


@pytest.mark.parametrize(
    ("file", "force", "said", "text"),
    [
        (Scaffolded(PATH, None, NEW, ours=True), False, f"{PATH}: written", NEW),
        (Scaffolded(PATH, OLD, NEW, ours=True), False, f"{PATH}: changed", NEW),
        (Scaffolded(PATH, NEW, NEW, ours=False), False, f"{PATH}: as it should be", None),
        (
            Scaffolded(PATH, OLD, NEW, ours=False),
            False,
            f"{PATH}: changed by somebody else, left as it is (--force overwrites it)",
            None,
        ),
        (Scaffolded(PATH, OLD, NEW, ours=False), True, f"{PATH}: changed", NEW),
        (
            Scaffolded(PATH, OLD, NEW, ours=True, once=True),
            True,
            f"{PATH}: yours, left as it is",
            None,
        ),
        (Scaffolded(PATH, None, NEW, ours=True, once=True), False, f"{PATH}: written", NEW),
    ],
    ids=["new", "ours", "same", "theirs", "forced", "once-there", "once-new"],
)
def test_every_file_has_a_line_and_is_written_where_that_is_allowed(
    tmp_path: Path, file: Scaffolded, force: bool, said: str, text: str | None
) -> None:
    *before, last = write(tmp_path, file, force=force)
    assert last == said
    written = tmp_path / file.path
    assert (written.read_text() if written.exists() else None) == text
    shows = file.changes and file.before is not None and not file.once
    assert ("-name: old" in "\n".join(before)) == shows


def test_what_a_project_has_of_its_own_is_named_with_what_to_do_about_it() -> None:
    release, check = ".github/workflows/release.yml", ".github/workflows/release-check.yml"
    files = [
        Scaffolded(release, "name: mine\n", NEW, ours=False),
        Scaffolded(check, "name: mine\n", NEW, ours=False),
        Scaffolded("pants.ci.toml", None, NEW, ours=True),
    ]
    publishers = [
        OtherPublisher(release, ("upload",), ("PyPI",)),
        OtherPublisher(".github/workflows/ci.yml", ("a", "b"), ("crates.io", "PyPI")),
    ]
    first, second, third = steps_beside(files, publishers, force=False)
    assert first.startswith(f"{check} is this project's own and was left as it is: rename or")
    assert second.startswith(f"{release} is this project's own") and "trusted publisher" in second
    assert "ci.yml publishes to crates.io and PyPI, too (job `a` and `b`): take that out" in third
    assert list(steps_beside(files, publishers[:1], force=True)) == []


def test_the_launcher_can_be_started_and_brings_its_locks(tmp_path: Path) -> None:
    files = launcher_files()
    for path, text in files.items():
        list(write(tmp_path, Scaffolded(path, None, text, ours=True), force=False))
    assert (tmp_path / LAUNCHER).stat().st_mode & stat.S_IXUSR
    assert (tmp_path / LAUNCHER).read_text().startswith("#!/")
    locks = [path for path in files if path != LAUNCHER]
    assert locks
    for lock in locks:
        assert not (tmp_path / lock).stat().st_mode & stat.S_IXUSR
        assert os.path.basename(lock) in files[LAUNCHER] or "--hash=" in files[lock]


HASHES = {letter: letter * 64 for letter in "abc"}
PUBLISHED = PublishedVersion(
    "1.1.0",
    files=("pants_cratewheel-1.1.0-py3-none-any.whl", "pants_cratewheel-1.1.0.tar.gz"),
    hashes=(HASHES["a"], HASHES["b"]),
)


@pytest.mark.parametrize(
    ("version", "published", "workflow", "digest"),
    [
        ("1.1.0", (PUBLISHED,), "", "a"),
        # What a job has installed so far stays, as long as it is of this version.
        ("1.1.0", (PUBLISHED,), "pants-cratewheel==1.1.0 --hash=sha256:" + HASHES["c"], "c"),
        ("1.1.0", (PUBLISHED,), "pants-cratewheel==1.0.0 --hash=sha256:" + HASHES["c"], "a"),
        ("1.1.0", None, "pants-cratewheel==1.1.0 --hash=sha256:" + HASHES["c"], "c"),
        ("1.1.0", None, "pants-cratewheel==1.1.0", None),
        ("1.2.0", (PUBLISHED,), "", None),
        ("1.1.0", (PublishedVersion("1.1.0", files=PUBLISHED.files, hashes=()),), "", None),
        (
            "1.1.0",
            (PublishedVersion("1.1.0", files=PUBLISHED.files[1:], hashes=(HASHES["b"],)),),
            "",
            None,
        ),
    ],
)
def test_a_job_without_pants_installs_the_wheel_whose_hash_is_known(
    version: str, published: tuple[PublishedVersion, ...] | None, workflow: str, digest: str | None
) -> None:
    found = pinned_requirement(version, published, workflow)
    expected = f"pants-cratewheel=={version} --hash=sha256:{HASHES[digest]}" if digest else None
    assert found == expected


def test_workflows_are_for_the_branch_that_a_clone_starts_on(tmp_path: Path) -> None:
    def git(*arguments: str, folder: Path) -> None:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    upstream, clone = tmp_path / "upstream", tmp_path / "clone"
    upstream.mkdir()
    git("init", "--initial-branch=trunk", folder=upstream)
    git("commit", "--allow-empty", "--message=Start", folder=upstream)
    assert default_branch(Git(str(upstream)), "origin") == "trunk"
    git("clone", str(upstream), str(clone), folder=tmp_path)
    git("switch", "--create", "topic", folder=clone)
    assert default_branch(Git(str(clone)), "origin") == "trunk"
    assert default_branch(Git(str(clone)), "elsewhere") == "topic"
    git("switch", "--detach", folder=clone)
    assert default_branch(Git(str(clone)), "elsewhere") == "main"

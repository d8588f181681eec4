"""A wheel does not say where it was built, or when: only from what, and at which commit."""

from __future__ import annotations

import os
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

from workbench import Workbench

from cratewheel.build.moment import NO_COMMIT, at_moment, moment_of_head, wheel_at
from cratewheel.build.request import (
    CompileBuild,
    CrateBuild,
    LockBuild,
    SdistBuild,
    Settings,
)
from cratewheel.git import Git


def wheel_in(workbench: Workbench, folder: Path, moment: int) -> Path:
    """A wheel, with debugging information, from build roots and sandboxes in a folder."""
    folder.mkdir()
    (name,) = workbench.wheel.passes[0].interpreters
    bench = Workbench(folder, workbench.tools, workbench.toolchain, name)
    wheel = replace(bench.wheel, passes=(replace(bench.wheel.passes[0], profile="dev"),))
    compiling = bench.sandbox()
    bench.build(at_moment(CompileBuild(wheel), moment, releasing=True), compiling)
    return bench.pack(wheel_at(wheel, moment), compiling / "out")


def test_two_builds_in_different_folders_are_the_same_bytes(workbench: Workbench) -> None:
    moment = 1700000000
    one = wheel_in(workbench, workbench.folder / "one", moment)
    two = wheel_in(workbench, workbench.folder / "another-place", moment)
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        # Zip files know two seconds.
        dates = {each.date_time for each in archive.infolist()}
        contents = b"".join(archive.read(each) for each in archive.namelist())
    assert dates == {(2023, 11, 14, 22, 13, 20)}
    assert str(workbench.folder).encode() not in contents
    assert b"/source" in contents


def test_crates_and_source_distributions_are_the_same_bytes_too(workbench: Workbench) -> None:
    core = "core/Cargo.toml"
    workbench.tree[core] += 'description = "The core"\nlicense = "MIT"\n'
    (python,) = workbench.wheel.passes[0].interpreters
    builds = (
        CrateBuild(Settings("crate", "core"), "core-of-it", "1.0.0"),
        SdistBuild(Settings("sdist", "wheel"), "wheel", python),
    )
    for build in builds:
        made = []
        for folder in ("one", "another-place"):
            place = workbench.folder / build.settings.root / folder
            bench = Workbench(place, workbench.tools, workbench.toolchain, python)
            bench.tree = workbench.tree
            (artifact,) = bench.build(at_moment(build, 1700000000, releasing=True))
            made.append(artifact.read_bytes())
        assert made[0] == made[1]


def test_the_moment_is_the_commit_s(tmp_path: Path) -> None:
    git = Git(str(tmp_path))
    assert moment_of_head(git) == NO_COMMIT
    identity = {
        f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environment = {**os.environ, **identity, "GIT_COMMITTER_DATE": "1700000000 +0200"}
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "a"]):
        subprocess.run(["git", *command], cwd=tmp_path, env=environment, check=True)
    assert moment_of_head(git) == 1700000000


def test_code_is_compiled_at_the_commit_s_moment_for_a_release_only(workbench: Workbench) -> None:
    wheel = workbench.wheel
    for releasing, moment in ((False, NO_COMMIT), (True, 1700000000)):
        build = at_moment(CompileBuild(wheel), 1700000000, releasing=releasing)
        assert build.settings.source_date_epoch == moment
    assert wheel_at(wheel, 1700000000).settings.source_date_epoch == 1700000000
    lock = LockBuild(wheel.settings)
    assert at_moment(lock, 1700000000, releasing=True) == lock

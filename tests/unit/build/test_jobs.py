"""A job travels as a file to the program that does it, which says how that went."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
import tomli
from workbench import Workbench

from cratewheel.build.crates import crate_build, root_name
from cratewheel.build.request import (
    AbiBuild,
    BinaryBuild,
    BuildRequest,
    CompileBuild,
    CrateBuild,
    Job,
    LockBuild,
    ProgramsBuild,
    SdistBuild,
    Settings,
    WheelBuild,
    dumps,
    loads,
)
from cratewheel.build.run import main
from cratewheel.build.toolchain import DISK_LIMIT, ToolchainMissing, from_json
from cratewheel.build.toolchain import main as find_tools
from cratewheel.cargo.model import load_cargo_model
from cratewheel.project import DeclaredPackage, Project
from cratewheel.python_project import load_python_projects
from cratewheel.wheel_rows import BuildSettings

SETTINGS = Settings(
    "root", "wheel", ("a", "b"), True, ("--x",), (("A", "b"),), ("--cfg", "c"), False, 7
)
WHEEL = WheelBuild(
    SETTINGS,
    "x86_64-unknown-linux-gnu",
    "manylinux_2_28",
    "cross",
    (AbiBuild("abi3", ("cp39",), ("f",)), AbiBuild("3.14t")),
    "cc",
    (BinaryBuild("cli", "tool", "data/scripts", ("g",), (("C", "d"),)),),
)
BUILDS: tuple[BuildRequest, ...] = (
    CrateBuild(SETTINGS, "demo", "1.0.0", ("core",), (("other", "elsewhere/other"),)),
    SdistBuild(SETTINGS, "crates/demo", "cp39"),
    LockBuild(SETTINGS),
    WHEEL,
    CompileBuild(WHEEL),
    ProgramsBuild(WHEEL),
)


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: type(build).__name__)
def test_a_job_is_read_as_it_was_written(build: BuildRequest) -> None:
    job = Job(build, "toolchain", roots="somewhere")
    assert loads(dumps(job)) == job


def done(workbench: Workbench, build: BuildRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """What the program ends with in a new sandbox, which becomes the current folder."""
    sandbox = workbench.sandbox()
    (sandbox / "job.json").write_text(dumps(workbench.job(build)))
    monkeypatch.chdir(sandbox)
    return main(["job.json"])


def test_a_repository_without_a_lock_gets_one(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    before = tomli.loads(workbench.tree.pop("Cargo.lock"))["package"]
    assert done(workbench, LockBuild(Settings("lock", "")), monkeypatch) == 0
    assert tomli.loads(Path("out/Cargo.lock").read_text())["package"] == before
    # The first line that the program writes is why it ran.
    assert json.loads(capfd.readouterr().out.splitlines()[0])


def test_what_cargo_refuses_ends_the_program_with_cargos_status(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    workbench.tree["wheel/Cargo.toml"] += 'gone = { path = "../gone" }\n'
    assert done(workbench, LockBuild(Settings("lock", "")), monkeypatch) == 101
    assert "gone" in capfd.readouterr().err


def test_a_tree_that_cannot_be_taken_over_is_said_with_its_code(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    sandbox = workbench.sandbox()
    (sandbox / "tree/core/again").symlink_to("..")
    (sandbox / "job.json").write_text(dumps(workbench.job(LockBuild(Settings("lock", "")))))
    monkeypatch.chdir(sandbox)
    assert main(["job.json"]) == 1
    assert capfd.readouterr().err.startswith("CW-")


ELSEWHERE = {
    "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["core", "demo"]\n',
    "core/Cargo.toml": '[package]\nname = "core-of-it"\nversion = "1.0.0"\nedition = "2021"\n',
    "core/src/lib.rs": "",
    "demo/Cargo.toml": '[package]\nname = "demo-of-it"\nversion = "1.0.0"\nedition = "2021"\n'
    'description = "d"\nlicense = "MIT"\n[features]\ndefault = ["broken"]\nbroken = []\nfine = []\n'
    '[dependencies]\ncw-of-elsewhere = { path = "../else/where", version = "1" }\n'
    'core-of-it = { path = "../core", version = "1" }\n',
    "demo/src/lib.rs": '#[cfg(feature = "broken")]\ncompile_error!("default features");\n'
    '#[cfg(not(feature = "fine"))]\ncompile_error!("without features");\n',
    "else/Cargo.toml": '[workspace]\nmembers = ["where"]\nresolver = "2"\n',
    "else/where/Cargo.toml": '[package]\nname = "cw-of-elsewhere"\nversion = "1.0.0"\nedition = "2021"\n'
    'description = "d"\nlicense = "MIT"\n',
    "else/where/src/lib.rs": "",
}
CORE = DeclaredPackage("core:core", "crate", "core", publish=True)
DEMO = DeclaredPackage("demo:demo", "crate", "demo", publish=True)
OTHER = DeclaredPackage("else/where:where", "crate", "else/where", publish=True)


def project(*packages: DeclaredPackage) -> Project:
    files = {path: text.encode() for path, text in ELSEWHERE.items() if path.endswith(".toml")}
    return Project(load_cargo_model(files), load_python_projects(files), files, packages, {})


def test_a_crate_is_verified_with_what_is_published_in_the_same_run() -> None:
    settings = BuildSettings(features=("fine",), no_default_features=True)
    build = crate_build(project(CORE, DEMO, OTHER), DEMO, "1.0.0", settings)
    assert build.verified_with == ("core-of-it",)
    assert build.patches == (("cw-of-elsewhere", "else/where"),)
    assert build.settings.features == ("fine",) and build.settings.no_default_features
    # Nobody could resolve a published crate against what is on no registry.
    kept = project(replace(CORE, publish=False), DEMO)
    alone = crate_build(kept, DEMO, "1.0.0", BuildSettings())
    assert (alone.verified_with, alone.patches) == ((), ())
    private = crate_build(kept, replace(DEMO, publish=False), "1.0.0", BuildSettings())
    assert private.verified_with == ("core-of-it",)
    assert len({root_name(each) for each in (CORE, DEMO, OTHER, replace(CORE, directory=""))}) == 4


def test_a_crate_of_two_workspaces_is_packed_with_the_features_it_asks_for(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbench.tree = dict(ELSEWHERE)
    settings = BuildSettings(features=("fine",), no_default_features=True)
    build = crate_build(project(CORE, DEMO, OTHER), DEMO, "1.0.0", settings)
    assert done(workbench, build, monkeypatch) == 0
    with tarfile.open("out/demo-of-it-1.0.0.crate") as packed:
        assert "demo-of-it-1.0.0/src/lib.rs" in packed.getnames()


def test_tools_are_found_by_a_program_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(DISK_LIMIT, "1234")
    cache = tmp_path / "cache" / "tools"
    cache.mkdir(parents=True)
    assert find_tools([str(cache)]) == 0
    found = from_json(capsys.readouterr().out)
    if isinstance(found, ToolchainMissing):
        pytest.skip("needs a Rust toolchain")
    assert (cache / found.id).is_dir()
    assert "1234" in {each.read_text() for each in cache.iterdir() if each.is_file()}
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_tools([str(cache)]) == 0
    assert isinstance(from_json(capsys.readouterr().out), ToolchainMissing)

"""A wheel does not say where it was built, or when: only from what, and at which commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from workbench import Workbench

from cratewheel.artifacts.wheel import read_wheel
from cratewheel.build.equipment import note_equipment
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.moment import NO_COMMIT, at_moment, moment_of_head, wheel_at
from cratewheel.build.request import (
    AbiBuild,
    BinaryBuild,
    CompileBuild,
    CrateBuild,
    LockBuild,
    SdistBuild,
    Settings,
    WheelBuild,
)
from cratewheel.git import Git

MOMENT = 1700000000


def in_two_steps(bench: Workbench, wheel: WheelBuild) -> Path:
    compiling = bench.sandbox()
    bench.build(at_moment(CompileBuild(wheel), MOMENT, releasing=True), compiling)
    return bench.pack(wheel_at(wheel, MOMENT), compiling / "out")


def in_one_step(bench: Workbench, wheel: WheelBuild) -> Path:
    (made,) = bench.build(at_moment(wheel, MOMENT, releasing=True))
    return made


def with_a_program(bench: Workbench, wheel: WheelBuild) -> Path:
    bench.tree["core/src/main.rs"] = MAIN
    program = BinaryBuild("core", "core-of-it", "wheel/python/it/bin", profile="dev")
    return in_one_step(bench, replace(wheel, binaries=(program,)))


def a_program(bench: Workbench, wheel: WheelBuild) -> Path:
    bench.tree["wheel/src/main.rs"] = MAIN
    for file, old, new in (
        ("wheel/pyproject.toml", 'module-name = "it._it"\n', 'bindings = "bin"\n'),
        ("wheel/Cargo.toml", '[lib]\nname = "_it"\ncrate-type = ["cdylib"]\n', ""),
        ("wheel/Cargo.toml", 'pyo3 = { path = "../pyo3" }\n', ""),
        ("Cargo.lock", ' "pyo3",\n', ""),
    ):
        bench.tree[file] = bench.tree[file].replace(old, new)
    del bench.tree["wheel/src/lib.rs"]
    return in_one_step(bench, replace(wheel, passes=(AbiBuild("bin", profile="dev"),)))


def with_what_a_build_script_wrote(bench: Workbench, wheel: WheelBuild) -> Path:
    bench.tree["wheel/build.rs"] = (
        "fn main() {\n"
        '    let out = std::path::PathBuf::from(std::env::var("OUT_DIR").unwrap());\n'
        '    std::fs::write(out.join("it.txt"), "written").unwrap();\n'
        "}\n"
    )
    bench.tree["wheel/pyproject.toml"] += (
        'include = [{ path = "it.txt", from = "out-dir", to = "it/" }]\n'
    )
    return in_one_step(bench, wheel)


def through_cffi(bench: Workbench, wheel: WheelBuild) -> Path:
    for file, old, new in (
        ("wheel/pyproject.toml", "[tool.maturin]\n", '[tool.maturin]\nbindings = "cffi"\n'),
        ("wheel/Cargo.toml", 'pyo3 = { path = "../pyo3" }\n', ""),
        ("Cargo.lock", ' "pyo3",\n', ""),
    ):
        bench.tree[file] = bench.tree[file].replace(old, new)
    bench.tree["wheel/src/lib.rs"] = (
        '#[no_mangle]\npub extern "C" fn answer() -> usize { core_of_it::ANSWER.len() }\n'
        '#[no_mangle]\npub extern "C" fn say() { println!("{}", file!()); }\n'
    )
    (name,) = wheel.passes[0].interpreters
    python = _with_cffi(bench.tools, name)
    # What has cffi is another interpreter than the machine's own, by the same name.
    tools = bench.folder / "tools"
    shutil.copytree(bench.tools, tools, symlinks=True)
    (tools / "python" / name).unlink()
    (tools / "python" / name).write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    (tools / "python" / name).chmod(0o755)
    bench.tools = tools
    return in_one_step(bench, wheel)


def _with_cffi(tools: Path, name: str) -> Path:
    """An interpreter with what maturin asks for the declarations, in an environment beside the tools."""
    folder = tools.with_name(f"{tools.name}-cffi")
    if folder.exists():
        return folder / "bin" / "python"
    subprocess.run([tools / "python" / name, "-m", "venv", folder], check=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "cffi<3"]
    subprocess.run([folder / "bin" / "python", *install], check=True)
    return folder / "bin" / "python"


MAIN = 'fn main() { println!("{}", file!()); }\n'


@pytest.mark.parametrize(
    "make",
    [
        *(in_two_steps, in_one_step, with_a_program, a_program),
        *(with_what_a_build_script_wrote, through_cffi),
    ],
)
def test_two_builds_in_different_folders_are_the_same_bytes(
    workbench: Workbench, make: Callable[[Workbench, WheelBuild], Path]
) -> None:
    wheels = []
    # As cargo has it in an address, and as sed and the shell have it.
    for folder in ("one", "another place/of |*[it]*& 'ours' ü"):
        place = workbench.folder / folder
        place.mkdir(parents=True)
        (name,) = workbench.wheel.passes[0].interpreters
        bench = Workbench(place, workbench.tools, workbench.toolchain, name)
        # With debugging information.
        family = replace(bench.wheel.passes[0], profile="dev")
        wheels.append(make(bench, replace(bench.wheel, passes=(family,))))
    one, two = wheels
    with zipfile.ZipFile(one) as archive:
        # Zip files know two seconds.
        dates = {each.date_time for each in archive.infolist()}
        contents = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(two) as archive:
        assert {each: archive.read(each) for each in archive.namelist()} == contents
    assert one.read_bytes() == two.read_bytes()
    assert dates == {(2023, 11, 14, 22, 13, 20)}
    text = b"".join(contents.values())
    assert str(workbench.folder).encode() not in text
    assert b"/source" in text
    assert any(each.endswith(".cyclonedx.json") for each in contents)


def test_where_there_is_no_shell_flags_and_a_rewritten_bill_of_materials_do_the_same(
    workbench: Workbench,
) -> None:
    """What Windows does, with this machine's tools."""
    (name,) = workbench.wheel.passes[0].interpreters
    python = Interpreter(name, "", os.path.realpath(workbench.tools / "python" / name))
    programs = workbench.tools / workbench.toolchain.id
    variables = {
        "PATH": str(programs / "bin"),
        "CARGO_HOME": os.path.realpath(programs / "cargo-home"),
    }
    wheels = []
    for folder in ("one", "another place/of 'ours' ü"):
        place = workbench.folder / folder
        place.mkdir(parents=True)
        tools = place / "tools"
        note_equipment(tools, workbench.toolchain.id, variables, [python])
        bench = Workbench(place, tools, workbench.toolchain, name)
        # Flags for all targets of the project's own, which count as well.
        bench.tree[".cargo/config.toml"] = '[build]\nrustflags = ["--cfg", "own_flag"]\n'
        bench.tree["core/src/lib.rs"] = (
            '#[cfg(own_flag)]\npub const ANSWER: &str = concat!("forty-two ", file!());\n'
        )
        family = replace(bench.wheel.passes[0], profile="dev")
        wheels.append(in_one_step(bench, replace(bench.wheel, passes=(family,))))
    one, two = wheels
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as archive:
        assert archive.testzip() is None
        contents = {each: archive.read(each) for each in archive.namelist()}
    assert str(workbench.folder).encode() not in b"".join(contents.values())
    (bill,) = (content for name, content in contents.items() if name.endswith(".cyclonedx.json"))
    assert b"path+file:///source" in bill
    assert read_wheel(one).record_faults == ()


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

"""A wheel built in two steps is the wheel that maturin builds in one, and compiles when it must."""

from __future__ import annotations

import os
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from workbench import Workbench

from cratewheel.build.extension import library, programs, single_passes
from cratewheel.build.processes import BuildFailed
from cratewheel.build.request import BinaryBuild, CompileBuild


def in_two_steps(workbench: Workbench, python_file: str = "wheel/python/it/__init__.py") -> Path:
    text = workbench.tree.pop(python_file)
    # What maturin wants to see, without what is in it.
    workbench.tree[python_file] = ""
    compiling = workbench.sandbox()
    workbench.build(CompileBuild(workbench.wheel), compiling)
    workbench.tree[python_file] = text
    compiled = workbench.folder / "compiled"
    shutil.rmtree(compiled, ignore_errors=True)
    (compiling / "out").rename(compiled)
    shutil.rmtree(compiling)
    return workbench.pack(workbench.wheel, compiled)


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_both_ways_make_the_same_wheel(workbench: Workbench) -> None:
    (whole,) = workbench.build(workbench.wheel)
    parts = in_two_steps(workbench)
    assert parts.name == whole.name
    assert contents(parts) == contents(whole)
    assert parts.read_bytes() == whole.read_bytes()


def test_a_program_in_the_wheel_is_a_step_of_its_own(workbench: Workbench) -> None:
    workbench.tree["core/src/main.rs"] = 'fn main() { println!("{}", core_of_it::ANSWER); }\n'
    program = BinaryBuild("core", "core-of-it", "wheel/python/it/bin")
    wheel = replace(workbench.wheel, binaries=(program,))
    (whole,) = workbench.build(wheel)
    (alone,) = single_passes(wheel)
    carried = programs(wheel)
    assert carried is not None
    compiling, making, packing = (workbench.sandbox() for _ in range(3))
    workbench.build(CompileBuild(alone), compiling)
    workbench.build(carried, making)
    made = making / "out/wheel/python/it/bin/core-of-it"
    assert os.access(made, os.X_OK)
    shutil.copytree(making / "out", packing / "tree", dirs_exist_ok=True)
    parts = workbench.pack(alone, compiling / "out", packing)
    assert parts.read_bytes() == whole.read_bytes()
    assert b"forty-two" in contents(parts)["it/bin/core-of-it"]
    assert programs(workbench.wheel) is None


def test_the_second_step_starts_no_compiler_and_no_interpreter_and_needs_no_build_root(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = in_two_steps(workbench)
    shutil.rmtree(workbench.folder / "roots")
    packing = workbench.sandbox()
    (packing / "tree/wheel/python/it/__init__.py").write_text("NEW = 1\n")
    bare = workbench.folder / "bare" / workbench.toolchain.id
    shutil.copytree(workbench.tools / workbench.toolchain.id, bare, symlinks=True)
    for program in ("cargo", "rustc"):
        (bare / "bin" / program).unlink()
    monkeypatch.setattr(workbench, "tools", bare.parent)
    wheel = workbench.pack(workbench.wheel, workbench.folder / "compiled", packing)
    assert wheel.name == first.name
    assert contents(wheel)["it/__init__.py"] == b"NEW = 1\n"
    assert not (workbench.folder / "roots").exists()


def test_a_sandbox_may_be_anywhere(workbench: Workbench) -> None:
    first = in_two_steps(workbench)
    odd = workbench.folder / "this & that|those"
    workbench.sandbox().rename(odd)
    wheel = workbench.pack(workbench.wheel, workbench.folder / "compiled", odd)
    assert wheel.read_bytes() == first.read_bytes()


def test_the_library_is_found_among_the_results(workbench: Workbench) -> None:
    sandbox = workbench.sandbox()
    workbench.build(CompileBuild(workbench.wheel), sandbox)
    out = sandbox / "out"
    files = [each.relative_to(out).as_posix() for each in out.rglob("*") if each.is_file()]
    found = library(files)
    assert b"forty-two" in (out / found).read_bytes()


def test_code_that_does_not_compile_fails_the_first_step(
    workbench: Workbench, capfd: pytest.CaptureFixture[str]
) -> None:
    workbench.tree["core/src/lib.rs"] = "pub const ANSWER: &str = 42;\n"
    with pytest.raises(BuildFailed):
        workbench.build(CompileBuild(workbench.wheel))
    assert "mismatched types" in capfd.readouterr().err

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from wheel_building import Built

_CARGO = """\
[package]
name = "real-demo"
version = "1.2.0-rc.1"
edition = "2021"
description = "a demonstration"
license = "MIT"
"""

_PYPROJECT = """\
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"
[project]
name = "Real.Demo-Pkg"
requires-python = ">=3.9"
dynamic = ["version"]
license = "MIT"
license-files = ["LICENSE"]
"""

_EXTENSION = """\
[lib]
name = "real_demo"
crate-type = ["cdylib"]
[dependencies]
pyo3 = { version = "0.30", default-features = false, features = ["abi3-py39"] }
"""


def _run(command: list[str], folder: Path, target: Path) -> None:
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target), "NO_COLOR": "1"}
    done = subprocess.run(
        command, check=False, cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def _project(folder: Path, cargo: str, pyproject: str, source: str, code: str) -> None:
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(cargo)
    (folder / "pyproject.toml").write_text(pyproject)
    (folder / "LICENSE").write_text("MIT\n")
    (folder / "src" / source).write_text(code)


def _maturin(folder: Path, out: str, *arguments: str) -> Path:
    command = [sys.executable, "-m", "maturin", "build", "--release", "--out", out, *arguments]
    _run([*command, "--interpreter", sys.executable], folder, folder / "target")
    (wheel,) = (folder / out).glob("*.whl")
    return wheel


def _built(folder: Path) -> Built:
    wheel = _maturin(folder, "out", "--sdist")
    (sdist,) = (folder / "out").glob("*.tar.gz")
    return Built(wheel, sdist)


@pytest.fixture(scope="session")
def extension(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """An abi3 extension module, built by maturin with PyO3 from crates.io."""
    if shutil.which("cargo") is None:
        pytest.skip("there is no cargo here")
    folder = tmp_path_factory.mktemp("extension")
    code = (
        "use pyo3::ffi;\n#[no_mangle]\n"
        'pub unsafe extern "C" fn PyInit_real_demo() -> *mut ffi::PyObject {\n'
        "    ffi::PyObject_GC_IsTracked(std::ptr::null_mut());\n"  # in the stable ABI since 3.9
        "    ffi::PyModule_Create2(std::ptr::null_mut(), ffi::PYTHON_API_VERSION)\n}\n"
    )
    _project(folder, _CARGO + _EXTENSION, _PYPROJECT, "lib.rs", code)
    return _built(folder)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A wheel of a Rust program, built by maturin without any dependency."""
    if shutil.which("cargo") is None:
        pytest.skip("there is no cargo here")
    folder = tmp_path_factory.mktemp("program")
    pyproject = f'{_PYPROJECT}[tool.maturin]\nbindings = "bin"\n'
    _project(folder, _CARGO, pyproject, "main.rs", 'fn main() { println!("hello"); }\n')
    return _built(folder)


@pytest.fixture(scope="session")
def promised_program(program: Built) -> Path:
    """The same program, tagged with the oldest floor without a look at what it needs."""
    folder = program.wheel.parents[1]
    return _maturin(folder, "promised", "--skip-auditwheel", "--compatibility", "manylinux_2_17")


@pytest.fixture(scope="session")
def crate_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A crate in a git repository, packaged by cargo into `target/package`."""
    if shutil.which("cargo") is None or shutil.which("git") is None:
        pytest.skip("there is no cargo or no git here")
    folder = tmp_path_factory.mktemp("crate")
    _project(folder, _CARGO, "", "lib.rs", "//! A demonstration.\n")
    (folder / ".gitignore").write_text("target\n")
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "first"]):
        _run(["git", *command], folder, folder / "target")
    _run(["cargo", "package", "--no-verify", "--allow-dirty"], folder, folder / "target")
    return folder

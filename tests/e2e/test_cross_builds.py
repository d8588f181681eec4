"""Wheels for another architecture: built here, tried here through qemu-user.

Needs what `build-support/cross-aarch64` installs.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from pants_run import PANTS_TOML, Repository, install_launcher, repository

#: The toolchain of Debian's packages, which has both architectures, comes before any other.
PATH = ["/usr/bin", "/usr/local/bin"]
TARGET = "aarch64-unknown-linux-gnu"


def _missing() -> str:
    if not Path("/usr/lib/rustlib", TARGET).is_dir():
        return f"a /usr/bin/rustc with the standard library of {TARGET}"
    for program in ("aarch64-linux-gnu-gcc", "qemu-aarch64"):
        if shutil.which(program) is None:
            return program
    if not list(Path("/usr/local/bin").glob("aarch64-linux-gnu-python3.*")):
        return "aarch64-linux-gnu-python3"
    return ""


pytestmark = pytest.mark.skipif(
    bool(_missing()), reason=f"no {_missing()}: run build-support/cross-aarch64"
)

FILES = {
    "pants.toml": f"{PANTS_TOML}\n[cargo]\nsearch_path = {PATH}\n",
    ".gitignore": "/.pants.d/\n/.pids/\n/dist/\n/3rdparty/\n",
    "BUILD": f"""
cargo_workspace(name="cargo")
maturin_wheel(
    name="wheel",
    publish=True,
    sdist=False,
    profile="dev",
    platforms=["{TARGET}"],
    binaries=["cw-e2e-cross"],
    test_command="python {{project}}/check.py && qemu-aarch64 -L /usr/aarch64-linux-gnu $(command -v cw-e2e-cross)",
)
""",
    "Cargo.toml": """
[package]
name = "cw-e2e-cross"
version = "0.4.0"
edition = "2021"

[lib]
name = "cw_e2e_cross"
crate-type = ["cdylib"]

[dependencies]
pyo3 = { version = "0.30", features = ["abi3-py39"] }

[profile.dev]
debug = false
""",
    "pyproject.toml": """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "cw-e2e-cross"
requires-python = ">=3.9"
dynamic = ["version"]

[tool.maturin]
bindings = "pyo3"
""",
    "src/lib.rs": """
use pyo3::prelude::*;

#[pyfunction]
fn machine() -> &'static str { std::env::consts::ARCH }

#[pymodule]
fn cw_e2e_cross(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(machine, module)?)
}
""",
    "src/main.rs": 'fn main() { assert_eq!(std::env::consts::ARCH, "aarch64"); }\n',
    "check.py": """
import cw_e2e_cross, platform
assert cw_e2e_cross.machine() == platform.machine() == "aarch64", platform.machine()
""",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    folder = tmp_path_factory.mktemp("cross")
    install_launcher(folder)
    with repository(folder, commit=False) as made:
        made.write(FILES)
        made.commit("Start")
        yield made


def test_zig_links_against_the_promised_glibc_and_qemu_runs_the_tests(project: Repository) -> None:
    said = project.pants("release", "::").succeeded().output
    assert "Not tested" not in said
    name = "cw_e2e_cross-0.4.0-cp39-abi3-manylinux2014_aarch64.manylinux_2_17_aarch64.whl"
    assert f"{name}: uploaded" in said


def test_tests_that_fail_in_the_emulator_stop_the_release(project: Repository) -> None:
    with project.changed({"check.py": "raise SystemExit('not on this architecture')"}):
        said = project.pants("release", "::").refused("CW-WHEEL-TEST-FAILED")
    assert "not on this architecture" in said.output


def test_the_cross_linker_of_the_system_is_used_where_the_floor_allows(
    project: Repository,
) -> None:
    build = FILES["BUILD"].replace(
        f'["{TARGET}"]', f'[wheel_platform("{TARGET}", compatibility="manylinux_2_36")]'
    )
    # Which linker is taken does not depend on what is linked: maturin takes any crate called pyo3 for
    # PyO3, and an empty one is compiled at once.
    stand_in = {
        "Cargo.toml": FILES["Cargo.toml"].replace(
            'pyo3 = { version = "0.30",', 'pyo3 = { path = "pyo3", version = "0.30",'
        ),
        "pyo3/Cargo.toml": '[package]\nname = "pyo3"\nversion = "0.30.0"\nedition = "2021"\n'
        "[features]\nabi3-py39 = []\n",
        "pyo3/BUILD": "crate_package()\n",
        "pyo3/src/lib.rs": "",
        "src/lib.rs": '#[no_mangle]\npub extern "C" fn PyInit_cw_e2e_cross() {}\n',
    }
    with project.changed({"BUILD": build, **stand_in}):
        project.pants("package", "::").succeeded()
    name = "cw_e2e_cross-0.4.0-cp39-abi3-manylinux_2_36_aarch64.whl"
    shutil.unpack_archive(project.root / "dist" / name, project.root / "dist/unpacked", "zip")
    (extension,) = (project.root / "dist/unpacked").glob("*/*.so")
    with extension.open("rb") as file:
        elf = ELFFile(file)  # type: ignore[no-untyped-call]
        assert elf["e_machine"] == "EM_AARCH64"
        # What linked it says so: gcc's own, and not zig's.
        comment = elf.get_section_by_name(".comment")  # type: ignore[no-untyped-call]
        assert b"GCC: (Debian" in comment.data()

"""What Pants builds again when something changed, and what it does not."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pants_run import PANTS_TOML, Repository, Result, install_launcher, repository, run

from cratewheel.build.interpreters import discover

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")


def crate(name: str, rest: str = "") -> str:
    return (
        f'[package]\nname = "{name}"\nversion = "0.4.0"\nedition = "2021"\n'
        f'description = "A crate"\nlicense = "MIT"\n{rest}'
    )


# maturin takes any crate called pyo3 for PyO3: an empty one shows all there is to see, in a second.
PROJECT = {
    "BUILD": 'cargo_workspace(name="cargo")\n',
    "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["core", "pyo3", "wheel"]\n',
    "core/BUILD": "crate_package()\n",
    "core/Cargo.toml": crate("cw-again-core"),
    "core/src/lib.rs": 'pub const ANSWER: &str = "forty-two";\n',
    "pyo3/BUILD": "crate_package()\n",
    "pyo3/Cargo.toml": crate("pyo3").replace("0.4.0", "0.28.0"),
    "pyo3/src/lib.rs": "",
    "wheel/BUILD": 'python_sources(name="python", sources=["python/**/*.py"])\n',
    "wheel/Cargo.toml": crate(
        "cw-again",
        '[lib]\nname = "_again"\ncrate-type = ["cdylib"]\n\n[dependencies]\n'
        'cw-again-core = { path = "../core", version = "0.4" }\n'
        'pyo3 = { path = "../pyo3", version = "0.28" }\n',
    ),
    "wheel/src/lib.rs": """
#[no_mangle]
pub extern "C" fn PyInit__again() -> *const u8 {
    println!("{} {}", cw_again_core::ANSWER, file!());
    std::ptr::null()
}
""",
    "wheel/pyproject.toml": """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "cw-again"
version = "0.4.0"
requires-python = ">=3.9"
readme = "README.md"
license = { file = "LICENSE.txt" }

[tool.maturin]
module-name = "cw_again._again"
python-source = "python"
""",
    "wheel/python/cw_again/__init__.py": "ONE = 1\n",
    "wheel/README.md": "Again.\n",
    "wheel/LICENSE.txt": "Do as you like.\n",
    ".gitignore": "/.pants.d/\n/.pids/\n/dist/\n/target/\n",
    "pants.toml": PANTS_TOML,
}
PYTHON = "wheel/python/cw_again/__init__.py"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    root = tmp_path_factory.mktemp("again")
    made = Repository(root)
    made.write(PROJECT)
    here = [each.tag for each in discover(os.environ) if each.tag.startswith("cp3")]
    with (root / "wheel/BUILD").open("a") as file:
        file.write(f'maturin_wheel(abis=["3.{here[-1][3:]}"])\n')
    run(["cargo", "generate-lockfile", "--quiet"], root).succeeded()
    install_launcher(root)
    with repository(root) as pants:
        pants.pants("package", "::").succeeded()
        yield pants


def wheel_of(root: Path) -> Path:
    return next(iter(sorted((root / "dist").glob("*.whl"))))


def steps(result: Result, step: str) -> list[str]:
    """The lines of a run that say that a step of a wheel was done."""
    return [
        line
        for line in result.succeeded().stderr.splitlines()
        if "Completed: Build the wheel" in line and line.endswith(f": {step}")
    ]


def test_nothing_changed_and_nothing_is_built(project: Repository) -> None:
    # No tool is asked either: a process is started for nothing at all.
    assert "Starting:" not in project.pants("package", "wheel").succeeded().stderr


def test_a_python_file_compiles_nothing(project: Repository) -> None:
    edited = f"TWO = {uuid4().int}\n"
    with project.changed({PYTHON: edited}):
        ran = project.pants("package", "wheel")
        assert steps(ran, "pack")
        assert not steps(ran, "compile")
        with zipfile.ZipFile(wheel_of(project.root)) as wheel:
            assert wheel.read("cw_again/__init__.py") == edited.encode()


def test_a_readme_and_a_licence_compile_nothing(project: Repository) -> None:
    readme, licence = f"Again, {uuid4()}.\n", f"Do as {uuid4()} likes.\n"
    with project.changed({"wheel/README.md": readme, "wheel/LICENSE.txt": licence}):
        ran = project.pants("package", "wheel")
        assert steps(ran, "pack")
        assert not steps(ran, "compile")
        with zipfile.ZipFile(wheel_of(project.root)) as wheel:
            information = "cw_again-0.4.0.dist-info"
            assert readme in wheel.read(f"{information}/METADATA").decode()
            assert wheel.read(f"{information}/licenses/LICENSE.txt").decode() == licence


def test_a_readme_that_rust_reads_compiles(project: Repository) -> None:
    reads = PROJECT["wheel/src/lib.rs"].replace("file!()", 'include_str!("../README.md")')
    said = str(uuid4())
    with project.changed({"wheel/src/lib.rs": reads}):
        project.pants("package", "wheel").succeeded()
        with project.changed({"wheel/README.md": said}):
            assert steps(project.pants("package", "wheel"), "compile")
            with zipfile.ZipFile(wheel_of(project.root)) as wheel:
                (library,) = (e for e in wheel.namelist() if e.startswith("cw_again/_again"))
                assert said.encode() in wheel.read(library)


def test_a_rust_file_compiles(project: Repository) -> None:
    # Pants keeps results by content, for every run on this machine.
    answer = str(uuid4())
    with project.changed({"core/src/lib.rs": f'pub const ANSWER: &str = "{answer}";\n'}):
        assert steps(project.pants("package", "wheel"), "compile")
        with zipfile.ZipFile(wheel_of(project.root)) as wheel:
            (library,) = (each for each in wheel.namelist() if each.startswith("cw_again/_again"))
            assert answer.encode() in wheel.read(library)


def test_what_is_kept_is_listed_with_the_reason_of_the_last_build(project: Repository) -> None:
    listed = project.pants("build-roots").succeeded().stdout
    # The build before that one was of other files of the wheel as well.
    assert re.search(r"core/src/lib\.rs\b.* changed$", listed, re.MULTILINE)

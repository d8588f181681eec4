"""Python code that imports the extension module of a wheel in the same repository."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

import pytest
from pants_run import (
    CHECKOUT,
    PANTS_TOML_WITH_PYTHON,
    Repository,
    Result,
    install_launcher,
    repository,
    run,
)

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")

COMPILING = "abi3: compile"

CONFIGURATION = (
    PANTS_TOML_WITH_PYTHON.replace(
        '"pants.backend.python"]', '"pants.backend.python", "pants.backend.python.typecheck.mypy"]'
    ).replace(
        "[python]\n",
        """[python]
enable_resolves = true
resolves_generate_lockfiles = false
default_resolve = "pytest"
""",
    )
    + """
[python.resolves]
pytest = "3rdparty/python/pytest.lock"
lint = "3rdparty/python/lint.lock"

[pytest]
install_from_resolve = "pytest"

[mypy]
install_from_resolve = "lint"

[source]
root_patterns = ["/app", "/py/python", "/plain", "/stubbed"]
"""
)

RUST = """
use pyo3::prelude::*;

#[pyfunction]
fn answer() -> u32 { NUMBER }

#[pyfunction]
fn optimised() -> bool { !cfg!(debug_assertions) }

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(answer, module)?)?;
    module.add_function(wrap_pyfunction!(optimised, module)?)
}
"""

FILES = {
    "pants.toml": CONFIGURATION,
    ".gitignore": "/dist/\n/.pants.d/\n/.pids/\n",
    "py/BUILD": 'cargo_workspace(name="cargo")\nmaturin_wheel(name="wheel")\n',
    "py/Cargo.toml": """
[package]
name = "cw-imported"
version = "1.0.0"
edition = "2021"

[lib]
name = "_native"
crate-type = ["cdylib"]

[dependencies]
pyo3 = { version = "0.30", features = ["abi3-py39"] }

[profile.dev]
debug = false

[workspace]
""",
    "py/pyproject.toml": """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "cw-imported"
version = "1.0.0"
readme = "README.md"
requires-python = ">=3.9"

[tool.maturin]
module-name = "cw_imported._native"
python-source = "python"
""",
    "py/README.md": "Numbers.\n",
    "py/python/cw_imported/BUILD": "python_sources()\n",
    "py/python/cw_imported/__init__.py": """from cw_imported._native import answer, optimised


def twice() -> int:
    return answer() * 2
""",
    "py/python/cw_imported/_native.pyi": """def answer() -> int: ...
def optimised() -> bool: ...
""",
    "app/BUILD": """python_sources()
python_tests(name="tests")
pex_binary(name="pex", entry_point="app.py", resolve_local_platforms=False)
""",
    "app/app.py": """import cw_imported

if __name__ == "__main__":
    print(cw_imported.answer(), "optimised" if cw_imported.optimised() else "debug")
""",
    "app/test_app.py": """import cw_imported


def test_answer() -> None:
    assert cw_imported.twice() == cw_imported.answer() * 2
    assert not cw_imported.optimised()
""",
}


@pytest.fixture(scope="module")
def number() -> int:
    """What this run's extension says, so that none of an earlier run is taken for it."""
    return secrets.randbelow(2**31)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, number: int) -> Iterator[Repository]:
    folder = tmp_path_factory.mktemp("imports")
    install_launcher(folder)
    (folder / "3rdparty" / "python").mkdir()
    for name in ("pytest.lock", "lint.lock"):
        shutil.copy(CHECKOUT / "3rdparty" / "python" / name, folder / "3rdparty" / "python")
    with repository(folder, commit=False) as made:
        made.write({**FILES, "py/src/lib.rs": RUST.replace("NUMBER", str(number))})
        run(["cargo", "generate-lockfile", "--quiet"], folder / "py").succeeded()
        made.commit("Start")
        yield made


@pytest.fixture(scope="module")
def tested(project: Repository) -> Result:
    return project.pants("test", "::").succeeded()


def test_the_import_is_a_dependency(project: Repository) -> None:
    said = project.pants("dependencies", "py/python/cw_imported/__init__.py").succeeded().stdout
    # The wheel owns the file as well, and does not depend on itself.
    assert {"py/python/cw_imported/_native.pyi", "py:wheel"} <= set(said.split())


def test_a_test_imports_a_debug_build(tested: Result) -> None:
    assert f"Compile the extension module of cw-imported 1.0.0 for debugging, {COMPILING}" in (
        tested.output
    )
    assert "✓ app/test_app.py:tests succeeded" in tested.output


def test_an_edit_of_python_compiles_nothing(project: Repository, tested: Result) -> None:
    edited = FILES["py/python/cw_imported/__init__.py"] + "\n\nEDITED = True\n"
    added = (
        FILES["app/test_app.py"] + "\n\ndef test_edit() -> None:\n    assert cw_imported.EDITED\n"
    )
    with project.changed(
        {
            "py/python/cw_imported/__init__.py": edited,
            "py/python/cw_imported/new.py": "",
            "app/test_app.py": added,
        }
    ):
        again = project.pants("test", "--output=all", "::").succeeded()
    assert "2 passed" in again.output
    assert COMPILING not in again.output


def test_an_edit_of_rust_is_seen(project: Repository, tested: Result, number: int) -> None:
    other = str(number + 1)
    with project.changed({"py/src/lib.rs": RUST.replace("NUMBER", other)}):
        ran = project.pants("run", "app/app.py").succeeded()
    assert ran.stdout.split() == [other, "debug"]
    assert COMPILING in ran.output


def test_run_imports_a_debug_build(project: Repository, tested: Result, number: int) -> None:
    ran = project.pants("run", "app/app.py").succeeded()
    assert ran.stdout.split() == [str(number), "debug"]


def test_a_repl_imports_a_debug_build(project: Repository, tested: Result, number: int) -> None:
    said = subprocess.run(
        [str(project.root / "pants"), "repl", "app:app"],
        cwd=project.root,
        input="import cw_imported as c; print(c.answer(), c.optimised())\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert f"{number} False" in said.stdout, said.stderr


def test_a_pex_holds_a_release_build(project: Repository, number: int, tmp_path: Path) -> None:
    packaged = project.pants("package", "app:pex").succeeded()
    pex = str(shutil.copy(project.root / "dist" / "app" / "pex.pex", tmp_path))
    assert run([sys.executable, pex], tmp_path).succeeded().stdout.split() == [
        str(number),
        "optimised",
    ]
    assert "Build the wheel cw-imported 1.0.0 for " in packaged.output
    assert COMPILING in packaged.output


def test_the_module_can_be_exported(project: Repository, tested: Result) -> None:
    project.pants("export-codegen", "py:wheel").succeeded()
    folder = project.root / "dist" / "codegen" / "py" / "python" / "cw_imported"
    assert [path.name for path in folder.iterdir()] == ["_native.abi3.so"]


def test_a_fresh_clone_that_kept_pants_cache_compiles_nothing(
    project: Repository, tested: Result, tmp_path: Path
) -> None:
    folder = tmp_path / "clone"
    run(["git", "clone", "--quiet", str(project.root), str(folder)], tmp_path).succeeded()
    with repository(folder, commit=False) as clone:
        test = FILES["app/test_app.py"].replace("not cw", "False is cw")
        clone.write({"app/test_app.py": test})
        again = clone.pants("test", "::").succeeded()
    assert "✓ app/test_app.py:tests succeeded" in again.output
    assert COMPILING not in again.output


def test_mypy_sees_the_types_and_compiles_nothing(project: Repository) -> None:
    wrong = "import cw_imported\n\nwrong: str = cw_imported.answer()\n"
    with project.changed({"app/wrong.py": wrong, "py/src/lib.rs": "not even Rust"}):
        said = project.pants("check", "app/wrong.py")
    assert said.exit_code == 1, said.output
    assert "expression has type" in said.output
    assert "variable has type" in said.output
    assert COMPILING not in said.output


def without_a_package(name: str, stub: str) -> dict[str, Optional[str]]:
    """A wheel of a module and nothing else, whose types are in the file `stub`."""
    library = f"cw_{name}"
    files = {
        "BUILD": FILES["py/BUILD"],
        "Cargo.toml": FILES["py/Cargo.toml"].replace("cw-imported", f"cw-{name}"),
        "pyproject.toml": FILES["py/pyproject.toml"].replace("cw-imported", f"cw-{name}"),
        "src/lib.rs": "not even Rust",
        stub: "def answer() -> int: ...\n",
    }
    files["Cargo.toml"] = files["Cargo.toml"].replace('"_native"', f'"{library}"')
    files["pyproject.toml"] = files["pyproject.toml"].partition("[tool.maturin]")[0]
    return {f"{name}/{file}": text for file, text in files.items()}


def test_mypy_sees_stubs_that_no_python_target_has(project: Repository) -> None:
    # maturin's layout without a Python package, and a package of stubs.
    wrong = """import cw_plain
import cw_stubbed

one: str = cw_plain.answer()
two: str = cw_stubbed.answer()
"""
    with project.changed(
        {
            **without_a_package("plain", "cw_plain.pyi"),
            **without_a_package("stubbed", "cw_stubbed-stubs/__init__.pyi"),
            "app/wrong.py": wrong,
        }
    ):
        said = project.pants("check", "app/wrong.py")
    assert said.exit_code == 1, said.output
    for line in (4, 5):
        assert f"app/wrong.py:{line}: error: Incompatible types in assignment" in said.output
    assert COMPILING not in said.output


def test_an_interpreter_that_the_wheel_is_not_for_is_an_error(project: Repository) -> None:
    build = 'python_sources(interpreter_constraints=["CPython>=3.8"])\n'
    with project.changed({"py/python/cw_imported/BUILD": build}):
        said = project.pants("test", "::").refused("CW-EXTENSION-PYTHON", "py/python/cw_imported")
    assert "CPython>=3.8" in said.output
    assert "py:wheel" in said.output
    assert "CPython>=3.9" in said.output


def test_a_compile_error_is_shown(project: Repository) -> None:
    broken = RUST.replace("NUMBER", "missing_number")
    with project.changed({"py/src/lib.rs": broken}):
        said = project.pants("test", "::").refused("CW-BUILD-FAILED", "py:wheel")
    assert "cannot find value `missing_number`" in said.output

"""`pants-cratewheel` as others install it: in a repository that has never seen this one."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit
import yaml
from markdown_pages import code_blocks, read, section
from pants_run import CHECKOUT, Repository, Result, install_launcher, repository, run
from recorded_registries import Told, telling
from toml_files import merge

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")

#: What a repository has of its own that tests Python code: the backend, its interpreters and a locked pytest.
OWN = """
[GLOBAL]
backend_packages = ["pants.backend.python"]
ignore_warnings = ["DEPRECATED: Running Pants in an external Python interpreter"]

[python]
interpreter_constraints = ["CPython>=3.9"]
enable_resolves = true
resolves_generate_lockfiles = false
default_resolve = "pytest"

[python.resolves]
pytest = "pytest.lock"

[pytest]
install_from_resolve = "pytest"
"""

FILES = {
    ".gitignore": "/dist/\n/.pants.d/\n/.pids/\n/3rdparty/\ntarget/\n",
    "Cargo.toml": '[workspace]\nmembers = ["core", "py"]\nresolver = "2"\n',
    "core/Cargo.toml": """
[package]
name = "cw-stranger-core"
version = "1.2.0"
edition = "2021"
description = "Says a number"
license = "MIT"
""",
    "core/src/lib.rs": "//! Says a number.\n\n/// The number.\npub fn answer() -> u32 { 42 }\n",
    "py/Cargo.toml": """
[package]
name = "cw-stranger-py"
version = "1.2.0"
edition = "2021"
publish = false

[lib]
name = "_native"
crate-type = ["cdylib"]

[dependencies]
cw-stranger-core = { path = "../core", version = "1.2.0" }
pyo3 = { version = "0.30", features = ["abi3-py39"] }
""",
    "py/pyproject.toml": """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "cw-stranger"
requires-python = ">=3.9"
dynamic = ["version"]

[tool.maturin]
module-name = "cw_stranger._native"
python-source = "python"
""",
    "py/python/cw_stranger/__init__.py": "from cw_stranger._native import answer, optimised\n",
    "py/python/tests/test_answer.py": """
import cw_stranger


def test_answer() -> None:
    assert cw_stranger.answer() == 42
    assert not cw_stranger.optimised()
""",
    "app/BUILD": 'pex_binary(name="pex", entry_point="app.py", resolve_local_platforms=False)\n',
    "app/app.py": """
import cw_stranger

print(cw_stranger.answer(), "optimised" if cw_stranger.optimised() else "debug")
""",
    "py/src/lib.rs": """
use pyo3::prelude::*;

#[pyfunction]
fn answer() -> u32 { cw_stranger_core::answer() }

#[pyfunction]
fn optimised() -> bool { !cfg!(debug_assertions) }

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(answer, module)?)?;
    module.add_function(wrap_pyfunction!(optimised, module)?)
}
""",
}


def settings(index: Path) -> str:
    """The README's `pants.toml`, and the repository's own part of it."""
    (block,) = code_blocks(section(read("README.md"), "In your repository"), "toml")
    document = tomlkit.parse(OWN)
    merge(document, tomlkit.parse(block.replace("file:///path/to/cratewheel/dist", index.as_uri())))
    return tomlkit.dumps(document)


def distribution(ending: str) -> Path:
    """What `pants package pants-plugins::` made."""
    (found,) = CHECKOUT.glob(f"pants_cratewheel-*{ending}")
    return found


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """A repository that installs the plugin from a folder of wheels, as the README has it."""
    index = tmp_path_factory.mktemp("index")
    shutil.copy(distribution(".whl"), index)
    folder = tmp_path_factory.mktemp("stranger")
    install_launcher(folder)
    with repository(folder, commit=False) as made:
        made.write({**FILES, "pants.toml": settings(index)})
        shutil.copy(CHECKOUT / "3rdparty" / "python" / "pytest.lock", folder)
        run(["cargo", "generate-lockfile", "--quiet"], folder).succeeded()
        made.pants("tailor", "::").succeeded()
        made.commit("Start")
        yield made


@pytest.fixture(scope="module")
def released(stranger: Repository) -> Result:
    return stranger.pants("release", "::").succeeded()


def test_tailor_finds_the_packages(stranger: Repository) -> None:
    assert "cargo_workspace(" in (stranger.root / "BUILD").read_text()
    for name, alias in (("core", "crate_package"), ("py", "maturin_wheel")):
        written = (stranger.root / name / "BUILD").read_text()
        assert written.startswith(f"{alias}(\n")
        assert "publish=True" in written


def test_a_release_is_rehearsed_and_can_be_installed(
    released: Result, stranger: Repository, tmp_path: Path
) -> None:
    # Nobody looks at a terminal here: no colour and nothing that moves.
    assert not re.search(r"[\x1b\r]", released.output)
    assert re.search(r"^cw-stranger-core-1.2.0.crate: uploaded, \S+ k?B", released.stdout, re.M)
    assert "Built: cw-stranger-core-1.2.0.crate in " in released.stdout
    assert released.last_line.startswith("This was a rehearsal, nothing was released: 3 uploaded")
    found = re.search(r"pip (install --index-url file:\S+ cw-stranger==\S+?);", released.last_line)
    assert found is not None, released.last_line
    run([sys.executable, "-m", "venv", "environment"], tmp_path).succeeded()
    python = str(tmp_path / "environment" / "bin" / "python")
    options = ["--no-cache-dir", "--only-binary=:all:"]
    run([python, "-m", "pip", *shlex.split(found[1]), *options], tmp_path).succeeded()

    program = "import cw_stranger; print(cw_stranger.answer(), cw_stranger.__file__)"
    said = run([python, "-c", program], tmp_path).succeeded().stdout

    assert said.startswith("42 ")
    assert str(tmp_path / "environment") in said


def test_a_second_release_says_what_it_reuses(released: Result, stranger: Repository) -> None:
    again = stranger.pants("release", "::").succeeded()
    assert "Reused, nothing that it is made from has changed: cw-stranger-core" in again.stdout
    assert "Built: " not in again.stdout


def test_a_rebuilt_file_says_why(released: Result, stranger: Repository) -> None:
    rust, python = "py/src/lib.rs", "py/python/cw_stranger/__init__.py"
    package = ("--cratewheel-why", "package", "py")
    with stranger.changed({rust: FILES[rust] + "// One more line.\n"}):
        said = stranger.pants(*package).succeeded().output
        assert re.search(rf"built in \S+ s\n    because {rust} changed\n", said), said
        with stranger.changed({python: FILES[python] + "# One more line.\n"}):
            said = stranger.pants(*package).succeeded().output
    packed = "what is packed around the compiled code changed"
    assert re.search(rf"\.whl\n  built in \S+ s\n    because {packed}\n", said), said


def test_python_tests_import_a_debug_build(stranger: Repository) -> None:
    # No `[source].root_patterns` says where the package is.
    tested = stranger.pants("test", "::").succeeded()
    assert "✓ py/python/tests/test_answer.py" in tested.output


def test_a_pex_holds_what_the_wheel_holds(
    released: Result, stranger: Repository, tmp_path: Path
) -> None:
    stranger.pants("package", "app:pex").succeeded()
    pex = str(shutil.copy(stranger.root / "dist" / "app" / "pex.pex", tmp_path))
    assert run([sys.executable, pex], tmp_path).succeeded().stdout == "42 optimised\n"


def test_nothing_of_this_checkout_is_on_a_path(released: Result, stranger: Repository) -> None:
    for name in ("pants.toml", "BUILD", "core/BUILD", "py/BUILD"):
        assert str(CHECKOUT) not in (stranger.root / name).read_text()
    roots = stranger.pants("roots").succeeded().output
    log = (stranger.root / ".pants.d" / "pants.log").read_text()
    assert str(CHECKOUT) not in roots + log


def test_its_workflows_come_with_their_launcher_and_build_windows_rows(
    stranger: Repository, tmp_path: Path
) -> None:
    wheel = distribution(".whl")
    told = Told(files={"pants-cratewheel": [wheel.name]}, hashes={wheel.name: sha256(wheel)})
    # The launcher under another name: this repository has none as far as its jobs go.
    (stranger.root / "pants").rename(stranger.root / "start")
    shutil.rmtree(stranger.root / "3rdparty")
    try:
        with telling(told):
            said = run(
                [str(stranger.root / "start"), *told.options, "release-init"], stranger.root
            ).succeeded()
        assert "pants: written" in said.stdout
        assert "is outside this repository" not in said.stdout
        assert "No job builds the rows for Windows" not in said.stdout
        for name in ("pants", "3rdparty/launcher/pex-2.105.2.lock"):
            assert (stranger.root / name).read_bytes() == (CHECKOUT / name).read_bytes()
        workflow = yaml.safe_load((stranger.root / ".github/workflows/release.yml").read_text())
        (step,) = (
            each
            for each in workflow["jobs"]["build"]["steps"]
            if "runner.os == 'Windows'" in each.get("if", "")
        )
        play_windows_step(step, stranger, tmp_path)
    finally:
        (stranger.root / "start").rename(stranger.root / "pants")
        shutil.rmtree(stranger.root / ".github", ignore_errors=True)
        (stranger.root / "pants.ci.toml").unlink(missing_ok=True)


def play_windows_step(step: Any, stranger: Repository, folder: Path) -> None:
    """Runs the step as far as another system can: with an index of this machine, and a source row."""
    stranger.pants("release-plan", "--offline", "--output=dist/plan.json", "::").succeeded()
    (row,) = (
        each["artifact_name"]
        for each in json.loads((stranger.root / "dist/plan.json").read_text())["matrix"]["include"]
        if each["kind"] == "sdist"
    )
    run([sys.executable, "-m", "venv", str(folder / "windows")], folder).succeeded()
    environment = {
        "PATH": f"{folder / 'windows' / 'bin'}:{os.environ['PATH']}",
        "PIP_FIND_LINKS": str(distribution(".whl").parent),
        "RUNNER_TEMP": str(folder),
        "ROW": row,
        "CRATEWHEEL": step["env"]["CRATEWHEEL"],
    }
    played = run(["bash", "-e", "-c", step["run"]], stranger.root, environment=environment)
    played.succeeded()
    assert (stranger.root / "dist" / "cw_stranger-1.2.0.tar.gz").is_file()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_command_works_where_pants_is_not(
    released: Result, stranger: Repository, tmp_path: Path
) -> None:
    stranger.pants("package", "py").succeeded()
    stranger.pants("release-plan", "--offline", "--output=dist/plan.json", "::").succeeded()
    run([sys.executable, "-m", "venv", "environment"], tmp_path).succeeded()
    folder = tmp_path / "environment" / "bin"
    wheel = str(distribution(".whl"))
    run([str(folder / "python"), "-m", "pip", "install", "--quiet", wheel], tmp_path).succeeded()
    command = str(folder / "cratewheel")
    (built,) = (stranger.root / "dist").glob("cw_stranger-1.2.0-*.whl")

    plan = f"--plan={stranger.root / 'dist' / 'plan.json'}"
    checked = run([command, "check", plan, "--id=wheel:cw-stranger", str(built)], tmp_path)

    assert "1 file is what the plan says of wheel:cw-stranger 1.2.0." in checked.succeeded().stdout
    assert "Pants" not in run([command, "stamp", "--help"], tmp_path).succeeded().stderr
    imported = run([str(folder / "python"), "-c", "import pants"], tmp_path)
    assert "No module named 'pants'" in imported.stderr

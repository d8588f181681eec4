"""What Python code of the same repository gets of a wheel, and what that is compiled from."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest

from cratewheel.build.importable import (
    extension_modules,
    importable_build,
    module_files,
    python_constraints,
    python_folder,
)
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.toolchain import RustToolchain
from cratewheel.cargo.model import load_cargo_model
from cratewheel.errors import CratewheelError
from cratewheel.project import WHEEL, DeclaredPackage, Project
from cratewheel.python_project import load_python_projects
from cratewheel.wheel_rows import WORKFLOW, BuildSettings, WheelRow, resolve_rows

HOST = "x86_64-unknown-linux-gnu"
RUST = RustToolchain("rust", "", "", HOST, (HOST,), "2.36", (), ())
HERE = (Interpreter("cp39", "3.9.18", "/p39"), Interpreter("cp312", "3.12.1", "/p312"))

CARGO = """
[package]
name = "tally"
version = "1.0.0"
edition = "2021"
[lib]
name = "{library}"
crate-type = ["cdylib"]
[dependencies]
pyo3 = {{ version = "0.30", features = [{features}] }}
"""
PYPROJECT = """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"
[project]
name = "tally"
version = "1.0.0"
readme = "README.md"
requires-python = "{requires}"
[tool.maturin]
{settings}
"""


def wheel_project(
    *,
    library: str = "_tally",
    features: str = '"abi3-py39"',
    requires: str = ">=3.9",
    settings: str = 'module-name = "tally._tally"\npython-source = "python"',
) -> tuple[Project, DeclaredPackage]:
    manifests: Mapping[str, bytes] = {
        "py/Cargo.toml": CARGO.format(library=library, features=features).encode(),
        "py/pyproject.toml": PYPROJECT.format(requires=requires, settings=settings).encode(),
    }
    package = DeclaredPackage("py:tally", WHEEL, "py")
    cargo, python = load_cargo_model(manifests), load_python_projects(manifests)
    return Project(cargo, python, manifests, (package,), {}), package


def row(*families: str, triple: str = HOST) -> WheelRow:
    (made,) = resolve_rows(BuildSettings(), [(triple, ())], [(each, ()) for each in families])
    return made


@pytest.mark.parametrize(
    ("settings", "files", "names", "folder"),
    [
        (
            'module-name = "tally._tally"\npython-source = "python"',
            ["py/python/tally/__init__.py"],
            ("tally._tally",),
            "py/python",
        ),
        # A package of the module's name: maturin puts the module into it.
        ("", ["py/_tally/__init__.py"], ("_tally._tally",), "py"),
        ("", ["py/src/_tally/__init__.py"], ("_tally._tally",), "py/src"),
        # None: maturin makes one.
        ("", [], ("_tally", "_tally._tally"), "py"),
    ],
)
def test_the_names_are_those_of_the_installed_wheel(
    settings: str, files: list[str], names: tuple[str, ...], folder: str
) -> None:
    project, package = wheel_project(settings=settings)
    assert extension_modules(project, package, files) == names
    assert python_folder(project, package, files) == folder


def test_a_wheel_of_programs_has_no_module() -> None:
    project, package = wheel_project(settings='bindings = "bin"')
    assert extension_modules(project, package, []) == ()


@pytest.mark.parametrize(
    ("features", "requires", "families", "expected"),
    [
        ('"abi3-py39"', ">=3.9", ["abi3"], ("CPython>=3.9",)),
        ('"abi3-py310"', ">=3.9", ["abi3"], ("CPython>=3.9,>=3.10",)),
        ('"abi3"', ">=3.9, <3.13", ["abi3"], ("CPython>=3.9,<3.13,>=3.9",)),
        ("", ">=3.9", ["3.11", "3.12"], ("CPython==3.11.*", "CPython==3.12.*")),
        ("", ">=3.9", ["pypy3.10"], ("PyPy==3.10.*",)),
    ],
)
def test_the_pythons_are_those_of_the_wheels(
    features: str, requires: str, families: list[str], expected: tuple[str, ...]
) -> None:
    project, package = wheel_project(features=features, requires=requires)
    assert python_constraints(project, package, [row(*families)]) == expected


def test_a_debug_build_is_for_this_machine_alone() -> None:
    project, package = wheel_project()
    build = importable_build(project, package, row("abi3"), RUST, HERE, profile="dev").wheel

    assert build.linking == "native"
    assert build.compatibility == "off"
    assert [each.profile for each in build.passes] == ["dev"]


def test_a_release_build_is_what_the_wheel_holds() -> None:
    project, package = wheel_project()
    build = importable_build(project, package, row("abi3"), RUST, HERE).wheel
    assert build.compatibility == "manylinux_2_17"
    assert build.linking == "zig"
    assert [each.profile for each in build.passes] == ["release"]


def test_it_is_built_here_whoever_builds_the_wheel() -> None:
    project, package = wheel_project()
    (elsewhere,) = resolve_rows(
        BuildSettings(), [(HOST, (("built_by", WORKFLOW),))], [("abi3", ())]
    )
    build = importable_build(project, package, elsewhere, RUST, HERE, profile="dev").wheel
    assert len(build.passes) == 1


def test_only_the_families_of_interpreters_at_hand_are_built() -> None:
    project, package = wheel_project(features="")
    build = importable_build(
        project, package, row("3.9", "3.11", "3.12"), RUST, HERE, profile="dev"
    ).wheel
    assert [each.interpreters for each in build.passes] == [("cp39",), ("cp312",)]


def test_no_interpreter_at_hand_is_an_error() -> None:
    project, package = wheel_project(features="")
    with pytest.raises(CratewheelError, match="there is no interpreter for 3.11") as error:
        importable_build(project, package, row("3.11"), RUST, HERE, profile="dev")
    assert error.value.codes == ("CW-EXTENSION-NOT-HERE",)


def test_what_maturin_made_is_taken_out_of_the_wheel_and_nothing_else() -> None:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tally/__init__.py", "")
        archive.writestr("tally/_tally.abi3.so", "compiled")
        archive.writestr("tally/_tally.pyi", "generated")
        archive.writestr("tally-1.0.0.data/scripts/tally", "program")
        archive.writestr("tally-1.0.0.dist-info/METADATA", "metadata")

    taken = module_files(wheel.getvalue(), ("py/python/tally/__init__.py",), "py/python")

    assert taken == {"tally/_tally.abi3.so": b"compiled", "tally/_tally.pyi": b"generated"}

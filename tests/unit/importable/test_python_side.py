"""Which files of a wheel Python code imports beside the extension, and by which names."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cratewheel.cargo.model import load_cargo_model
from cratewheel.project import WHEEL, DeclaredPackage, Project
from cratewheel.python_project import load_python_projects
from cratewheel.python_side import module_names, python_side, stub_globs, stubs

PYPROJECT = """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"
[project]
name = "tally"
version = "1.0.0"
[tool.maturin]
python-packages = ["tally", "extra"]
"""


def wheel_project(directory: str) -> tuple[Project, DeclaredPackage]:
    name = f"{directory}/pyproject.toml" if directory else "pyproject.toml"
    manifests: Mapping[str, bytes] = {name: PYPROJECT.encode()}
    package = DeclaredPackage(f"{directory}:tally", WHEEL, directory)
    python = load_python_projects(manifests)
    return Project(load_cargo_model({}), python, manifests, (package,), {}), package


@pytest.mark.parametrize("directory", ["", "py"])
def test_the_packages_of_the_wheel_are_named_as_python_names_them(directory: str) -> None:
    project, package = wheel_project(directory)
    above = f"{directory}/" if directory else ""
    inside = ["extra/data.json", "tally/__init__.py", "tally/_tally.pyi"]
    files = [f"{above}{name}" for name in [*inside, "tests/test_tally.py", "tallyho/no.py"]]
    side = python_side(project, package, ["tally._tally"], directory, files)
    assert side == {name: f"{above}{name}" for name in inside}
    assert module_names(side) == ("tally", "tally._tally")


def test_stubs_have_the_name_of_what_they_describe() -> None:
    assert stub_globs(["tally._tally"], "py") == ("py/tally.pyi", "py/tally-stubs/**/*.pyi")
    inside = {
        "tally/_tally.pyi": "py/tally/_tally.pyi",
        "tally/__init__.py": "py/tally/__init__.py",
    }
    beside = ["py/tally.pyi", "py/tally-stubs/_tally.pyi", "py/tally-stubs/more.pyi"]
    assert stubs(inside, "py", beside) == {
        "tally.pyi": "py/tally.pyi",
        # What lies beside the code that it describes goes before.
        "tally/_tally.pyi": "py/tally/_tally.pyi",
        "tally/more.pyi": "py/tally-stubs/more.pyi",
    }
    assert stubs({}, "", ["tally.pyi", "tally-stubs/__init__.pyi"]) == {
        "tally.pyi": "tally.pyi",
        "tally/__init__.pyi": "tally-stubs/__init__.pyi",
    }

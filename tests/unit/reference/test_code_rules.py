"""What CONTRIBUTING.md says of the code that keeps it in one piece: who may import what, and who asks the engine."""

from __future__ import annotations

import ast
import importlib.util
import re
import sysconfig
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Optional

import pytest
from markdown_pages import read, section
from packaging.requirements import Requirement

PLUGINS = Path("pants-plugins")
LIBRARY = sorted((PLUGINS / "cratewheel").rglob("*.py"))
BACKEND = sorted((PLUGINS / "pants_cratewheel").rglob("*.py"))
RULES = section(read("CONTRIBUTING.md"), "Rules that keep it in one piece")
#: What is imported under another name than it is required by.
_REQUIRED_AS = {"elftools": "pyelftools", "yaml": "pyyaml"}


def imported(path: Path) -> Iterator[str]:
    """The dotted names of everything that a module imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports from beside itself"
            yield from (f"{node.module}.{each.name}" for each in node.names)


def own_file(name: str) -> Optional[Path]:
    """The module of this repository that a dotted name is, or is a name in."""
    for part in (name, name.rpartition(".")[0]):
        folder = PLUGINS / part.replace(".", "/")
        for path in (folder.with_suffix(".py"), folder / "__init__.py"):
            if path.is_file():
                return path
    return None


def is_of_python(top: str) -> bool:
    if top == "msvcrt":  # Only Windows has it.
        return True
    found = importlib.util.find_spec(top)
    if found is None or found.origin in ("built-in", "frozen"):
        return found is not None
    folder = sysconfig.get_paths()["stdlib"]
    return str(found.origin).startswith(folder) and "site-packages" not in str(found.origin)


def third_parties(modules: list[Path]) -> Mapping[str, set[str]]:
    """The libraries of others that modules import, each with the modules that do."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in modules:
        for name in imported(path):
            top = name.partition(".")[0]
            if own_file(name) is None and not is_of_python(top):
                found[top].add(path.as_posix())
    return found


def reached(start: list[Path]) -> list[Path]:
    """The modules of this repository that are loaded with others."""
    seen: set[Path] = set()
    waiting = [*start]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting.extend(file for each in imported(path) if (file := own_file(each)) is not None)
    return sorted(seen)


def test_the_library_never_imports_pants() -> None:
    guilty = third_parties(LIBRARY).get("pants", set())
    assert not guilty
    assert not [path for path in LIBRARY if any(n.startswith("pants_") for n in imported(path))]


def test_one_module_spells_engine_calls() -> None:
    spelt = {"Effect", "Get", "MultiGet"}
    guilty = [
        path.name
        for path in BACKEND
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id in spelt
    ]
    assert set(guilty) == {"engine.py"}


def test_pants_own_process_imports_what_is_written_down() -> None:
    listed = re.search(r"uses the\s+standard library and (.+?) alone", RULES, re.DOTALL)
    assert listed is not None
    names = set(re.findall(r"`(\w+)`", listed[1]))
    assert set(third_parties(reached(BACKEND))) - {"pants"} == names


def test_tool_processes_import_what_their_lock_has() -> None:
    lock = (PLUGINS / "pants_cratewheel" / "locks" / "publisher.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([\w-]+)==", lock, re.MULTILINE))
    used = {_REQUIRED_AS.get(each, each.replace("_", "-")) for each in third_parties(LIBRARY)}
    assert used - locked == set()


def pins(lock: str, python: str) -> Mapping[str, str]:
    """What a lock of the backend installs into a CPython: the version by name."""
    text = (PLUGINS / "pants_cratewheel" / "locks" / f"{lock}.lock").read_text(encoding="utf-8")
    found = {}
    for line in re.findall(r"^(\w[^\\\n]*)", text, re.MULTILINE):
        requirement = Requirement(line)
        version = {"python_version": python, "python_full_version": f"{python}.1"}
        if requirement.marker is None or requirement.marker.evaluate(version):
            assert requirement.name not in found, f"{lock}: {requirement.name} is there twice"
            found[requirement.name] = str(requirement.specifier)
    return found


@pytest.mark.parametrize("python", ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"])
def test_what_builds_and_what_judges_fit_into_one_environment(python: str) -> None:
    """Where Pants does not run, one command of pip installs both locks (`build-support/lock`)."""
    judging = pins("publisher", python)
    for lock in ("maturin", "maturin-zig"):
        building = pins(lock, python)
        assert "maturin" in building
        assert {name: judging.get(name, pin) for name, pin in building.items()} == building

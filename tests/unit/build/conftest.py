"""Fixtures of the build tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from workbench import Workbench

from cratewheel.build import interpreters
from cratewheel.build.toolchain import RustToolchain, discover


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RustToolchain, str]:
    """Links to the tools, the toolchain, and the name of an interpreter."""
    tools = tmp_path_factory.mktemp("tools")
    found = discover(os.environ, tools, (), Path.cwd())
    if not isinstance(found, RustToolchain):
        pytest.skip("needs a Rust toolchain")
    pythons = interpreters.discover(os.environ)
    interpreters.link(pythons, tools)
    own = (each for each in pythons if each.tag.startswith("cp3") and not each.platform)
    return tools, found, next(own).tag


@pytest.fixture
def workbench(tmp_path: Path, machine: tuple[Path, RustToolchain, str]) -> Workbench:
    """Tools, and build roots that nobody has built in."""
    return Workbench(tmp_path, *machine)

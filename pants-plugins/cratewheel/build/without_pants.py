"""Builds a row of a plan on a machine without Pants, from a copy of a checkout."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from cratewheel.build import interpreters, toolchain
from cratewheel.build.disk import DEFAULT_LIMIT, parse_size
from cratewheel.build.equipment import note_equipment
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.memory import Memory
from cratewheel.build.native import native_findings
from cratewheel.build.planned import planned_project, planned_row, recipe_of, row_request
from cratewheel.build.processes import BuildFailed
from cratewheel.build.request import Job, WheelBuild
from cratewheel.build.run import run_job
from cratewheel.build.toolchain import RustToolchain, ToolchainMissing
from cratewheel.cargo.inherited import configuration_paths, toolchain_path
from cratewheel.cargo.model import load_cargo_model
from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.plan.model import Plan, Row
from cratewheel.plan.recipes import Recipe
from cratewheel.project import WHEEL, Project
from cratewheel.stamping.stamp import stamp


@dataclass(frozen=True)
class BuiltRow:
    """The files of a row, and what they were built from.

    Args:
        files: absolute.
        toolchain, interpreters: what built them.
        project: the manifests with the plan's versions.
        changed: the content of the sources that were stamped.
        tools: the folder of links to the tools.
    """

    files: tuple[Path, ...]
    toolchain: RustToolchain
    interpreters: Sequence[Interpreter]
    project: Project
    changed: Mapping[str, bytes]
    tools: Path


def build_row(
    plan: Plan,
    row: Row,
    files: Mapping[str, Path],
    stamped: Mapping[str, bytes],
    work: Path,
) -> BuiltRow:
    """Builds every file of one row, with the plan's versions whether the files have them or not.

    Args:
        files: the sources by their paths in the repository.
        stamped: the content of those that carry versions, as they are.
        work: a folder for what is worth keeping between two builds; made when missing.

    Raises:
        CratewheelError: `CW-TOOLCHAIN-MISSING`, `CW-TOOL-MISSING`, `CW-TARGET-CPU-NATIVE`,
            `CW-BUILD-FAILED`, and what `stamp` and `cratewheel.build.planned.row_request` raise.
    """
    recipe = recipe_of(plan, row)
    work.mkdir(parents=True, exist_ok=True)
    changed = stamp(stamped, plan, load_cargo_model(stamped), package_id=row.id)
    manifests = {
        path: content
        for path, content in {**stamped, **changed}.items()
        if path.rpartition("/")[2] in ("Cargo.toml", "pyproject.toml")
    }
    project = planned_project(plan, manifests)
    directory = project.crate_directory(project.package_at(row.address)) or ""
    rust, pythons = _equipment(recipe, work / "tools", _pinned(project, directory, files))
    zig = find_spec("ziglang") is not None or shutil.which("zig") is not None
    build = row_request(project, row, recipe, rust, pythons, zig=zig)
    if row.kind == WHEEL:
        configuration = [
            (path, files[path].read_bytes())
            for path in configuration_paths(directory)
            if path in files
        ]
        raise_all(native_findings(planned_row(row, recipe), row.address, directory, configuration))
    if row.kind != "crate":
        _require("maturin", "maturin")
    if isinstance(build, WheelBuild) and build.binaries and build.linking == "zig":
        _require("cargo_zigbuild", "cargo-zigbuild")
    out = work / "out" / row.artifact_name
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=work) as scratch:
        tree = Path(scratch, "tree")
        copy_sources(files, changed, tree)
        try:
            made = run_job(
                Job(
                    build,
                    rust.id,
                    tree=str(tree),
                    out=str(out),
                    roots=str(work / "roots"),
                    tools=str(work / "tools"),
                ),
                work,
            )
        except BuildFailed as failure:
            message = f"it ended with status {failure.status}; what it said is above"
            raise CratewheelError(
                Finding("CW-BUILD-FAILED", row.artifact_name, message)
            ) from failure
    return BuiltRow(made, rust, pythons, project, changed, work / "tools")


def _pinned(project: Project, directory: str, files: Mapping[str, Path]) -> Path:
    """A folder in which rustup takes the toolchain of a crate's workspace."""
    if directory in project.cargo.crates:
        workspace = project.cargo.workspace_of(directory).directory
        found = toolchain_path(workspace, files.__contains__)
        if found is not None:
            return files[found].parent
    # What lies above the checkout is no matter of its builds.
    return Path(Path.cwd().anchor)


def _equipment(
    recipe: Recipe, links: Path, folder: Path
) -> tuple[RustToolchain, Sequence[Interpreter]]:
    every = (recipe.settings, *(settings for _, settings in recipe.families))
    tools = tuple(dict.fromkeys(name for each in every for name in each.tools))
    if sys.platform == "win32":
        memory = Memory(links / "tools.json")
        found = toolchain.find(os.environ, tools, memory, folder, links.parent)
        rust = found if isinstance(found, ToolchainMissing) else found.toolchain
    else:
        rust = toolchain.discover(os.environ, links, tools, folder)
    if isinstance(rust, ToolchainMissing):
        raise CratewheelError(Finding("CW-TOOLCHAIN-MISSING", rust.tool, rust.detail))
    if rust.missing:
        raise CratewheelError(
            *(
                Finding("CW-TOOL-MISSING", name, f"the target asks for {name}, not on PATH")
                for name in rust.missing
            )
        )
    pythons = interpreters.discover(os.environ)
    limit = os.environ.get(toolchain.DISK_LIMIT, DEFAULT_LIMIT)
    links.mkdir(parents=True, exist_ok=True)
    toolchain.note_disk_limit(links, str(parse_size(limit, toolchain.DISK_LIMIT)))
    if sys.platform == "win32":
        note_equipment(links, rust.id, os.environ, pythons)
    else:
        interpreters.link(pythons, links)
    return rust, pythons


def _require(module: str, requirement: str) -> None:
    if find_spec(module) is None:
        raise CratewheelError(
            Finding(
                "CW-TOOL-MISSING",
                requirement,
                f"{requirement} is not installed for {sys.executable}",
                f"run `{Path(sys.executable).name} -m pip install {requirement}`",
            )
        )


def copy_sources(files: Mapping[str, Path], changed: Mapping[str, bytes], tree: Path) -> None:
    """Makes `tree` hold sources, some of them with other content."""
    for path, source in files.items():
        place = tree / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)
    for path, content in changed.items():
        place = tree / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)

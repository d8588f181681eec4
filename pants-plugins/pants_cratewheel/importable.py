"""The compiled extension of a wheel for Python code that imports it: tests, REPLs, runs and PEXes.

The wheel is a source of Python code for Pants: whatever needs Python files of its dependencies gets
the module at its import path, with the Python packages around it where Pants has no source root for
them. Pants does not tell a generator who asks, so the goal of the run decides
how the module is built.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import InterpreterConstraintsField, PythonSourceField
from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.engine.fs import (
    EMPTY_SNAPSHOT,
    Digest,
    DigestContents,
    DigestEntries,
    FileContent,
    FileEntry,
    PathGlobs,
    Snapshot,
)
from pants.engine.rules import collect_rules, rule
from pants.engine.target import AllTargets, GeneratedSources, GenerateSourcesRequest
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from cratewheel.build.importable import importable_build, module_files
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.native import native_findings
from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.plan.model import Plan
from cratewheel.project import Project
from pants_cratewheel import engine
from pants_cratewheel.field_sets import MaturinWheelFieldSet
from pants_cratewheel.fields.wheel import MaturinSourcesField
from pants_cratewheel.products.builds import CargoTree, CargoTreeRequest, JobResult, RowRequest
from pants_cratewheel.products.importable import (
    BuiltModule,
    BuiltModuleRequest,
    ExtensionModules,
    ServedInterpreters,
)
from pants_cratewheel.products.plans import ReleaseVersions
from pants_cratewheel.products.runs import RunPurpose
from pants_cratewheel.products.tools import FoundInterpreters, FoundToolchain, ToolchainRequest
from pants_cratewheel.wheel_rows import row_of_machine

#: Goals that look at sources without importing them; the types of a module are in its `.pyi`.
_LOOKING = frozenset(("check", "fix", "fmt", "lint"))
#: Goals whose results leave this machine.
_SHIPPING = frozenset(("experimental-deploy", "package", "publish", "release"))


class GenerateExtensionRequest(GenerateSourcesRequest):
    input = MaturinSourcesField
    output = PythonSourceField


async def _placed(files: Mapping[str, str]) -> Digest:
    """Files of the repository, given by the paths they get."""
    digest: Digest = await engine.read_globs(PathGlobs(sorted(files.values())))
    entries: DigestEntries = await engine.entries(digest)
    found = {entry.path: entry for entry in entries if isinstance(entry, FileEntry)}
    placed: Digest = await engine.create_digest(
        replace(found[file], path=name) for name, file in sorted(files.items()) if file in found
    )
    return placed


async def _generated(digests: Iterable[tuple[str, Digest]]) -> GeneratedSources:
    """Digests, each below a folder of the repository."""
    below: tuple[Digest, ...] = await engine.concurrently(
        engine.add_prefix(digest, folder) for folder, digest in digests
    )
    digest: Digest = await engine.merge_digests(below)
    snapshot: Snapshot = await engine.snapshot(digest)
    return GeneratedSources(snapshot)


@rule
async def generate_extension(
    request: GenerateExtensionRequest, purpose: RunPurpose, modules: ExtensionModules
) -> GeneratedSources:
    module = modules.of(request.protocol_target.address)
    goals = set(purpose.goals)
    if module is None:
        return GeneratedSources(EMPTY_SNAPSHOT)
    if goals and goals <= _LOOKING:
        types = await _placed({**module.python, **module.stubs})
        return await _generated([(module.root, types)])
    built: BuiltModule = await engine.built_module(
        BuiltModuleRequest(
            MaturinWheelFieldSet.create(request.protocol_target), module, bool(goals & _SHIPPING)
        )
    )
    if module.root == module.folder:
        return await _generated([(module.root, built.digest)])
    # `maturin develop` leaves what it has built there.
    made: Snapshot = await engine.snapshot(built.digest)
    python = await _placed(
        {name: file for name, file in module.python.items() if name not in made.files}
    )
    # A test within the package finds the package around itself before any other.
    return await _generated(
        [(module.root, python), (module.root, built.digest), (module.folder, built.digest)]
    )


@rule(desc="Build an extension module", level=LogLevel.DEBUG)
async def build_extension(
    request: BuiltModuleRequest, project: Project, pythons: FoundInterpreters
) -> BuiltModule:
    address = request.field_set.address
    package = project.package_at(address.spec)
    # A version is of no interest on this machine, and every commit would change it.
    versions = ReleaseVersions(Plan())
    if request.release:
        versions = await engine.release_versions()
    tree: CargoTree = await engine.cargo_tree(CargoTreeRequest(address, versions.plan))
    raise_all(tree.findings)
    toolchain: FoundToolchain = await engine.toolchain(
        ToolchainRequest(request.field_set.tools.value or (), tree.toolchain_file)
    )
    rust = toolchain.usable()
    row = row_of_machine(request.field_set, project, package, rust.host)
    directory = project.crate_directory(package) or ""
    if native_findings(row, package.address, directory, tree.configuration):
        # What another machine must not be given has another key.
        native: FoundToolchain = await engine.toolchain(
            ToolchainRequest(request.field_set.tools.value or (), tree.toolchain_file, native=True)
        )
        rust = native.usable()
    interpreters = pythons.interpreters
    if not request.release and any(
        each.family.python and not each.family.is_stable for each in row.families
    ):
        served: ServedInterpreters = await engine.served_interpreters()
        interpreters = served.interpreters
    build = importable_build(
        project, package, row, rust, interpreters, profile=None if request.release else "dev"
    )
    package_id = project.package_id(package)
    version = versions.version_of(package_id, project.manifest_version(package))
    name = f"{project.released_name(package)} {version}"
    description = f"Compile the extension module of {name} for debugging"
    if request.release:
        # The same step as that of the wheel itself, which may be built in the same run.
        description = f"Build the wheel {name} for {row.triple}"
    result: JobResult = await engine.row_result(
        RowRequest(
            build.wheel, build.separable, replace(tree, digest=tree.rust), rust.id, description
        )
    )
    if result.failure is not None:
        raise CratewheelError(Finding("CW-BUILD-FAILED", address.spec, result.failure))
    present: Snapshot = await engine.snapshot(tree.rust)
    wheels: DigestContents = await engine.contents(result.digest)
    found = {
        name: content
        for wheel in wheels
        for name, content in module_files(
            wheel.content, present.files, request.module.folder
        ).items()
    }
    digest: Digest = await engine.create_digest(
        FileContent(name, content) for name, content in sorted(found.items())
    )
    return BuiltModule(digest)


@rule(desc="Find the interpreters that Python targets run on", level=LogLevel.DEBUG)
async def served_interpreters(
    pythons: FoundInterpreters, all_targets: AllTargets, python_setup: PythonSetup
) -> ServedInterpreters:
    wanted = {
        target[InterpreterConstraintsField].value_or_global_default(python_setup)
        for target in all_targets
        if target.has_field(InterpreterConstraintsField)
    }
    suited = {
        constraints: [
            each for each in pythons.interpreters if not each.platform and _suits(each, constraints)
        ]
        for constraints in (InterpreterConstraints(each) for each in sorted(wanted))
    }
    # Pants' own choice for its sandboxes; where there is only one to choose from it need not be asked.
    asked = [constraints for constraints, several in suited.items() if len(several) > 1]
    chosen: tuple[PythonExecutable, ...] = await engine.concurrently(
        engine.python_executable(constraints) for constraints in asked
    )
    served: dict[str, Interpreter] = {}
    for constraints, several in suited.items():
        if constraints in asked:
            path = os.path.realpath(chosen[asked.index(constraints)].path)
            several = [each for each in several if _is_as(each, path)] or several
        served.update({each.tag: each for each in several})
    return ServedInterpreters(tuple(served[tag] for tag in sorted(served)))


def _is_as(interpreter: Interpreter, path: str) -> bool:
    # A version that is on the machine twice is one to a compiled module.
    version = ".".join(interpreter.version.split(".")[:2])
    same_name = os.path.basename(path) == f"python{version}" and interpreter.tag.startswith("cp")
    return same_name or os.path.realpath(interpreter.path) == path


def _suits(interpreter: Interpreter, constraints: InterpreterConstraints) -> bool:
    name = {"cp": "CPython", "pp": "PyPy"}.get(interpreter.tag[:2])
    return any(
        each.project_name == name
        and interpreter.version in each
        and not interpreter.tag.endswith("t")
        for each in constraints
    )


def rules() -> list[object]:
    return [
        *collect_rules(),
        UnionRule(GenerateSourcesRequest, GenerateExtensionRequest),
    ]

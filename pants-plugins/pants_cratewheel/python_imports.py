"""What Python code imports from wheels of the same repository: dependencies by inference, and whether
the interpreters fit."""

from __future__ import annotations

from dataclasses import dataclass

from pants.backend.python.dependency_inference.module_mapper import (
    FirstPartyPythonMappingImpl,
    FirstPartyPythonMappingImplMarker,
    ModuleProvider,
    ModuleProviderType,
)
from pants.backend.python.subsystems.setup import PythonSetup
from pants.backend.python.target_types import InterpreterConstraintsField
from pants.backend.python.util_rules.interpreter_constraints import (
    InterpreterConstraints,
    interpreter_constraints_contains,
)
from pants.engine.fs import PathGlobs, Paths
from pants.engine.rules import collect_rules, rule
from pants.engine.target import (
    AllTargets,
    FieldSet,
    ValidatedDependencies,
    ValidateDependenciesRequest,
)
from pants.engine.unions import UnionRule
from pants.source.source_root import OptionalSourceRoot
from pants.util.frozendict import FrozenDict
from pants.util.logging import LogLevel

from cratewheel.build.importable import extension_modules, python_constraints, python_folder
from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.package_inputs import wheel_globs
from cratewheel.project import Project
from cratewheel.python_side import module_names, python_side, stub_globs, stubs
from pants_cratewheel import engine
from pants_cratewheel.field_sets import MaturinWheelFieldSet
from pants_cratewheel.products.importable import ExtensionModule, ExtensionModules
from pants_cratewheel.wheel_rows import wheel_rows

# Whose families decide where a target names no platform; they are the same for every one.
_ANY_HOST = "x86_64-unknown-linux-gnu"


@rule(desc="Find the extension modules of wheels", level=LogLevel.DEBUG)
async def find_extension_modules(project: Project, all_targets: AllTargets) -> ExtensionModules:
    found = []
    for target in all_targets:
        if not MaturinWheelFieldSet.is_applicable(target):
            continue
        package = project.package_at(target.address.spec)
        shipped: Paths = await engine.find_paths(
            PathGlobs([*wheel_globs(project, package), "!**/BUILD", "!**/BUILD.*"])
        )
        try:
            names = extension_modules(project, package, shipped.files)
            if not names:
                continue
            field_set = MaturinWheelFieldSet.create(target)
            pythons = python_constraints(
                project, package, wheel_rows(field_set, project, package, _ANY_HOST)
            )
        except CratewheelError:
            # A manifest that cannot be understood is reported by what builds from it.
            continue
        folder = python_folder(project, package, shipped.files)
        side = python_side(project, package, names, folder, shipped.files)
        beside: Paths = await engine.find_paths(PathGlobs(stub_globs(names, folder)))
        above: OptionalSourceRoot = await engine.source_root(folder)
        root = folder
        if above.source_root is not None:
            root = "" if above.source_root.path == "." else above.source_root.path
        found.append(
            ExtensionModule(
                target.address,
                names,
                folder,
                root,
                FrozenDict({} if root == folder else side),
                FrozenDict(stubs(side, folder, beside.files)),
                pythons,
            )
        )
    return ExtensionModules(tuple(sorted(found, key=lambda each: each.address)))


class MapExtensionModules(FirstPartyPythonMappingImplMarker):
    pass


@rule(desc="Map extension modules to wheels", level=LogLevel.DEBUG)
async def map_extension_modules(
    _: MapExtensionModules, modules: ExtensionModules, python_setup: PythonSetup
) -> FirstPartyPythonMappingImpl:
    # A compiled module needs nothing from a resolve, so it is there in each of them.
    resolves = python_setup.resolves if python_setup.enable_resolves else ("<ignore>",)
    providers: dict[str, tuple[ModuleProvider, ...]] = {}
    for module in modules.modules:
        # Of several wheels with a module Pants takes none, and says so to whoever imports it.
        provider = ModuleProvider(module.address, ModuleProviderType.IMPL)
        for name in dict.fromkeys((*module.names, *module_names(module.python))):
            providers[name] = (*providers.get(name, ()), provider)
    return FirstPartyPythonMappingImpl.create(dict.fromkeys(resolves, providers))


@dataclass(frozen=True)
class InterpretersFieldSet(FieldSet):
    required_fields = (InterpreterConstraintsField,)

    interpreter_constraints: InterpreterConstraintsField


class ValidateInterpreters(ValidateDependenciesRequest):
    field_set_type = InterpretersFieldSet


@rule
async def validate_interpreters(
    request: ValidateInterpreters, modules: ExtensionModules, python_setup: PythonSetup
) -> ValidatedDependencies:
    needed = [each for each in modules.modules if each.address in request.dependencies]
    own = request.field_set.interpreter_constraints.value_or_global_default(python_setup)
    raise_all(
        Finding(
            "CW-EXTENSION-PYTHON",
            str(request.field_set.address),
            f"it may run on {InterpreterConstraints(own)}, and {module.address}, which it imports, "
            f"is for {InterpreterConstraints(module.pythons)}",
        )
        for module in needed
        if module.pythons
        and not interpreter_constraints_contains(
            module.pythons, own, tuple(python_setup.interpreter_versions_universe)
        )
    )
    return ValidatedDependencies()


def rules() -> list[object]:
    return [
        *collect_rules(),
        UnionRule(FirstPartyPythonMappingImplMarker, MapExtensionModules),
        UnionRule(ValidateDependenciesRequest, ValidateInterpreters),
    ]

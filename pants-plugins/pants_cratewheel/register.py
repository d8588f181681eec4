"""What this backend adds to Pants."""

from __future__ import annotations

from typing import Iterable

from pants.backend.python.util_rules import pex
from pants.build_graph.build_file_aliases import BuildFileAliases
from pants.engine.target import Target

from pants_cratewheel import (
    cargo_tree,
    dependency_inference,
    doctoring,
    extension,
    handover,
    here,
    importable,
    interpreters,
    jobs,
    judging,
    manifest_parts,
    neighbours,
    ownership,
    package_crate,
    package_wheel,
    planning,
    project,
    publisher,
    purpose,
    python_imports,
    registry_facts,
    release_bundle,
    release_scope,
    script_python,
    standing,
    target_survey,
    toolchain,
    tools,
    unsandboxed,
    wheel_jobs,
    wheel_trials,
)
from pants_cratewheel.build_objects import WheelAbi, WheelPlatform
from pants_cratewheel.goals import (
    build_roots,
    publish,
    release,
    release_doctor,
    release_init,
    release_plan,
    release_repair,
    release_status,
    tailor,
)
from pants_cratewheel.target_types import (
    CargoWorkspaceTarget,
    CratePackageTarget,
    MaturinWheelTarget,
)


def target_types() -> Iterable[type[Target]]:
    return (CargoWorkspaceTarget, CratePackageTarget, MaturinWheelTarget)


def build_file_aliases() -> BuildFileAliases:
    return BuildFileAliases(
        objects={"wheel_platform": WheelPlatform, "wheel_abi": WheelAbi},
    )


def rules() -> Iterable[object]:
    return (
        *build_roots.rules(),
        *cargo_tree.rules(),
        *dependency_inference.rules(),
        *extension.rules(),
        *doctoring.rules(),
        *target_survey.rules(),
        *handover.rules(),
        *here.rules(),
        *importable.rules(),
        *interpreters.rules(),
        *jobs.rules(),
        *judging.rules(),
        *manifest_parts.rules(),
        *neighbours.rules(),
        *ownership.rules(),
        *package_crate.rules(),
        *package_wheel.rules(),
        *pex.rules(),
        *planning.rules(),
        *project.rules(),
        *publish.rules(),
        *publisher.rules(),
        *purpose.rules(),
        *python_imports.rules(),
        *registry_facts.rules(),
        *release.rules(),
        *release_init.rules(),
        *release_doctor.rules(),
        *release_plan.rules(),
        *release_repair.rules(),
        *release_status.rules(),
        *release_bundle.rules(),
        *release_scope.rules(),
        *script_python.rules(),
        *standing.rules(),
        *tailor.rules(),
        *toolchain.rules(),
        *tools.rules(),
        *unsandboxed.rules(),
        *wheel_jobs.rules(),
        *wheel_trials.rules(),
    )

"""Dependencies of crates and wheels, from their manifests and sources."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.addresses import Address, Addresses, UnparsedAddressInputs
from pants.engine.fs import DigestContents, PathGlobs, Paths
from pants.engine.internals.graph import Owners
from pants.engine.rules import collect_rules, rule
from pants.engine.target import (
    Dependencies,
    FieldSet,
    HydratedSources,
    InferDependenciesRequest,
    InferredDependencies,
    SourcesField,
)
from pants.engine.unions import UnionRule

from cratewheel.package_inputs import (
    binary_crates,
    manifest_files,
    referenced_paths,
    target_inputs,
    wheel_globs,
)
from cratewheel.project import Project
from pants_cratewheel import engine
from pants_cratewheel.fields.cargo import CratePackageSourcesField
from pants_cratewheel.fields.wheel import BinariesField, MaturinSourcesField
from pants_cratewheel.unsandboxed import UnseenCargoFiles


@dataclass(frozen=True)
class CrateDependenciesFieldSet(FieldSet):
    required_fields = (CratePackageSourcesField, Dependencies)

    sources: CratePackageSourcesField


class InferCrateDependencies(InferDependenciesRequest):
    infer_from = CrateDependenciesFieldSet


@dataclass(frozen=True)
class WheelDependenciesFieldSet(FieldSet):
    required_fields = (MaturinSourcesField, Dependencies)

    sources: MaturinSourcesField
    binaries: BinariesField


class InferWheelDependencies(InferDependenciesRequest):
    infer_from = WheelDependenciesFieldSet


async def _infer(
    address: Address,
    sources_field: SourcesField,
    binaries: tuple[str, ...],
    project: Project,
    unseen: UnseenCargoFiles,
) -> InferredDependencies:
    package = project.package_at(address.spec)
    sources: HydratedSources = await engine.hydrate_sources(sources_field)
    own = frozenset(sources.snapshot.files)

    specs = set(target_inputs(project, package))
    specs.update(binary_crates(project, package, binaries))
    rust: DigestContents = await engine.contents(sources.snapshot.digest)
    wanted = set(manifest_files(project, package, dict(unseen.links)))
    for file in rust:
        if file.path.endswith(".rs"):
            wanted.update(
                referenced_paths(
                    package.directory, file.path, file.content.decode("utf-8", "replace")
                )
            )
    globs = wheel_globs(project, package)
    if globs:
        # A target that owns BUILD files, for whatever reason, would bring them into the wheel.
        shipped: Paths = await engine.find_paths(PathGlobs([*globs, "!**/BUILD", "!**/BUILD.*"]))
        wanted.update(shipped.files)
    addresses: Addresses = await engine.resolve_addresses(
        UnparsedAddressInputs(
            sorted(specs),
            owning_address=None,
            description_of_origin=f"the manifests of {address}",
        )
    )
    owners: Owners = await engine.owners(sorted(wanted - own))
    return InferredDependencies(
        sorted({*addresses, *owners} - {address}, key=lambda each: each.spec)
    )


@rule
async def infer_crate_dependencies(
    request: InferCrateDependencies, project: Project, unseen: UnseenCargoFiles
) -> InferredDependencies:
    field_set = request.field_set
    inferred: InferredDependencies = await _infer(
        field_set.address, field_set.sources, (), project, unseen
    )
    return inferred


@rule
async def infer_wheel_dependencies(
    request: InferWheelDependencies, project: Project, unseen: UnseenCargoFiles
) -> InferredDependencies:
    field_set = request.field_set
    binaries = field_set.binaries.value or ()
    inferred: InferredDependencies = await _infer(
        field_set.address, field_set.sources, binaries, project, unseen
    )
    return inferred


def rules() -> list[object]:
    return [
        *collect_rules(),
        UnionRule(InferDependenciesRequest, InferCrateDependencies),
        UnionRule(InferDependenciesRequest, InferWheelDependencies),
    ]

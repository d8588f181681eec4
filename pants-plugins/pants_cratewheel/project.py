"""The repository's manifests and targets, read once for every rule that asks."""

from __future__ import annotations

from pants.engine.fs import Digest, DigestContents, PathGlobs
from pants.engine.rules import collect_rules, rule
from pants.engine.target import AllTargets, Target
from pants.util.logging import LogLevel

from cratewheel.cargo.model import load_cargo_model
from cratewheel.project import CRATE, WHEEL, DeclaredPackage, Project
from cratewheel.python_project import PythonProjects, load_python_projects
from pants_cratewheel import engine
from pants_cratewheel.fields.cargo import ProfileField
from pants_cratewheel.fields.release import (
    CratesRegistryField,
    DropsField,
    FirstVersionField,
    PrereleasesField,
    PublishField,
    PythonRepositoryField,
    TagFormatField,
    TrustPolicyField,
    VersionFilesField,
    VersionGroupField,
)
from pants_cratewheel.fields.wheel import SdistField
from pants_cratewheel.target_types import (
    CargoWorkspaceTarget,
    CratePackageTarget,
    MaturinWheelTarget,
)


@rule(desc="Read the Cargo and Python manifests", level=LogLevel.DEBUG)
async def load_project(all_targets: AllTargets) -> Project:
    digest: Digest = await engine.read_globs(PathGlobs(["**/Cargo.toml", "**/pyproject.toml"]))
    contents: DigestContents = await engine.contents(digest)
    manifests = {file.path: file.content for file in contents}
    python = load_python_projects(manifests)
    return Project(
        cargo=load_cargo_model(manifests),
        python=python,
        manifests=manifests,
        packages=tuple(
            sorted(
                (
                    declared_package(target, python)
                    for target in all_targets
                    if isinstance(target, (CratePackageTarget, MaturinWheelTarget))
                ),
                key=lambda package: package.address,
            )
        ),
        workspace_targets={
            target.address.spec_path: target.address.spec
            for target in all_targets
            if isinstance(target, CargoWorkspaceTarget)
        },
    )


def declared_package(target: Target, python: PythonProjects) -> DeclaredPackage:
    """What a target declares, as the library's value; what it leaves to pyproject.toml from there."""
    is_crate = isinstance(target, CratePackageTarget)
    registry = target[CratesRegistryField] if is_crate else target[PythonRepositoryField]
    return DeclaredPackage(
        address=target.address.spec,
        kind=CRATE if is_crate else WHEEL,
        directory=target.address.spec_path,
        publish=target[PublishField].value,
        version_group=target[VersionGroupField].value,
        tag_format=target[TagFormatField].value,
        first_version=target[FirstVersionField].value,
        registry=registry.value,
        sdist=is_crate or target[SdistField].value,
        prereleases=target[PrereleasesField].value,
        version_files=target[VersionFilesField].value or (),
        drops=target[DropsField].value or (),
        trust_policy=tuple(sorted((target[TrustPolicyField].value or {}).items())),
        profile="release" if is_crate else target[ProfileField].value or _profile(target, python),
    )


def _profile(target: Target, python: PythonProjects) -> str:
    project = python.by_directory.get(target.address.spec_path)
    settings = project.maturin if project is not None else None
    return (settings.profile if settings is not None else None) or "release"


def rules() -> list[object]:
    return [*collect_rules()]

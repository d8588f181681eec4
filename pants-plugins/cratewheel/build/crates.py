"""How a crate of a repository is packaged: what it is verified with."""

from __future__ import annotations

import hashlib

from cratewheel.build.request import CrateBuild, Settings
from cratewheel.project import CRATE, DeclaredPackage, Project
from cratewheel.wheel_rows import BuildSettings


def crate_build(
    project: Project,
    package: DeclaredPackage,
    version: str,
    settings: BuildSettings,
) -> CrateBuild:
    """The build of one crate package.

    Crates it needs that are published in the same run are not on crates.io yet. Those of its own
    workspace are packaged along, which lets cargo verify against them; those of other workspaces
    are patched in by path. A crate that is not published itself may need others that are not.

    Args:
        version: the one it is packaged at, as stamped into the tree.
        settings: what the target's build fields say.
    """
    crate = project.crate(package)
    assert crate is not None
    workspace = project.cargo.workspace_of(package.directory)
    verified_with = []
    patches = []
    for directory in sorted(project.cargo.build_closure(package.directory)):
        owner = project.owner_of_crate(directory)
        if directory == package.directory or owner is None:
            continue
        if owner.kind != CRATE or (package.publish and not owner.publish):
            continue
        needed = project.cargo.crates[directory]
        if project.cargo.workspace_of(directory).directory == workspace.directory:
            verified_with.append(needed.name)
        else:
            patches.append((needed.name, directory))
    return CrateBuild(
        Settings(
            root=root_name(package),
            manifest_directory=package.directory,
            features=settings.features,
            no_default_features=settings.no_default_features,
            cargo_args=settings.cargo_args,
            env=settings.env,
            rustflags=settings.rustflags,
        ),
        name=crate.name,
        version=version,
        verified_with=tuple(verified_with),
        patches=tuple(patches),
    )


def root_name(package: DeclaredPackage) -> str:
    """The name of a package's build root: readable, and distinct for distinct addresses."""
    digest = hashlib.sha256(package.address.encode()).hexdigest()[:8]
    last = package.directory.rpartition("/")[2] or "root"
    return f"{package.kind}-{last}-{digest}"

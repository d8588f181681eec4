"""A package that may be released, as its target and its manifests describe it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from cratewheel.wheel_rows import BuildSettings


@dataclass(frozen=True)
class RowSpec:
    """A row of a package's matrix before its version is known.

    Args:
        kind: `crate`, `sdist` or `wheel`.
        target: the target triple of a wheel row, else None.
        runs_on, libc, compatibility, abis, interpreters, built_by: as in
            `cratewheel.plan.model.Row`.
        artifact_path: a glob for the row's files, `{version}` standing for the version; "" for
            `dist/ARTIFACT_NAME`.
        wheel_tags: the tags of the row's wheels as far as they are known before the build, each
            `PYTHON-ABI-PLATFORM` (PEP 425), such as `cp39-abi3-macosx_11_0_arm64`.
        settings, families: as in `cratewheel.plan.recipes.Recipe`.
        job: of a row that the project builds in its own way, the job that does.
    """

    kind: str
    target: Optional[str] = None
    runs_on: Optional[str] = None
    libc: Optional[str] = None
    compatibility: Optional[str] = None
    abis: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    built_by: str = "pants"
    artifact_path: str = ""
    wheel_tags: tuple[str, ...] = ()
    settings: BuildSettings = BuildSettings()
    families: tuple[tuple[str, BuildSettings], ...] = ()
    job: str = ""


@dataclass(frozen=True)
class ReleasePackage:
    """A package that may be released: one publishable target.

    Args:
        id: `crate:NAME` or `wheel:NAME`.
        name: the released name.
        kind: `crate` or `wheel`.
        address: of the target, without a leading `//`.
        registry: `crates.io`, `PyPI`, or the address of another registry.
        version: the manifest's version as written (for a wheel pyproject.toml's, or the bound
            crate's when that is dynamic); None when there is none.
        crate_directory: repository-relative directory ("" for the root) of the crate, or of the
            crate a wheel binds; None for a wheel without a crate.
        pyproject: a wheel's pyproject.toml.
        depends_on: ids of packages that it is built from or that its target depends on, directly or
            through targets that are not published; never through dev-dependencies.
        tag_format: as the target says it, None for the default
            (`cratewheel.tags.resolve_formats`).
        version_group: packages that say the same have one version.
        first_version: the version of a release without a base.
        prereleases: False to sit release candidates out.
        version_files: further places that carry the version, `PATH` or `PATH:KEY`.
        profile: the cargo profile a wheel is built with; changes of other profiles do not ship it.
        drops: what the target acknowledges it no longer ships, as a plan names it.
        rows: its artifacts.
    """

    id: str
    name: str
    kind: str
    address: str
    registry: str
    version: Optional[str] = None
    crate_directory: Optional[str] = None
    pyproject: Optional[str] = None
    depends_on: tuple[str, ...] = ()
    tag_format: Optional[str] = None
    version_group: Optional[str] = None
    first_version: Optional[str] = None
    prereleases: bool = True
    version_files: tuple[str, ...] = ()
    profile: str = "release"
    drops: tuple[str, ...] = ()
    rows: tuple[RowSpec, ...] = ()

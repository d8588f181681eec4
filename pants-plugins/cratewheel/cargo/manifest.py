"""One crate's Cargo.toml as values, after workspace inheritance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: The dependency tables of a manifest, by the name cargo's documentation gives them.
NORMAL = "dependencies"
DEV = "dev-dependencies"
BUILD = "build-dependencies"
TABLES = (NORMAL, DEV, BUILD)


@dataclass(frozen=True)
class Dependency:
    """One entry of a dependency table.

    Args:
        key: the name the manifest's table gives it, which a feature or `dep:` refers to.
        package: the depended-on package's own name (differs from `key` when it is renamed).
        table: one of `TABLES`, or "patch" for an entry of a workspace's `[patch]`.
        target: the `cfg(...)` or triple the entry is for; None for every platform.
        path: the depended-on crate's repository-relative directory ("" for the root); starts with
            `..` or `/` when it is outside the repository; None when it is no path dependency.
        requirement: the version requirement as written; None when there is none.
        registry: a named or addressed registry other than the default one, as written.
        git: the git address, as written.
        optional: whether it is enabled by a feature only.
        default_features: whether the dependency's `default` feature is asked for.
        features: the features asked for, in the manifest's order, inherited ones first.
        inherited: whether the entry says `workspace = true`.
    """

    key: str
    package: str
    table: str
    target: str | None = None
    path: str | None = None
    requirement: str | None = None
    registry: str | None = None
    git: str | None = None
    optional: bool = False
    default_features: bool = True
    features: tuple[str, ...] = ()
    inherited: bool = False


@dataclass(frozen=True)
class DeclaredTarget:
    """A `[lib]` or `[[bin]]` table; None or () for what it leaves to cargo's defaults.

    Args:
        name: the target's name as written.
        path: repository-relative path of its root source file.
        crate_types: `crate-type` as written, `("proc-macro",)` for `proc-macro = true`.
        required_features: features without which cargo does not build it.
    """

    name: str | None = None
    path: str | None = None
    crate_types: tuple[str, ...] = ()
    required_features: tuple[str, ...] = ()


@dataclass(frozen=True)
class CrateManifest:
    """A package's manifest with everything it inherits from its workspace filled in.

    Paths are repository-relative. A field is None (or empty) when the manifest does not set it.

    Args:
        path: the Cargo.toml.
        directory: the directory of the Cargo.toml, "" for the root.
        version: the version; None when the manifest has none (cargo: 0.0.0, never published).
        version_inherited: whether it says `version.workspace = true`.
        publish: True (anywhere), False (nowhere), or the registries it may be published to.
        features: the `[features]` table as written.
        license_file, readme: repository-relative; `readme` is False when the manifest says so and
            None when cargo looks for its default names (`cratewheel.cargo.targets.readme_path`).
        build: path of the build script; False when switched off; None for cargo's default
            (`build.rs` when it exists).
        lib: the `[lib]` table, None when there is none (`cratewheel.cargo.targets` finds the rest).
        autobins, autolib: whether cargo discovers targets by itself.
        workspace_root: the directory of the workspace root cargo finds for this crate, its own
            directory when there is none.
    """

    path: str
    directory: str
    name: str
    version: str | None = None
    version_inherited: bool = False
    publish: bool | tuple[str, ...] = True
    dependencies: tuple[Dependency, ...] = ()
    features: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    description: str | None = None
    license: str | None = None
    license_file: str | None = None
    readme: str | bool | None = None
    repository: str | None = None
    homepage: str | None = None
    documentation: str | None = None
    keywords: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    links: str | None = None
    edition: str = "2015"
    rust_version: str | None = None
    build: str | bool | None = None
    lib: DeclaredTarget | None = None
    bins: tuple[DeclaredTarget, ...] = ()
    autolib: bool = True
    autobins: bool = True
    workspace_root: str = ""

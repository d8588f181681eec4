"""Reads one Cargo.toml into a `CrateManifest`, filling in what it inherits from its workspace."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from cratewheel.cargo.manifest import BUILD, DEV, NORMAL, CrateManifest, DeclaredTarget, Dependency
from cratewheel.cargo.paths import resolve
from cratewheel.toml_tables import Table

T = TypeVar("T")

#: The grammar of semver.org's version 2.0.0, which cargo demands of `version`.
_NUMBER = r"(?:0|[1-9]\d*)"
_PRE = rf"(?:{_NUMBER}|\d*[A-Za-z-][0-9A-Za-z-]*)"
_SEMVER = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PRE}(?:\.{_PRE})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)

#: Spellings that cargo takes up to edition 2021 beside its documented ones.
_TABLE_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    NORMAL: ("dependencies",),
    DEV: ("dev-dependencies", "dev_dependencies"),
    BUILD: ("build-dependencies", "build_dependencies"),
}


@dataclass(frozen=True)
class WorkspaceTable:
    """The `[workspace]` table of a root manifest.

    Args:
        directory: the root's directory.
        members, default_members, exclude: as written; `members` is None when absent.
        package, dependencies: what members may inherit.
    """

    directory: str
    members: tuple[str, ...] | None
    default_members: tuple[str, ...] | None
    exclude: tuple[str, ...]
    package: Table
    dependencies: Table

    def excludes(self, directory: str) -> bool:
        """Whether `exclude` takes `directory` out; a `members` entry above it brings it back.

        Both are compared as literal path prefixes, as cargo does.
        """

        def listed(entries: tuple[str, ...]) -> bool:
            roots = (resolve(self.directory, entry) for entry in entries)
            return any(
                root == "" or directory == root or directory.startswith(root + "/")
                for root in roots
            )

        return listed(self.exclude) and not listed(self.members or ())


def read_workspace_table(document: Table, directory: str) -> WorkspaceTable | None:
    """The `[workspace]` table of a manifest, None when it has none."""
    table = document.table("workspace")
    if table is None:
        return None
    empty = Table(document.path, "workspace.package", {})
    return WorkspaceTable(
        directory=directory,
        members=table.strings("members") if "members" in table else None,
        default_members=table.strings("default-members") if "default-members" in table else None,
        exclude=table.strings("exclude"),
        package=table.table("package") or empty,
        dependencies=table.table("dependencies")
        or Table(document.path, "workspace.dependencies", {}),
    )


def package_table(document: Table) -> Table | None:
    """The `[package]` table, or `[project]`, its name before 2016 that cargo still takes."""
    return document.table("package") or document.table("project")


def read_patches(document: Table, directory: str) -> tuple[Dependency, ...]:
    """The `[patch]` entries that point to a directory."""
    patch = document.table("patch")
    if patch is None:
        return ()
    return tuple(
        entry
        for _, source in patch.subtables()
        for entry in _dependencies(source, "patch", None, directory, None)
        if entry.path is not None
    )


def read_crate(
    document: Table, directory: str, workspace: WorkspaceTable | None, workspace_root: str
) -> CrateManifest:
    """The package of a manifest.

    Args:
        document: a manifest with a `[package]` table.
        workspace: the table to inherit from, None outside a workspace.
        workspace_root: the directory of the workspace root.

    Raises:
        CratewheelError: CW-MANIFEST-SYNTAX for what cargo would refuse to load.
    """
    package = package_table(document)
    assert package is not None
    inherit = _Inheritance(package, workspace)
    name = package.string("name")
    if name is None:
        raise package.error("name", "a package needs a name")
    if not name.replace("-", "_").isidentifier() or name.startswith("-"):
        raise package.error("name", f"`{name}` is not a package name that cargo takes")
    version = inherit.field("version", Table.string)
    if version is not None and not _SEMVER.fullmatch(version):
        message = f"`{version}` is not a version of the form MAJOR.MINOR.PATCH"
        raise package.error("version", message)
    return CrateManifest(
        path=document.path,
        directory=directory,
        name=name,
        version=version,
        version_inherited=inherit.inherits("version"),
        publish=_publish(inherit),
        dependencies=_all_dependencies(document, directory, workspace),
        features=_features(document),
        description=inherit.field("description", Table.string),
        license=inherit.field("license", Table.string),
        license_file=_inherited_path(inherit, "license-file", directory),
        readme=_readme(inherit, directory),
        repository=inherit.field("repository", Table.string),
        homepage=inherit.field("homepage", Table.string),
        documentation=inherit.field("documentation", Table.string),
        keywords=inherit.field("keywords", Table.strings) or (),
        categories=inherit.field("categories", Table.strings) or (),
        include=inherit.field("include", Table.strings) or (),
        exclude=inherit.field("exclude", Table.strings) or (),
        links=package.string("links"),
        edition=inherit.field("edition", Table.string) or "2015",
        rust_version=inherit.field("rust-version", Table.string),
        build=_build(package, directory),
        lib=_lib(document, directory),
        bins=tuple(_target(table, directory) for table in document.tables("bin")),
        autolib=_unless_false(package, "autolib"),
        autobins=_unless_false(package, "autobins"),
        workspace_root=workspace_root,
    )


@dataclass(frozen=True)
class _Inheritance:
    """The fields of a `[package]`, each its own or the workspace's."""

    package: Table
    workspace: WorkspaceTable | None

    def inherits(self, key: str) -> bool:
        value = self.package.values.get(key)
        if not isinstance(value, dict):
            return False
        if value.get("workspace") is not True:
            raise self.package.error(key, "expected a value or `workspace = true`")
        return True

    def source(self, key: str) -> tuple[Table, str | None]:
        """The table to read `key` from, and the directory its paths are relative to (None: own)."""
        if not self.inherits(key):
            return self.package, None
        if self.workspace is None:
            raise self.package.error(key, "inherits from a workspace, but there is no workspace")
        # An absent readme of the workspace is looked for by cargo, not an error.
        if key not in self.workspace.package and key != "readme":
            message = f"inherits `workspace.package.{key}`, which {self._root} does not set"
            raise self.package.error(key, message)
        return self.workspace.package, self.workspace.directory

    def field(self, key: str, read: Callable[[Table, str], T]) -> T:
        table, _ = self.source(key)
        return read(table, key)

    @property
    def _root(self) -> str:
        return self.workspace.package.path if self.workspace else ""


def _publish(inherit: _Inheritance) -> bool | tuple[str, ...]:
    table, _ = inherit.source("publish")
    value = table.values.get("publish", True)
    if isinstance(value, bool):
        return value
    # An empty list of registries is the same as `false` (the Cargo Reference on `publish`).
    return table.strings("publish") or False


def _inherited_path(inherit: _Inheritance, key: str, directory: str) -> str | None:
    table, base = inherit.source(key)
    value = table.string(key)
    return None if value is None else resolve(directory if base is None else base, value)


def _readme(inherit: _Inheritance, directory: str) -> str | bool | None:
    table, base = inherit.source("readme")
    value = table.values.get("readme")
    where = directory if base is None else base
    if value is False and base is None:
        return False
    if value is True:
        return resolve(where, "README.md")
    if value is None or value is False:
        # Inherited from a workspace that leaves it to cargo: its default name in the root.
        return None if base is None else resolve(where, "README.md")
    return resolve(where, table.string("readme") or "")


def _features(document: Table) -> Mapping[str, tuple[str, ...]]:
    features = document.table("features")
    if features is None:
        return {}
    return {name: features.strings(name) for name in features}


def _build(package: Table, directory: str) -> str | bool | None:
    value = package.values.get("build")
    if isinstance(value, bool):
        return None if value else False
    script = package.string("build")
    return None if script is None else resolve(directory, script)


def _lib(document: Table, directory: str) -> DeclaredTarget | None:
    table = document.table("lib")
    return None if table is None else _target(table, directory)


def _target(table: Table, directory: str) -> DeclaredTarget:
    path = table.string("path")
    types = table.strings("crate-type") or table.strings("crate_type")
    if table.boolean("proc-macro") or table.boolean("proc_macro"):
        types = ("proc-macro",)
    return DeclaredTarget(
        name=table.string("name"),
        path=None if path is None else resolve(directory, path),
        crate_types=types,
        required_features=table.strings("required-features"),
    )


def _unless_false(table: Table, key: str) -> bool:
    return table.boolean(key) is not False


def _all_dependencies(
    document: Table, directory: str, workspace: WorkspaceTable | None
) -> tuple[Dependency, ...]:
    scopes: list[tuple[str | None, Table]] = [(None, document)]
    targets = document.table("target")
    if targets is not None:
        scopes += [(target, table) for target, table in targets.subtables()]
    return tuple(
        entry
        for target, scope in scopes
        for table_name, spellings in _TABLE_SPELLINGS.items()
        for table in _first_table(scope, spellings)
        for entry in _dependencies(table, table_name, target, directory, workspace)
    )


def _first_table(scope: Table, spellings: tuple[str, ...]) -> tuple[Table, ...]:
    for spelling in spellings:
        table = scope.table(spelling)
        if table is not None:
            return (table,)
    return ()


def _dependencies(
    table: Table,
    table_name: str,
    target: str | None,
    directory: str,
    workspace: WorkspaceTable | None,
) -> tuple[Dependency, ...]:
    return tuple(_dependency(table, key, table_name, target, directory, workspace) for key in table)


def _dependency(
    table: Table,
    key: str,
    table_name: str,
    target: str | None,
    directory: str,
    workspace: WorkspaceTable | None,
) -> Dependency:
    own = _entry(table, key)
    inherited = own.boolean("workspace")
    if inherited is False:
        raise own.error("workspace", "`workspace` cannot be false")
    if not inherited:
        if table_name != "patch" and not {"version", "path", "git"} & set(own):
            raise table.error(key, "needs a version, a path, a git address or `workspace = true`")
        return _written(own, key, table_name, target, directory, own)
    if workspace is None:
        raise own.error("workspace", "inherits from a workspace, but there is no workspace")
    if key not in workspace.dependencies:
        message = f"`{key}` is not in `[workspace.dependencies]` of {workspace.dependencies.path}"
        raise own.error("workspace", message)
    base = _entry(workspace.dependencies, key)
    return _written(base, key, table_name, target, workspace.directory, own)


def _entry(table: Table, key: str) -> Table:
    """A dependency in its long form."""
    if isinstance(table.values[key], str):
        return Table(table.path, f"{table.key}.{key}", {"version": table.values[key]})
    entry = table.table(key)
    assert entry is not None
    return entry


def _written(
    base: Table, key: str, table_name: str, target: str | None, directory: str, own: Table
) -> Dependency:
    """The dependency that `base` defines and `own` (the member's entry, often `base`) refines.

    Args:
        directory: what `base`'s path is relative to.
    """
    inherited = own is not base
    path = base.string("path")
    features = base.strings("features")
    if inherited:
        features += tuple(f for f in own.strings("features") if f not in features)
    return Dependency(
        key=key,
        package=base.string("package") or key,
        table=table_name,
        target=target,
        path=None if path is None else resolve(directory, path),
        requirement=base.string("version"),
        registry=base.string("registry") or base.string("registry-index"),
        git=base.string("git"),
        optional=own.boolean("optional") or False,
        default_features=_default_features(base, own),
        features=features,
        inherited=inherited,
    )


def _default_features(base: Table, own: Table) -> bool:
    """Whether the default feature is on.

    A member may switch it on where the workspace switched it off, not the other way round (before
    edition 2024 cargo ignores the attempt with a warning).
    """

    def written(table: Table) -> bool | None:
        found = table.boolean("default-features")
        return table.boolean("default_features") if found is None else found

    in_base, in_own = written(base), written(own)
    if base is own:
        return in_own is not False
    return in_base is not False or in_own is True

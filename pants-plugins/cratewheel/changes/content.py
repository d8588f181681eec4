"""Manifests reduced to what a package is built from, so that two revisions can be compared.

A comment, a dev-dependency or an entry of the workspace that a crate does not inherit is no change
of that crate. Versions are left out as well: a raised one is a request of its own, and one that
follows a release is no change.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Optional

import tomli

Document = Mapping[str, Any]

#: Tables of a Cargo.toml that no consumer of the crate ever sees, and those of the workspace, which
#: count only as far as a crate inherits them.
_NOT_BUILT_FROM = frozenset(
    {
        "badges",
        "bench",
        "dev-dependencies",
        "dev_dependencies",
        "example",
        "lints",
        "patch",
        "profile",
        "replace",
        "test",
        "workspace",
    }
)
_DEPENDENCY_TABLES = ("dependencies", "build-dependencies", "build_dependencies")
_PROJECT_TABLES = ("project", "build-system")


@lru_cache(maxsize=4096)
def read_toml(content: bytes) -> Optional[Document]:
    """The document, None when it is not TOML. Not to be changed: it is shared."""
    try:
        return tomli.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def crate_inputs(manifest: Document, root: Document) -> Document:
    """What a crate is built from, as far as its manifest says.

    Args:
        manifest: its Cargo.toml.
        root: its workspace's root manifest, which may be the same.
    """
    workspace = _table(root, "workspace")
    inputs = {key: value for key, value in manifest.items() if key not in _NOT_BUILT_FROM}
    inputs["package"] = {
        key: _inherited(value, _table(workspace, "package").get(key))
        for key, value in _table(manifest, "package").items()
        if key != "version"
    }
    inputs.update(_dependencies(manifest, workspace))
    inputs["target"] = {
        platform: _dependencies(table, workspace)
        for platform, table in _table(manifest, "target").items()
        if isinstance(table, Mapping)
    }
    return inputs


def lock_inputs(manifest: Document) -> Document:
    """What a Cargo.toml has to do with a lock: names, versions, members and dependencies."""
    package = _table(manifest, "package")
    inputs: dict[str, Any] = {
        key: value
        for key, value in manifest.items()
        if key in ("workspace", "target", "patch", "replace") or "dependencies" in key
    }
    inputs["package"] = {key: package.get(key) for key in ("name", "version", "workspace")}
    return inputs


def project_inputs(pyproject: Document) -> Document:
    """What a wheel and its sdist are built from, as far as pyproject.toml says."""
    inputs: dict[str, Any] = {key: pyproject.get(key) for key in _PROJECT_TABLES}
    project = dict(_table(pyproject, "project"))
    project.pop("version", None)
    dynamic = project.get("dynamic")
    if isinstance(dynamic, list):
        project["dynamic"] = sorted(str(item) for item in dynamic if item != "version")
    inputs["project"] = {key: value for key, value in project.items() if value != []}
    inputs["maturin"] = _table(_table(pyproject, "tool"), "maturin")
    return inputs


def profile_inputs(
    root: Document, profile: str, compiled: Optional[Collection[str]] = None
) -> Document:
    """The settings of a cargo profile with those that it inherits, by profile name.

    Args:
        compiled: the names of the packages that are compiled, so that settings for others are left
            out; None when that is not known.
    """
    profiles = _table(root, "profile")
    found: dict[str, Any] = {}
    name: object = profile
    while isinstance(name, str) and name not in found:
        found[name] = _settings(profiles.get(name), compiled)
        name = _table(profiles, name).get("inherits", "release" if name == profile else None)
    return found


def patch_inputs(root: Document) -> Document:
    """What a root manifest puts in the place of dependencies."""
    return {key: root[key] for key in ("patch", "replace") if root.get(key)}


def configuration_inputs(configuration: Document) -> Document:
    """What of a cargo configuration gets into what cargo compiles: no alias, no registry, no folder."""
    inputs: dict[str, Any] = {
        key: configuration[key]
        for key in ("env", "patch", "profile", "target")
        if configuration.get(key)
    }
    build = _table(configuration, "build")
    inputs["build"] = {key: build[key] for key in ("rustc", "rustflags", "target") if key in build}
    return inputs


def toolchain(content: bytes, *, plain: bool) -> Optional[str]:
    """The toolchain that a rust-toolchain file asks for; None when it names none.

    Args:
        plain: whether the file may hold nothing but the name, as `rust-toolchain` without `.toml`
            may (the rustup book, "The toolchain file").
    """
    document = read_toml(content)
    if document is not None:
        channel = _table(document, "toolchain").get("channel")
        return channel if isinstance(channel, str) else None
    lines = content.decode("utf-8", "replace").split("\n") if plain else []
    return lines[0].strip() or None if lines else None


def _settings(profile: object, compiled: Optional[Collection[str]]) -> Document:
    settings = dict(profile) if isinstance(profile, Mapping) else {}
    overrides = _table(settings, "package")
    if compiled is not None and overrides:
        # A package ID specification ends in `NAME`, `NAME@VERSION` or `NAME:VERSION`; `*` is all others.
        settings["package"] = {
            spec: value
            for spec, value in overrides.items()
            if spec == "*" or re.split("[/#]", spec)[-1].replace(":", "@").split("@")[0] in compiled
        }
    return {key: value for key, value in settings.items() if value != {}}


def _dependencies(table: Document, workspace: Document) -> dict[str, Any]:
    shared = _table(workspace, "dependencies")
    return {
        kind.replace("_", "-"): {
            name: _dependency(entry, shared.get(name))
            for name, entry in _table(table, kind).items()
        }
        for kind in _DEPENDENCY_TABLES
        if kind in table
    }


def _dependency(entry: object, shared: object) -> object:
    if not (isinstance(entry, Mapping) and entry.get("workspace")):
        return {"version": entry} if isinstance(entry, str) else entry
    merged: dict[str, Any] = {"version": shared} if isinstance(shared, str) else {}
    if isinstance(shared, Mapping):
        merged.update(shared)
    for key, value in entry.items():
        if key == "features":
            # An older commit may have had what cargo would not take.
            both = (merged.get(key, []), value)
            lists = all(isinstance(each, list) for each in both)
            merged[key] = [*both[0], *both[1]] if lists else both
        elif key != "workspace":
            merged[key] = value
    return merged


def _inherited(value: object, shared: object) -> object:
    return shared if isinstance(value, Mapping) and value.get("workspace") is True else value


def _table(document: object, key: str) -> Mapping[str, Any]:
    found = document.get(key) if isinstance(document, Mapping) else None
    return found if isinstance(found, Mapping) else {}

"""A workspace cut down to one crate and what it is built from, as a source distribution ships it.

What stays resolves as before: its members are the ones that are there, and a dev-dependency on a
crate that is not there is gone, as `cargo package` does it. Only the lock is left to cargo, which
drops from it what nothing refers to any more.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, MutableMapping
from typing import Any, Optional

import tomli
import tomlkit

from cratewheel.cargo.manifest import DEV, CrateManifest
from cratewheel.cargo.model import CargoModel, Workspace
from cratewheel.cargo.paths import relative_to
from cratewheel.cargo.skeleton import STUB_SOURCE
from cratewheel.cargo.stand_in import is_stand_in

_DEV_TABLES = ("dev-dependencies", "dev_dependencies")
_OTHER_TABLES = ("dependencies", "build-dependencies", "build_dependencies")
#: What the manifest of a workspace says that is not about the crate beside it.
_WORKSPACE_TABLES = frozenset({"cargo-features", "workspace", "patch", "replace", "profile"})
#: The resolver that an edition of the root's own crate stands for; a virtual root has to say so.
_RESOLVERS = {"2015": "1", "2018": "1", "2021": "2"}

_Edit = Callable[[MutableMapping[str, Any]], None]


def reduced(
    model: CargoModel, manifests: Mapping[str, bytes], directory: str
) -> Mapping[str, Optional[bytes]]:
    """What to change in a tree so that it holds one crate and what that is built from.

    Args:
        model: of `manifests`.
        manifests: the Cargo.toml files of the tree by path.
        directory: of the crate that stays.

    Returns:
        New contents by path, None for a file to remove; empty when nothing is to be changed.
    """
    kept = model.build_closure(directory)
    changes: dict[str, Optional[bytes]] = {}
    for root in sorted({model.crates[each].workspace_root for each in kept}):
        workspace = model.workspaces[root]
        if workspace.declared and not kept.issuperset(workspace.members):
            _put(changes, manifests, workspace.path, _without_members(model, workspace, kept))
    for each in sorted(kept):
        absent = _absent_dev_dependencies(model.crates[each], kept)
        if absent:
            _put(changes, manifests, model.crates[each].path, _without_dev_dependencies(absent))
    for each in sorted(set(model.crates) - kept):
        path = model.crates[each].path
        if path not in changes and is_stand_in(manifests[path]):
            changes[path] = None
            changes[f"{each}/{STUB_SOURCE}" if each else STUB_SOURCE] = None
    return changes


def _put(
    changes: dict[str, Optional[bytes]], manifests: Mapping[str, bytes], path: str, edit: _Edit
) -> None:
    before = changes.get(path) or manifests[path]
    after = _edited(before, edit)
    if after != before:
        changes[path] = after


def _edited(content: bytes, edit: _Edit) -> bytes:
    text = content.decode("utf-8")
    wanted: dict[str, Any] = copy.deepcopy(tomli.loads(text))
    edit(wanted)
    document = tomlkit.parse(text)
    edit(document)
    written = tomlkit.dumps(document)
    # Tables written out of order can defeat tomlkit; what is said counts, not how.
    if tomli.loads(written) != wanted:
        written = tomlkit.dumps(wanted)
    return written.encode("utf-8")


def _without_members(model: CargoModel, workspace: Workspace, kept: Collection[str]) -> _Edit:
    members = [
        relative_to(each, workspace.directory)
        for each in workspace.members
        if each in kept and each != workspace.directory
    ]
    own = model.crates.get(workspace.directory)

    def edit(document: MutableMapping[str, Any]) -> None:
        table = document["workspace"]
        table["members"] = members
        table.pop("default-members", None)
        if own is not None and workspace.directory not in kept:
            for key in [key for key in document if key not in _WORKSPACE_TABLES]:
                del document[key]
            table.setdefault("resolver", _RESOLVERS.get(own.edition, "3"))

    return edit


def _absent_dev_dependencies(crate: CrateManifest, kept: Collection[str]) -> frozenset[str]:
    return frozenset(
        each.key
        for each in crate.dependencies
        if each.table == DEV and each.path is not None and each.path not in kept
    )


def _without_dev_dependencies(keys: frozenset[str]) -> _Edit:
    def edit(document: MutableMapping[str, Any]) -> None:
        still: set[str] = set()
        for holder in (document, *_tables(document.get("target"))):
            for name in _DEV_TABLES:
                table = holder.get(name)
                for key in [key for key in table or () if key in keys]:
                    del table[key]
                if table is not None and not table:
                    del holder[name]
            for name in _OTHER_TABLES:
                still.update(holder.get(name) or ())
        for feature, enables in dict(document.get("features") or {}).items():
            left = [entry for entry in enables if _dependency_of(entry) not in keys - still]
            if len(left) != len(enables):
                document["features"][feature] = left

    return edit


def _tables(value: Any) -> tuple[Any, ...]:
    return tuple(value.values()) if isinstance(value, dict) else ()


def _dependency_of(entry: str) -> Optional[str]:
    """The dependency that an entry of `[features]` is about; None when it names a feature."""
    name, slash, _ = entry.partition("/")
    return name.rstrip("?") if slash else None

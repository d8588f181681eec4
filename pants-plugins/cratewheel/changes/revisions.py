"""The judged files of a repository as they are and as they were at a base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Optional

from cratewheel.cargo.inherited import toolchain_paths
from cratewheel.cargo.lock import BuildGraph, LockedPackage, changed_packages, parse_lock
from cratewheel.cargo.model import CargoModel, load_cargo_model
from cratewheel.changes.content import (
    Document,
    configuration_inputs,
    crate_inputs,
    lock_inputs,
    patch_inputs,
    profile_inputs,
    project_inputs,
    read_toml,
    toolchain,
)
from cratewheel.errors import CratewheelError
from cratewheel.history import History
from cratewheel.plan.package import ReleasePackage


class BuildGraphs:
    """What crates are built from according to locks, each lock worked out once."""

    def __init__(self) -> None:
        self._made: dict[tuple[bytes, int], tuple[CargoModel, Optional[BuildGraph]]] = {}

    def subgraph(
        self, content: bytes, model: CargoModel, directory: str
    ) -> frozenset[LockedPackage]:
        """The locked packages that a crate is built from; none when the lock cannot be read.

        Args:
            content: a Cargo.lock.
            model: of the tree it belongs to.
        """
        if directory not in model.crates:
            return frozenset()
        # Comparing models costs more than they do; one that is kept here keeps its identity.
        key = (content, id(model))
        if key not in self._made:
            self._made[key] = (model, _build_graph(content, model))
        graph = self._made[key][1]
        return frozenset() if graph is None else graph.subgraph(directory)


@dataclass(frozen=True)
class Revisions:
    """Two revisions of the files that are judged by content: now, and at one base.

    Args:
        history: knows the old contents.
        base: the commit of the base.
        files: the current contents, by path.
        model: the crates of `files`.
        graphs: what is known of locks already; of use to the other bases, too.
    """

    history: History
    base: str
    files: Mapping[str, bytes]
    model: CargoModel
    graphs: BuildGraphs = field(default_factory=BuildGraphs, compare=False)

    def has_changed(self, path: str) -> bool:
        """Whether the file differs at all."""
        return (
            path in self.history.net_changes.get(self.base, ()) or path in self.history.uncommitted
        )

    def old(self, path: str) -> Optional[bytes]:
        """The file as it was at the base; None when there was none."""
        if path in self.history.net_changes.get(self.base, ()):
            return self.history.old_files.get((self.base, path))
        if path in self.history.uncommitted:
            return self.history.old_files.get((self.history.head, path))
        return self.files.get(path)

    def crate_differs(self, directory: str) -> bool:
        """Whether what a crate is built from differs, as far as manifests say."""
        root = self.model.workspace_of(directory).path
        manifest = self.model.crates[directory].path

        def inputs(content: Optional[bytes], root_content: Optional[bytes]) -> Optional[Document]:
            read, read_root = _document(content), _document(root_content)
            return None if read is None else crate_inputs(read, read_root or {})

        return inputs(self.old(manifest), self.old(root)) != inputs(
            self.files.get(manifest), self.files.get(root)
        )

    def project_differs(self, pyproject: str) -> bool:
        """Whether what a wheel is built from differs, as far as its pyproject.toml says."""
        old, new = _document(self.old(pyproject)), _document(self.files.get(pyproject))
        if old is None or new is None:
            return old is not new
        return project_inputs(old) != project_inputs(new)

    def profile_differs(self, package: ReleasePackage) -> bool:
        """Whether the cargo profile of a wheel differs."""
        assert package.crate_directory is not None
        root = self.model.workspace_of(package.crate_directory).path
        old, new = _document(self.old(root)), _document(self.files.get(root))
        compiled = self._compiled(package.crate_directory)
        return profile_inputs(old or {}, package.profile, compiled) != profile_inputs(
            new or {}, package.profile, compiled
        )

    def patches_differ(self, directory: str) -> bool:
        """Whether what replaces dependencies of a crate differs where no lock tells what it does."""
        workspace = self.model.workspace_of(directory)
        locks = (self.old(workspace.lock_path), self.files.get(workspace.lock_path))
        if all(lock is not None for lock in locks):
            return False
        old, new = _document(self.old(workspace.path)), _document(self.files.get(workspace.path))
        return patch_inputs(old or {}) != patch_inputs(new or {})

    def configuration_differs(self, path: str) -> bool:
        """Whether a cargo configuration differs in what gets into what cargo compiles."""
        old, new = _document(self.old(path)), _document(self.files.get(path))
        return configuration_inputs(old or {}) != configuration_inputs(new or {})

    def _compiled(self, directory: str) -> Optional[frozenset[str]]:
        """The names of the packages that a crate is built from now; None without a lock that says."""
        lock = self.files.get(self.model.workspace_of(directory).lock_path)
        found = self.graphs.subgraph(lock, self.model, directory) if lock is not None else ()
        return frozenset(package.name for package in found) or None

    def changed_toolchain(self, directory: str) -> Optional[tuple[str, str]]:
        """The path of the toolchain file of a directory and what changed there, None for nothing."""
        for path in toolchain_paths(directory):
            old, new = self.old(path), self.files.get(path)
            if old is None and new is None:
                continue
            plain = not path.endswith(".toml")
            before = None if old is None else toolchain(old, plain=plain)
            after = None if new is None else toolchain(new, plain=plain)
            if before != after:
                return path, f"{before or 'no toolchain'} → {after or 'no toolchain'}"
            return None
        return None

    def locked_changes(self, directory: str) -> tuple[str, ...]:
        """What the part of its lock that a crate is built from resolves to differently."""
        lock_path = self.model.workspace_of(directory).lock_path
        old, new = self.old(lock_path), self.files.get(lock_path)
        if old is None or new is None or old == new:
            return ()
        before = self.graphs.subgraph(old, self._old_model(directory), directory)
        after = self.graphs.subgraph(new, self.model, directory)
        # A lock that does not have the crate (a stale one) says nothing about it.
        return changed_packages(before, after) if before and after else ()

    def _old_model(self, directory: str) -> CargoModel:
        """The model at the base, as far as it matters for the crates of one build."""
        manifests = {
            path
            for crate in self.model.build_closure(directory)
            for path in (self.model.crates[crate].path, self.model.workspace_of(crate).path)
        }
        if not any(self._resolves_differently(path) for path in manifests):
            return self.model
        changed = {
            path
            for commit, path in self.history.old_files
            if commit == self.base and path.endswith("Cargo.toml")
        }
        contents = {path: self.old(path) for path in manifests | changed}
        return _model(tuple(sorted((p, c) for p, c in contents.items() if c is not None)))

    def _resolves_differently(self, manifest: str) -> bool:
        if not self.has_changed(manifest):
            return False
        old, new = _document(self.old(manifest)), _document(self.files.get(manifest))
        return lock_inputs(old or {}) != lock_inputs(new or {})


def _document(content: Optional[bytes]) -> Optional[Document]:
    return None if content is None else read_toml(content)


def _build_graph(content: bytes, model: CargoModel) -> Optional[BuildGraph]:
    try:
        return BuildGraph(parse_lock(content), model)
    except CratewheelError:
        return None


@lru_cache(maxsize=64)
def _model(contents: tuple[tuple[str, bytes], ...]) -> CargoModel:
    return load_cargo_model(dict(contents))

"""Which packages changed since which base, file by file, and in which commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Optional

from cratewheel.cargo.inherited import configuration_paths, toolchain_paths
from cratewheel.cargo.manifest import BUILD, NORMAL
from cratewheel.cargo.model import CargoModel
from cratewheel.changes.revisions import BuildGraphs, Revisions
from cratewheel.history import Commit, History
from cratewheel.plan.package import ReleasePackage


@dataclass(frozen=True)
class Change:
    """One thing of a package that differs from a base.

    Args:
        what: a phrase such as `src/lib.rs changed` or `serde 1.0.1 → 1.0.2`.
        commit: the newest commit that had a part in it; None for an uncommitted change.
        paths: the files it was found in.
        lock: the lock that it is in, where it is no file of the package.
    """

    what: str
    commit: Optional[Commit]
    paths: tuple[str, ...]
    lock: str = ""

    def __str__(self) -> str:
        if self.lock:
            return f"{self.what} in {self.lock}"
        return f"{self.what} in {self.commit.short}" if self.commit else f"{self.what}, uncommitted"


@dataclass(frozen=True)
class Changes:
    """What changed.

    Args:
        since: by base commit and package id: the changes of what the package is built from directly
            since that base, skipped commits left out; all of them at the package's own base, at
            least one elsewhere.
        locked: by package id: what its locked dependencies resolve to differently since its own
            base.
        skipped: by package id: the commits whose changes since its own base were left out.
        judged: the paths that are judged by content, not by ownership.
    """

    since: Mapping[str, Mapping[str, tuple[Change, ...]]]
    locked: Mapping[str, tuple[Change, ...]]
    skipped: Mapping[str, tuple[Commit, ...]]
    judged: frozenset[str]


def find_changes(
    history: History,
    packages: Sequence[ReleasePackage],
    owners: Mapping[str, Iterable[str]],
    files: Mapping[str, bytes],
    model: CargoModel,
    skips: Callable[[str, str], bool],
) -> Changes:
    """Compares the packages with every base.

    Args:
        owners: the package ids that are built from a path.
        files: the current contents of the files judged by content.
        model: the crates of `files`.
        skips: whether a commit (its id) is to be left out for a package (its id).
    """
    crates = {package.id: built_from(package, packages, model) for package in packages}
    touching = _commits_by_path(history)
    skipped: dict[str, dict[Commit, None]] = defaultdict(dict)
    attribute = _Attribution(history, touching, skips, skipped)
    since: dict[str, dict[str, tuple[Change, ...]]] = {}
    bases = sorted({base.commit for base in history.bases.values()})
    manifests = {each.id: _manifests(each, crates[each.id], model) for each in packages}
    judged = _judged_paths(manifests.values(), crates.values(), model)
    owned = _paths_by_owner(owners, judged)
    graphs = BuildGraphs()
    revisions = {base: Revisions(history, base, files, model, graphs) for base in bases}
    for base in bases:
        found: dict[str, list[Change]] = defaultdict(list)
        changed = history.net_changes.get(base, frozenset()) | history.uncommitted
        for owner, paths in owned.items():
            own = history.base_commit(owner) == base
            for path in sorted(paths & changed):
                # Why a package ships is told from its own base; elsewhere it is enough that it did.
                if own or not found[owner]:
                    found[owner] += attribute(base, owner, (path,), f"{path} changed")
        concerned = [each for each in packages if not manifests[each.id].isdisjoint(changed)]
        for owner, changes in _judged(revisions[base], concerned, crates, attribute):
            found[owner] += changes
        since[base] = {owner: tuple(changes) for owner, changes in found.items() if changes}
    locked = {
        package.id: tuple(_locked(revisions[history.bases[package.id].commit], package, attribute))
        for package in packages
        if package.id in history.bases and package.crate_directory in crates[package.id]
    }
    return Changes(
        since,
        locked,
        {owner: tuple(commits) for owner, commits in skipped.items() if commits},
        judged,
    )


def judged_paths(packages: Sequence[ReleasePackage], model: CargoModel) -> frozenset[str]:
    """The manifests, locks and toolchain files of packages: what is judged by content."""
    crates = {package.id: built_from(package, packages, model) for package in packages}
    manifests = [_manifests(each, crates[each.id], model) for each in packages]
    return _judged_paths(manifests, crates.values(), model)


def built_from(
    package: ReleasePackage, packages: Iterable[ReleasePackage], model: CargoModel
) -> tuple[str, ...]:
    """The directories of the crates that are part of a package itself, sorted.

    Its own crate and those below it by path, stopping at crates that are packages of their own.
    Crates that cannot be read, or whose workspace cannot, are left out.
    """
    if package.crate_directory is None:
        return ()
    others = {
        other.crate_directory
        for other in packages
        if other.kind == "crate" and other.crate_directory != package.crate_directory
    }
    found: set[str] = set()
    pending = [package.crate_directory]
    while pending:
        directory = pending.pop()
        crate = model.crates.get(directory)
        if directory in found or directory in others or crate is None:
            continue
        if crate.workspace_root not in model.workspaces:
            continue
        found.add(directory)
        pending += model.path_dependencies(directory, tables=(NORMAL, BUILD))
    return tuple(sorted(found))


class _Attribution:
    """Finds the commit to name for a change, and drops a change whose commits are all skipped."""

    def __init__(
        self,
        history: History,
        touching: Mapping[str, Sequence[Commit]],
        skips: Callable[[str, str], bool],
        skipped: Mapping[str, dict[Commit, None]],
    ) -> None:
        self._history = history
        self._touching = touching
        self._skips = skips
        self._skipped = skipped

    def __call__(
        self, base: str, owner: str, paths: Sequence[str], what: str
    ) -> tuple[Change, ...]:
        if not self._history.uncommitted.isdisjoint(paths):
            return (Change(what, None, tuple(paths)),)
        dropped = []
        for path in paths:
            for commit in self._touching.get(path, ()):
                if not self._history.is_since(base, commit):
                    continue
                if not self._skips(commit.id, owner):
                    return (Change(what, commit, tuple(paths)),)
                dropped.append(commit)
        own = self._history.bases.get(owner)
        if own and own.commit == base:
            self._skipped[owner].update(dict.fromkeys(dropped))
        return ()


def _commits_by_path(history: History) -> Mapping[str, Sequence[Commit]]:
    touching: dict[str, list[Commit]] = defaultdict(list)
    for commit in history.commits:
        for path in commit.paths:
            touching[path].append(commit)
    return touching


def _manifests(package: ReleasePackage, crates: Iterable[str], model: CargoModel) -> frozenset[str]:
    """The manifests and toolchain files of a package and of the crates that are part of it."""
    paths = {package.pyproject} if package.pyproject else set()
    for directory in crates:
        paths |= {model.crates[directory].path, model.workspace_of(directory).path}
        paths.update(toolchain_paths(directory))
        if package.kind == "wheel":
            paths.update(configuration_paths(directory))
    return frozenset(paths)


def _judged_paths(
    manifests: Iterable[frozenset[str]], crates: Iterable[Sequence[str]], model: CargoModel
) -> frozenset[str]:
    locks = {model.workspace_of(directory).lock_path for each in crates for directory in each}
    return frozenset(locks).union(*manifests)


def _paths_by_owner(
    owners: Mapping[str, Iterable[str]], judged: Collection[str]
) -> Mapping[str, frozenset[str]]:
    paths: dict[str, set[str]] = defaultdict(set)
    for path, ids in owners.items():
        if path not in judged:
            for owner in ids:
                paths[owner].add(path)
    return {owner: frozenset(found) for owner, found in paths.items()}


def _judged(
    revisions: Revisions,
    packages: Sequence[ReleasePackage],
    crates: Mapping[str, Sequence[str]],
    attribute: _Attribution,
) -> Iterator[tuple[str, tuple[Change, ...]]]:
    """The changes of manifests and toolchain files, by package id."""
    model = revisions.model
    differs: dict[str, bool] = {}
    for package in packages:
        for directory in crates[package.id]:
            root = model.workspace_of(directory).path
            paths = [
                path
                for path in dict.fromkeys((model.crates[directory].path, root))
                if revisions.has_changed(path)
            ]
            if not paths:
                continue
            if directory not in differs:
                differs[directory] = revisions.crate_differs(directory)
            if differs[directory]:
                yield (
                    package.id,
                    attribute(revisions.base, package.id, paths, f"{paths[0]} changed"),
                )
        if package.kind == "wheel":
            readable = package.crate_directory in crates[package.id]
            yield from _judged_of_wheel(revisions, package, attribute, readable=readable)


def _judged_of_wheel(
    revisions: Revisions, package: ReleasePackage, attribute: _Attribution, *, readable: bool
) -> Iterator[tuple[str, tuple[Change, ...]]]:
    base = revisions.base
    pyproject = package.pyproject
    if pyproject and revisions.has_changed(pyproject) and revisions.project_differs(pyproject):
        yield package.id, attribute(base, package.id, [pyproject], f"{pyproject} changed")
    directory = package.crate_directory
    if directory is None or not readable:
        return
    root = revisions.model.workspace_of(directory).path
    if revisions.has_changed(root) and revisions.profile_differs(package):
        what = f"profile {package.profile} changed in {root}"
        yield package.id, attribute(base, package.id, [root], what)
    if revisions.has_changed(root) and revisions.patches_differ(directory):
        yield package.id, attribute(base, package.id, [root], f"replacements changed in {root}")
    for path in configuration_paths(directory):
        if revisions.has_changed(path) and revisions.configuration_differs(path):
            yield package.id, attribute(base, package.id, [path], f"{path} changed")
    if any(revisions.has_changed(path) for path in toolchain_paths(directory)):
        changed = revisions.changed_toolchain(directory)
        if changed:
            path, what = changed
            yield package.id, attribute(base, package.id, [path], f"{what} ({path})")


def _locked(
    revisions: Revisions, package: ReleasePackage, attribute: _Attribution
) -> Iterator[Change]:
    directory = package.crate_directory
    assert directory is not None, "only asked for packages with a crate"
    path = revisions.model.workspace_of(directory).lock_path
    if revisions.has_changed(path):
        for phrase in revisions.locked_changes(directory):
            for change in attribute(revisions.base, package.id, [path], phrase):
                yield replace(change, lock=path)

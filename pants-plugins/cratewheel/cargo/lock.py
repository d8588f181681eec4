"""Cargo.lock as a graph, and what changed in the part of it that one crate uses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from cratewheel.cargo.manifest import DEV, CrateManifest
from cratewheel.cargo.model import CargoModel
from cratewheel.errors import CratewheelError, Finding
from cratewheel.toml_tables import Table, read_document


@dataclass(frozen=True)
class LockedPackage:
    """A package of a lock.

    Args:
        source: where it comes from (`registry+…`, `git+…#commit`); None for a path package.
        checksum: sha256 of the .crate in hex; None for path and git packages.
    """

    name: str
    version: str
    source: str | None = None
    checksum: str | None = None


@dataclass(frozen=True)
class LockGraph:
    """A Cargo.lock.

    Args:
        version: the format's version (a lock that names none has 2 or less).
        packages: in the file's order.
        dependencies: what each package depends on, as the lock has it: dev-dependencies included
            for path packages.
    """

    version: int
    packages: tuple[LockedPackage, ...]
    dependencies: Mapping[LockedPackage, tuple[LockedPackage, ...]] = field(hash=False)

    def local(self, name: str) -> tuple[LockedPackage, ...]:
        """The path packages of that name."""
        return tuple(p for p in self.packages if p.name == name and p.source is None)


def parse_lock(content: bytes, path: str = "Cargo.lock") -> LockGraph:
    """Reads a Cargo.lock, format 1 to 4.

    Raises:
        CratewheelError: CW-LOCK-SYNTAX when it is not one, with `path` and the line where known.
    """
    try:
        return _read(read_document(path, content), path)
    except CratewheelError as e:
        findings = (Finding("CW-LOCK-SYNTAX", f.place, f.message) for f in e.findings)
        raise CratewheelError(*findings) from None


class BuildGraph:
    """A lock without its dev-dependencies.

    A lock does not tell dev-dependencies from others; the manifests do, for every path crate
    (registry packages have none of theirs in a lock).

    Args:
        model: the model of the tree the lock belongs to.
    """

    def __init__(self, lock: LockGraph, model: CargoModel) -> None:
        self._lock = lock
        self._model = model
        self._manifests: dict[tuple[str, str], list[CrateManifest]] = defaultdict(list)
        for crate in model.crates.values():
            self._manifests[crate.name, _locked_version(crate)].append(crate)
        self._needed: dict[LockedPackage, Sequence[LockedPackage]] = {}

    def subgraph(self, directory: str) -> frozenset[LockedPackage]:
        """The locked packages that the crate in `directory` is built from, itself included; none
        when the lock does not have the crate."""
        crate = self._model.crates[directory]
        version = _locked_version(crate)
        found: set[LockedPackage] = set()
        pending = [p for p in self._lock.local(crate.name) if p.version == version]
        while pending:
            package = pending.pop()
            if package not in found:
                found.add(package)
                pending += self._needed_by(package)
        return frozenset(found)

    def _needed_by(self, package: LockedPackage) -> Sequence[LockedPackage]:
        needed = self._needed.get(package)
        if needed is None:
            local = package.source is None
            manifests = self._manifests[package.name, package.version] if local else []
            needed = _not_dev_only(self._lock.dependencies.get(package, ()), manifests)
            self._needed[package] = needed
        return needed


def _locked_version(crate: CrateManifest) -> str:
    # cargo locks a package without a version as 0.0.0.
    return crate.version or "0.0.0"


def changed_packages(
    old: frozenset[LockedPackage], new: frozenset[LockedPackage]
) -> tuple[str, ...]:
    """What changed between two subgraphs, a phrase each, sorted: `serde 1.0.1 → 1.0.2`,
    `itoa 1.0.9 added`, `ryu 1.0.15 removed`, `foo 1.0.0 from another source`.

    Path packages are left out: their files speak for themselves, and a version there changes with
    every release.
    """
    gone, come = _by_name(old - new), _by_name(new - old)
    phrases = []
    for name in sorted({*gone, *come}):
        before, after = gone.get(name, {}), come.get(name, {})
        for version in sorted({*before} & {*after}):
            was, now = before.pop(version), after.pop(version)
            what = "another source" if was.source != now.source else "another checksum"
            phrases.append(f"{name} {version} {'from' if 'source' in what else 'with'} {what}")
        if len(before) == len(after) == 1:
            phrases.append(f"{name} {next(iter(before))} → {next(iter(after))}")
            continue
        phrases += [f"{name} {version} removed" for version in sorted(before)]
        phrases += [f"{name} {version} added" for version in sorted(after)]
    return tuple(phrases)


def _by_name(packages: frozenset[LockedPackage]) -> dict[str, dict[str, LockedPackage]]:
    grouped: dict[str, dict[str, LockedPackage]] = defaultdict(dict)
    for package in packages:
        if package.source is not None:
            grouped[package.name][package.version] = package
    return grouped


def _read(document: Table, path: str) -> LockGraph:
    entries = document.tables("package") + _root_of_version_1(document)
    metadata = document.table("metadata")
    packages: list[LockedPackage] = []
    for entry in entries:
        name, version = entry.string("name"), entry.string("version")
        if name is None or version is None:
            raise entry.error("", "a locked package needs a name and a version")
        source = entry.string("source")
        checksum = entry.string("checksum")
        if checksum is None and metadata is not None:
            # Format 1 keeps the checksums in a table of their own.
            checksum = metadata.string(f"checksum {name} {version} ({source})")
        packages.append(LockedPackage(name, version, source, checksum))
    named: dict[str, list[LockedPackage]] = defaultdict(list)
    for package in packages:
        named[package.name].append(package)
    dependencies = {
        package: tuple(
            found
            for reference in entry.strings("dependencies")
            for found in _referenced(reference, named, entry)
        )
        for package, entry in zip(packages, entries)
    }
    format_version = document.values.get("version", 2)
    if not isinstance(format_version, int):
        raise document.error("version", "expected the number of the lock's format")
    return LockGraph(format_version, tuple(packages), dependencies)


def _root_of_version_1(document: Table) -> tuple[Table, ...]:
    """The oldest locks have a `[root]` beside `[[package]]`."""
    root = document.table("root")
    return () if root is None else (root,)


def _referenced(
    reference: str, named: Mapping[str, Sequence[LockedPackage]], entry: Table
) -> tuple[LockedPackage, ...]:
    """The packages that `NAME [VERSION] [(SOURCE)]` stands for: one, in a lock cargo has written."""
    found = re.fullmatch(r"(\S+)(?: (\S+))?(?: \((.+)\))?", reference)
    if found is None or found[1] not in named:
        raise entry.error("dependencies", f"`{reference}` is not in the lock")
    name, version, source = found[1], found[2], found[3]
    matching = tuple(
        package
        for package in named[name]
        if version in (None, package.version)
        and (source is None or _without_commit(source) == _without_commit(package.source or ""))
    )
    if not matching:
        raise entry.error("dependencies", f"`{reference}` is not in the lock")
    return matching


def _without_commit(source: str) -> str:
    return source.partition("#")[0]


def _not_dev_only(
    dependencies: tuple[LockedPackage, ...], manifests: list[CrateManifest]
) -> list[LockedPackage]:
    """What of a package's locked dependencies is not there for its dev-dependencies alone."""
    entries = [entry for manifest in manifests for entry in manifest.dependencies]
    if not entries:
        return list(dependencies)
    dev = {entry.package for entry in entries if entry.table == DEV}
    required: dict[str, list[str | None]] = defaultdict(list)
    for entry in entries:
        if entry.table != DEV:
            required[entry.package].append(entry.requirement)
    kept = []
    for package in dependencies:
        if package.name not in required:
            # Neither table names it when the manifest is newer than the lock: then it is kept.
            if package.name not in dev:
                kept.append(package)
            continue
        siblings = sum(other.name == package.name for other in dependencies)
        if siblings == 1 or any(
            requirement is None or _may_match(requirement, package.version)
            for requirement in required[package.name]
        ):
            kept.append(package)
    return kept


@cache
def _may_match(requirement: str, version: str) -> bool:
    """Whether a version can be what a requirement was locked to.

    Exact for the caret form that nearly every manifest has (the Cargo Reference, "Default
    requirements"); any other form is taken to match, so that nothing is missed.
    """
    found = re.fullmatch(r"\s*\^?\s*(\d+(?:\.\d+){0,2})(?:[-+].*)?\s*", requirement)
    if found is None:
        return True
    wanted = [int(part) for part in found[1].split(".")]
    have = [int(part) for part in re.split(r"[-+]", version)[0].split(".")]
    significant = next((i for i, part in enumerate(wanted) if part), len(wanted) - 1)
    upper = significant + 1
    return have[:upper] == wanted[:upper] and have[: len(wanted)] >= wanted

"""Whether a crate's PyO3 is built against the stable ABI, by cargo's own feature resolution.

PyO3 has a feature for it, `abi3` or one such as `abi3-py39` that also fixes the lowest Python, and
the same for `abi3t`. Projects turn it on in the dependency, through a feature of their own, under a
renamed dependency, in a table for one platform, by inheritance from the workspace, or in
`[tool.maturin] features`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Optional

from cratewheel.abis import ABI3T_SINCE
from cratewheel.cargo.manifest import NORMAL, CrateManifest
from cratewheel.cargo.model import CargoModel
from cratewheel.pythons import Python, lowest_python

#: The crates that make Python's C API Rust's.
BINDING_CRATES = ("pyo3", "pyo3-ffi")
_FEATURE = re.compile(r"(abi3t?)(?:-py(\d)(\d+))?")


@dataclass(frozen=True)
class StableAbi:
    """A stable ABI that is turned on.

    Args:
        kind: `abi3` or `abi3t`.
        floor: the lowest Python, where a feature fixes it; None leaves it to the interpreter that
            the build runs with.
    """

    kind: str
    floor: Optional[Python] = None


def stable_abis(features: Iterable[str]) -> tuple[StableAbi, ...]:
    """The stable ABIs that features of PyO3 turn on: `abi3` first, each at most once.

    Of several floors the lowest counts, since each of PyO3's features turns the later ones on.
    """
    floors: dict[str, set[Python]] = {}
    for feature in features:
        found = _FEATURE.fullmatch(feature)
        if found is not None:
            known = floors.setdefault(found[1], set())
            if found[2] is not None:
                known.add((int(found[2]), int(found[3])))
    return tuple(StableAbi(kind, min(floors[kind], default=None)) for kind in sorted(floors))


def abi3_floor(stable: StableAbi, requires_python: Optional[str], place: str = "") -> Python:
    """The lowest Python of a stable-ABI wheel, which its python tag names.

    It is the one that a feature fixes, and otherwise the oldest that `requires-python` admits: the
    interpreter that the wheel must then be built with.

    Raises:
        CratewheelError: as `cratewheel.pythons.pythons_admitted`.
    """
    floor = stable.floor or lowest_python(requires_python, place)
    return max(floor, ABI3T_SINCE) if stable.kind == "abi3t" else floor


def pyo3_features(
    model: CargoModel,
    directory: str,
    features: Iterable[str] = (),
    *,
    default_features: bool = True,
) -> Optional[frozenset[str]]:
    """The features of PyO3 that building one crate turns on, read from the manifests alone.

    Follows path dependencies; what a crate of a registry turns on is not looked into, since a plan needs
    no network and its Cargo.lock says nothing of features. Entries for single platforms count on every
    platform.

    Args:
        directory: the crate's, repository-relative.
        features: what is asked for on the command line or in `[tool.maturin]`, `pyo3/…` included.
        default_features: whether the crate's own default features are on.

    Returns:
        None when PyO3 is not among the dependencies.

    Raises:
        KeyError: the model has no crate there.
    """
    resolution = _Resolution(model)
    resolution.enter(model.crates[directory])
    if default_features:
        resolution.enable(directory, "default")
    for feature in features:
        resolution.apply(directory, feature)
    resolution.settle()
    return frozenset(resolution.pyo3) if resolution.bound else None


@dataclass
class _Resolution:
    """Cargo's feature resolution over the path dependencies, as sets that only grow."""

    model: CargoModel
    pyo3: set[str] = field(default_factory=set)
    bound: bool = False
    entered: set[str] = field(default_factory=set)
    enabled: set[tuple[str, str]] = field(default_factory=set)
    active: set[tuple[str, str]] = field(default_factory=set)
    #: `name?/feature` entries of dependencies that are not active (yet).
    weak: set[tuple[str, str, str]] = field(default_factory=set)
    #: What follows in other crates, until it is settled: a chain of crates may be longer than calls may
    #: be deep.
    crates_to_enter: list[CrateManifest] = field(default_factory=list)
    features_to_enable: list[tuple[str, str]] = field(default_factory=list)

    def settle(self) -> None:
        while self.crates_to_enter or self.features_to_enable:
            while self.crates_to_enter:
                self.enter(self.crates_to_enter.pop())
            while self.features_to_enable:
                self.enable(*self.features_to_enable.pop())

    def enter(self, crate: CrateManifest) -> None:
        if crate.directory in self.entered:
            return
        self.entered.add(crate.directory)
        for dependency in crate.dependencies:
            if dependency.table == NORMAL and not dependency.optional:
                self.activate(crate.directory, dependency.key)

    def activate(self, directory: str, key: str) -> None:
        if (directory, key) in self.active:
            return
        self.active.add((directory, key))
        for dependency in self.model.crates[directory].dependencies:
            if dependency.table != NORMAL or dependency.key != key:
                continue
            wanted = list(dependency.features)
            if dependency.default_features:
                wanted.append("default")
            if dependency.package in BINDING_CRATES:
                self.bound = True
            if dependency.path is not None and dependency.path in self.model.crates:
                self.crates_to_enter.append(self.model.crates[dependency.path])
            for feature in wanted:
                self.pass_on(dependency.package, dependency.path, feature)
        for weak_directory, weak_key, feature in tuple(self.weak):
            if (weak_directory, weak_key) == (directory, key):
                self.hand_down(directory, key, feature)

    def pass_on(self, package: str, path: Optional[str], feature: str) -> None:
        if package in BINDING_CRATES:
            self.pyo3.add(feature)
        elif path is not None and path in self.model.crates:
            self.features_to_enable.append((path, feature))

    def hand_down(self, directory: str, key: str, feature: str) -> None:
        for dependency in self.model.crates[directory].dependencies:
            if dependency.table == NORMAL and dependency.key == key:
                self.pass_on(dependency.package, dependency.path, feature)

    def enable(self, directory: str, feature: str) -> None:
        if (directory, feature) in self.enabled:
            return
        self.enabled.add((directory, feature))
        crate = self.model.crates[directory]
        if feature in crate.features:
            for entry in crate.features[feature]:
                self.apply(directory, entry)
        else:
            # An optional dependency that no feature names with `dep:` is a feature itself.
            self.activate(directory, feature)

    def apply(self, directory: str, entry: str) -> None:
        """Acts on one entry of a feature's list (the Cargo Reference, "Features")."""
        name, slash, feature = entry.partition("/")
        if not slash:
            if entry.startswith("dep:"):
                self.activate(directory, entry[len("dep:") :])
            else:
                self.enable(directory, entry)
        elif name.endswith("?"):
            key = name[:-1]
            self.weak.add((directory, key, feature))
            if (directory, key) in self.active:
                self.hand_down(directory, key, feature)
        else:
            self.activate(directory, name)
            if self.is_optional(directory, name):
                # Cargo turns on the feature of the dependency's name with it.
                self.enable(directory, name)
            self.hand_down(directory, name, feature)

    def is_optional(self, directory: str, key: str) -> bool:
        return any(
            dependency.optional and dependency.key == key and dependency.table == NORMAL
            for dependency in self.model.crates[directory].dependencies
        )

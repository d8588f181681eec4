"""Everything a plan is computed from, as values: packages, options, and what the registries say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from cratewheel.cargo.model import CargoModel
from cratewheel.destination import REHEARSAL
from cratewheel.history import History
from cratewheel.plan.package import ReleasePackage
from cratewheel.records.values import ReleaseRecord


@dataclass(frozen=True)
class PlanOptions:
    """How versions are decided.

    Args:
        versioning: `trailers`, or `manifest` where the version in the manifest decides.
        default_bump: `patch` or `none`: what a change without a trailer means.
        ignore_trailers: ids of commits (seven digits or more) whose trailers do not count.
        release: `ID@LEVEL-OR-VERSION` decisions of the command line.
        order: `crates-first` or `wheels-first`.
        destination: `rehearsal` or `registries`: how long these may hold uploads back is said.
    """

    versioning: str = "trailers"
    default_bump: str = "patch"
    ignore_trailers: tuple[str, ...] = ()
    release: tuple[str, ...] = ()
    order: str = "crates-first"
    destination: str = REHEARSAL


@dataclass(frozen=True)
class PublishedVersion:
    """A version that a registry has.

    Args:
        commit: the commit it was published from where the registry or a record of ours tells.
        files: the names of its files.
        yanked: whether it was withdrawn (its number stays taken).
        hashes: the sha256 of each of `files`, hex, as far as the registry tells; same order.
        evidence: what tells the commit, for the user; empty when nothing does.
    """

    version: str
    commit: Optional[str] = None
    files: tuple[str, ...] = ()
    yanked: bool = False
    hashes: tuple[str, ...] = ()
    evidence: str = ""


@dataclass(frozen=True)
class RegistryFacts:
    """What a registry says about one package.

    Args:
        versions: None when it gave no usable answer.
        silence: why it gave none, in words that follow its name; empty where nothing is known.
    """

    versions: Optional[tuple[PublishedVersion, ...]]
    silence: str = ""


@dataclass(frozen=True)
class PlanInputs:
    """What `cratewheel.plan.compute.compute_plan` takes.

    Args:
        packages: every publishable package of the repository, selected or not.
        history: `cratewheel.history.read_history` for the same packages.
        owners: for each path of `history.paths`, the ids of the packages that are built from it:
            as one of their own files or of an in-repo target that is not itself in `packages`
            (never through another package: the cascade does that). Tests and dev-dependencies are
            the caller's to leave out. Cargo.toml, Cargo.lock, rust-toolchain and pyproject.toml
            are judged by content here, whatever `owners` says of them.
        files: the current contents of all Cargo.toml, Cargo.lock, rust-toolchain, rust-toolchain.toml
            and pyproject.toml, and of cargo's configuration, by repository-relative path.
        model: `cratewheel.cargo.model.load_cargo_model` of `files`.
        options: see `PlanOptions`.
        registry: by package id; None when the registries are not to be asked (`--offline`).
        records: what earlier releases wrote down about themselves and have not tagged.
    """

    packages: tuple[ReleasePackage, ...]
    history: History
    owners: Mapping[str, frozenset[str]]
    files: Mapping[str, bytes]
    model: CargoModel
    options: PlanOptions = PlanOptions()
    registry: Optional[Mapping[str, RegistryFacts]] = None
    records: tuple[ReleaseRecord, ...] = ()

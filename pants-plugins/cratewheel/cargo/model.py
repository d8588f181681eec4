"""All crates and workspaces of a repository, and who is built from whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Optional

from cratewheel.cargo.manifest import BUILD, NORMAL, TABLES, CrateManifest, Dependency
from cratewheel.errors import Finding


@dataclass(frozen=True)
class Workspace:
    """A workspace as cargo sees it; a crate outside any workspace is a workspace of its own.

    Args:
        directory: the directory of the root manifest.
        path: the root manifest.
        declared: whether the root manifest has a `[workspace]` table.
        virtual: whether the root manifest is no package itself.
        members: directories of the members, sorted; path dependencies below the root included.
        listed: directories that `members` itself names (globs expanded), sorted: what cargo must
            be able to load whatever it is asked to build.
        default_members: directories that commands act on by default.
        exclude: the excluded directories.
        patches: `[patch]` entries with a path, of every source.
        version: `[workspace.package] version`.
    """

    directory: str
    path: str
    declared: bool
    virtual: bool
    members: tuple[str, ...]
    listed: tuple[str, ...] = ()
    default_members: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    patches: tuple[Dependency, ...] = ()
    version: Optional[str] = None

    @property
    def lock_path(self) -> str:
        """Where cargo keeps this workspace's lock."""
        return f"{self.directory}/Cargo.lock" if self.directory else "Cargo.lock"


@dataclass(frozen=True)
class CargoModel:
    """Every crate and workspace of a repository.

    Args:
        crates: by directory; a manifest with a problem is not among them.
        workspaces: by directory of the root manifest.
        problems: by manifest path: why the manifest could not be taken. Kept as data so that one
            broken manifest does not hide the others; whoever needs that crate raises it.
    """

    crates: Mapping[str, CrateManifest] = field(default_factory=dict)
    workspaces: Mapping[str, Workspace] = field(default_factory=dict)
    problems: Mapping[str, Finding] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(
            (frozenset(self.crates.values()), frozenset(self.problems.values()))
        )

    def workspace_of(self, directory: str) -> Workspace:
        """The workspace whose lock and profiles apply to the crate in `directory`."""
        raise NotImplementedError

    def is_member(self, directory: str) -> bool:
        """Whether cargo accepts the crate in `directory` as a member of its workspace.

        One that lies below a workspace root and is neither a member nor excluded cannot be built
        on its own ("current package believes it's in a workspace when it's not").
        """
        raise NotImplementedError

    def path_dependencies(
        self, directory: str, *, tables: Collection[str] = TABLES
    ) -> tuple[str, ...]:
        """Directories of the path dependencies of one crate, sorted, whether or not they exist."""
        raise NotImplementedError

    def build_closure(self, directory: str) -> frozenset[str]:
        """Directories of the crates that building `directory` needs, itself included.

        Normal and build dependencies, optional ones too and for every platform, transitively, with
        the workspace's path patches; only crates the model knows.
        """
        raise NotImplementedError

    def dev_closure(self, directory: str) -> frozenset[str]:
        """Like `build_closure` with the dev-dependencies of the crate itself (not of the others)."""
        raise NotImplementedError

    def findings_for(self, directories: Iterable[str]) -> tuple[Finding, ...]:
        """Why the crates in `directories` cannot be built: broken manifests in their build
        closures, and path dependencies where there is no crate (CW-CRATE-PATH-MISSING)."""
        raise NotImplementedError


def load_cargo_model(files: Mapping[str, bytes]) -> CargoModel:
    """The model of a repository.

    Args:
        files: contents by repository-relative path; only those named Cargo.toml are looked at.

    Rules: the Cargo Reference, "Workspaces" and "The Manifest Format"; where it is silent, cargo
    1.95's `core/workspace.rs` and `util/toml/mod.rs`.
    """
    raise NotImplementedError

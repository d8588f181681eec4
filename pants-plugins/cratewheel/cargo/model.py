"""All crates and workspaces of a repository, and who is built from whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cratewheel.cargo import workspaces
from cratewheel.cargo.manifest import BUILD, DEV, NORMAL, TABLES, CrateManifest, Dependency
from cratewheel.cargo.manifest_reading import (
    WorkspaceTable,
    package_table,
    read_crate,
    read_patches,
    read_workspace_table,
)
from cratewheel.cargo.paths import is_outside_repository, parent, resolve
from cratewheel.errors import CratewheelError, Finding
from cratewheel.toml_tables import Table, read_document


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
    version: str | None = None

    @property
    def lock_path(self) -> str:
        """Where cargo keeps this workspace's lock."""
        return f"{self.directory}/Cargo.lock" if self.directory else "Cargo.lock"


@dataclass(frozen=True)
class CargoModel:
    """Every crate and workspace of a repository.

    Args:
        crates: by directory; a manifest that cannot be read is not among them.
        workspaces: by directory of the root manifest.
        problems: by manifest path: why cargo would refuse it. Kept as data so that one broken
            manifest does not hide the others; whoever needs that crate raises it.
    """

    crates: Mapping[str, CrateManifest] = field(default_factory=dict)
    workspaces: Mapping[str, Workspace] = field(default_factory=dict)
    problems: Mapping[str, Finding] = field(default_factory=dict)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((frozenset(self.crates.values()), frozenset(self.problems.values())))

    def workspace_of(self, directory: str) -> Workspace:
        """The workspace whose lock and profiles apply to the crate in `directory`.

        Raises:
            KeyError: for a directory without a crate, or whose root is itself unreadable.
        """
        return self.workspaces[self.crates[directory].workspace_root]

    def is_member(self, directory: str) -> bool:
        """Whether cargo accepts the crate in `directory` as a member of its workspace.

        One that lies below a workspace root and is neither a member nor excluded cannot be built
        on its own ("current package believes it's in a workspace when it's not").
        """
        workspace = self.workspaces.get(self.crates[directory].workspace_root)
        return workspace is not None and directory in workspace.members

    def path_dependencies(
        self, directory: str, *, tables: Collection[str] = TABLES
    ) -> tuple[str, ...]:
        """Directories of the path dependencies of one crate, sorted, whether or not they exist."""
        return tuple(
            sorted(
                {
                    dependency.path
                    for dependency in self.crates[directory].dependencies
                    if dependency.path is not None and dependency.table in tables
                }
            )
        )

    def build_closure(self, directory: str) -> frozenset[str]:
        """Directories of the crates that building `directory` needs, itself included.

        Normal and build dependencies, optional ones too and for every platform, transitively, with
        the path patches of its workspace; only crates the model knows.
        """
        return self._closure((directory, *self._patched(directory)))

    def findings_for(self, directories: Iterable[str]) -> tuple[Finding, ...]:
        """Why the crates in `directories` cannot be built: broken manifests in their build
        closures or above them, and path dependencies where there is no crate
        (CW-CRATE-PATH-MISSING)."""
        found: dict[Finding, None] = {}
        for start in directories:
            if start not in self.crates:
                found.update(dict.fromkeys(self.problems_around(start)))
                continue
            if self._faults:
                for directory in sorted(self.build_closure(start) & self._faults.keys()):
                    found.update(dict.fromkeys(self._faults[directory]))
        return tuple(found)

    @cached_property
    def _faults(self) -> Mapping[str, tuple[Finding, ...]]:
        """What is wrong with single crates, of those with which something is: looked at once for
        each, because every crate may be in the build closure of every other."""
        found = {
            directory: (*self.problems_around(directory), *self._missing_paths(directory))
            for directory in self.crates
        }
        return {directory: faults for directory, faults in found.items() if faults}

    def problems_around(self, directory: str) -> tuple[Finding, ...]:
        """Why cargo cannot load a crate: problems of its manifest and of those it reads above it,
        up to the root of the workspace."""
        crate = self.crates.get(directory)
        root = crate.workspace_root if crate is not None else None
        if root is not None and not (root in self.workspaces and self.workspaces[root].declared):
            root = None
        passed = [directory]
        while passed[-1] and passed[-1] != root:
            passed.append(parent(passed[-1]))
        if root is not None:
            passed.append(root)
        found = (self.problems.get(_manifest_in(each)) for each in dict.fromkeys(passed))
        return tuple(problem for problem in found if problem is not None)

    def _closure(self, starts: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        pending = [start for start in starts if start in self.crates]
        while pending:
            directory = pending.pop()
            if directory in found:
                continue
            found.add(directory)
            pending += self._built_from[directory]
        return frozenset(found)

    @cached_property
    def _built_from(self) -> Mapping[str, tuple[str, ...]]:
        """For each crate the directories of the crates that it is built from directly."""
        return {
            directory: tuple(
                path
                for path in self.path_dependencies(directory, tables=(NORMAL, BUILD))
                if path in self.crates
            )
            for directory in self.crates
        }

    def _patched(self, directory: str) -> tuple[str, ...]:
        workspace = self.workspaces.get(self.crates[directory].workspace_root)
        patches = workspace.patches if workspace is not None else ()
        return tuple(patch.path for patch in patches if patch.path is not None)

    def _missing_paths(self, directory: str) -> Iterable[Finding]:
        crate = self.crates[directory]
        for dependency in crate.dependencies:
            if dependency.table == DEV or dependency.path is None or dependency.path in self.crates:
                continue
            problem = self.problems.get(_manifest_in(dependency.path))
            if problem is not None:
                yield problem
                continue
            where = (
                "outside the repository"
                if is_outside_repository(dependency.path)
                else f"`{dependency.path}`, where there is no package"
            )
            yield Finding(
                "CW-CRATE-PATH-MISSING",
                f"{crate.path}: {dependency.table}.{dependency.key}",
                f"its path leads to {where}",
            )


def load_cargo_model(files: Mapping[str, bytes]) -> CargoModel:
    """The model of a repository.

    Args:
        files: contents by repository-relative path; only those named Cargo.toml are looked at.

    Rules: the Cargo Reference, "Workspaces" and "The Manifest Format"; where it is silent, what
    cargo 1.95 does.
    """
    problems: dict[str, Finding] = {}
    documents: dict[str, Table] = {}
    tables: dict[str, WorkspaceTable] = {}
    for path, content in sorted(files.items()):
        if path.rpartition("/")[2] != "Cargo.toml":
            continue
        directory = parent(path)
        try:
            document = read_document(path, content)
            table = read_workspace_table(document, directory)
            package = package_table(document)
            if package is not None:
                package.string("workspace")
            elif table is None:
                raise document.error("", "has neither a `[package]` nor a `[workspace]`")
        except CratewheelError as e:
            problems[path] = e.findings[0]
            continue
        documents[directory] = document
        if table is not None:
            tables[directory] = table
    roots = workspaces.Roots(documents, tables)
    crates = _read_crates(roots, problems)
    found = {
        directory: _declared_workspace(roots, directory, crates, problems) for directory in tables
    }
    for directory, crate in crates.items():
        if crate.workspace_root == directory and directory not in found:
            found[directory] = _lone_workspace(roots.documents[directory], crate, problems)
    return CargoModel(crates, dict(sorted(found.items())), problems)


def _read_crates(roots: workspaces.Roots, problems: dict[str, Finding]) -> dict[str, CrateManifest]:
    crates: dict[str, CrateManifest] = {}
    for directory, document in roots.documents.items():
        if package_table(document) is None:
            continue
        root = roots.root_of(directory)
        if root is not None and root not in roots.tables:
            message = f"`{root or '.'}` is not the root of a workspace"
            error = document.error("package.workspace", message)
            problems.setdefault(document.path, error.findings[0])
            continue
        workspace = roots.tables[root] if root is not None else None
        try:
            crates[directory] = read_crate(
                document, directory, workspace, directory if root is None else root
            )
        except CratewheelError as e:
            problems[document.path] = e.findings[0]
    return crates


def _declared_workspace(
    roots: workspaces.Roots,
    directory: str,
    crates: Mapping[str, CrateManifest],
    problems: dict[str, Finding],
) -> Workspace:
    table = roots.tables[directory]
    document = roots.documents[directory]
    listed = workspaces.expand(directory, table.members or (), roots.documents)
    members = workspaces.members(table, listed, crates, roots)
    finding = workspaces.membership_finding(table, document.path, members, listed, roots)
    if finding is not None:
        problems.setdefault(document.path, finding)
    version: str | None = None
    patches: tuple[Dependency, ...] = ()
    try:
        version = table.package.string("version")
        patches = read_patches(document, directory)
    except CratewheelError as e:
        problems.setdefault(document.path, e.findings[0])
    virtual = package_table(document) is None
    if table.default_members is not None:
        default = workspaces.expand(directory, table.default_members, roots.documents)
        default = tuple(member for member in default if member in members)
    else:
        default = members if virtual else (directory,)
    return Workspace(
        directory=directory,
        path=document.path,
        declared=True,
        virtual=virtual,
        members=members,
        listed=listed,
        default_members=default,
        exclude=tuple(sorted(resolve(directory, path) for path in table.exclude)),
        patches=patches,
        version=version,
    )


def _lone_workspace(
    document: Table, crate: CrateManifest, problems: dict[str, Finding]
) -> Workspace:
    patches: tuple[Dependency, ...] = ()
    try:
        patches = read_patches(document, crate.directory)
    except CratewheelError as e:
        problems.setdefault(crate.path, e.findings[0])
    alone = (crate.directory,)
    return Workspace(
        directory=crate.directory,
        path=crate.path,
        declared=False,
        virtual=False,
        members=alone,
        listed=alone,
        default_members=alone,
        patches=patches,
    )


def _manifest_in(directory: str) -> str:
    return f"{directory}/Cargo.toml" if directory else "Cargo.toml"

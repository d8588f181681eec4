"""Which workspace a manifest belongs to and which members a workspace has, by cargo's rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cratewheel.cargo.manifest import CrateManifest
from cratewheel.cargo.manifest_reading import WorkspaceTable, package_table
from cratewheel.cargo.paths import is_within, parent, resolve
from cratewheel.errors import Finding
from cratewheel.toml_tables import Table


@dataclass(frozen=True)
class Roots:
    """What decides the workspace root of a manifest.

    Args:
        documents: every readable manifest by directory.
        tables: the `[workspace]` tables by directory.
    """

    documents: Mapping[str, Table]
    tables: Mapping[str, WorkspaceTable]

    def root_of(self, directory: str) -> str | None:
        """The directory of the root cargo finds from `directory`, None when there is none.

        A manifest's own `[workspace]`, else its `package.workspace`, else the nearest manifest
        above it that is a root which does not exclude it, or that points to a root.
        """
        if directory in self.tables:
            return directory
        pointer = self._pointer(directory)
        if pointer is not None:
            return pointer
        above = directory
        while above:
            above = parent(above)
            table = self.tables.get(above)
            if table is not None:
                if not table.excludes(directory):
                    return above
                continue
            pointer = self._pointer(above)
            if pointer is not None:
                return pointer
        return None

    def root_from(self, root: str, directory: str) -> str | None:
        """The root that cargo finds from `directory` when it was started in the workspace of `root`.

        Of the manifests above, cargo asks those first which it has read as roots already, and it
        reads a root in between only when a search starts below it (cargo 1.95).
        """
        if directory in self.tables:
            return directory
        pointer = self._pointer(directory)
        if pointer is not None:
            return pointer
        if is_within(directory, root) and not self.tables[root].excludes(directory):
            return root
        return self.root_of(directory)

    def _pointer(self, directory: str) -> str | None:
        document = self.documents.get(directory)
        package = package_table(document) if document is not None else None
        pointer = package.string("workspace") if package is not None else None
        return None if pointer is None else resolve(directory, pointer)


def expand(
    directory: str, patterns: Iterable[str], manifest_directories: Iterable[str]
) -> tuple[str, ...]:
    """Directories that `members`-like patterns of the root in `directory` stand for, sorted.

    A pattern that matches nothing stands for itself, as in cargo. A glob is only taken to match
    directories that hold a manifest; cargo refuses a workspace where it matches others.
    """
    known = tuple(manifest_directories)
    found: set[str] = set()
    for pattern in patterns:
        path = resolve(directory, pattern)
        if not re.search(r"[*?\[]", path):
            found.add(path)
            continue
        matcher = _glob(path)
        found.update(candidate for candidate in known if matcher(candidate))
    return tuple(sorted(found))


def members(
    root: WorkspaceTable,
    listed: Iterable[str],
    crates: Mapping[str, CrateManifest],
    roots: Roots,
) -> tuple[str, ...]:
    """The members of a workspace: those listed, the root package, and path dependencies, sorted.

    A path dependency of a member (any table, any platform) is a member when it lies below the
    root, or finds the same root itself. The excluded are none, whoever names them.
    """
    found: dict[str, None] = {}
    pending = [(directory, False) for directory in (*listed, root.directory)]
    while pending:
        directory, as_dependency = pending.pop()
        if directory in found or directory not in crates:
            continue
        below = is_within(directory, root.directory)
        if as_dependency and not below and roots.root_of(directory) != root.directory:
            continue
        if root.excludes(directory) and directory != root.directory:
            continue
        found[directory] = None
        pending += [
            (dependency.path, True)
            for dependency in crates[directory].dependencies
            if dependency.path is not None
        ]
    return tuple(sorted(found))


def membership_finding(
    root: WorkspaceTable, path: str, found: Iterable[str], listed: Iterable[str], roots: Roots
) -> Finding | None:
    """Why cargo refuses the whole workspace: a listed member that is not there, or one that finds
    another root."""
    missing = [
        directory
        for directory in listed
        if directory not in roots.documents and not root.excludes(directory)
    ]
    if missing:
        names = ", ".join(f"`{directory}`" for directory in missing)
        message = f"lists {names}, where there is no readable Cargo.toml"
        return Finding("CW-MANIFEST-SYNTAX", f"{path}: workspace.members", message)
    strangers = {member: roots.root_from(root.directory, member) for member in found}
    wrong = [member for member, other in strangers.items() if other != root.directory]
    if wrong:
        message = "; ".join(
            f"`{member}` is a member, but its own workspace root is "
            + ("nowhere" if strangers[member] is None else f"`{strangers[member] or '.'}`")
            for member in wrong
        )
        mend = "exclude it in `workspace.exclude`, or take its own `[workspace]` away"
        return Finding("CW-MANIFEST-SYNTAX", f"{path}: workspace", message, mend)
    return None


def _glob(pattern: str) -> Callable[[str], bool]:
    """A matcher for a path pattern of the Rust crate glob: `*` and `?` stay within a component,
    `**` as a whole component spans any number of them."""
    regex = ""
    components = pattern.split("/")
    for index, component in enumerate(components):
        last = index == len(components) - 1
        if component == "**":
            regex += ".*" if last else "(?:[^/]+/)*"
        else:
            regex += _component(component) + ("" if last else "/")
    try:
        compiled = re.compile(regex)
    except re.error:
        return lambda path: False
    return lambda path: compiled.fullmatch(path) is not None


def _component(component: str) -> str:
    regex = ""
    for token in re.findall(r"\[!?\]?[^\]]*\]|.", component, re.DOTALL):
        if token == "*":
            regex += "[^/]*"
        elif token == "?":
            regex += "[^/]"
        elif len(token) > 2 and token.startswith("["):
            inner = token[1:-1].replace("\\", "\\\\")
            negated = inner.startswith("!")
            inner = inner[1:] if negated else inner
            regex += f"[{'^' if negated else ''}{inner.replace('[', chr(92) + '[').replace('^', chr(92) + '^')}]"
        else:
            regex += re.escape(token)
    return regex

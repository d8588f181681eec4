"""Files that Pants may not see but cargo reads: its configuration, an ignored Cargo.lock, links.

Pants leaves out folders that start with a dot and files that git ignores. Asking users to change
their ignore patterns for that is asking too much, so these files are read directly, anew in every
run; what depends on them is kept when they are as before.
"""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass
from pathlib import Path

from pants.base.build_environment import get_buildroot
from pants.engine.engine_aware import EngineAwareReturnType
from pants.engine.env_vars import EnvironmentVars
from pants.engine.fs import FileContent
from pants.engine.rules import collect_rules, rule

from cratewheel.cargo.inherited import CONFIGURATION_FILES, toolchain_path
from cratewheel.history import uncommitted_files
from cratewheel.project import Project
from cratewheel.project import path as path_in
from pants_cratewheel import engine
from pants_cratewheel.checkout import USING_THE_REMOTE, checkout

_LINK_PREFIXES = ("readme", "licen", "copying", "notice", "changelog", "unlicense")


@dataclass(frozen=True)
class UnseenCargoFiles(EngineAwareReturnType):
    """What cargo would read beside the files that Pants sees.

    Args:
        configuration: (path, bytes) of the configuration of every folder on the way to a crate.
        pins: (workspace, path, bytes) of the toolchain file of every workspace that has one.
        locks: (path, bytes) of the Cargo.lock of every workspace that has one.
        links: (link, path it points to) of readme and licence files that are symbolic links.
    """

    configuration: tuple[tuple[str, bytes], ...]
    pins: tuple[tuple[str, str, bytes], ...]
    locks: tuple[tuple[str, bytes], ...]
    links: tuple[tuple[str, str], ...]

    def cacheable(self) -> bool:
        return False

    def pin(self, workspace: str) -> list[FileContent]:
        """The toolchain file of a workspace, if any, under its own name."""
        return [
            FileContent(posixpath.basename(path), content)
            for of, path, content in self.pins
            if of == workspace
        ]


@dataclass(frozen=True)
class UncommittedLocks(EngineAwareReturnType):
    """The locks that only this checkout has: (path, bytes) of every one that git does not."""

    locks: tuple[tuple[str, bytes], ...]

    def cacheable(self) -> bool:
        return False


@rule(desc="Look for a Cargo.lock that git does not have")
async def uncommitted_locks(unseen: UnseenCargoFiles) -> UncommittedLocks:
    variables: EnvironmentVars = await engine.environment_variables(USING_THE_REMOTE)
    missing = uncommitted_files(checkout(variables), [path for path, _ in unseen.locks])
    return UncommittedLocks(tuple(lock for lock in unseen.locks if lock[0] in missing))


@rule(desc="Read toolchain files, .cargo/config.toml and Cargo.lock")
async def read_unseen_files(project: Project) -> UnseenCargoFiles:
    root = Path(get_buildroot())
    crates = [package.directory for package in project.packages]
    ancestors = {""}
    for directory in (*crates, *project.cargo.crates):
        parts = directory.split("/")
        ancestors.update("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    configuration = []
    for directory in sorted(ancestors):
        for name in CONFIGURATION_FILES:
            found = _read(root, path_in(directory, name))
            if found is not None:
                configuration.append((path_in(directory, name), found))
                break
    pins = []
    locks = []
    for workspace in sorted(project.cargo.workspaces.values(), key=lambda each: each.directory):
        pin = toolchain_path(workspace.directory, lambda path: (root / path).is_file())
        if pin is not None:
            pins.append((workspace.directory, pin, (root / pin).read_bytes()))
        found = _read(root, workspace.lock_path)
        if found is not None:
            locks.append((workspace.lock_path, found))
    links = []
    for directory in sorted(set(crates)):
        links += _links(root, directory)
    return UnseenCargoFiles(tuple(configuration), tuple(pins), tuple(locks), tuple(links))


def _read(root: Path, path: str) -> bytes | None:
    try:
        return (root / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _links(root: Path, directory: str) -> list[tuple[str, str]]:
    links = []
    try:
        entries = sorted(os.scandir(root / directory), key=lambda entry: entry.name)
    except FileNotFoundError:
        return []
    for entry in entries:
        if entry.is_symlink() and entry.name.lower().startswith(_LINK_PREFIXES):
            target = os.path.relpath(os.path.realpath(entry.path), os.path.realpath(root))
            if not target.startswith(".."):
                links.append((path_in(directory, entry.name), target.replace(os.sep, "/")))
    return links


def rules() -> list[object]:
    return [*collect_rules()]

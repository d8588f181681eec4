"""Reading a `.crate` as cargo packages it: a gzipped tar of one folder `NAME-VERSION/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import tomli

from cratewheel import shapes
from cratewheel.artifacts import limits
from cratewheel.artifacts.archives import ArchivedFile, common_root, read_tar_gz
from cratewheel.artifacts.wheel import file_sha256
from cratewheel.errors import CratewheelError, Finding


@dataclass(frozen=True)
class CrateFacts:
    """A packaged crate, read.

    Args:
        manifest: the normalised Cargo.toml, decoded.
        commit: the commit cargo recorded, None for one packaged outside a git checkout.
        files: the regular files by their path below the crate's folder.
        sha256: of the whole file, in hex.
    """

    path: Path
    name: str
    version: str
    manifest: Mapping[str, Any] = field(hash=False)
    commit: Optional[str]
    files: Mapping[str, ArchivedFile] = field(hash=False)
    sha256: str
    size: int


def read_crate(path: Path) -> CrateFacts:
    """Reads a `.crate`.

    Raises:
        CratewheelError: `CW-CRATE-CONTENT` when it is not one packaged crate, and as
            `cratewheel.artifacts.archives.read_tar_gz`.
    """
    members = read_tar_gz(path, unpacked_limit=limits.CRATE_UNPACKED)
    root = common_root(members)
    manifest_file = members.get(f"{root}/Cargo.toml") if root else None
    if manifest_file is None:
        raise _wrong(path, "it is not one folder with a Cargo.toml in it")
    try:
        manifest = tomli.loads(manifest_file.content.decode())
        package = manifest["package"]
        name, version = str(package["name"]), str(package["version"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _wrong(path, f"its Cargo.toml cannot be read: {error}") from error
    if root != f"{name}-{version}":
        raise _wrong(path, f"its folder is `{root}`, its Cargo.toml says {name} {version}")
    files = {member[len(root) + 1 :]: content for member, content in members.items()}
    return CrateFacts(
        path=path,
        name=name,
        version=version,
        manifest=manifest,
        commit=_commit(files.get(".cargo_vcs_info.json")),
        files=files,
        sha256=file_sha256(path),
        size=path.stat().st_size,
    )


def _commit(vcs_info: Optional[ArchivedFile]) -> Optional[str]:
    if vcs_info is None:
        return None
    try:
        return str(shapes.decode(vcs_info.content)["git"]["sha1"])
    except (ValueError, KeyError, TypeError):
        return None


def _wrong(path: Path, message: str) -> CratewheelError:
    return CratewheelError(Finding("CW-CRATE-CONTENT", str(path), message))

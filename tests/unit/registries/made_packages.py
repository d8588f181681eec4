"""Crates, wheels and sdists made in memory, small and well-formed unless told otherwise."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping

LEGAL = """
description = "made for a test"
license = "MIT"
"""


def make_crate(
    name: str,
    version: str,
    *,
    package: str = LEGAL,
    tables: str = "",
    files: Mapping[str, str] = {"src/lib.rs": ""},
) -> bytes:
    """A `.crate` with this manifest.

    Args:
        package: further lines of `[package]`.
        tables: further tables of the manifest.
    """
    manifest = f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n{package}\n'
    members = {"Cargo.toml": manifest + tables, **files}
    return _tar_gz(f"{name}-{version}", members)


def make_wheel(
    name: str,
    version: str,
    *,
    tag: str = "py3-none-any",
    metadata: str = "",
    module: str = "VALUE = 1\n",
    omit: str = "",
) -> tuple[str, bytes]:
    """Filename and bytes of a wheel with one module.

    Args:
        metadata: further lines of METADATA.
        omit: the name of a `.dist-info` file to leave out.
    """
    escaped = name.replace("-", "_")
    info = f"{escaped}-{version}.dist-info"
    members = {
        f"{escaped}.py": module,
        f"{info}/METADATA": _metadata(name, version, metadata),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(
        f"{path},sha256={_record_digest(content)},{len(content.encode())}\n"
        for path, content in members.items()
    )
    members[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members.items():
            if path != f"{info}/{omit}":
                archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), content)
    return f"{escaped}-{version}-{tag}.whl", stream.getvalue()


def make_sdist(name: str, version: str, *, metadata: str = "") -> tuple[str, bytes]:
    """Filename and bytes of a source distribution with little more than its metadata."""
    escaped = name.replace("-", "_")
    root = f"{escaped}-{version}"
    members = {"PKG-INFO": _metadata(name, version, metadata), "pyproject.toml": ""}
    return f"{root}.tar.gz", _tar_gz(root, members)


def _metadata(name: str, version: str, more: str) -> str:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{more}\n"


def _record_digest(content: str) -> str:
    digest = hashlib.sha256(content.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _tar_gz(root: str, members: Mapping[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path, content in members.items():
            entry = tarfile.TarInfo(f"{root}/{path}")
            entry.size = len(content.encode())
            archive.addfile(entry, io.BytesIO(content.encode()))
    return gzip.compress(stream.getvalue(), mtime=0)

"""Wheels and sdists written by hand, whole or with one fault."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

METADATA = """\
Metadata-Version: 2.4
Name: demo-pkg
Version: 1.2.0
Summary: a demonstration
License-Expression: MIT
License-File: LICENSE
Requires-Python: >=3.9
Classifier: Programming Language :: Rust
"""


@dataclass(frozen=True)
class Built:
    """What maturin made of a project."""

    wheel: Path
    sdist: Path


def wheel_files(
    tags: str,
    *,
    prefix: str = "demo_pkg-1.2.0",
    metadata: str = METADATA,
    content: Optional[Mapping[str, bytes]] = None,
) -> dict[str, bytes]:
    """The members of a right wheel, RECORD included.

    Args:
        tags: the three parts of the tag, compressed as in a file name.
        content: members besides those of `.dist-info`.
    """
    python, abi, platform = tags.split("-")
    info = f"{prefix}.dist-info"
    lines = [
        f"Tag: {one}-{two}-{three}"
        for one in python.split(".")
        for two in abi.split(".")
        for three in platform.split(".")
    ]
    wheel = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: false\n" + "\n".join(lines)
    files = {
        **(content if content is not None else {"demo/__init__.py": b""}),
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": f"{wheel}\n".encode(),
        f"{info}/licenses/LICENSE": b"MIT\n",
    }
    files[f"{info}/RECORD"] = record(files, f"{info}/RECORD")
    return files


def record(files: Mapping[str, bytes], own_name: str) -> bytes:
    """A right RECORD for these files."""
    lines = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(content)}")
    return ("\n".join([*lines, f"{own_name},,"]) + "\n").encode()


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Writes members in their order."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_wheel(
    folder: Path,
    tags: str = "cp39-abi3-manylinux_2_17_x86_64",
    *,
    prefix: str = "demo_pkg-1.2.0",
    metadata: str = METADATA,
    content: Optional[Mapping[str, bytes]] = None,
) -> Path:
    """Writes a right wheel of `demo-pkg` 1.2.0."""
    folder.mkdir(parents=True, exist_ok=True)
    files = wheel_files(tags, prefix=prefix, metadata=metadata, content=content)
    return write_zip(folder / f"{prefix}-{tags}.whl", files)


def write_tar_gz(path: Path, files: Mapping[str, bytes]) -> Path:
    """Writes regular files in their order."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def write_sdist(folder: Path, metadata: str = METADATA, name: str = "demo_pkg-1.2.0") -> Path:
    """Writes a right sdist of `demo-pkg` 1.2.0."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        f"{name}/PKG-INFO": metadata.encode(),
        f"{name}/LICENSE": b"MIT\n",
        f"{name}/pyproject.toml": b"",
    }
    return write_tar_gz(folder / f"{name}.tar.gz", files)

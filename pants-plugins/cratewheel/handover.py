"""Files that were built elsewhere and are handed over in folders, matched by content and name.

Nothing is concluded from the name of a folder: CI systems unpack one artifact flat and several into
folders of their own. A file counts once however often it is there; two files of one name with
different bytes are refused.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from cratewheel.errors import Finding
from cratewheel.floors import parse_platform_tag
from cratewheel.plan.files import distribution_name
from cratewheel.plan.model import Plan
from cratewheel.platforms import Platform

_ENDINGS = (".crate", ".whl", ".tar.gz")
_FAMILIES = {
    "gnu": ("manylinux", "linux"),
    "musl": ("musllinux",),
    "macos": ("macosx",),
    "windows": ("win",),
    "android": ("android",),
    "ios": ("ios",),
    "emscripten": ("pyemscripten",),
}


@dataclass(frozen=True)
class HandedOver:
    """A built file in one of the folders.

    Args:
        path: absolute.
        size: in bytes.
    """

    path: str
    filename: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Handover:
    """Every built file of the folders, sorted by name, or what is wrong with them."""

    files: tuple[HandedOver, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_folders(folders: Iterable[Path]) -> Handover:
    """Finds the crates, wheels and source distributions below folders, and hashes them."""
    files: dict[str, HandedOver] = {}
    findings: list[Finding] = []
    for folder in folders:
        if not folder.is_dir():
            findings.append(Finding("CW-ARTIFACTS-FOLDER", str(folder), "there is no such folder"))
            continue
        for directory, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                if not name.endswith(_ENDINGS):
                    continue
                found = _read(Path(directory, name))
                known = files.setdefault(name, found)
                if known.sha256 != found.sha256:
                    findings.append(
                        Finding(
                            "CW-ARTIFACT-DUPLICATE",
                            found.path,
                            f"sha256 {found.sha256}, and {known.path} has {known.sha256}",
                        )
                    )
    return Handover(tuple(files[name] for name in sorted(files)), tuple(findings))


def strangers(handover: Handover, plan: Plan) -> tuple[Finding, ...]:
    """Files that belong to no package of the plan: somebody else's, or of another version."""
    prefixes = tuple(
        prefix for package in plan.packages for prefix in _prefixes(package.name, package.version)
    )
    return tuple(
        Finding(
            "CW-ARTIFACT-STRANGER",
            file.path,
            "the plan has no package of this name and version",
        )
        for file in handover.files
        if not file.filename.startswith(prefixes)
    )


def crate_file(handover: Handover, name: str, version: str) -> Optional[HandedOver]:
    """The `.crate` of a crate, if it was handed over."""
    return _named(handover, f"{name}-{version}.crate")


def sdist_file(handover: Handover, name: str, version: str) -> Optional[HandedOver]:
    """The source distribution of a Python package, if it was handed over."""
    return _named(handover, f"{distribution_name(name)}-{version}.tar.gz")


def wheel_files(
    handover: Handover, name: str, version: str, platform: Platform
) -> tuple[HandedOver, ...]:
    """The wheels of one row that were handed over, by the platform in their names."""
    start = f"{distribution_name(name)}-{version}-"
    return tuple(
        file
        for file in handover.files
        if file.filename.startswith(start)
        and file.filename.endswith(".whl")
        and _is_for(file.filename, platform)
    )


def _is_for(filename: str, platform: Platform) -> bool:
    for tag in filename[: -len(".whl")].rpartition("-")[2].split("."):
        parsed = parse_platform_tag(tag)
        if parsed is None or parsed.architecture != platform.architecture:
            continue
        if parsed.family in _FAMILIES[platform.libc or platform.os]:
            return True
    return False


def _prefixes(name: str, version: str) -> Sequence[str]:
    stem = distribution_name(name)
    return (f"{name}-{version}.crate", f"{stem}-{version}-", f"{stem}-{version}.tar.gz")


def _named(handover: Handover, filename: str) -> Optional[HandedOver]:
    return next((file for file in handover.files if file.filename == filename), None)


def _read(path: Path) -> HandedOver:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return HandedOver(str(path), path.name, digest.hexdigest(), path.stat().st_size)

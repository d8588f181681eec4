"""Files that were built elsewhere and are handed over in folders, matched by content and name.

Nothing is concluded from the name of a folder: CI systems unpack one artifact flat and several into
folders of their own. A file counts once however often it is there; two files of one name with
different bytes are refused. What says which file is of which row is the manifest that every build
job writes beside its files.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from cratewheel.artifacts import manifest
from cratewheel.artifacts.manifest import ArtifactManifest, ManifestEntry
from cratewheel.errors import CratewheelError, Finding
from cratewheel.floors import Floor, closest
from cratewheel.plan.files import distribution_name
from cratewheel.plan.model import Plan, Row, digest
from cratewheel.plan.promises import row_promise
from cratewheel.platforms import Platform, check_triple
from cratewheel.trial.outcome import WheelTrial

_ENDINGS = (".crate", ".whl", ".tar.gz")


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
class ReadManifest:
    """A manifest in one of the folders, and where it is."""

    path: str
    manifest: ArtifactManifest


@dataclass(frozen=True)
class Handover:
    """What the folders hold, or what is wrong with them.

    Args:
        files: every built file once, sorted by name.
        manifests: every manifest, in the order of the folders.
    """

    files: tuple[HandedOver, ...] = ()
    findings: tuple[Finding, ...] = ()
    manifests: tuple[ReadManifest, ...] = ()


def read_folders(folders: Iterable[Path]) -> Handover:
    """Finds crates, wheels, source distributions and manifests below folders, and hashes the files."""
    files: dict[str, HandedOver] = {}
    manifests: list[ReadManifest] = []
    findings: list[Finding] = []
    for folder in folders:
        if not folder.is_dir():
            findings.append(Finding("CW-ARTIFACTS-FOLDER", str(folder), "there is no such folder"))
            continue
        for directory, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                if name.endswith(manifest.ENDING):
                    try:
                        manifests.append(_read_manifest(Path(directory, name)))
                    except CratewheelError as error:
                        findings += error.findings
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
    return Handover(tuple(files[name] for name in sorted(files)), tuple(findings), tuple(manifests))


def disagreements(handover: Handover, plan: Plan) -> tuple[Finding, ...]:
    """Why the files must not be used for a plan, all at once.

    They are of no row of it, their manifests are of another plan or name rows it does not have,
    a file is not there or has other bytes than its manifest says, or no manifest lists it although
    there are manifests. A row that the project builds in its own way needs none.
    """
    unlisted = _unlisted(handover, plan) if handover.manifests else ()
    return (*_strangers(handover, plan), *_unlike_manifests(handover, plan), *unlisted)


def unproven(handover: Handover, plan: Plan) -> tuple[Finding, ...]:
    """Files that must not be uploaded, because no manifest says that they were built by this plan."""
    return tuple(_unlisted(handover, plan))


def _unlisted(handover: Handover, plan: Plan) -> Iterable[Finding]:
    of_plan = digest(plan)
    listed = {
        entry.filename
        for each in handover.manifests
        if each.manifest.plan == of_plan
        for entry in each.manifest.entries
    }
    # What is wrong with a manifest of another plan is said of that manifest.
    elsewhere = {
        entry.filename
        for each in handover.manifests
        if each.manifest.plan not in (None, of_plan)
        for entry in each.manifest.entries
    }
    for file in handover.files:
        rows = _rows_of(file.filename, plan)
        if not rows or any(row.built_by != "pants" for row in rows):
            continue
        if file.filename not in listed | elsewhere:
            yield Finding(
                "CW-ARTIFACT-UNLISTED", file.path, "no manifest lists it as built by this plan"
            )


def _unlike_manifests(handover: Handover, plan: Plan) -> Iterable[Finding]:
    files = {file.filename: file for file in handover.files}
    rows = {row.artifact_name for row in plan.matrix}
    for each in handover.manifests:
        if each.manifest.plan is not None and each.manifest.plan != digest(plan):
            yield Finding(
                "CW-ARTIFACT-OTHER-PLAN",
                each.path,
                f"built by the plan {each.manifest.plan[:12]} for the commit "
                f"{(each.manifest.commit or 'unknown')[:12]}; this is the plan {digest(plan)[:12]}",
            )
            continue
        if each.manifest.row is not None and each.manifest.row not in rows:
            yield Finding(
                "CW-ARTIFACT-STRANGER",
                each.path,
                f"it is of the row {each.manifest.row}, which the plan does not have",
            )
        for entry in each.manifest.entries:
            yield from _unlike_entry(each.path, entry, files.get(entry.filename))


def _unlike_entry(
    place: str, entry: ManifestEntry, file: Optional[HandedOver]
) -> Iterable[Finding]:
    if file is None:
        yield Finding(
            "CW-ARTIFACT-MISSING", place, f"it lists {entry.filename}, which is in no folder"
        )
    elif file.sha256 != entry.sha256.lower():
        yield Finding(
            "CW-ARTIFACT-MISMATCH",
            file.path,
            f"its sha256 is {file.sha256}, and {place} says {entry.sha256}",
        )


def _strangers(handover: Handover, plan: Plan) -> Iterable[Finding]:
    prefixes = tuple(
        prefix for package in plan.packages for prefix in _prefixes(package.name, package.version)
    )
    for file in handover.files:
        if not file.filename.startswith(prefixes):
            message = "the plan has no package of this name and version"
        elif not _rows_of(file.filename, plan):
            message = _no_row(file.filename, plan)
        else:
            continue
        yield Finding("CW-ARTIFACT-STRANGER", file.path, message)


def _no_row(filename: str, plan: Plan) -> str:
    if not filename.endswith(".whl"):
        return "the plan has no row that makes such a file"
    triples = dict.fromkeys(
        row.target
        for row in plan.matrix
        if row.target and filename.startswith(f"{distribution_name(row.name)}-{row.version}-")
    )
    tags = ", ".join(_platform_tags(filename))
    return f"it is for {tags}, and the rows of the plan for {', '.join(triples) or 'no platform'}"


def _rows_of(filename: str, plan: Plan) -> tuple[Row, ...]:
    """The rows that may have made a file, by its name."""
    return tuple(row for row in plan.matrix if _may_make(row, filename))


def _may_make(row: Row, filename: str) -> bool:
    if row.kind == "crate":
        return filename == f"{row.name}-{row.version}.crate"
    stem = f"{distribution_name(row.name)}-{row.version}"
    if row.kind == "sdist":
        return filename == f"{stem}.tar.gz"
    if not filename.startswith(f"{stem}-") or not filename.endswith(".whl"):
        return False
    platform = check_triple(row.target or "")
    # A project may build for what nobody here has heard of.
    if isinstance(platform, Finding):
        return True
    return closest([row_promise(row)], _platform_tags(filename)) is not None


def crate_file(handover: Handover, name: str, version: str) -> Optional[HandedOver]:
    """The `.crate` of a crate, if it was handed over."""
    return _named(handover, f"{name}-{version}.crate")


def sdist_file(handover: Handover, name: str, version: str) -> Optional[HandedOver]:
    """The source distribution of a Python package, if it was handed over."""
    return _named(handover, f"{distribution_name(name)}-{version}.tar.gz")


def wheel_files(
    handover: Handover,
    name: str,
    version: str,
    promises: Sequence[tuple[Platform, Optional[Floor]]],
) -> tuple[tuple[HandedOver, ...], ...]:
    """The wheels of each row of a package that were handed over, by the platforms in their names.

    Args:
        promises: the platform and the floor of each row.
    """
    found: list[list[HandedOver]] = [[] for _ in promises]
    for file in _wheels(handover, name, version):
        number = closest(promises, _platform_tags(file.filename))
        if number is not None:
            found[number].append(file)
    return tuple(map(tuple, found))


def tried_elsewhere(handover: Handover, wheel: str, reason: str) -> WheelTrial:
    """What the job that built a wheel has noted of its trial.

    Args:
        wheel: its file name.
        reason: why it is not tried here.
    """
    for entry in (entry for each in handover.manifests for entry in each.manifest.entries):
        if entry.filename == wheel and entry.tested:
            return WheelTrial(wheel, True, f"{entry.trial}, where it was built")
    return WheelTrial(wheel, False, reason)


def _wheels(handover: Handover, name: str, version: str) -> Iterable[HandedOver]:
    start = f"{distribution_name(name)}-{version}-"
    return (
        file
        for file in handover.files
        if file.filename.startswith(start) and file.filename.endswith(".whl")
    )


def _platform_tags(filename: str) -> tuple[str, ...]:
    return tuple(filename[: -len(".whl")].rpartition("-")[2].split("."))


def _prefixes(name: str, version: str) -> Sequence[str]:
    stem = distribution_name(name)
    return (f"{name}-{version}.crate", f"{stem}-{version}-", f"{stem}-{version}.tar.gz")


def _named(handover: Handover, filename: str) -> Optional[HandedOver]:
    return next((file for file in handover.files if file.filename == filename), None)


def _read_manifest(path: Path) -> ReadManifest:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CratewheelError(Finding("CW-ARTIFACT-MANIFEST", str(path), str(error))) from error
    return ReadManifest(str(path), manifest.loads(text, place=str(path)))


def _read(path: Path) -> HandedOver:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return HandedOver(str(path), path.name, digest.hexdigest(), path.stat().st_size)

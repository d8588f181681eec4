"""`cratewheel check`: are these files what the plan says, and would their registry take them?

For rows that a project builds in its own way (cibuildwheel, a container, a Windows job): the same
checks as for what cratewheel builds itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path

from cratewheel.abis import is_abi3_wheel
from cratewheel.artifacts.abi3_audit import abi3_faults
from cratewheel.artifacts.checks import check_files
from cratewheel.artifacts.manifest import ArtifactManifest, ManifestEntry, dumps
from cratewheel.artifacts.wheel import file_sha256, read_wheel
from cratewheel.artifacts.wheel_rows import row_of
from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.plan.freeze import read_plan
from cratewheel.plan.model import Plan

_ENDINGS = {".crate": "crate", ".tar.gz": "sdist", ".whl": "wheel"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments to a parser."""
    parser.add_argument(
        "--plan", required=True, type=Path, help="a plan written by `pants release-plan --output`"
    )
    parser.add_argument(
        "--id", required=True, dest="package_id", help="the package: crate:NAME or wheel:NAME"
    )
    parser.add_argument(
        "--target", help="the triple of the rows that the files are of; default: any of them"
    )
    parser.add_argument(
        "--manifest", type=Path, help="where to write names and sha256 of the files, as JSON"
    )
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="wheels, a source distribution or a .crate, or folders of them",
    )


def run(options: argparse.Namespace) -> int:
    """Carries the command out.

    Args:
        options: what a parser that `configure` prepared has read.

    Returns:
        The exit status, 0.

    Raises:
        CratewheelError: with everything that is wrong with any of the files.
    """
    plan = read_plan(options.plan)
    paths = _files(options.files)
    findings = check_files(plan, options.package_id, paths, options.target)
    entries = checked_entries(plan, options.package_id, paths, findings)
    manifest = ArtifactManifest(entries, plan.commit)
    for entry in manifest.entries:
        print(f"{entry.sha256}  {entry.filename}")
    if options.manifest is not None:
        options.manifest.write_text(dumps(manifest), encoding="utf-8")
    package = plan.package(options.package_id)
    count = "1 file is" if len(paths) == 1 else f"{len(paths)} files are"
    print(f"{count} what the plan says of {package.id} {package.version}.")
    return 0


def checked_entries(
    plan: Plan, package_id: str, paths: Sequence[Path], found: Iterable[Finding]
) -> tuple[ManifestEntry, ...]:
    """Files of one package as a manifest lists them, once nothing is wrong with any of them.

    Args:
        found: what is known to be wrong with them.

    Raises:
        CratewheelError: with everything that is wrong with any of the files.
    """
    findings = list(found)
    audited = [path for path in paths if is_abi3_wheel(path.name)]
    if audited and find_spec("abi3audit") is None:
        print(
            "Not checked: whether abi3 wheels keep to the stable ABI (abi3audit is not installed)"
        )
    elif not findings:
        for path in audited:
            findings += [Finding("CW-WHEEL-ABI", str(path), fault) for fault in abi3_faults(path)]
    raise_all(findings)
    return tuple(_entry(plan, package_id, path) for path in paths)


def _files(given: Iterable[Path]) -> Sequence[Path]:
    paths: list[Path] = []
    for each in given:
        if each.is_dir():
            paths += sorted(path for path in each.iterdir() if _kind(path) is not None)
        else:
            paths.append(each)
    if not paths:
        folders = ", ".join(map(str, given))
        raise CratewheelError(Finding("CW-ARTIFACT-MISSING", folders, "there is no built file"))
    return paths


def _kind(path: Path) -> str | None:
    return next((kind for ending, kind in _ENDINGS.items() if path.name.endswith(ending)), None)


def _entry(plan: Plan, package_id: str, path: Path) -> ManifestEntry:
    kind = _kind(path)
    assert kind is not None, "check_files refuses every other file"
    row = None
    if kind == "wheel":
        row = row_of(read_wheel(path), [row for row in plan.matrix if row.id == package_id])
    return ManifestEntry(
        id=package_id,
        kind=kind,
        version=plan.package(package_id).version,
        filename=path.name,
        sha256=file_sha256(path),
        size=path.stat().st_size,
        target=None if row is None else row.target,
        compatibility=None if row is None else row.compatibility,
    )

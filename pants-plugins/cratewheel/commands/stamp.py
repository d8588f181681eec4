"""`cratewheel stamp`: put a plan's versions into a checkout."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

from cratewheel.cargo.model import load_cargo_model
from cratewheel.errors import CratewheelError, Finding
from cratewheel.git import Git
from cratewheel.plan.freeze import check_frozen, read_plan
from cratewheel.plan.model import Plan
from cratewheel.stamping.stamp import stamp
from cratewheel.stamping.version_files import split_entry

_MANIFESTS = ("Cargo.toml", "Cargo.lock", "pyproject.toml")
_NO_SOURCES = ("target", "dist", "node_modules", "__pycache__")


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments to a parser."""
    parser.add_argument(
        "--plan", required=True, type=Path, help="a plan written by `pants release-plan --output`"
    )
    parser.add_argument(
        "--id",
        dest="package_id",
        help="the package that is built next (crate:NAME or wheel:NAME); only needed where a crate "
        "and a wheel share a Cargo.toml and have different versions",
    )
    parser.add_argument(
        "--root", default=Path(), type=Path, help="the top of the checkout (default: here)"
    )


def run(options: argparse.Namespace) -> int:
    """Stamps the checkout and prints the files that changed.

    Args:
        options: what a parser that `configure` prepared has read.

    Returns:
        The exit status, 0.

    Raises:
        CratewheelError: what `stamp` raises, `CW-PLAN-…`, and `CW-STAMP-WRITE`.
    """
    root: Path = options.root
    plan = read_plan(options.plan)
    check_frozen(plan, head=_head(root, plan), addresses=(), place=str(options.plan))
    files = _read_tree(root, plan)
    changed = stamp(files, plan, load_cargo_model(files), package_id=options.package_id)
    for path, content in sorted(changed.items()):
        try:
            (root / path).write_bytes(content)
        except OSError as error:
            raise CratewheelError(Finding("CW-STAMP-WRITE", path, str(error))) from error
        print(path)
    return 0


def _head(root: Path, plan: Plan) -> Optional[str]:
    """HEAD; what the plan says in an exported tree, where there is no git to ask."""
    try:
        code, output, _ = Git(str(root)).attempt(["rev-parse", "--verify", "--quiet", "HEAD"])
    except CratewheelError:
        return plan.commit
    return output.decode().strip() if code == 0 else plan.commit


def _read_tree(root: Path, plan: Plan) -> dict[str, bytes]:
    wanted = {
        split_entry(entry)[0] for package in plan.all_packages for entry in package.version_files
    }
    paths = [*_manifests(root), *(path for path in wanted if (root / path).is_file())]
    return {path: (root / path).read_bytes() for path in paths}


def _manifests(root: Path) -> Iterator[str]:
    for directory, below, names in os.walk(root):
        below[:] = sorted(
            name for name in below if name not in _NO_SOURCES and not name.startswith(".")
        )
        for name in names:
            if name in _MANIFESTS:
                yield (Path(directory) / name).relative_to(root).as_posix()

"""`cratewheel stamp`: put a plan's versions into a checkout."""

from __future__ import annotations

import argparse
from pathlib import Path

from cratewheel.cargo.model import load_cargo_model
from cratewheel.commands import checkout
from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan.freeze import check_frozen, read_plan
from cratewheel.stamping.stamp import stamp


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
    check_frozen(plan, head=checkout.head(root, plan), addresses=(), place=str(options.plan))
    files = checkout.stamped_files(root, plan)
    changed = stamp(files, plan, load_cargo_model(files), package_id=options.package_id)
    for path, content in sorted(changed.items()):
        try:
            (root / path).write_bytes(content)
        except OSError as error:
            raise CratewheelError(Finding("CW-STAMP-WRITE", path, str(error))) from error
        print(path)
    return 0

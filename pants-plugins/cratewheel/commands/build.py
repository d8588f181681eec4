"""`cratewheel build`: build one row of a plan on a machine where Pants does not run.

The files are built from a copy of the checkout that has the plan's versions, and checked and tried
like those that Pants builds.
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

from cratewheel.artifacts.checks import check_row
from cratewheel.artifacts.parts import manifest_parts
from cratewheel.build.toolchain import tool_versions
from cratewheel.build.without_pants import build_row
from cratewheel.commands import checkout
from cratewheel.commands.check import checked_entries
from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan.freeze import check_frozen, read_plan
from cratewheel.plan.row_choice import choose_rows
from cratewheel.trial.without_pants import try_row


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments to a parser."""
    parser.add_argument(
        "--plan", required=True, type=Path, help="a plan written by `pants release-plan --output`"
    )
    parser.add_argument(
        "--row", required=True, help="the `artifact_name` of the row, as the plan's matrix has it"
    )
    parser.add_argument(
        "--root", default=Path(), type=Path, help="the top of the checkout (default: here)"
    )
    parser.add_argument(
        "--out", default=Path("dist"), type=Path, help="where the files go (default: dist)"
    )
    parser.add_argument(
        "--work",
        type=Path,
        help="where cargo's own state is kept between builds (default: target/cratewheel in ROOT)",
    )


def run(options: argparse.Namespace) -> int:
    """Builds the row and writes its files, and the manifest of them, into the output folder.

    Args:
        options: what a parser that `configure` prepared has read.

    Returns:
        The exit status, 0.

    Raises:
        CratewheelError: `CW-PLAN-…`, `CW-ROW-NOT-HERE`, and everything that is wrong with what was built,
            `CW-WHEEL-TEST-FAILED` included.
    """
    root: Path = options.root.resolve()
    plan = read_plan(options.plan)
    check_frozen(plan, head=checkout.head(root, plan), addresses=(), place=str(options.plan))
    rows = choose_rows(plan, [options.row]).rows
    if not rows:
        raise CratewheelError(Finding("CW-ROW-UNKNOWN", options.row, "it is no row of the plan"))
    (row,) = rows
    files = {path: root / path for path in checkout.sources(root)}
    work = (options.work or root / "target" / "cratewheel").resolve()
    built = build_row(plan, row, files, checkout.stamped_files(root, plan), work)
    entries = checked_entries(plan, row.id, built.files, check_row(plan, row, built.files))
    trials = {trial.wheel: trial for trial in try_row(plan, row, built, files, work)}
    for trial in trials.values():
        print(trial.sentence)
    tools = dict(tool_versions(built.toolchain))
    options.out.mkdir(parents=True, exist_ok=True)
    for file in built.files:
        shutil.copy2(file, options.out / file.name)
        print(options.out / file.name)
    listed = [
        replace(
            entry,
            tools=tools,
            tested=entry.filename in trials and trials[entry.filename].tested,
            trial=trials[entry.filename].note if entry.filename in trials else "",
        )
        for entry in entries
    ]
    parts = manifest_parts(plan, listed)
    for name, text in parts.items():
        (options.out / name).write_text(text, encoding="utf-8")
        print(options.out / name)
    return 0

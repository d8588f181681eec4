"""Tries the wheels of a row on the machine without Pants that has built them."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from cratewheel.build.planned import recipe_of
from cratewheel.build.without_pants import BuiltRow, copy_sources
from cratewheel.errors import Finding, raise_all
from cratewheel.plan.model import Plan, Row
from cratewheel.plan.promises import row_promise
from cratewheel.trial.choice import choose_trial, subject
from cratewheel.trial.outcome import WheelTrial
from cratewheel.trial.request import Trial
from cratewheel.trial.run import run_trial


def try_row(
    plan: Plan, row: Row, built: BuiltRow, files: Mapping[str, Path], work: Path
) -> Sequence[WheelTrial]:
    """Tries every wheel of a row that this machine can run.

    Args:
        files: the sources by their paths in the repository.
        work: a folder for what is needed meanwhile.

    Raises:
        CratewheelError: `CW-WHEEL-TEST-FAILED` for every wheel that failed.
    """
    wheels = [file for file in built.files if file.suffix == ".whl"]
    if not wheels:
        return ()
    platform, _ = row_promise(row)
    package = next(each for each in built.project.packages if each.address == row.address)
    of, settings = subject(built.project, package), recipe_of(plan, row).settings
    trials: list[WheelTrial] = []
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory(dir=work) as scratch:
        tree = Path(scratch, "tree")
        copy_sources(files, built.changed, tree)
        for wheel in wheels:
            trial = choose_trial(
                wheel.name, of, platform, settings, built.toolchain, built.interpreters
            )
            if isinstance(trial, Trial) and find_spec("pip") is None:
                trial = f"pip is not installed for {sys.executable}"
            if isinstance(trial, str):
                trials.append(WheelTrial(wheel.name, False, trial))
                continue
            sandbox = Path(scratch, wheel.name[: -len(".whl")])
            sandbox.mkdir()
            shutil.copy2(wheel, sandbox)
            placed = replace(trial, tree=str(tree), tools=str(built.tools))
            status = run_trial(placed, sandbox)
            python = f"on {trial.interpreter} {trial.python}"
            trials.append(WheelTrial(wheel.name, status == 0, python))
            if status != 0:
                what = trial.command or f"import {trial.module}"
                message = f"{what} {python} ended with status {status}; what it said is above"
                findings.append(Finding("CW-WHEEL-TEST-FAILED", wheel.name, message))
    raise_all(findings)
    return trials

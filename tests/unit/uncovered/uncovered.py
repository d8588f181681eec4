"""Holds what the tests run of the library against a bar, and what they do not run against a list of reasons.

    ./pants --coverage-py-config=build-support/coveragerc --coverage-py-report=json \
        test --use-coverage tests/unit:: tests/rules::
    ./pants run tests/unit/uncovered:check

Reads `dist/coverage/python/coverage.json`. It fails below the bar, in which branches count, when a function
has lines that no test runs and `tests/unit/uncovered/uncovered.toml` does not say why, and when an entry
there has nothing left to say. Functions and not lines are named, because the number of a line says nothing
after the next change.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import tomli

BAR = 95.0
SOURCES = Path("pants-plugins")
REPORT = Path("dist/coverage/python/coverage.json")
REASONS = Path("tests/unit/uncovered/uncovered.toml")
#: What is outside of any function.
MODULE = "<module>"
#: In the list, every function of a file.
WHOLE_FILE = "*"


@dataclass(frozen=True, order=True)
class Gap:
    """Lines of one function that no test runs.

    Args:
        file: below `pants-plugins/`.
        function: with its class, dotted.
        lines: sorted.
    """

    file: str
    function: str
    lines: tuple[int, ...]


def gaps(report: Mapping[str, Any], sources: Path) -> tuple[Gap, ...]:
    """What a report of coverage.py, as JSON, has not seen run of the library.

    Args:
        sources: the folder that the names of the files are relative to.
    """
    found = []
    for path, seen in report["files"].items():
        file = _in_library(path)
        if file is None:
            continue
        tree = ast.parse((sources / file).read_text(encoding="utf-8"))
        names = _functions(tree)
        by_function: dict[str, list[int]] = defaultdict(list)
        for line in sorted(set(seen["missing_lines"]) - _jumped_over(tree)):
            by_function[names.get(line, MODULE)].append(line)
        found += [Gap(file, name, tuple(lines)) for name, lines in by_function.items()]
    return tuple(sorted(found))


def percentage(report: Mapping[str, Any]) -> float:
    """How much of the library was run, branches counted."""
    done = everything = 0
    for path, seen in report["files"].items():
        if _in_library(path) is not None:
            summary = seen["summary"]
            done += summary["covered_lines"] + summary.get("covered_branches", 0)
            everything += summary["num_statements"] + summary.get("num_branches", 0)
    return 100.0 * done / everything if everything else 0.0


def faults(
    found: Sequence[Gap], reasons: Mapping[str, Mapping[str, str]], percent: float
) -> Iterator[str]:
    """What is wrong, a line each.

    Args:
        reasons: by file and function, why it is not run.
    """
    if percent < BAR:
        yield f"{percent:.2f} % of the library is run by the tests; {BAR:g} % is promised"
    for gap in found:
        known = reasons.get(gap.file, {})
        if gap.function not in known and WHOLE_FILE not in known:
            lines = ", ".join(map(str, gap.lines))
            yield f"{gap.file}: {gap.function}: no test runs {lines}, and no reason is given"
    there = {(gap.file, gap.function) for gap in found}
    files = {gap.file for gap in found}
    for file, functions in reasons.items():
        for function in functions:
            is_gap = file in files if function == WHOLE_FILE else (file, function) in there
            if not is_gap:
                yield f"{file}: {function}: all of it is run; take it from the list"


def _in_library(path: str) -> Optional[str]:
    """The path of a file of the library, from `cratewheel/` on; None of any other."""
    found = re.search(r"(?:^|/)(cratewheel/.+)", path)
    return None if found is None else found[1]


def _jumped_over(tree: ast.AST) -> set[int]:
    """The lines of `continue`, which no tracer sees of CPython before 3.10: it jumps on right away."""
    return {node.lineno for node in ast.walk(tree) if isinstance(node, ast.Continue)}


def _functions(tree: ast.AST) -> Mapping[int, str]:
    """The innermost function of each line."""
    names: dict[int, str] = {}

    def walk(node: ast.AST, outer: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = outer
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                name = f"{outer}.{child.name}" if outer else child.name
                if not isinstance(child, ast.ClassDef):
                    names.update(dict.fromkeys(range(child.lineno, _last(child) + 1), name))
            walk(child, name)

    walk(tree, "")
    return names


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Prints what is wrong; the exit status is 1 when anything is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--report", type=Path, default=REPORT)
    parser.add_argument("--reasons", type=Path, default=REASONS)
    options = parser.parse_args(arguments)
    if not options.report.exists():
        parser.error(f"there is no {options.report}: run the tests with coverage first (--help)")
    report = json.loads(options.report.read_text(encoding="utf-8"))
    reasons = tomli.loads(options.reasons.read_text(encoding="utf-8"))
    percent = percentage(report)
    found = tuple(faults(gaps(report, SOURCES), reasons, percent))
    for line in found:
        print(line)
    print(f"{percent:.2f} % of the library is run, branches counted; {len(found)} to mend")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

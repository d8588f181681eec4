"""The jobs of a project's own workflows that build what cratewheel cannot."""

from __future__ import annotations

import re
from collections.abc import Mapping

_JOB = re.compile(r"^  ([A-Za-z_][\w-]*):\s*(?:#.*)?$", re.MULTILINE)
_BEYOND = re.compile(r"emscripten|pyodide|wasm32", re.IGNORECASE)


def job_of_leftovers(workflows: Mapping[str, str]) -> str:
    """The first job that builds for WebAssembly, as `JOB in FILE`; empty where there is none.

    Args:
        workflows: text by file name. Jobs are told apart by their indentation alone, because Pants'
            process has no YAML parser of its own and the answer is only a name for people to read.
    """
    for file, text in sorted(workflows.items()):
        _, jobs, body = text.partition("\njobs:")
        if not jobs:
            continue
        starts = [*_JOB.finditer(body)]
        ends = [*(each.start() for each in starts[1:]), len(body)]
        for start, end in zip(starts, ends):
            if _BEYOND.search(body, start.start(), end):
                return f"{start[1]} in {file}"
    return ""

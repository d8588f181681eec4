"""Findings as JSON: what a tool's process says to the process that started it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from cratewheel.errors import Finding


def dumps(findings: Iterable[Finding]) -> str:
    """The findings as one line of text."""
    return json.dumps([asdict(finding) for finding in findings])


def loads(text: str) -> tuple[Finding, ...]:
    """Reads what `dumps` wrote."""
    return tuple(Finding(**entry) for entry in json.loads(text))

"""Findings as JSON: what a tool's process says to the process that started it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from cratewheel.errors import Finding


def dumps(findings: Iterable[Finding]) -> str:
    """The findings as one line of text."""
    return json.dumps(_entries(findings))


def loads(text: str) -> tuple[Finding, ...]:
    """Reads what `dumps` wrote."""
    return _findings(json.loads(text))


def dumps_by_class(found: Mapping[str, Iterable[Finding]]) -> str:
    """Findings by the class of each, as one line of text."""
    return json.dumps({area: _entries(findings) for area, findings in found.items()})


def loads_by_class(text: str) -> dict[str, tuple[Finding, ...]]:
    """Reads what `dumps_by_class` wrote."""
    return {area: _findings(entries) for area, entries in json.loads(text).items()}


def _entries(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [asdict(finding) for finding in findings]


def _findings(entries: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    return tuple(Finding(**entry) for entry in entries)

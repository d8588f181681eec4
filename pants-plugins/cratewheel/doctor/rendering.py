"""The doctor's report as text, as JSON, and as annotations and job summary of GitHub Actions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Callable, Optional

from cratewheel.codes import ERROR, NOTE, WARNING
from cratewheel.doctor.report import CLASSES, Diagnosis, Report, summary
from cratewheel.markdown import code, escaped

SCHEMA = 1

_COMMANDS = {ERROR: "error", WARNING: "warning", NOTE: "notice"}


def render_text(found: Report) -> str:
    """The report for a terminal; ends in a newline."""
    return "\n".join(_lines(found)) + "\n"


def render_json(found: Report) -> str:
    """The report as a JSON document; ends in a newline."""
    document = {
        "schema": SCHEMA,
        "summary": {f"{severity}s": found.count(severity) for severity in (ERROR, WARNING, NOTE)},
        "findings": [
            {
                "class": diagnosis.area,
                "severity": diagnosis.severity,
                "code": diagnosis.finding.code,
                "place": diagnosis.finding.place,
                "message": diagnosis.finding.message,
                "mend": diagnosis.mend,
            }
            for diagnosis in found.diagnoses
        ],
        "ships": list(found.ships),
        "rows": list(found.rows),
        "proven": list(found.proven),
        "skipped": list(found.skipped),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def render_github(found: Report, is_file: Callable[[str], bool]) -> str:
    """A workflow command for each finding, then the summary; ends in a newline.

    Source: GitHub's reference of workflow commands, "Setting an error message".

    Args:
        is_file: whether a repository-relative path is a file, so that a place can be annotated.
    """
    lines = [_annotation(diagnosis, is_file) for diagnosis in found.diagnoses]
    lines += [f"Proven: {each}" for each in found.proven]
    lines += [f"Not looked at: {each}" for each in found.skipped]
    return "\n".join((*lines, f"release-doctor: {summary(found)}.")) + "\n"


def render_markdown(found: Report) -> str:
    """The report for the summary of a job; ends in a newline."""
    return "\n".join(_markdown(found)) + "\n"


def _markdown(found: Report) -> Iterator[str]:
    yield "## Release doctor"
    yield ""
    yield f"{summary(found).capitalize()}."
    for area in CLASSES:
        of_area = [diagnosis for diagnosis in found.diagnoses if diagnosis.area == area]
        if of_area:
            yield from ("", f"### {area.capitalize()}", "")
            for diagnosis in of_area:
                yield from _item(diagnosis)
    for head, lines in (("Proven", found.proven), ("Not looked at", found.skipped)):
        if lines:
            yield from ("", f"### {head}", "", *(f"- {escaped(line)}" for line in lines))


def _item(diagnosis: Diagnosis) -> Iterator[str]:
    finding = diagnosis.finding
    place = f"{code(finding.place)}: " if finding.place else ""
    first, *more = finding.message.splitlines() or [""]
    yield f"- **{diagnosis.severity}** {code(finding.code)} {place}{escaped(first)}"
    yield from (f"  {escaped(line)}" for line in more)
    if diagnosis.mend:
        yield f"  → {escaped(diagnosis.mend)}"


def _lines(found: Report) -> Iterator[str]:
    for area in CLASSES:
        of_area = [diagnosis for diagnosis in found.diagnoses if diagnosis.area == area]
        if of_area:
            yield f"{area}:"
            for diagnosis in of_area:
                yield from _indented(f"{diagnosis.severity}: {diagnosis.finding}")
            yield ""
    for head, lines in (
        ("A release from here would ship", found.ships),
        ("This machine builds", found.rows),
        ("Proven", found.proven),
        ("Not looked at", found.skipped),
    ):
        if lines:
            yield f"{head}:"
            yield from (f"  {line}" for line in lines)
            yield ""
    yield f"{summary(found).capitalize()}."


def _indented(text: str) -> Iterator[str]:
    yield from (f"  {line}" for line in text.splitlines())


def _annotation(diagnosis: Diagnosis, is_file: Callable[[str], bool]) -> str:
    finding = diagnosis.finding
    file, line = _file_and_line(finding.place, is_file)
    properties = {"file": file, "line": line, "title": finding.code}
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    head = f"{finding.place}: " if finding.place else ""
    text = f"{head}{finding.message}" + (f"\n→ {diagnosis.mend}" if diagnosis.mend else "")
    return f"::{_COMMANDS[diagnosis.severity]} {written}::{_data(text)}"


def _file_and_line(
    place: str, is_file: Callable[[str], bool]
) -> tuple[Optional[str], Optional[str]]:
    """The file that a place begins with: `path`, `path:line`, `path: key` or a target's address."""
    path, _, rest = place.partition(":")
    if is_file(path):
        line = re.match(r"\d+", rest)
        return path, line[0] if line else None
    directory = path.strip("/")
    build = f"{directory}/BUILD" if directory else "BUILD"
    if rest and is_file(build):
        return build, None
    return None, None


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

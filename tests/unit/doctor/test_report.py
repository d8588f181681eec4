"""The report in its three forms, and when it is a failure."""

from __future__ import annotations

import json

import pytest

from cratewheel.doctor.rendering import (
    render_github,
    render_json,
    render_markdown,
    render_text,
)
from cratewheel.doctor.report import (
    GRAPH,
    MACHINE,
    MANIFESTS,
    NEVER,
    RELEASE,
    Report,
    diagnose,
    report,
)
from cratewheel.errors import Finding

LICENCE = Finding("CW-LICENSE-EXPRESSION", "a/Cargo.toml: package.license", "`M` is none")
STRAY = Finding("CW-FILES-UNOWNED", "a:a: sources", "no target owns x, y", "own it")
CLOSED = Finding("CW-TRUST-UNREADABLE", "crate:a", "the token may not: 100%\n  none")
SYNTAX = Finding("CW-MANIFEST-SYNTAX", "a/Cargo.toml:3:1", "not valid TOML")
FILES = {"a/Cargo.toml", "a/BUILD"}


def full() -> Report:
    return report(
        [
            *diagnose(MACHINE, [CLOSED]),
            *diagnose(GRAPH, [STRAY]),
            *diagnose(MANIFESTS, [LICENCE, SYNTAX]),
        ],
        skipped=["the moon"],
        ships=["crate:a new → 1.0.0"],
        proven=["crates.io accepts this job"],
        rows=["wheel:a: x86_64-unknown-linux-gnu"],
    )


def test_text_has_classes_in_order_and_ends_in_the_counts() -> None:
    text = render_text(full())
    order = [text.index(f"{area}:\n") for area in (MANIFESTS, GRAPH, MACHINE)]
    assert order == sorted(order)
    assert "  error: CW-LICENSE-EXPRESSION a/Cargo.toml: package.license: `M` is none\n" in text
    assert "      → own it\n" in text
    assert "crate:a new → 1.0.0" in text
    assert "This machine builds:\n  wheel:a: x86_64-unknown-linux-gnu\n" in text
    assert "Proven:\n  crates.io accepts this job\n" in text
    assert "Not looked at:\n  the moon\n" in text
    assert text.endswith("\n2 errors, 1 warning, 1 note.\n")


def test_nothing_found_is_said() -> None:
    assert render_text(Report()) == "No errors, no warnings, no notes.\n"


def test_json_has_everything_of_a_finding() -> None:
    document = json.loads(render_json(full()))
    assert document["summary"] == {"errors": 2, "warnings": 1, "notes": 1}
    assert document["findings"][2] == {
        "class": "graph",
        "severity": "warning",
        "code": "CW-FILES-UNOWNED",
        "place": "a:a: sources",
        "message": "no target owns x, y",
        "mend": "own it",
    }
    assert document["findings"][3]["mend"], "a code's own mend stands in"
    assert document["ships"] == ["crate:a new → 1.0.0"]
    assert document["rows"] == ["wheel:a: x86_64-unknown-linux-gnu"]
    assert document["proven"] == ["crates.io accepts this job"]


def test_annotations_stand_at_the_file_they_are_about() -> None:
    lines = render_github(full(), FILES.__contains__).splitlines()
    assert lines[0].startswith("::error file=a/Cargo.toml,title=CW-LICENSE-EXPRESSION::")
    assert lines[1].startswith("::error file=a/Cargo.toml,line=3,title=CW-MANIFEST-SYNTAX::")
    assert lines[2].startswith("::warning file=a/BUILD,title=CW-FILES-UNOWNED::a:a: sources: no")
    assert lines[3].startswith("::notice title=CW-TRUST-UNREADABLE::crate:a: the token")
    assert "100%25%0A  none" in lines[3]
    assert lines[4:6] == ["Proven: crates.io accepts this job", "Not looked at: the moon"]
    assert len(lines) == 7


def test_the_summary_of_a_job_has_every_finding_and_its_mend() -> None:
    lines = render_markdown(full()).splitlines()
    assert lines[0] == "## Release doctor"
    assert "2 errors, 1 warning, 1 note." in lines
    assert "### Manifests" in lines
    at = lines.index("- **warning** `CW-FILES-UNOWNED` `a:a: sources`: no target owns x, y")
    assert lines[at + 1] == "  → own it"
    assert (
        "- **error** `CW-LICENSE-EXPRESSION` `a/Cargo.toml: package.license`: \\`M\\` is none"
        in lines
    )
    assert "- crates.io accepts this job" in lines


@pytest.mark.parametrize(
    ("fail_on", "fails"), [("error", False), ("warning", True), ("note", True), (NEVER, False)]
)
def test_a_report_fails_from_the_gravity_that_was_asked_for(fail_on: str, fails: bool) -> None:
    assert report(diagnose(GRAPH, [STRAY])).is_failure(fail_on) is fails


def test_what_two_classes_found_is_said_once() -> None:
    found = report([*diagnose(RELEASE, [SYNTAX]), *diagnose(MANIFESTS, [SYNTAX])])
    assert [each.area for each in found.diagnoses] == [MANIFESTS]


def test_a_class_may_take_a_finding_lightly() -> None:
    (diagnosis,) = diagnose(RELEASE, [SYNTAX], severities={"CW-MANIFEST-SYNTAX": "note"})
    assert diagnosis.severity == "note"

"""The bar and the list: what is measured, and what is said about what is not run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from uncovered import Gap, faults, gaps, main, percentage

SOURCE = """\
import os


class Thing:
    def first(self) -> int:
        def inner() -> int:
            return 1

        return inner()

    async def second(self) -> int:
        return 2


if os.environ.get("NEVER"):
    print()

for name in os.environ:
    if name:
        continue
    print()
"""


def report(*missing: int, branches: Sequence[Sequence[int]] = ()) -> dict[str, Any]:
    seen = {
        "missing_lines": list(missing),
        "missing_branches": [list(each) for each in branches],
        "summary": {
            "covered_lines": 18,
            "num_statements": 18 + len(missing),
            "covered_branches": 1,
            "num_branches": 1 + len(branches),
        },
    }
    other = {**seen, "missing_lines": [1, 2, 3]}
    return {
        "files": {
            "pants-plugins/cratewheel/thing.py": seen,
            "pants-plugins/pants_cratewheel/rules.py": other,
        }
    }


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    file = tmp_path / "pants-plugins" / "cratewheel" / "thing.py"
    file.parent.mkdir(parents=True)
    file.write_text(SOURCE)
    return tmp_path / "pants-plugins"


def test_lines_are_named_by_the_function_that_they_are_in(sources: Path) -> None:
    assert gaps(report(7, 12, 16, branches=[[15, 16]]), sources) == (
        Gap("cratewheel/thing.py", "<module>", (16,)),
        Gap("cratewheel/thing.py", "Thing.first.inner", (7,)),
        Gap("cratewheel/thing.py", "Thing.second", (12,)),
    )


def test_what_no_tracer_can_see_is_no_gap(sources: Path) -> None:
    assert gaps(report(20, branches=[[19, 20]]), sources) == ()


def test_only_the_library_counts_and_branches_do() -> None:
    assert percentage(report()) == 100.0
    assert percentage(report(7, branches=[[15, 16]])) == pytest.approx(100 * 19 / 21)
    assert percentage({"files": {}}) == 0.0


def test_a_gap_without_a_reason_and_a_reason_without_a_gap_are_faults() -> None:
    found = (Gap("cratewheel/a.py", "one", (3, 4)), Gap("cratewheel/b.py", "two", (5,)))
    reasons = {
        "cratewheel/a.py": {"one": "asks a service"},
        "cratewheel/b.py": {"gone": "was once hard"},
        "cratewheel/c.py": {"*": "is a program"},
    }
    assert list(faults(found, reasons, 96.0)) == [
        "cratewheel/b.py: two: no test runs 5, and no reason is given",
        "cratewheel/b.py: gone: all of it is run; take it from the list",
        "cratewheel/c.py: *: all of it is run; take it from the list",
    ]
    assert (
        list(faults(found, {"cratewheel/a.py": {"*": ""}, "cratewheel/b.py": {"*": ""}}, 95.0))
        == []
    )


def test_the_bar_is_a_fault_of_its_own() -> None:
    assert list(faults((), {}, 94.96)) == [
        "94.96 % of the library is run by the tests; 95 % is promised"
    ]


def test_the_command_says_what_is_to_be_mended(
    sources: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(sources.parent)
    with pytest.raises(SystemExit):
        main([])
    assert "run the tests with coverage first" in capsys.readouterr().err
    Path("coverage.json").write_text(json.dumps(report(12)))
    Path("reasons.toml").write_text('["cratewheel/thing.py"]\n"Thing.second" = "why"\n')
    arguments = ["--report=coverage.json", "--reasons=reasons.toml"]
    assert main(arguments) == 0
    assert capsys.readouterr().out == (
        "95.00 % of the library is run, branches counted; 0 to mend\n"
    )
    Path("reasons.toml").write_text("")
    assert main(arguments) == 1
    assert "cratewheel/thing.py: Thing.second: no test runs 12" in capsys.readouterr().out

"""The benchmark of the plan, in a tiny repository, so that it runs when somebody wants to know."""

from __future__ import annotations

import json
from pathlib import Path

from comparison import Results, compare, table
from plan_benchmark import SMALL, library_cases, process_case
from plan_computation import plan_of
from plan_repository import Size, generate

from cratewheel.git import Git


def test_the_generated_repository_is_what_it_says(tmp_path: Path) -> None:
    size = Size(crates=4, wheels=2, commits=60, tags=12)
    generate(tmp_path, size, {})
    git = Git(str(tmp_path))
    assert int(git.run(["rev-list", "--count", "HEAD"])) == size.commits
    assert len(git.run(["tag"]).split()) == size.tags
    plan = plan_of(git)
    assert {each.id for each in plan.packages} <= {
        *(f"crate:c{at}" for at in range(size.crates)),
        *(f"wheel:w{at}" for at in range(size.wheels)),
    }
    # The plan is about something: changes of its own, cascades, and a trailer that is obeyed.
    reasons = [reason for each in plan.packages for reason in each.reasons]
    assert any(" changed in " in reason for reason in reasons)
    assert any(" cascades" in reason for reason in reasons)
    assert "minor" in {each.bump for each in plan.packages}


def test_git_is_run_equally_often_in_repositories_of_different_size(tmp_path: Path) -> None:
    generate(tmp_path / "large", Size(crates=12, wheels=3, commits=150, tags=60), {})
    generate(tmp_path / "small", SMALL, {})
    compared = process_case(tmp_path / "large", tmp_path / "small")
    assert compared.holds
    assert compared.ours == compared.peer <= 12


def test_every_case_has_its_pairs(tmp_path: Path) -> None:
    generate(tmp_path, SMALL, {})
    cases = library_cases(tmp_path, 2)
    assert [len(each.pairs) for each in cases] == [2, 2]
    assert all(seconds > 0 for each in cases for pair in each.pairs for seconds in pair)


def test_medians_and_verdicts_are_written_as_promised() -> None:
    kept = compare("kept", [(1.0, 1.0), (6.0, 2.0), (2.0, 1.0)], 2.0)
    broken = compare("broken", [(3.0, 1.0)], 2.9)
    first, second = json.loads(Results([kept, broken]).document())
    assert first == {
        "case": "kept",
        "ours": 2.0,
        "peer": 1.0,
        "ratio": 2.0,
        "bound": 2.0,
        "holds": True,
        "pairs": [[1.0, 1.0], [6.0, 2.0], [2.0, 1.0]],
    }
    assert (second["case"], second["holds"]) == ("broken", False)
    assert table([kept, broken]).splitlines() == [
        "case    ours  peer  ratio  bound  holds",
        "kept    2     1     2      2      yes",
        "broken  3     1     3      2.9    NO",
    ]

"""What is said of how a run came by a file."""

from __future__ import annotations

import pytest

from cratewheel.made_files import MakingStep, made_file, phrases, summary

COMPILED = MakingStep(4.0, ran=True, reason="src/lib.rs changed")
PACKED = MakingStep(0.5, ran=True, reason="what is packed changed")
CACHED = MakingStep(9.0, reason="as it was said at the time")
FETCHED = MakingStep(9.0, remote=True)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), ("  taken from `[cratewheel].artifacts`",)),
        ((COMPILED, PACKED), ("  built in 4.5 s", "    because src/lib.rs changed")),
        ((CACHED, PACKED), ("  built in 0.5 s", "    because what is packed changed")),
        ((CACHED,), ("  reused, nothing that it is made from has changed",)),
        ((CACHED, FETCHED), ("  reused from the remote cache",)),
    ],
)
def test_the_processes_of_a_file_say_how_it_came_to_be(
    steps: tuple[MakingStep, ...], expected: tuple[str, ...]
) -> None:
    assert phrases(made_file("demo.whl", steps), why=True) == expected
    assert phrases(made_file("demo.whl", steps), why=False) == expected[:1]


def test_a_summary_has_a_line_a_way() -> None:
    files = [
        made_file("a.whl", (COMPILED,)),
        made_file("b.whl", ()),
        made_file("c.whl", (PACKED,)),
    ]
    assert summary(files, why=True) == (
        "Built: a.whl in 4.0 s, c.whl in 0.5 s",
        "Taken from `[cratewheel].artifacts`: b.whl",
        "  a.whl: src/lib.rs changed",
        "  c.whl: what is packed changed",
    )
    assert summary(files, why=False) == summary(files, why=True)[:2]

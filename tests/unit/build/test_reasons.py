"""Why a build ran."""

from __future__ import annotations

import pytest

from cratewheel.build.reasons import reason, told


@pytest.mark.parametrize(
    ("changed", "first", "expected"),
    [
        (("a.rs",), True, "it was not built on this machine before"),
        (("a.rs", "b.rs"), False, "a.rs, b.rs changed"),
        (tuple("abcdefg"), False, "a, b, c, d, e and 2 more changed"),
        ((), False, "the toolchain, a tool or a setting changed, or its result is no longer in "),
    ],
)
def test_the_reason_names_what_changed(
    changed: tuple[str, ...], first: bool, expected: str
) -> None:
    assert reason(f"{told(changed, first=first)}\n").startswith(expected)

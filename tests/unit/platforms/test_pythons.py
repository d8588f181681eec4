from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from cratewheel.errors import CratewheelError
from cratewheel.pythons import CPYTHONS, Python, lowest_python, pythons_admitted


def minors(requires_python: str) -> list[int]:
    return [minor for _, minor in pythons_admitted(requires_python)]


@pytest.mark.parametrize(
    ("requires_python", "lowest", "highest"),
    [
        (">=3.9", 9, 15),
        (">=3.8.1", 8, 15),
        (">=3.8.1,<3.13", 8, 12),
        ("~=3.10.0", 10, 10),
        ("~=3.10", 10, 15),
        (">3.8", 8, 15),
        ("==3.11.*", 11, 11),
        ("==3.11.4", 11, 11),
        ("<=3.12", 7, 12),
        ("<3.12.1", 7, 12),
        (">=3.9,!=3.9.7", 9, 15),
        (">=3.13.0rc1", 13, 15),
        (" >= 3.9 , < 3.11 ", 9, 10),
    ],
)
def test_pythons_of_which_some_release_is_admitted(
    requires_python: str, lowest: int, highest: int
) -> None:
    assert minors(requires_python) == list(range(lowest, highest + 1))
    assert lowest_python(requires_python) == (3, lowest)


def test_a_gap_in_the_middle_stays_a_gap() -> None:
    assert minors(">=3.9,!=3.10.*,<3.13") == [9, 11, 12]


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_no_requirement_admits_all(nothing: str) -> None:
    assert pythons_admitted(nothing) == CPYTHONS


@pytest.mark.parametrize("wrong", ["3.8", ">=3.8 <4", ">=three", "=>3.9", "^3.9", ">3.8.*"])
def test_what_is_no_specifier_is_said_with_an_example(wrong: str) -> None:
    with pytest.raises(CratewheelError, match=r"CW-REQUIRES-PYTHON p: .*not a version") as caught:
        pythons_admitted(wrong, "p")
    assert "requires-python = " in str(caught.value)


def test_a_requirement_that_admits_nothing_is_an_error() -> None:
    with pytest.raises(CratewheelError, match="admits no Python"):
        pythons_admitted(">=3.12,<3.10")


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([">=", "<=", "<", ">", "!=", "==", "~="]),
            st.tuples(st.integers(7, 15), st.integers(0, 20)),
        ),
        max_size=3,
    )
)
def test_packaging_agrees_release_by_release(clauses: list[tuple[str, Python]]) -> None:
    text = ",".join(f"{operator}3.{minor}.{patch}" for operator, (minor, patch) in clauses)
    specifiers = SpecifierSet(text)
    expected = tuple(
        (3, minor)
        for _, minor in CPYTHONS
        if any(f"3.{minor}.{patch}" in specifiers for patch in range(22))
    )
    if expected:
        assert pythons_admitted(text) == expected
    else:
        with pytest.raises(CratewheelError):
            pythons_admitted(text)

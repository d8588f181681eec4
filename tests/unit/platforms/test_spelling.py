import pytest

from cratewheel.spelling import nearest, suggestion


def test_case_and_separators_do_not_matter() -> None:
    assert nearest("ManyLinux-2.28", ["manylinux_2_17", "manylinux_2_28"]) == "manylinux_2_28"


def test_nothing_alike_is_no_suggestion_but_all_candidates() -> None:
    assert nearest("zzz", ["alpha", "beta"]) is None
    assert suggestion("zzz", ["alpha", "beta"]) == "use one of `alpha`, `beta`"
    assert suggestion("alpa", ["alpha", "beta"]) == "write `alpha`"


def test_a_suggestion_needs_candidates() -> None:
    with pytest.raises(ValueError, match="no candidates"):
        suggestion("x", [])

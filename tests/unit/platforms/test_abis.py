from __future__ import annotations

import pytest
from packaging.utils import parse_wheel_filename

from cratewheel.abis import AbiFamily, abi_tag, check_abi, is_abi3_wheel
from cratewheel.errors import Finding


def family(text: str) -> AbiFamily:
    found = check_abi(text)
    assert isinstance(found, AbiFamily)
    return found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("abi3", "abi3"),
        ("abi3t", "abi3t"),
        ("abi3-py311", "abi3-py311"),
        ("abi3t-py315", "abi3t-py315"),
        ("3.12", "3.12"),
        ("cp312", "3.12"),
        ("3.14t", "3.14t"),
        ("cp314t", "3.14t"),
        ("pypy3.10", "pypy3.10"),
        ("pp310", "pypy3.10"),
        ("graalpy3.11", "graalpy3.11"),
        ("graalpy311", "graalpy3.11"),
        ("bin", "bin"),
        ("cffi", "cffi"),
    ],
)
def test_a_family_has_one_name_whatever_it_was_called(text: str, name: str) -> None:
    assert family(text).name == name
    assert str(family(name)) == name


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("abi-3", "abi3"),
        ("ABI3", "abi3"),
        ("3.14-t", "3.14t"),
        ("314t", "3.14t"),
        ("3.12t", "3.12"),
        ("py3.12", "3.12"),
        ("pypy-3.11", "pypy3.11"),
        ("pypy3.10t", "pypy3.10"),
        ("grallpy3.11", "graalpy3.11"),
        ("binary", "bin"),
    ],
)
def test_a_misspelt_family_names_the_one_that_was_meant(text: str, meant: str) -> None:
    found = check_abi(text, "BUILD:9")
    assert isinstance(found, Finding)
    assert (found.code, found.mend) == ("CW-ABI-UNKNOWN", f"write `{meant}`")


@pytest.mark.parametrize("text", ["3.99", "2.7", "4.0", "zz"])
def test_a_python_that_does_not_exist_is_no_family(text: str) -> None:
    assert isinstance(check_abi(text), Finding)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abi3", "cp39-abi3"),
        ("abi3t", "cp315-abi3.abi3t"),
        ("3.12", "cp312-cp312"),
        ("3.14t", "cp314-cp314t"),
        ("pypy3.10", "pp310-pypy310_pp73"),
        ("graalpy3.11", "graalpy311-graalpy242_311_native"),
        ("graalpy3.12", "graalpy312-graalpy250_312_native"),
        ("bin", "py3-none"),
        ("cffi", "py3-none"),
    ],
)
def test_the_tags_of_a_family(text: str, expected: str) -> None:
    tag = abi_tag(family(text), (3, 9))
    assert str(tag) == expected
    *_, parsed = parse_wheel_filename(f"demo-1.0-{tag}-win_amd64.whl")
    assert {(each.interpreter, each.abi) for each in parsed} == {
        (tag.python, abi) for abi in tag.abis
    }


def test_a_stable_abi_has_a_lowest_python() -> None:
    with pytest.raises(ValueError, match="lowest Python"):
        abi_tag(family("abi3"))


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("cp39-abi3-win_amd64", True),
        ("cp315-abi3.abi3t-win_amd64", False),
        ("cp314-cp314t-win_amd64", False),
        ("py3-none-any", False),
    ],
)
def test_only_wheels_of_the_older_stable_abi_are_audited_for_it(tags: str, expected: bool) -> None:
    assert is_abi3_wheel(f"with_abi3-1.0-{tags}.whl") is expected

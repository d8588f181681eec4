"""Wheels for a Python that PyO3 has no code for end before cargo starts, and not in PyO3's own words."""

from __future__ import annotations

from typing import Any

import pytest
from repositories import Wheel, toolchain

from cratewheel.build.interpreters import Interpreter
from cratewheel.errors import CratewheelError, Finding

TRIPLE = "x86_64-unknown-linux-gnu"
# Of this machine none is needed to tell.
PYTHONS = tuple(
    Interpreter(tag, "", "") for tag in ("cp37", "cp38", "cp39", "cp312", "pp39", "pp311")
)


def refusal(pyo3: str, requires_python: str, abis: Any) -> Finding:
    wheel = Wheel([TRIPLE], abis, pyo3=pyo3, requires_python=requires_python)
    with pytest.raises(CratewheelError) as raised:
        wheel.build(TRIPLE, toolchain(TRIPLE), PYTHONS)
    (finding,) = raised.value.findings
    assert finding.code == "CW-PYTHON-UNSUPPORTED"
    return finding


def test_a_stable_abi_older_than_pyo3_names_requires_python_and_what_to_write() -> None:
    finding = refusal('{ version = "0.29", features = ["abi3"] }', ">=3.7", None)
    assert finding.place == "python/pyproject.toml: project.requires-python"
    assert finding.message == (
        "a wheel of the ABI family abi3 would be for CPython 3.7, and PyO3 0.29 has code for 3.8 and later"
    )
    assert finding.mend == 'write requires-python = ">=3.8", or take an older PyO3'


@pytest.mark.parametrize(
    ("abi", "said"), [("3.8", "CPython 3.8"), ("pypy3.9", "PyPy 3.9"), ("abi3-py38", "CPython 3.8")]
)
def test_a_family_that_is_named_is_named(abi: str, said: str) -> None:
    features = ', features = ["abi3"]' if abi.startswith("abi3") else ""
    finding = refusal(f'{{ version = "0.30"{features} }}', ">=3.8", [abi])
    assert finding.place == "python:fast: abis"
    assert f"would be for {said}, and PyO3 0.30" in finding.message


@pytest.mark.parametrize(
    ("pyo3", "requires_python", "abis"),
    [
        # 3.6 has no wheels here at all, and 0.22 has code for all the others.
        ('{ version = "0.22", features = ["abi3"] }', ">=3.6", None),
        ('{ version = "0.30", features = ["abi3"] }', ">=3.9", None),
        # What requires-python admits beyond the families that are built is nobody's business.
        ('"0.30"', ">=3.7", ["3.12", "pypy3.11"]),
        ('{ git = "https://example.org/pyo3" }', ">=3.7", ["3.8"]),
    ],
)
def test_what_pyo3_has_code_for_is_built(pyo3: str, requires_python: str, abis: Any) -> None:
    Wheel([TRIPLE], abis, pyo3=pyo3, requires_python=requires_python).build(
        TRIPLE, toolchain(TRIPLE), PYTHONS
    )

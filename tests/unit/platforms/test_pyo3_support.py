"""Which Pythons a PyO3 has code for."""

from __future__ import annotations

from typing import Optional

import pytest

from cratewheel.cargo.model import load_cargo_model
from cratewheel.pyo3_support import oldest_supported, pyo3_release
from cratewheel.pythons import Python

PACKAGE = '[package]\nname = "{}"\nversion = "1.0.0"\n'


def release_of(dependencies: str, core: str = "") -> Optional[int]:
    model = load_cargo_model(
        {
            "py/Cargo.toml": (
                PACKAGE.format("py")
                + '[dependencies]\ncore = { path = "../core" }\n'
                + dependencies
            ).encode(),
            "core/Cargo.toml": f"{PACKAGE.format('core')}{core}".encode(),
        }
    )
    return pyo3_release(model, "py")


@pytest.mark.parametrize(
    ("requirement", "release"),
    [
        ("0.30", 30),
        ("^0.22.1", 22),
        ("=0.29.3", 29),
        ("~0.28", 28),
        # The oldest that it admits: which one it is, is the lock's business.
        (">=0.20, <0.23", 20),
        ("<0.30, >=0.29", 29),
        ("1.2", 30),
        ("*", None),
        ("<0.30", None),
        ("0", None),
    ],
)
def test_the_release_is_read_off_the_requirement(requirement: str, release: Optional[int]) -> None:
    assert release_of(f'pyo3 = "{requirement}"\n') == release


def test_pyo3_behind_a_crate_of_the_repository_counts() -> None:
    assert release_of("", '[dependencies]\npyo3-ffi = "0.29"\n') == 29
    assert release_of("", '[dev-dependencies]\npyo3 = "0.29"\n') is None
    assert release_of('pyo3 = { git = "https://example.org/pyo3" }\n') is None


@pytest.mark.parametrize(
    ("implementation", "release", "oldest"),
    [
        ("CPython", 15, None),
        ("CPython", 16, (3, 7)),
        ("CPython", 28, (3, 7)),
        ("CPython", 29, (3, 8)),
        ("CPython", 30, (3, 9)),
        ("CPython", 31, (3, 9)),
        ("PyPy", 22, (3, 7)),
        ("PyPy", 23, (3, 9)),
        ("PyPy", 27, (3, 11)),
        ("GraalPy", 20, None),
        ("GraalPy", 30, (3, 10)),
    ],
)
def test_the_oldest_python_is_that_of_pyo3_s_build_script(
    implementation: str, release: int, oldest: Optional[Python]
) -> None:
    assert oldest_supported(implementation, release) == oldest

"""What repositories of this shape ship today, each said by one target: its rows, and its files.

The shapes are those of public repositories in autumn 2026, read from their workflows and from what
they have on PyPI.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from repositories import Wheel

from cratewheel.artifacts.expected import row_families
from cratewheel.floors import accepted_by_pypi
from cratewheel.plan.matrix import check_matrix_size

MANYLINUX_5 = (
    "x86_64-unknown-linux-gnu",
    "i686-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "armv7-unknown-linux-gnueabihf",
    "powerpc64le-unknown-linux-gnu",
)
MANYLINUX_6 = (*MANYLINUX_5, "s390x-unknown-linux-gnu")
MANYLINUX_7 = (*MANYLINUX_6, "riscv64gc-unknown-linux-gnu")
MUSL_2 = ("x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl")
MUSL_3 = (*MUSL_2, "armv7-unknown-linux-musleabihf")
MUSL_4 = (*MUSL_3, "i686-unknown-linux-musl")
MAC_2 = ("x86_64-apple-darwin", "aarch64-apple-darwin")
WINDOWS_2 = ("x86_64-pc-windows-msvc", "i686-pc-windows-msvc")
WINDOWS_3 = (*WINDOWS_2, "aarch64-pc-windows-msvc")
WASM = ("wasm32-unknown-emscripten", {"compatibility": "pyemscripten_2025_0"})
#: Profile-guided builds run the program in between, which is a script of the project.
PGO = {"built_by": "workflow", "job": "pgo"}

ABI3 = '{ version = "0.30", features = ["abi3"] }'
FREE = {"features": ("free",), "no_default_features": True}
FREE_TABLE = '[features]\ndefault = ["pyo3/abi3"]\nfree = []\n'


@dataclass(frozen=True)
class Repository:
    """A repository's wheel.

    Args:
        rows: how many platforms.
        files: how many files, the source distribution included.
        among: some of their names, without the package's.
        by_workflow: triples of the rows that its own workflow builds.
    """

    name: str
    wheel: Wheel
    rows: int
    files: int
    among: Sequence[str]
    by_workflow: Sequence[str] = field(default=())


def pythons(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"3.{minor}" for minor in range(first, last + 1))


def wheel(platforms: Sequence[Any], abis: Any = None, **others: Any) -> Wheel:
    return Wheel(platforms, abis, name="peer", **others)


REPOSITORIES = [
    Repository(
        "jiter",
        wheel(
            [
                *(("x86_64-unknown-linux-gnu", PGO), ("aarch64-apple-darwin", PGO)),
                *(("x86_64-pc-windows-msvc", PGO), ("aarch64-unknown-linux-gnu", PGO)),
                *MANYLINUX_7[1:2],
                *MANYLINUX_7[3:],
                *MUSL_2,
                "x86_64-apple-darwin",
                *WINDOWS_3[1:],
                WASM,
            ],
            [*pythons(9, 14), "3.14t", "graalpy3.11", "graalpy3.12"],
        ),
        rows=15,
        files=15 * 9 + 1,
        among=[
            "cp39-cp39-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
            "cp314-cp314t-win_arm64.whl",
            "cp314-cp314-manylinux_2_31_riscv64.whl",
            "graalpy311-graalpy242_311_native-macosx_11_0_arm64.whl",
            "cp313-cp313-pyemscripten_2025_0_wasm32.whl",
        ],
        by_workflow=[
            "x86_64-unknown-linux-gnu",
            "aarch64-apple-darwin",
            "x86_64-pc-windows-msvc",
            "aarch64-unknown-linux-gnu",
            "wasm32-unknown-emscripten",
        ],
    ),
    Repository(
        "pydantic-core",
        wheel(
            [*MANYLINUX_7, *MUSL_3, *MAC_2, *WINDOWS_3, WASM],
            [*pythons(9, 14), "3.14t", "pypy3.10", "pypy3.11", "graalpy3.12"],
        ),
        rows=16,
        files=16 * 10 + 1,
        among=[
            "cp314-cp314t-musllinux_1_2_armv7l.whl",
            "pp311-pypy311_pp73-win_amd64.whl",
            "graalpy312-graalpy250_312_native-manylinux2014_aarch64.manylinux_2_17_aarch64.whl",
        ],
        by_workflow=["wasm32-unknown-emscripten"],
    ),
    Repository(
        "rpds-py",
        wheel(
            [
                *((triple, {}) for triple in MANYLINUX_7),
                *MUSL_3,
                *MAC_2,
                *WINDOWS_2,
                (WINDOWS_3[2], {"abis": tuple((each, ()) for each in pythons(12, 15))}),
            ],
            [*pythons(11, 15), "3.14t", "3.15t", "pypy3.11"],
            requires_python=">=3.11",
        ),
        rows=15,
        files=14 * 8 + 4 + 1,
        among=["cp315-cp315t-win32.whl", "pp311-pypy311_pp73-macosx_10_12_x86_64.whl"],
    ),
    Repository(
        "orjson",
        wheel(
            [*MANYLINUX_6, *MUSL_4, "aarch64-apple-darwin", "universal2-apple-darwin", *WINDOWS_3],
            pythons(10, 14),
            requires_python=">=3.10",
        ),
        rows=15,
        files=15 * 5 + 1,
        among=[
            "cp312-cp312-macosx_10_12_universal2.macosx_10_12_x86_64.macosx_11_0_arm64.whl",
            "cp312-cp312-macosx_11_0_arm64.whl",
            "cp310-cp310-musllinux_1_2_i686.whl",
        ],
    ),
    Repository(
        "cryptography",
        wheel(
            [
                *(
                    (triple, {"compatibility": f"manylinux_2_{minor}"})
                    for triple, minors in (
                        ("x86_64-unknown-linux-gnu", (17, 28, 34)),
                        ("aarch64-unknown-linux-gnu", (17, 28, 34)),
                        ("armv7-unknown-linux-gnueabihf", (31,)),
                        ("powerpc64le-unknown-linux-gnu", (28, 34)),
                    )
                    for minor in minors
                ),
                *MUSL_2,
                "aarch64-apple-darwin",
                "x86_64-pc-windows-msvc",
            ],
            [
                "abi3",
                "abi3-py311",
                ("abi3t", {"features": ("pyo3/abi3t",)}),
                ("3.14t", FREE),
                "pypy3.11",
            ],
            pyo3=ABI3,
            cargo="[features]\nfree = []\n",
        ),
        rows=13,
        files=13 * 5 + 1,
        among=[
            "cp39-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
            "cp39-abi3-manylinux_2_28_x86_64.whl",
            "cp39-abi3-manylinux_2_34_x86_64.whl",
            "cp311-abi3-manylinux_2_34_aarch64.whl",
            "cp315-abi3.abi3t-musllinux_1_2_x86_64.whl",
            "cp314-cp314t-win_amd64.whl",
            "pp311-pypy311_pp73-manylinux_2_28_ppc64le.whl",
        ],
    ),
    Repository(
        "ruff",
        wheel(
            [
                *((triple, PGO) for triple in MANYLINUX_7[:1] + MAC_2 + WINDOWS_3[:1]),
                *MANYLINUX_7[1:],
                *MUSL_4,
                *WINDOWS_3[1:],
                "arm-unknown-linux-musleabihf",
            ],
            pyo3=None,
            maturin='bindings = "bin"\n',
        ),
        rows=17,
        files=18,
        among=["py3-none-linux_armv6l.whl", "py3-none-manylinux_2_31_riscv64.whl"],
        by_workflow=[
            "x86_64-unknown-linux-gnu",
            "x86_64-apple-darwin",
            "aarch64-apple-darwin",
            "x86_64-pc-windows-msvc",
        ],
    ),
    Repository(
        "polars",
        wheel(
            [
                ("x86_64-unknown-linux-gnu", {"rustflags": ("-Ctarget-cpu=x86-64-v3",)}),
                ("aarch64-unknown-linux-gnu", {"compatibility": "manylinux_2_24"}),
                *(*MUSL_2, *MAC_2, WINDOWS_3[0], WINDOWS_3[2]),
            ],
            pyo3='{ version = "0.30", features = ["abi3-py310"] }',
            requires_python=">=3.10",
        ),
        rows=8,
        files=9,
        among=["cp310-abi3-manylinux_2_24_aarch64.whl", "cp310-abi3-win_arm64.whl"],
    ),
    Repository(
        "tokenizers",
        wheel(
            [
                *(
                    (triple, {"abis": (("abi3", ()), ("3.14t", tuple(FREE.items())))})
                    for triple in (*MANYLINUX_5[:1], MANYLINUX_5[2], *MUSL_2, *MAC_2, WINDOWS_3[0])
                ),
                *(MANYLINUX_5[1], MANYLINUX_5[3], *MANYLINUX_6[4:], *MUSL_3[2:], *WINDOWS_3[1:2]),
            ],
            ["abi3"],
            pyo3='{ version = "0.30", features = ["abi3-py310"] }',
            cargo="[features]\nfree = []\n",
            requires_python=">=3.10",
        ),
        rows=13,
        files=13 + 7 + 1,
        among=["cp314-cp314t-musllinux_1_2_aarch64.whl", "cp310-abi3-musllinux_1_2_armv7l.whl"],
    ),
    Repository(
        "safetensors",
        wheel(
            [*MANYLINUX_6, *MUSL_4, *MAC_2, *WINDOWS_3, "riscv64gc-unknown-linux-gnu"],
            pyo3='{ version = "0.30", features = ["abi3-py310"] }',
            requires_python=">=3.10",
        ),
        rows=16,
        files=17,
        among=["cp310-abi3-manylinux2014_s390x.manylinux_2_17_s390x.whl"],
    ),
    Repository(
        "delta-rs",
        wheel(
            [*MANYLINUX_5[:1], MANYLINUX_5[2], *MUSL_2, *MAC_2, WINDOWS_3[0]],
            ["abi3"],
            pyo3='{ version = "0.30", features = ["abi3-py310"] }',
            requires_python=">=3.10",
        ),
        rows=7,
        files=8,
        among=["cp310-abi3-macosx_11_0_arm64.whl"],
    ),
    Repository(
        "datafusion-python",
        wheel(
            [*MANYLINUX_5[:1], MANYLINUX_5[2], *MAC_2, WINDOWS_3[0]],
            ["abi3", ("3.14t", FREE)],
            pyo3='{ version = "0.30" }',
            cargo=FREE_TABLE,
        ),
        rows=5,
        files=11,
        among=["cp39-abi3-win_amd64.whl", "cp314-cp314t-win_amd64.whl"],
    ),
    Repository(
        "tiktoken",
        wheel(
            [
                (triple, {"built_by": "workflow", "job": "cibuildwheel"})
                for triple in (*(MANYLINUX_5[0], MANYLINUX_5[2], *MUSL_2, *MAC_2, WINDOWS_3[0]),)
            ],
            [*pythons(9, 15), "3.14t", "3.15t"],
        ),
        rows=7,
        files=7 * 9 + 1,
        among=["cp315-cp315t-musllinux_1_2_x86_64.whl"],
        by_workflow=[MANYLINUX_5[0], MANYLINUX_5[2], *MUSL_2, *MAC_2, WINDOWS_3[0]],
    ),
    Repository(
        "pycrdt",
        wheel(
            ["universal2-apple-darwin", *WINDOWS_2, *MANYLINUX_6, *MUSL_4],
            [*pythons(10, 14), "pypy3.11"],
            requires_python=">=3.10",
        ),
        rows=13,
        files=13 * 6 + 1,
        among=[
            "pp311-pypy311_pp73-macosx_10_12_universal2.macosx_10_12_x86_64.macosx_11_0_arm64.whl"
        ],
    ),
]


@pytest.mark.parametrize("shape", REPOSITORIES, ids=lambda shape: shape.name)
def test_one_target_ships_what_the_repository_ships(shape: Repository) -> None:
    plan = shape.wheel.plan
    rows = [row for row in plan.matrix if row.kind == "wheel"]
    names = shape.wheel.filenames()
    assert len(rows) == shape.rows
    assert len(names) == len(set(names)) == shape.files
    assert {f"peer-0.4.0-{name}" for name in shape.among} <= set(names)
    assert "peer-0.4.0.tar.gz" in names
    assert [row.target for row in rows if row.built_by == "workflow"] == list(shape.by_workflow)
    assert all(row_families(row) for row in rows)
    for name in names:
        for tag in name[: -len(".whl")].rpartition("-")[2].split(".") if ".whl" in name else ():
            assert accepted_by_pypi(tag), name
    check_matrix_size(plan.matrix)

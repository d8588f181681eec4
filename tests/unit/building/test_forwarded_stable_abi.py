"""A stable ABI that is turned on behind a crate of the same repository, built by real maturin."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

import pytest
from repositories import CDYLIB, LIBRARY, Wheel, toolchain

from cratewheel.build import interpreters
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.request import Job, WheelBuild
from cratewheel.build.run import run_job
from cratewheel.build.toolchain import RustToolchain, discover
from cratewheel.errors import CratewheelError

GLIBC = platform.libc_ver()[1]
HOST = f"{platform.machine()}-unknown-linux-gnu"
# maturin goes by the name of PyO3 and by its features alone.
PYO3 = (
    '[package]\nname = "pyo3"\nversion = "0.28.0"\nedition = "2021"\n'
    '[features]\nabi3 = []\nabi3-py39 = ["abi3"]\n'
)


def forwarding(oldest: str) -> Wheel:
    """A wheel whose crate has PyO3 from another one, for Pythons since the oldest."""
    return Wheel(
        [(HOST, {"compatibility": f"manylinux_{GLIBC.replace('.', '_')}"})],
        pyo3=None,
        requires_python=oldest,
        cargo=CDYLIB.format(name="fast") + '[dependencies]\nglue = { path = "../glue" }\n',
        manifests={
            "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["glue", "pyo3", "python"]\n',
            "glue/Cargo.toml": LIBRARY.format(name="glue")
            + '[dependencies]\npyo3 = { path = "../pyo3", features = ["abi3"] }\n',
            "pyo3/Cargo.toml": PYO3,
        },
    )


def test_the_interpreter_decides_where_no_feature_can(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    rust = discover(os.environ, tools, (), Path.cwd())
    if not isinstance(rust, RustToolchain) or shutil.which("cargo") is None:
        pytest.skip("needs a Rust toolchain")
    pythons = interpreters.discover(os.environ)
    interpreters.link(pythons, tools)
    oldest = sorted(
        (int(each.tag[3:]), each.name)
        for each in pythons
        if each.tag[:3] == "cp3" and each.tag[3:].isdigit() and int(each.tag[3:]) >= 8
    )[0]
    wheel = forwarding(f">=3.{oldest[0]}")
    build = wheel.build(HOST, rust, pythons)
    assert isinstance(build, WheelBuild)
    (family,) = build.passes
    assert (family.name, family.interpreters, family.features) == ("abi3", (oldest[1],), ())
    sources = {
        "glue/src/lib.rs": "pub const ANSWER: u32 = 42;\n",
        "pyo3/src/lib.rs": "",
        "python/src/lib.rs": "#[no_mangle]\n"
        'pub extern "C" fn PyInit_fast() -> u32 { glue::ANSWER }\n',
        "Cargo.lock": LOCK,
    }
    manifests = {path: text.decode() for path, text in wheel.project.manifests.items()}
    for path, text in {**manifests, **sources}.items():
        place = tmp_path / "tree" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (made,) = run_job(
        Job(build, rust.id, tools=str(tools), roots=str(tmp_path / "roots")), tmp_path
    )
    assert made.name.startswith(f"fast-0.4.0-cp3{oldest[0]}-abi3-manylinux_")


LOCK = """version = 4

[[package]]
name = "fast"
version = "0.4.0"
dependencies = [
 "glue",
]

[[package]]
name = "glue"
version = "0.4.0"
dependencies = [
 "pyo3",
]

[[package]]
name = "pyo3"
version = "0.28.0"
"""


@pytest.mark.parametrize(
    ("wheel", "code", "message"),
    [
        (forwarding(">=3.9"), "CW-ROW-NOT-HERE", "no CPython 3.9 on this machine"),
        (
            Wheel(
                [(HOST, {"compatibility": "manylinux_2_36"})],
                ["abi3"],
                pyo3='{ version = "0.30", features = ["abi3"] }',
                requires_python="",
            ),
            "CW-REQUIRES-PYTHON",
            "an abi3 wheel is for the oldest Python that it admits",
        ),
    ],
)
def test_a_stable_abi_without_its_oldest_python_is_refused(
    wheel: Wheel, code: str, message: str
) -> None:
    with pytest.raises(CratewheelError) as raised:
        wheel.build(HOST, toolchain(HOST, libc="2.17"), [Interpreter("cp311", "3.11.2", "")])
    (finding,) = raised.value.findings
    assert finding.code == code
    assert message in finding.message

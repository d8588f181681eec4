"""A repository with an extension in which there is all there is to see, built in a second.

maturin takes any crate called pyo3 for PyO3, and this one's is empty.
"""

from __future__ import annotations

import os

from pants_run import PANTS_TOML_WITH_PYTHON

from cratewheel.build.interpreters import Interpreter, discover


def crate(name: str, rest: str = "") -> str:
    return (
        f'[package]\nname = "{name}"\nversion = "0.4.0"\nedition = "2021"\n'
        f'description = "A crate"\nlicense = "MIT"\n{rest}'
    )


PROJECT = {
    "BUILD": 'cargo_workspace(name="cargo")\n',
    "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["core", "pyo3", "wheel"]\n',
    "core/BUILD": "crate_package()\n",
    "core/Cargo.toml": crate("cw-again-core"),
    "core/src/lib.rs": 'pub const ANSWER: &str = "forty-two";\n',
    "pyo3/BUILD": "crate_package()\n",
    "pyo3/Cargo.toml": crate("pyo3").replace("0.4.0", "0.28.0"),
    "pyo3/src/lib.rs": "",
    "wheel/BUILD": 'python_sources(name="python", sources=["python/**/*.py"])\n',
    "wheel/Cargo.toml": crate(
        "cw-again",
        '[lib]\nname = "_again"\ncrate-type = ["cdylib"]\n\n[dependencies]\n'
        'cw-again-core = { path = "../core", version = "0.4" }\n'
        'pyo3 = { path = "../pyo3", version = "0.28" }\n',
    ),
    "wheel/src/lib.rs": """
#[no_mangle]
pub extern "C" fn PyInit__again() -> *const u8 {
    println!("{} {}", cw_again_core::ANSWER, file!());
    std::ptr::null()
}
""",
    "wheel/pyproject.toml": """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "cw-again"
version = "0.4.0"
requires-python = ">=3.9"

[tool.maturin]
module-name = "cw_again._again"
python-source = "python"
""",
    "wheel/python/cw_again/__init__.py": "ONE = 1\n",
    ".gitignore": "/.pants.d/\n/.pids/\n/dist/\n/target/\n",
    "pants.toml": PANTS_TOML_WITH_PYTHON,
}


def interpreters() -> list[Interpreter]:
    """The CPythons of this machine that the extension can be built for, the newest last."""
    found = [each for each in discover(os.environ) if not each.platform]
    versions = [each for each in found if each.tag[:3] == "cp3" and each.tag[3:].isdigit()]
    return sorted(versions, key=lambda each: int(each.tag[3:]))


def abi(interpreter: Interpreter) -> str:
    """The ABI family of an interpreter, as `abis` has it."""
    return f"{interpreter.tag[2]}.{interpreter.tag[3:]}"

"""The project that the build benchmark builds: a core crate, two wheels of it, and real dependencies."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent

_CORE = """
[package]
name = "bench-core"
version = "0.1.0"
edition = "2021"
description = "What the wheels bind"
license = "MIT"

[dependencies]
arrayvec = "0.7"
base64 = "0.22"
bitflags = "2"
byteorder = "1"
crc32fast = "1"
either = "1"
fastrand = "2"
fnv = "1"
hex = "0.4"
humantime = "2"
indexmap = { version = "2", features = ["serde"] }
itertools = "0.14"
lazy_static = "1"
percent-encoding = "2"
regex = "1"
scopeguard = "1"
semver = "1"
serde = { version = "1", features = ["derive"] }
serde_json = "1"
sha2 = "0.10"
siphasher = "1"
smallvec = "1"
static_assertions = "1"
strsim = "0.11"
thiserror = "2"
unicode-segmentation = "1"
unicode-width = "0.2"
"""

_CORE_SOURCE = """
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    pub name: String,
    pub value: f64,
    pub tags: indexmap::IndexMap<String, Vec<u8>>,
}

pub fn parse(text: &str) -> Result<Vec<Record>, serde_json::Error> {
    serde_json::from_str(text)
}

pub fn digest(records: &[Record]) -> String {
    let mut hasher = Sha256::new();
    for record in records {
        hasher.update(serde_json::to_string(record).unwrap_or_default().as_bytes());
    }
    hex::encode(hasher.finalize())
}

pub fn words(text: &str) -> usize {
    regex::Regex::new(r"\\\\w+").map(|word| word.find_iter(text).count()).unwrap_or(0)
}

pub const REVISION: u32 = 0;
""".replace("\\\\", "\\")

_BINDING = """
[package]
name = "bench-{name}"
version = "0.1.0"
edition = "2021"
publish = false

[lib]
name = "_native"
crate-type = ["cdylib"]

[dependencies]
bench-core = {{ path = "../../crates/core", version = "0.1.0" }}
pyo3 = "0.28"
"""

_BINDING_SOURCE = """
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[pyfunction]
fn words(text: &str) -> usize {
    bench_core::words(text)
}

#[pyfunction]
fn digest(text: &str) -> PyResult<String> {
    match bench_core::parse(text) {
        Ok(records) => Ok(bench_core::digest(&records)),
        Err(error) => Err(PyValueError::new_err(error.to_string())),
    }
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("REVISION", bench_core::REVISION)?;
    module.add_function(wrap_pyfunction!(words, module)?)?;
    module.add_function(wrap_pyfunction!(digest, module)?)
}
"""

_PYPROJECT = """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "bench-{name}"
version = "0.1.0"
requires-python = ">=3.9"

[tool.maturin]
module-name = "bench_{name}._native"
python-source = "python"
"""

_BUILD = """
maturin_wheel(
    name="{name}",
    platforms=[{row}],
    abis={abis},
    sdist=False,
)
"""

CORE = "crates/core/src/lib.rs"


def module(name: str) -> str:
    """The Python file of a wheel."""
    return f"packages/{name}/python/bench_{name}/__init__.py"


def generate(root: Path, wheels: Mapping[str, Sequence[str]], row: str) -> int:
    """Writes the project.

    Args:
        wheels: the versions of Python each wheel is for, by its name.
        row: their platform, as BUILD files have it.

    Returns:
        How many crates the lock names.
    """
    members = [f'"packages/{name}"' for name in wheels]
    files = {
        "Cargo.toml": '[workspace]\nresolver = "2"\n'
        f'members = ["crates/core", {", ".join(members)}]\n',
        "BUILD": 'cargo_workspace(name="cargo")\n',
        ".gitignore": "/.pants.d/\n/.pids/\n/dist/\n/target/\n",
        "crates/core/BUILD": "crate_package()\n",
        "crates/core/Cargo.toml": _CORE,
        CORE: _CORE_SOURCE,
    }
    for name, versions in wheels.items():
        folder = f"packages/{name}"
        files[f"{folder}/BUILD"] = _BUILD.format(name=name, row=row, abis=list(versions))
        files[f"{folder}/Cargo.toml"] = _BINDING.format(name=name)
        files[f"{folder}/pyproject.toml"] = _PYPROJECT.format(name=name)
        files[f"{folder}/src/lib.rs"] = _BINDING_SOURCE
        files[f"{folder}/python/BUILD"] = 'python_sources(sources=["**/*.py"])\n'
        files[module(name)] = f"from bench_{name}._native import digest, words\n"
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip())
    subprocess.run(["cargo", "generate-lockfile", "--quiet"], cwd=root, check=True)
    return (root / "Cargo.lock").read_text().count("[[package]]")

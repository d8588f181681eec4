"""Which files a wheel's native code is compiled without."""

from __future__ import annotations

from typing import Optional

import pytest

from cratewheel.cargo.model import load_cargo_model
from cratewheel.packed_files import PackedFiles, packed_files
from cratewheel.project import WHEEL, DeclaredPackage, Project
from cratewheel.python_project import load_python_projects

MANIFESTS = {
    "Cargo.toml": '[workspace]\nmembers = ["core", "binding"]\n',
    "core/Cargo.toml": '[package]\nname = "core"\nversion = "1.0.0"\n',
    "binding/Cargo.toml": """
[package]
name = "binding"
version = "1.0.0"
[lib]
crate-type = ["cdylib"]
[dependencies]
core = { path = "../core" }
pyo3 = "0.28"
""",
    "binding/pyproject.toml": """
[build-system]
requires = ["maturin"]
build-backend = "maturin"
[project]
name = "thing"
version = "1.0.0"
[tool.maturin]
module-name = "thing._native"
python-source = "python"
""",
}
PYTHON = (
    "binding/python/thing/__init__.py",
    "binding/python/thing/sub/part.py",
    "binding/python/thing/_native.pyi",
    "binding/tests/test_thing.py",
)
PROSE = ("binding/README.md", "core/LICENSE-MIT")
BESIDE = ("binding/python/thing/py.typed", "core/src/table.txt")


def packed(
    rust: Optional[dict[str, str]] = None, manifests: Optional[dict[str, str]] = None
) -> PackedFiles:
    found = {name: text.encode() for name, text in {**MANIFESTS, **(manifests or {})}.items()}
    sources = {"core/src/lib.rs": "", "binding/src/lib.rs": "", **(rust or {})}
    files = (*found, *sources, *PYTHON, *PROSE, *BESIDE)
    package = DeclaredPackage("binding:thing", WHEEL, "binding")
    project = Project(
        load_cargo_model(found), load_python_projects(found, files), found, (package,), {}
    )
    return packed_files(project, package, files, sources)


PACKED = {*PYTHON, *PROSE}
ALL = PackedFiles(
    tuple(sorted(PACKED)),
    ("binding/README.md", "binding/python/thing/__init__.py", "core/LICENSE-MIT"),
)
NONE = PackedFiles()


def test_python_files_and_prose_are_not_compiled_from() -> None:
    assert packed() == ALL


@pytest.mark.parametrize(
    "script",
    [
        "fn main() { pyo3_build_config::use_pyo3_cfgs(); }",
        'fn main() { println!("cargo:rerun-if-changed=../python/thing/__init__.py"); }',
    ],
)
def test_a_build_script_that_reads_nothing_changes_nothing(script: str) -> None:
    assert packed({"binding/build.rs": script}) == ALL


@pytest.mark.parametrize("crate", ["core", "binding"])
def test_a_build_script_may_read_anything(crate: str) -> None:
    script = 'fn main() { std::process::Command::new("python3").arg("generate.py").status(); }'
    assert packed({f"{crate}/build.rs": script}) == NONE


def test_a_build_script_of_another_name_counts() -> None:
    manifest = MANIFESTS["core/Cargo.toml"] + 'build = "src/make.rs"\n'
    script = {"core/src/make.rs": "fn main() { make::it(); }"}
    assert packed(script, {"core/Cargo.toml": manifest}) == NONE
    off = MANIFESTS["core/Cargo.toml"] + "build = false\n"
    assert packed({"core/build.rs": script["core/src/make.rs"]}, {"core/Cargo.toml": off}) == ALL


def test_a_macro_that_embeds_folders_may_read_anything() -> None:
    assert packed({"binding/src/lib.rs": 'static D: Dir = include_dir!("python");'}) == NONE
    assert packed({"core/src/a.rs": '#[derive(RustEmbed)]\n#[folder = "x"]\nstruct A;'}) == NONE


@pytest.mark.parametrize(
    "text",
    [
        'const T: &str = include_str!("../python/thing/sub/part.py");',
        'const T: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/python/thing/sub/part.py"));',
        'my::embed!("$CARGO_MANIFEST_DIR/python/thing/sub");',
        'my::embed!(r"python/thing/sub/part.py");',
    ],
)
def test_what_a_string_names_is_compiled_from(text: str) -> None:
    kept = "binding/python/thing/sub/part.py"
    found = packed({"binding/src/lib.rs": text})
    assert kept not in found.files
    assert set(found.files) == PACKED - {kept}


def test_other_strings_and_comments_name_nothing() -> None:
    text = '// "../python/thing/sub/part.py"\nconst A: [&str; 4] = ["..", ".", "thing", "a/b"];'
    assert packed({"binding/src/lib.rs": text}) == ALL


def test_a_package_whose_init_is_compiled_from_needs_no_stand_in() -> None:
    text = 'const T: &str = include_str!("../python/thing/__init__.py");'
    assert packed({"binding/src/lib.rs": text}).stand_ins == PROSE


@pytest.mark.parametrize(
    "text",
    [
        '#![doc = include_str!("../README.md")]',
        '#![doc = include_str!(concat!("../READ", "ME", ".md"))]',
        '#![doc = include_str!(concat!("../", env!("CARGO_PKG_README")))]',
        'my::section!("readme");',
    ],
)
@pytest.mark.parametrize("crate", ["core", "binding"])
def test_prose_that_rust_reads_is_compiled_from(crate: str, text: str) -> None:
    found = packed({f"{crate}/src/lib.rs": text})
    assert "binding/README.md" not in (*found.files, *found.stand_ins)
    assert set(PYTHON) <= set(found.files)

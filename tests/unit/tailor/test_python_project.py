"""pyproject.toml as maturin reads it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cratewheel.bindings import bindings_of
from cratewheel.cargo.model import load_cargo_model
from cratewheel.maturin_settings import ConditionalFeature, MaturinPattern
from cratewheel.python_project import (
    PythonProject,
    load_python_projects,
)

BUILD = '[build-system]\nrequires = ["maturin>=1.7,<2"]\nbuild-backend = "maturin"\n'

FULL = (
    BUILD
    + """
[project]
name = "My_Py.Pkg"
dynamic = ["version"]
requires-python = ">=3.9"
readme = {file = "../README.md", content-type = "text/markdown"}
license = {file = "../LICENSE"}
license-files = ["LICEN[CS]E*"]
classifiers = ["Programming Language :: Rust"]
[project.scripts]
tool = "my_py:main"

[tool.maturin]
manifest-path = "../../crates/binding/Cargo.toml"
module-name = "my_py._native"
python-source = "python"
python-packages = ["my_py", "more"]
features = ["pyo3/extension-module", {feature = "abi3", python-version = ">=3.11"}]
include = ["py.typed", {path = "x/*", format = "sdist"}, {path = "*.h", from = "out-dir", to = "inc/"}]
exclude = [{path = "y", format = ["sdist", "wheel"]}]
bindings = "pyo3"
strip = true
profile = "dist"
manylinux = "2_28"
sdist-generator = "git"
no-default-features = true
"""
)


def load(text: str, directory: str = "packages/py", *others: str) -> PythonProject:
    files = {f"{directory}/pyproject.toml".lstrip("/"): text.encode()}
    files.update(dict.fromkeys(others, b""))
    projects = load_python_projects(files, files)
    assert not projects.problems
    return projects.by_directory[directory]


def test_all_that_a_wheel_is_made_from_is_read() -> None:
    project = load(FULL)
    assert project.normalized_name == "my-py-pkg"
    assert project.version is None
    assert project.readme == "packages/README.md"
    assert project.license_file == "packages/LICENSE"
    assert project.scripts == {"tool": "my_py:main"}
    maturin = project.maturin
    assert maturin is not None
    assert maturin.crate_directory == "crates/binding"
    assert maturin.python_source == "packages/py/python"
    assert maturin.features == ("pyo3/extension-module",)
    assert maturin.conditional_features == (ConditionalFeature("abi3", ">=3.11"),)
    assert maturin.include == (
        MaturinPattern("py.typed"),
        MaturinPattern("x/*", ("sdist",)),
        MaturinPattern("*.h", (), "inc/"),
    )
    assert maturin.exclude == (MaturinPattern("y", ("sdist", "wheel")),)
    assert (maturin.strip, maturin.profile, maturin.compatibility) == (True, "dist", "2_28")


def test_where_maturin_finds_the_crate_without_a_manifest_path() -> None:
    def crate(*files: str, settings: str = "") -> str:
        text = f'{BUILD}[project]\nname = "a-b"\nversion = "1"\n{settings}'
        maturin = load(text, "", *files).maturin
        assert maturin is not None
        return maturin.crate_directory

    assert crate("Cargo.toml") == ""
    assert crate("Cargo.toml", "rust/Cargo.toml") == ""
    assert crate("Cargo.toml", "rust/Cargo.toml", "src/a_b/__init__.py") == "rust"
    source = '[tool.maturin]\npython-source = "python"'
    assert crate("Cargo.toml", "rust/Cargo.toml", settings=source) == "rust"


@pytest.mark.parametrize(
    ("build_system", "backend"),
    [
        ('requires = ["maturin"]\nbuild-backend = "maturin"', "maturin"),
        ('requires = ["setuptools", "setuptools_rust>=1"]', "setuptools-rust"),
        ('requires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"', None),
        ('requires = ["maturin"]\nbuild-backend = "own"\nbackend-path = ["."]', "own"),
    ],
)
def test_which_backend_builds_rust(build_system: str, backend: str | None) -> None:
    assert load(f"[build-system]\n{build_system}").rust_backend == backend


@pytest.mark.parametrize(
    ("manifest", "files", "bindings"),
    [
        ('[lib]\ncrate-type = ["cdylib"]\n[dependencies]\npyo3 = "0.25"', (), "pyo3"),
        (
            '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\npy = { package = "pyo3-ffi", version = "0.25" }',
            (),
            "pyo3",
        ),
        ("[target.'cfg(unix)'.dependencies]\npyo3 = '0.25'", (), "pyo3"),
        ('[dependencies]\npyo3 = "0.25"', ("src/main.rs",), "bin"),
        ('[lib]\ncrate-type = ["cdylib"]\n[dev-dependencies]\npyo3 = "0.25"', (), "cffi"),
        ('[lib]\ncrate-type = ["cdylib"]\n[dependencies]\nuniffi = "0.29"', (), "uniffi"),
        ("", ("src/main.rs",), "bin"),
    ],
)
def test_how_a_crate_is_bound(manifest: str, files: tuple[str, ...], bindings: str) -> None:
    text = f'[package]\nname = "a-b"\nversion = "1.0.0"\n{manifest}'
    model = load_cargo_model({"Cargo.toml": text.encode()})
    project = load(f'{BUILD}[project]\nname = "x"\nversion = "1"', "", "Cargo.toml")
    assert bindings_of(model, project, files) == bindings


@pytest.mark.parametrize(
    ("core", "settings", "bindings"),
    [
        ('pyo3 = "0.30"', "", "pyo3"),
        ('pyo3 = { version = "0.30", optional = true }', "", "cffi"),
        # The feature of the core that turns it on.
        (
            'pyo3 = { version = "0.30", optional = true }',
            'features = ["core/pyo3"]',
            "pyo3",
        ),
        ('[dev-dependencies]\npyo3 = "0.30"', "", "cffi"),
    ],
)
def test_pyo3_behind_a_crate_of_the_repository_binds(
    core: str, settings: str, bindings: str
) -> None:
    package = '[package]\nname = "{}"\nversion = "1.0.0"\n'
    model = load_cargo_model(
        {
            "Cargo.toml": (
                package.format("py")
                + '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\ncore = { path = "core" }\n'
            ).encode(),
            "core/Cargo.toml": f"{package.format('core')}[dependencies]\n{core}\n".encode(),
        }
    )
    project = load(f"{BUILD}[tool.maturin]\n{settings}", "", "Cargo.toml")
    assert bindings_of(model, project) == bindings


def test_a_feature_without_a_condition_is_one_like_any_other() -> None:
    text = f'{BUILD}[tool.maturin]\nfeatures = [{{feature = "a"}}, "b"]'
    maturin = load(text, "", "Cargo.toml").maturin
    assert maturin is not None
    assert (maturin.features, maturin.conditional_features) == (("a", "b"), ())


def test_a_setting_decides_the_bindings() -> None:
    model = load_cargo_model({"Cargo.toml": b'[package]\nname = "a"\nversion = "1.0.0"'})
    text = f'{BUILD}[tool.maturin]\nbindings = "pyo3-ffi"'
    project = load(text, "", "Cargo.toml")
    assert bindings_of(model, project) == "pyo3"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[project", "pyproject.toml:1"),
        ("[project]\nname = 3", "pyproject.toml: project.name"),
        (BUILD + "[tool.maturin]\nfeatures = 1", "pyproject.toml: tool.maturin.features"),
        (BUILD + "[tool.maturin]\nfeatures = [1]", "pyproject.toml: tool.maturin.features"),
        (
            BUILD + "[tool.maturin]\nfeatures = [{}]",
            "pyproject.toml: tool.maturin.features[0].feature",
        ),
        (BUILD + "[tool.maturin]\ninclude = 1", "pyproject.toml: tool.maturin.include"),
        (BUILD + "[tool.maturin]\ninclude = [1]", "pyproject.toml: tool.maturin.include"),
        (BUILD + "[tool.maturin]\ninclude = [{}]", "pyproject.toml: tool.maturin.include[0].path"),
    ],
)
def test_a_project_that_cannot_be_read_is_a_problem_with_its_place(text: str, place: str) -> None:
    projects = load_python_projects({"pyproject.toml": text.encode()})
    assert not projects.by_directory
    assert projects.problems["pyproject.toml"].code == "CW-MANIFEST-SYNTAX"
    assert projects.problems["pyproject.toml"].place == place


VALUES = st.sampled_from(
    ["1", "true", '"x"', "[]", "[1]", "{}", "[{path = 1}]", '["*"]', "{file = 2}"]
)
KEYS = st.sampled_from(
    [
        "name",
        "version",
        "dynamic",
        "readme",
        "license",
        "license-files",
        "classifiers",
        "scripts",
        "requires",
        "build-backend",
        "manifest-path",
        "features",
        "include",
        "exclude",
        "bindings",
        "python-source",
        "ext-modules",
    ]
)
HEADS = st.sampled_from(
    ["build-system", "project", "tool", "tool.maturin", "tool.setuptools-rust", "project.scripts"]
)


@given(
    st.one_of(
        st.binary(max_size=40),
        st.lists(
            st.tuples(HEADS, st.dictionaries(KEYS, VALUES, max_size=4)),
            max_size=4,
            unique_by=lambda pair: pair[0],
        ).map(
            lambda parts: "\n".join(
                f"[{head}]\n" + "\n".join(f"{k} = {v}" for k, v in body.items())
                for head, body in parts
            ).encode()
        ),
    ),
    st.booleans(),
)
def test_no_text_makes_it_fail(content: bytes, maturin: bool) -> None:
    with contextlib.suppress(UnicodeDecodeError):
        if maturin and b"[build-system]" not in content:
            content = BUILD.encode() + content
    projects = load_python_projects({"a/pyproject.toml": content})
    assert not (projects.by_directory and projects.problems)

"""The BUILD targets that repositories of known shapes get."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cratewheel.tailor import (
    DEFAULT_PLATFORMS,
    DEFAULT_SOURCES,
    SuggestedTarget,
    Suggestions,
    suggest_targets,
)

META = 'description = "d"\nlicense = "MIT"\n'
MATURIN = '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"\n'
CDYLIB = '[lib]\ncrate-type = ["cdylib"]\n'
PYO3 = '[dependencies]\npyo3 = "0.25"\n'


def package(name: str, *lines: str, version: str = '"1.0.0"') -> str:
    head = f'[package]\nname = "{name}"\nedition = "2021"\n'
    where = f"version = {version}\n" if version.startswith('"') else f"version.{version} = true\n"
    return head + where + "\n".join(lines)


def project(name: str, *lines: str) -> str:
    return f'{MATURIN}[project]\nname = "{name}"\ndynamic = ["version"]\n' + "\n".join(lines)


def suggest(tree: Mapping[str, str], **others: object) -> Suggestions:
    """Suggestions for a tree; every crate without sources in it gets a `src/lib.rs`."""
    paths = set(tree)
    for path in tree:
        if path.endswith("Cargo.toml") and "[package]" in tree[path]:
            source = path[: -len("Cargo.toml")] + "src/"
            if not any(other.startswith(source) for other in tree):
                paths.add(f"{source}lib.rs")
    manifests = {
        path: text.encode()
        for path, text in tree.items()
        if path.endswith(("Cargo.toml", "pyproject.toml"))
    }
    found = suggest_targets(manifests, paths, **others)  # type: ignore[arg-type]
    if not others:
        again = suggest_targets(
            manifests,
            paths,
            owned=[(target.type_alias, target.directory) for target in found.targets],
            owned_sources=[
                f"{target.directory}/{name}".lstrip("/")
                for target in found.targets
                if target.type_alias == "files"
                for name in target.kwargs["sources"]  # type: ignore[union-attr]
            ],
        )
        assert again.targets == (), "a second run writes nothing"
    return found


def build_files(found: Suggestions) -> dict[str, str]:
    """Targets as one line each: what is published, and in which group."""
    lines: dict[str, str] = {}
    for target in found.targets:
        said = f"{target.type_alias}:{target.name}"
        said += "!" if target.kwargs.get("publish") else ""
        if "version_group" in target.kwargs:
            said += f"@{target.kwargs['version_group']}"
        lines[target.directory] = (
            f"{lines[target.directory]} {said}" if target.directory in lines else said
        )
    return lines


def the(found: Suggestions, type_alias: str, directory: str) -> SuggestedTarget:
    (target,) = (t for t in found.targets if (t.type_alias, t.directory) == (type_alias, directory))
    return target


JITER = {
    "Cargo.toml": '[workspace]\nmembers = ["crates/jiter", "crates/jiter-python", "crates/fuzz"]\n'
    'resolver = "2"\n[workspace.package]\nversion = "0.16.0"\n'
    '[workspace.dependencies]\njiter = { path = "crates/jiter", version = "0.16.0" }\n',
    "README.md": "",
    "LICENSE": "",
    "crates/jiter/Cargo.toml": package(
        "jiter", META, 'readme = "../../README.md"', version="workspace"
    )
    + '\n[features]\npython = ["dep:pyo3"]\n[dependencies]\npyo3 = { version = "0.25", optional = true }\n',
    "crates/jiter-python/Cargo.toml": package("jiter-python", META, CDYLIB, version="workspace")
    + PYO3
    + 'jiter = { path = "../jiter", features = ["python"] }\n',
    "crates/jiter-python/pyproject.toml": project("jiter", 'readme = "README.md"'),
    "crates/jiter-python/README.md": "",
    "crates/fuzz/Cargo.toml": package("fuzz", META, version="workspace")
    + '[dependencies]\njiter = { path = "../jiter" }\nlibfuzzer-sys = "0.4"\n',
}


def test_a_core_crate_and_its_binding_in_one_workspace() -> None:
    found = suggest(JITER)
    assert build_files(found) == {
        "": "cargo_workspace:cargo files:docs",
        "crates/fuzz": "crate_package:fuzz",
        "crates/jiter": "crate_package:jiter!@jiter",
        "crates/jiter-python": "maturin_wheel:jiter!@jiter",
    }
    assert the(found, "files", "").kwargs == {"sources": ("README.md",)}
    assert (
        the(found, "maturin_wheel", "crates/jiter-python").kwargs["platforms"] == DEFAULT_PLATFORMS
    )
    assert found.notes == ()


def test_a_binding_outside_the_workspace_of_the_core() -> None:
    """tokenizers, safetensors: the core crate and the binding are workspaces of their own."""
    found = suggest(
        {
            "tokenizers/Cargo.toml": package("tokenizers", META, 'readme = "README.md"'),
            "tokenizers/README.md": "",
            "bindings/python/Cargo.toml": package("tokenizers-python", CDYLIB)
            + PYO3
            + 'tokenizers = { path = "../../tokenizers" }\n',
            "bindings/python/pyproject.toml": project("tokenizers")
            + '[tool.maturin]\npython-source = "py_src"\n',
            "bindings/node/Cargo.toml": package("node", META, "publish = false", CDYLIB),
        }
    )
    assert build_files(found) == {
        "bindings/node": "cargo_workspace:cargo crate_package:node",
        "bindings/python": "cargo_workspace:cargo maturin_wheel:tokenizers!@tokenizers",
        "tokenizers": "cargo_workspace:cargo crate_package:tokenizers!@tokenizers",
    }


def test_a_wheel_alone_at_the_root() -> None:
    """orjson, rpds: one pyproject.toml, one crate, nothing on crates.io."""
    found = suggest(
        {
            "Cargo.toml": package("orjson", META, "publish = false", CDYLIB) + PYO3,
            "pyproject.toml": project("orjson"),
            "README.md": "",
        }
    )
    assert build_files(found) == {"": "cargo_workspace:cargo maturin_wheel:orjson!"}
    assert "sources" not in the(found, "maturin_wheel", "").kwargs


def test_what_pants_has_at_the_top_is_no_part_of_the_package_there() -> None:
    tree = {
        "Cargo.toml": package("alone", CDYLIB, PYO3),
        "pyproject.toml": project("alone"),
        "pants": "",
        "pants.toml": "",
        "pants.ci.toml": "",
        "3rdparty/launcher/pants.lock": "",
        "pants-notes.md": "",
    }
    assert the(suggest(tree), "maturin_wheel", "").kwargs["sources"] == (
        *DEFAULT_SOURCES,
        "!pants",
        "!pants.ci.toml",
        "!pants.toml",
        "!3rdparty/launcher/**",
    )
    below = suggest({f"py/{path}": text for path, text in tree.items()})
    assert "sources" not in the(below, "maturin_wheel", "py").kwargs


def test_a_binary_in_a_wheel_and_a_workspace_of_crates() -> None:
    """ruff: pyproject.toml at the root, the crate below it, and tools that nobody publishes."""
    found = suggest(
        {
            "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n',
            "pyproject.toml": f'{MATURIN}[project]\nname = "ruff"\nversion = "0.17.6"\n'
            '[tool.maturin]\nbindings = "bin"\nmanifest-path = "crates/ruff/Cargo.toml"\n'
            'python-source = "python"\n',
            "crates/ruff/Cargo.toml": package(
                "ruff",
                META,
                '[dependencies]\nruff_linter = { path = "../ruff_linter", version = "0" }',
                version='"0.17.6"',
            ),
            "crates/ruff/src/lib.rs": "",
            "crates/ruff/src/main.rs": "",
            "crates/ruff/README.md": "",
            "crates/ruff_linter/Cargo.toml": package("ruff_linter", META, version='"0.0.0"'),
            "crates/ruff_dev/Cargo.toml": package("ruff_dev", META, "publish = false"),
            "crates/ruff_dev/src/main.rs": "",
            "crates/ruff_text/Cargo.toml": package("ruff_text", META, version='"0.1.0"'),
            "crates/ruff_benchmark/Cargo.toml": package("ruff_benchmark", META, version='"0.1.0"'),
            "python/ruff/__init__.py": "",
        }
    )
    assert build_files(found) == {
        "": "cargo_workspace:cargo maturin_wheel:ruff!",
        "crates/ruff_benchmark": "crate_package:ruff_benchmark",
        "crates/ruff_dev": "crate_package:ruff_dev",
        "crates/ruff_linter": "crate_package:ruff_linter",
        "crates/ruff_text": "crate_package:ruff_text!",
    }
    sources = the(found, "maturin_wheel", "").kwargs["sources"]
    assert sources == (
        *DEFAULT_SOURCES,
        "!crates/ruff_benchmark/**",
        "!crates/ruff_dev/**",
        "!crates/ruff_linter/**",
        "!crates/ruff_text/**",
    )
    assert any("ruff_linter, which is not to be published" in note for note in found.notes)


def test_many_crates_and_several_wheels_at_one_workspace_version() -> None:
    """polars: every crate inherits the workspace's version, the wheels have their own."""
    crates = {
        f"crates/{name}/Cargo.toml": package(name, META, version="workspace")
        + "[dependencies]\n"
        + "".join(f'{d} = {{ path = "../{d}", version = "0.50" }}\n' for d in needs)
        for name, needs in {
            "polars-utils": (),
            "polars-core": ("polars-utils",),
            "polars-python": ("polars-core",),
        }.items()
    }
    wheels = {
        f"py-polars/runtime/{name}/{file}": text
        for name in ("rt32", "rt64")
        for file, text in {
            "Cargo.toml": package(f"polars-{name}", CDYLIB, version="workspace")
            + '[dependencies]\npolars-python = { path = "../../../crates/polars-python" }\n',
            "pyproject.toml": project(f"polars-{name}"),
        }.items()
    }
    found = suggest(
        {
            "Cargo.toml": '[workspace]\nmembers = ["crates/*", "py-polars/runtime/*"]\n'
            'resolver = "2"\n[workspace.package]\nversion = "0.50.0"\n',
            "py-polars/pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n'
            '[project]\nname = "polars"\nversion = "1.0"\n',
            **crates,
            **wheels,
        }
    )
    assert build_files(found) == {
        "": "cargo_workspace:cargo",
        **{
            f"crates/{name}": f"crate_package:{name}!@polars-rt32"
            for name in ("polars-utils", "polars-core", "polars-python")
        },
        **{
            f"py-polars/runtime/{name}": f"maturin_wheel:polars-{name}!@polars-rt32"
            for name in ("rt32", "rt64")
        },
    }


ONE_CRATE = {
    "Cargo.toml": package("both", META, '[lib]\ncrate-type = ["rlib", "cdylib"]\n')
    + '[dependencies]\npyo3 = { version = "0.25", optional = true }\n',
    "pyproject.toml": project("both"),
}


def test_one_crate_two_artifacts() -> None:
    found = suggest(ONE_CRATE)
    assert build_files(found) == {
        "": "cargo_workspace:cargo crate_package:both!@both maturin_wheel:both-wheel!@both"
    }


def test_a_crate_and_a_wheel_of_one_name_but_versions_of_their_own_are_no_group() -> None:
    """delta-rs: the crate deltalake at 0.x, the wheel deltalake at 1.x."""
    found = suggest(
        {
            "crates/deltalake/Cargo.toml": package("deltalake", META, version='"0.30.0"'),
            "python/Cargo.toml": package("deltalake-python", CDYLIB, version='"1.4.0"') + PYO3,
            "python/pyproject.toml": project("deltalake"),
        }
    )
    assert all("version_group" not in target.kwargs for target in found.targets)


def test_an_extension_module_with_metadata_is_not_made_public_unasked() -> None:
    """Where Python is no option but a must, an rlib is there for the binding's own tests."""
    found = suggest(
        {**ONE_CRATE, "Cargo.toml": ONE_CRATE["Cargo.toml"].replace(", optional = true", "")}
    )
    assert build_files(found) == {"": "cargo_workspace:cargo maturin_wheel:both!"}
    (note,) = found.notes
    assert "crate_package(" in note


def test_a_bound_crate_in_another_place_has_an_owner_but_is_not_published() -> None:
    found = suggest(
        {
            "Cargo.toml": '[workspace]\nmembers = ["rust/binding"]\nresolver = "2"',
            "rust/binding/Cargo.toml": package("binding", META, CDYLIB) + PYO3,
            "python/pyproject.toml": project("thing")
            + '[tool.maturin]\nmanifest-path = "../rust/binding/Cargo.toml"\n',
        }
    )
    assert build_files(found) == {
        "": "cargo_workspace:cargo",
        "python": "maturin_wheel:thing!",
        "rust/binding": "crate_package:binding",
    }


def test_a_setup_py_alone_is_said_to_be_left_alone() -> None:
    tree = {
        "setup.py": "from setuptools_rust import RustExtension\n",
        "Cargo.toml": package("native", META, CDYLIB) + PYO3,
        "tools/setup.py": "import setuptools\n",
    }
    (note,) = suggest(tree).notes
    assert note.startswith("setup.py is built by setuptools; left alone")


def test_another_rust_backend_is_left_alone_with_one_sentence() -> None:
    tree = {
        "pyproject.toml": '[build-system]\nrequires = ["setuptools", "setuptools-rust"]\n'
        'build-backend = "setuptools.build_meta"\n[project]\nname = "t"\nversion = "1"\n'
        '[[tool.setuptools-rust.ext-modules]]\ntarget = "t._t"\npath = "native/Cargo.toml"\n',
        "native/Cargo.toml": package("native", META, CDYLIB) + PYO3,
    }
    assert suggest(tree) == Suggestions(
        notes=("pyproject.toml is built by setuptools-rust; left alone",)
    )


def test_what_crates_io_would_refuse_is_not_published_and_said_so() -> None:
    found = suggest(
        {
            "Cargo.toml": '[workspace]\nmembers = ["a", "b", "c"]\nresolver = "2"',
            "a/Cargo.toml": package("a", META) + '[dependencies]\nc = { path = "../c" }',
            "b/Cargo.toml": package("b"),
            "c/Cargo.toml": package("c", META),
        }
    )
    assert build_files(found) == {
        "": "cargo_workspace:cargo",
        "a": "crate_package:a",
        "b": "crate_package:b",
        "c": "crate_package:c!",
    }
    a, b = found.notes
    assert a.startswith("a/Cargo.toml: ")
    assert "path dependency without a version" in a
    assert "`description`" in b


@pytest.mark.parametrize(
    ("directory", "lines", "version"),
    [
        ("fuzz", "", '"1.0.0"'),
        ("examples/word-count", "", '"1.0.0"'),
        ("tools/gen", "", '"1.0.0"'),
        ("crates/x", "publish = false", '"1.0.0"'),
        ("crates/x", 'publish = ["mine"]', '"1.0.0"'),
        ("crates/x", CDYLIB, '"1.0.0"'),
        ("crates/x", "", '"0.0.0"'),
    ],
)
def test_crates_that_serve_the_repository_stay_unpublished(
    directory: str, lines: str, version: str
) -> None:
    manifest = package("some", META, lines, version=version)
    found = suggest({f"{directory}/Cargo.toml": manifest})
    assert not the(found, "crate_package", directory).kwargs


def test_examples_of_wheels_stay_unpublished_and_fixtures_are_no_packages() -> None:
    found = suggest(
        {
            "examples/w/Cargo.toml": package("w", CDYLIB) + PYO3,
            "examples/w/pyproject.toml": project("w"),
            "tests/fixtures/w/Cargo.toml": package("w", CDYLIB) + PYO3,
            "tests/fixtures/w/pyproject.toml": project("w"),
            "template/{{name}}/Cargo.toml": "[package]\nname = {{name}}",
        }
    )
    assert build_files(found) == {"examples/w": "cargo_workspace:cargo maturin_wheel:w"}
    assert found.notes == ()


def test_a_readme_shared_with_the_root_package_has_one_owner() -> None:
    """A member that took the root package's readme from it would depend on the package above it."""
    found = suggest(
        {
            "Cargo.toml": package("top", META, '[workspace]\nmembers = ["sub"]\n')
            + '[dependencies]\nsub = { path = "sub", version = "1" }',
            "README.md": "",
            "LICENSE-MIT": "",
            "sub/Cargo.toml": package("sub", META, 'readme = "../README.md"'),
        }
    )
    assert build_files(found) == {
        "": "cargo_workspace:cargo crate_package:top! files:docs",
        "sub": "crate_package:sub!",
    }
    assert the(found, "crate_package", "").kwargs["sources"] == (
        *DEFAULT_SOURCES,
        "!sub/**",
        "!README.md",
    )


def test_manifests_that_cannot_be_read_do_not_hide_the_others() -> None:
    found = suggest(
        {
            "a/Cargo.toml": package("a", META),
            "b/Cargo.toml": "[package",
            "b/below/Cargo.toml": package("below", META),
            "c/pyproject.toml": project("c"),
            "d/pyproject.toml": "[project",
            "e/pyproject.toml": "[tool.black]\nline-length = 100",
        }
    )
    assert build_files(found) == {"a": "cargo_workspace:cargo crate_package:a!"}
    assert [note.split(" ")[0] for note in found.notes] == [
        "b/Cargo.toml:1:",
        "d/pyproject.toml:1:",
        "c/pyproject.toml",
    ]


def test_a_python_project_for_tools_does_not_take_the_crate_beside_it() -> None:
    found = suggest(
        {
            "Cargo.toml": package("x", META),
            "pyproject.toml": '[project]\nname = "dev-tools"\nversion = "1"\n',
        }
    )
    assert build_files(found) == {"": "cargo_workspace:cargo crate_package:x!"}


def test_private_wheels_are_not_published() -> None:
    found = suggest(
        {
            "Cargo.toml": package("x", CDYLIB) + PYO3,
            "pyproject.toml": project("x", 'classifiers = ["Private :: Do Not Upload"]'),
        }
    )
    assert build_files(found) == {"": "cargo_workspace:cargo maturin_wheel:x"}


def test_what_is_there_is_not_suggested_again() -> None:
    found = suggest(JITER, owned=[("crate_package", "crates/jiter"), ("cargo_workspace", "")])
    assert build_files(found) == {
        "": "files:docs",
        "crates/fuzz": "crate_package:fuzz",
        "crates/jiter-python": "maturin_wheel:jiter!@jiter",
    }


PIECES = st.sampled_from(
    [
        package("a", META),
        package("b", META, version="workspace"),
        package("c", CDYLIB) + PYO3,
        package("d", META) + '[dependencies]\na = { path = "..", version = "1" }',
        '[workspace]\nmembers = ["*"]\n[workspace.package]\nversion = "2.0.0"\n',
        "[package",
    ]
)
DIRECTORIES = st.sampled_from(["", "x", "x/y", "x/y/z", "tests/t", "w"])


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(DIRECTORIES, PIECES, max_size=6),
    st.dictionaries(
        DIRECTORIES,
        st.sampled_from([project("a"), project("p"), "[build-system]\nrequires=['x']", "["]),
        max_size=4,
    ),
)
def test_any_arrangement_gets_targets_once_with_names_of_their_own(
    crates: Mapping[str, str], projects: Mapping[str, str]
) -> None:
    tree = {f"{d}/Cargo.toml".lstrip("/"): text for d, text in crates.items()}
    tree.update({f"{d}/pyproject.toml".lstrip("/"): text for d, text in projects.items()})
    found = suggest(tree)
    addresses = [(target.directory, target.name) for target in found.targets]
    assert len(addresses) == len(set(addresses))
    kinds = [(target.type_alias, target.directory) for target in found.targets]
    assert len(kinds) == len(set(kinds))

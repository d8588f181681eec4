"""What importing a wheel's module means to Pants: which target it is, and on which interpreters it works."""

from __future__ import annotations

import pytest
from engine_runs import crate, dependencies, pyproject, repository, target
from pants.backend.python.dependency_inference.module_mapper import FirstPartyPythonMappingImpl
from pants.engine.fs import EMPTY_SNAPSHOT, DigestContents
from pants.engine.internals.scheduler import ExecutionError
from pants.engine.target import GeneratedSources
from pants.testutil.rule_runner import QueryRule, RuleRunner

from pants_cratewheel.importable import GenerateExtensionRequest
from pants_cratewheel.products.importable import ServedInterpreters
from pants_cratewheel.products.tools import FoundInterpreters
from pants_cratewheel.python_imports import MapExtensionModules

PYO3 = """
[lib]
name = "_native"
crate-type = ["cdylib"]
[dependencies]
pyo3 = { version = "0.30", features = ["abi3-py39"] }
[workspace]
"""

FILES = {
    "py/BUILD": 'maturin_wheel(name="wheel")',
    "py/Cargo.toml": crate("imported", PYO3),
    "py/pyproject.toml": pyproject("imported", '[tool.maturin]\nmodule-name = "imported._native"'),
    "py/src/lib.rs": "",
}


def mapping(runner: RuleRunner) -> dict[str, dict[str, list[str]]]:
    """The addresses that provide each module, by resolve."""
    found = runner.request(FirstPartyPythonMappingImpl, [MapExtensionModules()])
    return {
        resolve: {name: [each.addr.spec for each in providers] for name, providers in names.items()}
        for resolve, names in found.items()
    }


def engine(files: dict[str, str], *options: str) -> RuleRunner:
    return repository(
        files,
        *options,
        rules=[
            QueryRule(FirstPartyPythonMappingImpl, [MapExtensionModules]),
            QueryRule(GeneratedSources, [GenerateExtensionRequest]),
        ],
    )


def test_the_module_is_the_wheel_in_every_resolve() -> None:
    runner = engine(
        FILES,
        "--python-enable-resolves",
        "--python-resolves={'one': 'one.lock', 'two': 'two.lock'}",
        "--python-default-resolve=one",
    )
    provided = {"imported._native": ["py:wheel"]}
    assert mapping(runner) == {"one": provided, "two": provided}


def test_every_wheel_that_has_a_module_provides_it() -> None:
    second = {name.replace("py/", "fork/"): content for name, content in FILES.items()}
    second["fork/Cargo.toml"] = crate("forked", PYO3)
    second["fork/pyproject.toml"] = FILES["py/pyproject.toml"].replace("imported", "forked", 1)
    provided = mapping(engine({**FILES, **second}))["<ignore>"]
    assert provided == {"imported._native": ["fork:wheel", "py:wheel"]}


#: The Python side of such a wheel, in a folder that is no source root of Pants' own choice.
PACKAGE = {
    "py/pyproject.toml": pyproject(
        "imported", '[tool.maturin]\nmodule-name = "imported._native"\npython-source = "python"'
    ),
    "py/python/imported/__init__.py": "from imported._native import answer\n",
    "py/python/imported/_native.pyi": "def answer() -> int: ...\n",
    "py/python/imported/deep/names.py": "",
    "py/python/imported/BUILD": "python_sources()",
}


def test_a_package_outside_of_every_source_root_is_imported_from_the_wheel() -> None:
    provided = mapping(engine({**FILES, **PACKAGE}))["<ignore>"]
    assert sorted(provided) == ["imported", "imported._native", "imported.deep.names"]
    assert all(providers == ["py:wheel"] for providers in provided.values())


def test_a_package_in_a_source_root_is_imported_from_its_own_target() -> None:
    runner = engine({**FILES, **PACKAGE}, "--source-root-patterns=py/python")
    assert mapping(runner) == {"<ignore>": {"imported._native": ["py:wheel"]}}


def test_a_wheel_at_the_top_of_the_repository_has_a_module_too() -> None:
    runner = engine({name[len("py/") :]: content for name, content in FILES.items()})
    assert mapping(runner) == {"<ignore>": {"imported._native": ["//:wheel"]}}


def seen_by_check(files: dict[str, str], *options: str) -> dict[str, str]:
    """The files that a type checker gets of the wheel, with what they say."""
    runner = engine(files, "check", *options)
    wheel = target(runner, "py:wheel")
    made = runner.request(GeneratedSources, [GenerateExtensionRequest(EMPTY_SNAPSHOT, wheel)])
    contents = runner.request(DigestContents, [made.snapshot.digest])
    return {each.path: each.content.decode() for each in contents}


def test_a_type_checker_sees_the_package_of_the_wheel_and_no_rust() -> None:
    # With `src/lib.rs` empty, there is nothing to compile.
    stub = PACKAGE["py/python/imported/_native.pyi"]
    assert seen_by_check({**FILES, **PACKAGE}) == {
        "imported/__init__.py": PACKAGE["py/python/imported/__init__.py"],
        "imported/_native.pyi": stub,
        "imported/deep/names.py": "",
    }
    in_root = seen_by_check({**FILES, **PACKAGE}, "--source-root-patterns=py/python")
    assert in_root == {"py/python/imported/_native.pyi": stub}


def test_a_type_checker_sees_stubs_without_a_python_package() -> None:
    plain = {**FILES, "py/pyproject.toml": pyproject("imported")}
    beside = {"py/_native.pyi": "def answer() -> int: ...\n"}
    package = {"py/_native-stubs/__init__.pyi": "def answer() -> str: ...\n"}
    assert seen_by_check({**plain, **beside}) == {"_native.pyi": beside["py/_native.pyi"]}
    assert seen_by_check({**plain, **beside}, "--source-root-patterns=py") == beside
    assert seen_by_check({**plain, **package}) == {
        "_native/__init__.pyi": package["py/_native-stubs/__init__.pyi"]
    }


def test_a_wheel_that_cannot_be_read_keeps_no_other_from_being_found() -> None:
    runner = engine(
        {
            **FILES,
            "broken/BUILD": 'maturin_wheel(name="wheel")',
            "broken/Cargo.toml": crate("broken", PYO3.replace(', features = ["abi3-py39"]', "")),
            "broken/pyproject.toml": pyproject("broken").replace(">=3.9", "three"),
            "empty/BUILD": 'maturin_wheel(name="wheel")',
        }
    )
    assert mapping(runner) == {"<ignore>": {"imported._native": ["py:wheel"]}}


def test_a_module_serves_the_interpreters_of_the_python_targets() -> None:
    queries = [QueryRule(FoundInterpreters, []), QueryRule(ServedInterpreters, [])]
    found = repository({}, rules=queries).request(FoundInterpreters, []).interpreters
    one = next(each for each in found if each.tag.startswith("cp3") and "t" not in each.tag)
    minor = ".".join(one.version.split(".")[:2])
    runner = repository(
        {
            "app/BUILD": f'python_sources(interpreter_constraints=["CPython=={minor}.*"])',
            "app/app.py": "",
            # Nothing on this machine runs it, so nothing is built for it either.
            "old/BUILD": 'python_sources(interpreter_constraints=["CPython==3.0.*"])',
            "old/old.py": "",
        },
        rules=queries,
    )
    assert runner.request(ServedInterpreters, []).interpreters == (one,)


@pytest.mark.parametrize(
    ("constraints", "fits"),
    [
        ("CPython>=3.9", True),
        ("CPython==3.11.*", True),
        ("CPython>=3.8", False),
        ("CPython==3.7.*", False),
    ],
)
def test_the_interpreters_must_be_among_those_of_the_wheel(constraints: str, fits: bool) -> None:
    runner = engine(
        {
            **FILES,
            "app/BUILD": f"""
            python_source(
                source="app.py",
                interpreter_constraints=["{constraints}"],
                dependencies=["py:wheel"],
            )
            """,
            "app/app.py": "",
        }
    )
    if fits:
        assert dependencies(runner, "app") == ["py:wheel"]
        return
    with pytest.raises(ExecutionError) as error:
        dependencies(runner, "app")
    said = str(error.value)
    assert "CW-EXTENSION-PYTHON app:app" in said
    assert (
        f"it may run on {constraints}, and py:wheel, which it imports, is for CPython>=3.9" in said
    )

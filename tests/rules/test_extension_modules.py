"""What importing a wheel's module means to Pants: which target it is, and on which interpreters it works."""

from __future__ import annotations

import pytest
from engine_runs import crate, dependencies, pyproject, repository
from pants.backend.python.dependency_inference.module_mapper import FirstPartyPythonMappingImpl
from pants.engine.internals.scheduler import ExecutionError
from pants.testutil.rule_runner import QueryRule, RuleRunner

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
        files, *options, rules=[QueryRule(FirstPartyPythonMappingImpl, [MapExtensionModules])]
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

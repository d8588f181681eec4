"""The backend in Pants' own engine, without a command line and without anything being built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import dedent

from pants.backend.project_info import dependents
from pants.backend.python.dependency_inference.subsystem import PythonInferSubsystem
from pants.backend.python.target_types import (
    PythonFilesGeneratorSettingsRequest,
    PythonSourcesGeneratorTarget,
    PythonSourceTarget,
)
from pants.backend.python.target_types_rules import python_files_generator_settings
from pants.build_graph.address import Address, AddressInput
from pants.core import register as core
from pants.engine.addresses import Addresses
from pants.engine.internals.graph import Owners, OwnersRequest
from pants.engine.target import (
    Dependencies,
    DependenciesRequest,
    Target,
    TargetFilesGeneratorSettingsRequest,
    TransitiveTargets,
    TransitiveTargetsRequest,
)
from pants.engine.unions import UnionRule
from pants.testutil.rule_runner import QueryRule, RuleRunner

from pants_cratewheel import register
from pants_cratewheel.products.builds import CargoTree, CargoTreeRequest

#: What finds the tools of this machine, and what installs Python ones.
TOOLS = {
    *("HOME", "PATH", "PYENV_ROOT"),
    *("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "PIP_CERT", "SSL_CERT_FILE"),
    *("PANTS_CA_CERTS_PATH", "PANTS_PYTHON_BOOTSTRAP_SEARCH_PATH"),
    *(f"PANTS_PEX_CLI_{each}" for each in ("KNOWN_VERSIONS", "URL_TEMPLATE", "VERSION")),
}

MEMBER = """
[package]
name = "{name}"
version = "1.0.0"
edition = "2021"
description = "A crate"
license = "MIT"
"""

PYPROJECT = """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "{name}"
version = "1.0.0"
requires-python = ">=3.9"
"""


def crate(name: str, rest: str = "") -> str:
    """A Cargo.toml of a crate that crates.io would take."""
    return MEMBER.format(name=name) + dedent(rest)


def pyproject(name: str, rest: str = "") -> str:
    """A pyproject.toml that maturin builds."""
    return PYPROJECT.format(name=name) + dedent(rest)


def repository(
    files: Mapping[str, str], *options: str, rules: Iterable[QueryRule] = ()
) -> RuleRunner:
    """An engine with this backend, in a repository of its own.

    Of Pants' Python backend only the targets: its rules take the engine half a minute to arrange.

    Args:
        files: contents by path, common indentation taken away.
        options: further command line options.
        rules: what is asked beyond dependencies and owners.
    """
    runner = RuleRunner(
        rules=[
            *core.rules(),
            *dependents.rules(),
            *register.rules(),
            *PythonInferSubsystem.rules(),
            python_files_generator_settings,
            UnionRule(TargetFilesGeneratorSettingsRequest, PythonFilesGeneratorSettingsRequest),
            *rules,
            QueryRule(Addresses, [DependenciesRequest]),
            QueryRule(CargoTree, [CargoTreeRequest]),
            QueryRule(Owners, [OwnersRequest]),
            QueryRule(TransitiveTargets, [TransitiveTargetsRequest]),
        ],
        target_types=[
            *core.target_types(),
            PythonSourceTarget,
            PythonSourcesGeneratorTarget,
            *register.target_types(),
        ],
        objects=dict(register.build_file_aliases().objects),
    )
    runner.set_options(options, env_inherit=TOOLS)
    runner.write_files({name: dedent(text).lstrip("\n") for name, text in files.items()})
    return runner


def target(runner: RuleRunner, spec: str) -> Target:
    """The target at an address."""
    return runner.get_target(_address(spec))


def dependencies(runner: RuleRunner, spec: str) -> list[str]:
    """The addresses that a target depends on directly, sorted."""
    found = runner.request(Addresses, [DependenciesRequest(target(runner, spec).get(Dependencies))])
    return sorted(address.spec for address in found)


def everything_needed(runner: RuleRunner, spec: str) -> list[str]:
    """The addresses that a target depends on, directly or not, sorted."""
    found = runner.request(TransitiveTargets, [TransitiveTargetsRequest([_address(spec)])])
    return sorted(each.address.spec for each in found.dependencies)


def owners(runner: RuleRunner, path: str) -> list[str]:
    """The addresses of the targets that own a file, sorted."""
    return sorted(address.spec for address in runner.request(Owners, [OwnersRequest((path,))]))


def dependents_of(runner: RuleRunner, spec: str) -> list[str]:
    """What `pants dependents --transitive` prints."""
    result = runner.run_goal_rule(
        dependents.DependentsGoal,
        args=["--transitive", spec],
        env_inherit=TOOLS,
    )
    return sorted(result.stdout.split())


def _address(spec: str) -> Address:
    return AddressInput.parse(spec, description_of_origin="the test").dir_to_address()

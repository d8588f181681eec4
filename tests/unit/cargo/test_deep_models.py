"""Repositories in which everything is built from everything before it."""

from __future__ import annotations

import time

from cratewheel.cargo.model import load_cargo_model
from cratewheel.project import CRATE, DeclaredPackage, Project, findings_for_packages
from cratewheel.python_project import load_python_projects
from cratewheel.stable_abi import pyo3_features

LENGTH = 1500


def chain(length: int, last: str = "") -> dict[str, bytes]:
    """The manifests of crates each of which needs the one before it."""
    return {
        f"c{at}/Cargo.toml": (
            f'[package]\nname = "c{at}"\nversion = "1.0.0"\n[dependencies]\n'
            + (f'c{at - 1} = {{ path = "../c{at - 1}" }}\n' if at else last)
        ).encode()
        for at in range(length)
    }


def test_features_are_followed_down_a_chain_longer_than_calls_may_be_deep() -> None:
    model = load_cargo_model(chain(LENGTH, 'pyo3 = { version = "0.25", features = ["abi3"] }\n'))
    assert pyo3_features(model, f"c{LENGTH - 1}") == frozenset({"abi3", "default"})


def test_a_fault_is_found_from_everywhere_and_looked_for_once() -> None:
    files = chain(LENGTH, 'gone = { path = "../gone" }\n')
    model = load_cargo_model(files)
    packages = tuple(
        DeclaredPackage(f"c{at}:c{at}", CRATE, f"c{at}", publish=True) for at in range(LENGTH - 1)
    )
    project = Project(model, load_python_projects(files), files, packages, {})
    started = time.perf_counter()
    (finding,) = findings_for_packages(project, packages)
    assert (finding.code, finding.place) == (
        "CW-CRATE-PATH-MISSING",
        "c0/Cargo.toml: dependencies.gone",
    )
    # One look at every crate for every other takes minutes.
    assert time.perf_counter() - started < 30


def test_a_crate_that_no_target_owns_is_named_with_what_needs_it() -> None:
    files = chain(3)
    packages = (DeclaredPackage("c2:c2", CRATE, "c2", publish=True),)
    project = Project(load_cargo_model(files), load_python_projects(files), files, packages, {})
    findings = findings_for_packages(project, packages)
    assert [(each.code, each.place) for each in findings] == [
        ("CW-PATH-DEPENDENCY-UNOWNED", "c1/Cargo.toml: dependencies.c0"),
        ("CW-PATH-DEPENDENCY-UNOWNED", "c2/Cargo.toml: dependencies.c1"),
    ]

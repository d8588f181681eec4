"""What of a lock a crate is built from, and how a change of it is told."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_cargo import cargo, manifests_of, write_tree

from cratewheel.cargo.lock import BuildGraph, LockedPackage, changed_packages, parse_lock
from cratewheel.cargo.model import load_cargo_model
from cratewheel.errors import CratewheelError

REGISTRY = "registry+https://example.org/index"

TREE = {
    "Cargo.toml": '[workspace]\nmembers = ["a", "b"]\nresolver = "2"',
    "a/Cargo.toml": """
[package]
name = "a"
version = "1.0.0"
[dependencies]
b = { path = "../b" }
rand = "0.8"
[dev-dependencies]
rand_new = { package = "rand", version = "0.9" }
criterion = "0.5"
""",
    "b/Cargo.toml": """
[package]
name = "b"
version = "0.2.0"
[build-dependencies]
cc = "1"
[dev-dependencies]
a = { path = "../a" }
quickcheck = "1"
""",
}


def package(name: str, version: str, *dependencies: str, registry: bool = True) -> str:
    source = f'source = "{REGISTRY}"\nchecksum = "{name}{version}"\n' if registry else ""
    listed = ", ".join(f'"{d}"' for d in dependencies)
    return (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\n{source}dependencies = [{listed}]\n'
    )


LOCK = "version = 4\n" + "\n".join(
    [
        package("a", "1.0.0", "b", "criterion", "rand 0.8.5", "rand 0.9.1", registry=False),
        package("b", "0.2.0", "a", "cc", "quickcheck", registry=False),
        package("rand", "0.8.5", "libc"),
        package("rand", "0.9.1"),
        package("libc", "0.2.1"),
        package("cc", "1.0.1"),
        package("criterion", "0.5.1", "libc"),
        package("quickcheck", "1.0.3"),
    ]
)


def names(directory: str, lock: str = LOCK) -> set[tuple[str, str]]:
    found = BuildGraph(parse_lock(lock.encode()), load_cargo_model(manifests_of(TREE))).subgraph(
        directory
    )
    return {(p.name, p.version) for p in found}


def test_dev_dependencies_have_no_part_in_what_a_crate_is_built_from() -> None:
    assert names("b") == {("b", "0.2.0"), ("cc", "1.0.1")}
    assert names("a") == {
        ("a", "1.0.0"),
        ("b", "0.2.0"),
        ("cc", "1.0.1"),
        ("libc", "0.2.1"),
        ("rand", "0.8.5"),
    }


def test_a_crate_the_lock_does_not_know_has_nothing_locked() -> None:
    assert (
        names("a", LOCK.replace('name = "a"\nversion = "1.0.0"', 'name = "a"\nversion = "9.0.0"'))
        == set()
    )


def test_changes_are_told_in_words() -> None:
    model = load_cargo_model(manifests_of(TREE))
    old = BuildGraph(parse_lock(LOCK.encode()), model).subgraph("a")
    new_lock = (
        LOCK.replace('"rand 0.8.5"', '"rand 0.8.6"')
        .replace('version = "0.8.5"', 'version = "0.8.6"')
        .replace("rand0.8.5", "rand0.8.6")
        .replace('"cc"', '"ccc"')
        .replace("cc1.0.1", "ccc1.0.1")
        .replace('version = "1.0.3"', 'version = "1.0.4"')
    )
    new = BuildGraph(parse_lock(new_lock.encode()), model).subgraph("a")
    assert changed_packages(old, new) == (
        "cc 1.0.1 removed",
        "ccc 1.0.1 added",
        "rand 0.8.5 → 0.8.6",
    )
    assert changed_packages(old, old) == ()
    assert changed_packages(
        frozenset({LockedPackage("x", "1.0.0", "git+u#1"), LockedPackage("y", "1.0.0")}),
        frozenset({LockedPackage("x", "1.0.0", "git+u#2"), LockedPackage("y", "2.0.0")}),
    ) == ("x 1.0.0 from another source",)


def test_version_1_keeps_checksums_apart() -> None:
    lock = f"""
[[package]]
name = "top"
version = "0.1.0"
dependencies = ["libc 0.2.1 ({REGISTRY})"]
[[package]]
name = "libc"
version = "0.2.1"
source = "{REGISTRY}"
[metadata]
"checksum libc 0.2.1 ({REGISTRY})" = "abc"
"""
    graph = parse_lock(lock.encode())
    (top,) = graph.local("top")
    assert graph.dependencies[top] == (LockedPackage("libc", "0.2.1", REGISTRY, "abc"),)


@pytest.mark.parametrize(
    "text",
    [
        "[[package]]\nname = 1",
        "package = 3",
        "version = 'x'",
        "[[package",
        "[[package]]\nname = 'a'",
        package("a", "1.0.0", "gone"),
        package("a", "1.0.0", "a 2.0.0"),
    ],
)
def test_what_is_no_lock_is_said_to_be_none(text: str) -> None:
    with pytest.raises(CratewheelError) as caught:
        parse_lock(text.encode(), "x/Cargo.lock")
    assert caught.value.codes == ("CW-LOCK-SYNTAX",)
    assert "x/Cargo.lock" in caught.value.findings[0].place


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise_anything_else(content: bytes) -> None:
    with contextlib.suppress(CratewheelError):
        parse_lock(content)


def test_the_lock_cargo_writes_is_read(tmp_path: Path) -> None:
    tree = {
        "Cargo.toml": '[workspace]\nmembers = ["a", "b"]\nresolver = "2"',
        "a/Cargo.toml": '[package]\nname = "a"\nversion = "1.0.0"\n'
        '[dependencies]\nbb = { package = "b", path = "../b" }',
        "b/Cargo.toml": '[package]\nname = "b"\n[dev-dependencies]\na = { path = "../a" }',
    }
    write_tree(tmp_path, tree)
    assert cargo(tmp_path, "generate-lockfile").returncode == 0
    lock = parse_lock((tmp_path / "Cargo.lock").read_bytes())
    graph = BuildGraph(lock, load_cargo_model(manifests_of(tree)))
    assert {p.name for p in graph.subgraph("a")} == {"a", "b"}
    assert {p.name for p in graph.subgraph("b")} == {"b"}

"""A workspace cut down to one crate is one that real cargo takes, with a lock that matches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tomli
from reference_cargo import Tree, cargo, manifests_of, write_tree

from cratewheel.cargo.model import load_cargo_model
from cratewheel.cargo.reduction import reduced
from cratewheel.cargo.skeleton import skeleton, skeletons_needed

WORKSPACE: Tree = {
    "Cargo.toml": """
[workspace]
# The binding is built from `core` alone.
members = ["crates/*", "xtask"]
default-members = ["xtask"]
resolver = "2"
[workspace.package]
edition = "2021"
[workspace.dependencies]
core = { path = "crates/core" }
tool = { path = "crates/tool" }
[profile.release]
debug = 1
""",
    "crates/core/Cargo.toml": """
[package]
name = "core"
version = "1.0.0"
edition.workspace = true
[dependencies]
derive = { path = "../derive", optional = true }
[dev-dependencies]
tool = { workspace = true, features = ["more"] }
derive = { path = "../derive" }
[target.'cfg(unix)'.dev-dependencies]
bound = { path = "../bound" }
[features]
full = ["dep:derive", "tool/more", "derive?/extra"]
""",
    "crates/derive/Cargo.toml": """
[package]
name = "derive"
version = "1.0.0"
[features]
extra = []
""",
    "crates/tool/Cargo.toml": """
[package]
name = "tool"
version = "1.0.0"
[features]
more = []
[dependencies]
other = { path = "../other" }
""",
    "crates/other/Cargo.toml": '[package]\nname = "other"\nversion = "1.0.0"\n',
    "crates/bound/Cargo.toml": """
[package]
name = "bound"
version = "1.0.0"
[dependencies]
core.workspace = true
""",
    "xtask/Cargo.toml": """
[package]
name = "xtask"
version = "1.0.0"
[dependencies]
other = { path = "../crates/other" }
""",
}

ROOT_CRATE: Tree = {
    "Cargo.toml": """
[package]
name = "root"
version = "1.0.0"
edition = "2021"
[dependencies]
other = { path = "other" }
[workspace]
members = ["bound", "core", "other"]
""",
    "bound/Cargo.toml": """
[package]
name = "bound"
version = "1.0.0"
edition = "2021"
[dependencies]
core = { path = "../core" }
""",
    "core/Cargo.toml": '[package]\nname = "core"\nversion = "1.0.0"\n',
    "other/Cargo.toml": '[package]\nname = "other"\nversion = "1.0.0"\n',
}


def reduce_tree(root: Path, tree: Tree, directory: str) -> set[str]:
    """Writes `tree` with stand-ins for what `directory` is not built from, and cuts it down."""
    model = load_cargo_model(manifests_of(tree))
    write_tree(root, tree)
    assert cargo(root, "generate-lockfile").returncode == 0
    manifests = manifests_of(tree)
    for absent in skeletons_needed(model, model.build_closure(directory)):
        path = f"{absent}/Cargo.toml" if absent else "Cargo.toml"
        manifests[path] = skeleton(manifests[path])["Cargo.toml"]
    changes = reduced(load_cargo_model(manifests), manifests, directory)
    for path, content in {**manifests, **changes}.items():
        if content is None:
            (root / path).unlink()
        else:
            (root / path).write_bytes(content)
    return set(changes)


def members(root: Path) -> dict[str, Any]:
    """The packages of the workspace in `root` by name, once cargo has brought the lock in line."""
    assert cargo(root, "fetch").returncode == 0
    done = cargo(root, "metadata", "--format-version", "1", "--locked")
    assert done.returncode == 0, done.stderr
    return {each["name"]: each for each in json.loads(done.stdout)["packages"]}


def test_only_what_the_crate_is_built_from_is_left(tmp_path: Path) -> None:
    reduce_tree(tmp_path, WORKSPACE, "crates/bound")

    assert set(members(tmp_path)) == {"bound", "core", "derive"}
    assert [
        package["name"] for package in tomli.loads((tmp_path / "Cargo.lock").read_text())["package"]
    ] == ["bound", "core", "derive"]
    assert not (tmp_path / "xtask" / "Cargo.toml").exists()
    assert not (tmp_path / "crates" / "tool" / "src" / "lib.rs").exists()


def test_a_dev_dependency_on_what_is_gone_is_gone_and_one_on_what_stays_stays(
    tmp_path: Path,
) -> None:
    reduce_tree(tmp_path, WORKSPACE, "crates/bound")
    core = members(tmp_path)["core"]

    assert {(each["name"], each["kind"]) for each in core["dependencies"]} == {
        ("bound", "dev"),
        ("derive", "dev"),
        ("derive", None),
    }
    assert core["features"]["full"] == ["dep:derive", "derive?/extra"]


def test_the_rest_of_the_root_manifest_is_as_it_was_written(tmp_path: Path) -> None:
    reduce_tree(tmp_path, WORKSPACE, "crates/bound")
    root = (tmp_path / "Cargo.toml").read_text()

    assert "# The binding is built from `core` alone." in root
    assert tomli.loads(root)["profile"] == {"release": {"debug": 1}}


def test_a_root_crate_that_is_not_built_leaves_the_workspace_behind(tmp_path: Path) -> None:
    reduce_tree(tmp_path, ROOT_CRATE, "bound")

    assert set(members(tmp_path)) == {"bound", "core"}
    # Resolver 2, which the edition of the root's own crate stood for.
    assert tomli.loads((tmp_path / "Cargo.toml").read_text()) == {
        "workspace": {"members": ["bound", "core"], "resolver": "2"}
    }


@pytest.mark.parametrize("directory", ["crates/bound", "xtask"])
def test_cutting_down_twice_changes_nothing_more(tmp_path: Path, directory: str) -> None:
    reduce_tree(tmp_path, WORKSPACE, directory)
    left = {
        str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("Cargo.toml")
    }
    assert reduced(load_cargo_model(left), left, directory) == {}


def test_a_workspace_that_is_built_whole_is_left_alone(tmp_path: Path) -> None:
    whole = {path: text for path, text in ROOT_CRATE.items() if path != "Cargo.toml"}
    whole["Cargo.toml"] = '[workspace]\nmembers = ["bound", "core"]\n'
    del whole["other/Cargo.toml"]
    assert reduce_tree(tmp_path, whole, "bound") == set()

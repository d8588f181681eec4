"""Real cargo resolves, checks and packages one crate with skeletons in place of all the others."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from pathlib import Path

import pytest
from reference_cargo import Tree, cargo, manifests_of, write_tree

from cratewheel.cargo.model import load_cargo_model
from cratewheel.cargo.skeleton import skeleton, skeletons_needed
from cratewheel.errors import CratewheelError

WORKSPACE: Tree = {
    "Cargo.toml": """
[workspace]
members = ["crates/*", "xtask"]
resolver = "2"
[workspace.package]
version = "1.2.3"
edition = "2021"
license = "MIT"
description = "one of several"
[workspace.dependencies]
core-part = { path = "crates/core-part", version = "1.2.3" }
[workspace.lints.rust]
unused = "warn"
[profile.release]
debug = 1
""",
    "crates/core-part/Cargo.toml": """
[package]
name = "core-part"
version.workspace = true
edition.workspace = true
license.workspace = true
description.workspace = true
[dependencies]
derive-part = { path = "../derive-part", version = "1.2.3", optional = true }
[dev-dependencies]
# A cycle that cargo allows: the crates above it are there for its tests.
user-part = { path = "../user-part" }
[features]
derive = ["dep:derive-part"]
[lints]
workspace = true
""",
    "crates/core-part/src/lib.rs": "pub fn two() -> u8 { 2 }",
    "crates/derive-part/Cargo.toml": """
[package]
name = "derive-part"
version.workspace = true
edition.workspace = true
license.workspace = true
description.workspace = true
[lib]
proc-macro = true
""",
    "crates/derive-part/src/lib.rs": "",
    "crates/user-part/Cargo.toml": """
[package]
name = "user-part"
version.workspace = true
edition.workspace = true
default-run = "one"
links = "something"
build = "build/main.rs"
[[bin]]
name = "one"
path = "cli/one.rs"
required-features = ["cli"]
[[bench]]
name = "speed"
harness = false
[[example]]
name = "show"
path = "shown/show.rs"
[features]
cli = []
[dependencies]
core-part = { workspace = true, features = ["derive"] }
[target.'cfg(windows)'.build-dependencies]
tool-part = { path = "../tool-part" }
""",
    "crates/user-part/build/main.rs": "fn main() {}",
    "crates/user-part/cli/one.rs": "fn main() {}",
    "crates/user-part/benches/speed.rs": "fn main() {}",
    "crates/user-part/shown/show.rs": "fn main() {}",
    "crates/user-part/src/lib.rs": "pub fn four() -> u8 { 2 * core_part::two() }",
    "crates/tool-part/Cargo.toml": """
[package]
name = "tool-part"
version = "0.0.0"
publish = false
[lib]
crate-type = ["cdylib"]
[dependencies]
tool-part-2 = { path = "../tool-part-2" }
""",
    "crates/tool-part/src/lib.rs": "",
    "crates/tool-part-2/Cargo.toml": '[package]\nname = "tool-part-2"\nversion = "3.0.0"\n',
    "crates/tool-part-2/src/main.rs": "fn main() {}",
    "xtask/Cargo.toml": """
[package]
name = "xtask"
version = "0.1.0"
[dependencies]
user-part = { path = "../crates/user-part" }
""",
    "xtask/src/main.rs": "fn main() {}",
}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole workspace with the lock cargo makes for it."""
    root = tmp_path_factory.mktemp("full")
    write_tree(root, WORKSPACE)
    assert cargo(root, "generate-lockfile").returncode == 0
    return root


def pruned(full: Path, into: Path, directory: str) -> None:
    """Only what building the crate in `directory` takes, the rest as skeletons."""
    model = load_cargo_model(manifests_of(WORKSPACE))
    closure = model.build_closure(directory)
    for path in WORKSPACE:
        folder = next((d for d in sorted(closure, reverse=True) if path.startswith(d + "/")), None)
        if path == "Cargo.toml" or folder is not None:
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(full / path, into / path)
    shutil.copy(full / "Cargo.lock", into / "Cargo.lock")
    for stand_in in skeletons_needed(model, closure):
        manifest = WORKSPACE[f"{stand_in}/Cargo.toml"].encode()
        for path, content in skeleton(manifest).items():
            (into / stand_in / path).parent.mkdir(parents=True, exist_ok=True)
            (into / stand_in / path).write_bytes(content)


def test_the_rest_of_the_workspace_is_what_needs_a_stand_in() -> None:
    model = load_cargo_model(manifests_of(WORKSPACE))
    assert skeletons_needed(model, model.build_closure("crates/core-part")) == (
        "crates/tool-part",
        "crates/tool-part-2",
        "crates/user-part",
        "xtask",
    )
    assert skeletons_needed(model, model.crates) == ()


@pytest.mark.parametrize("name", ["core-part", "derive-part", "user-part", "tool-part"])
def test_cargo_checks_one_crate_among_skeletons_with_the_lock_unchanged(
    full: Path, tmp_path: Path, name: str
) -> None:
    pruned(full, tmp_path, f"crates/{name}")
    for arguments in (["metadata", "--format-version", "1"], ["check", "--all-features"]):
        selected = ["-p", name] if arguments[0] == "check" else []
        done = cargo(tmp_path, *arguments, *selected, "--locked")
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "Cargo.lock").read_bytes() == (full / "Cargo.lock").read_bytes()


@pytest.mark.parametrize("name", ["core-part", "derive-part"])
def test_a_crate_packaged_among_skeletons_is_the_one_of_the_full_tree(
    full: Path, tmp_path: Path, name: str
) -> None:
    pruned(full, tmp_path, f"crates/{name}")
    # With its path dependencies, so that cargo finds them in the registry it makes for the run.
    together = ["-p", "derive-part", *(["-p", name] if name != "derive-part" else [])]
    contents = []
    for root in (full, tmp_path):
        done = cargo(root, "package", "--locked", "--allow-dirty", *together)
        assert done.returncode == 0, done.stderr
        contents.append(_contents(root / "target" / "package" / f"{name}-1.2.3.crate"))
    assert contents[0] == contents[1]
    assert f"{name}-1.2.3/Cargo.lock" in contents[0]


def test_a_skeleton_changes_only_when_a_resolution_could() -> None:
    manifest = WORKSPACE["crates/user-part/Cargo.toml"]
    said = manifest.replace("[features]", "# a word\n[package.metadata.x]\ny = 1\n[features]")
    grown = manifest.replace("cli = []", "cli = []\nmore = []")
    assert skeleton(manifest.encode()) == skeleton(said.encode())
    assert skeleton(manifest.encode()) != skeleton(grown.encode())


def test_a_manifest_that_is_no_toml_is_a_finding() -> None:
    with pytest.raises(CratewheelError) as caught:
        skeleton(b"[package", "x/Cargo.toml")
    assert caught.value.codes == ("CW-MANIFEST-SYNTAX",)
    assert "x/Cargo.toml:1" in str(caught.value)


def _contents(archive: Path) -> dict[str, str]:
    with tarfile.open(archive) as tar:
        return {
            member.name: hashlib.sha256(tar.extractfile(member).read()).hexdigest()  # type: ignore[union-attr]
            for member in tar.getmembers()
        }

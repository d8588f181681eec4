"""What of a manifest counts as a change of the package that is built from it."""

from __future__ import annotations

from typing import Any, Optional

import pytest
import tomli

from cratewheel.changes.content import (
    crate_inputs,
    lock_inputs,
    profile_inputs,
    project_inputs,
    toolchain,
)

WORKSPACE = """
[workspace.package]
license = "MIT"
[workspace.dependencies]
serde = { version = "1", default-features = false, features = ["std"] }
log = "0.4"
"""
CRATE = """
[package]
name = "demo"
version = "1.0.0"
license.workspace = true
[dependencies]
serde = { workspace = true, features = ["derive"] }
log = { workspace = true, optional = true }
"""


def read(text: str) -> dict[str, Any]:
    return tomli.loads(text)


@pytest.mark.parametrize(
    ("crate", "workspace", "counts"),
    [
        ((), (), False),
        (('"1.0.0"', '"2.0.0"'), (), False),
        (("", "\n[dev-dependencies]\nx = '1'\n"), (), False),
        ((), ("", "\n[workspace.metadata]\nx = 1\n"), False),
        ((), ('"0.4"', '"0.5"'), True),
        ((), ('["std"]', '["std", "rc"]'), True),
        ((), ('"MIT"', '"0BSD"'), True),
        (('["derive"]', '["derive", "rc"]'), (), True),
        (("optional = true", "optional = false"), (), True),
        # The same, written down where it was inherited.
        (("log = { workspace = true,", 'log = { version = "0.4",'), (), False),
        (("license.workspace = true", 'license = "MIT"'), (), False),
    ],
)
def test_a_crate_is_built_from_what_it_says_and_inherits(
    crate: tuple[str, ...], workspace: tuple[str, ...], counts: bool
) -> None:
    def changed(text: str, change: tuple[str, ...]) -> dict[str, Any]:
        if not change:
            return read(text)
        old, new = change
        return read(text.replace(old, new) if old else text + new)

    before = crate_inputs(read(CRATE), read(WORKSPACE))
    after = crate_inputs(changed(CRATE, crate), changed(WORKSPACE, workspace))
    assert (before != after) == counts


@pytest.mark.parametrize("features", ["3", '"derive"', "{ a = 1 }", "[3]"])
def test_features_that_cargo_would_refuse_are_compared_all_the_same(features: str) -> None:
    odd = read(CRATE.replace('["derive"]', features))
    assert crate_inputs(odd, read(WORKSPACE)) != crate_inputs(read(CRATE), read(WORKSPACE))
    shared = read(WORKSPACE.replace('["std"]', features))
    assert crate_inputs(read(CRATE), shared) != crate_inputs(read(CRATE), read(WORKSPACE))


@pytest.mark.parametrize(
    ("new", "counts"),
    [
        (CRATE, False),
        (CRATE + "[lib]\ncrate-type = ['cdylib']\n", False),
        (CRATE.replace("1.0.0", "1.1.0"), True),
        (CRATE + "[dev-dependencies]\nx = '1'\n", True),
        (CRATE + "[workspace]\nmembers = []\n", True),
        (CRATE + "[target.'cfg(unix)'.dependencies]\nx = '1'\n", True),
    ],
)
def test_a_lock_is_made_from_names_versions_members_and_dependencies(
    new: str, counts: bool
) -> None:
    assert (lock_inputs(read(CRATE)) != lock_inputs(read(new))) == counts


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        ('version = "1"', 'dynamic = ["version"]', False),
        ('version = "1"', 'version = "2"', False),
        ('dynamic = ["version", "readme"]', 'dynamic = ["readme", "version"]', False),
        ('dynamic = ["version"]', 'dynamic = ["version", "readme"]', True),
        ('dynamic = "odd"', 'dynamic = "other"', True),
    ],
)
def test_a_version_of_a_project_is_no_change_of_it(old: str, new: str, counts: bool) -> None:
    def inputs(line: str) -> object:
        return project_inputs(read(f'[project]\nname = "demo"\n{line}\n'))

    assert (inputs(old) != inputs(new)) == counts


@pytest.mark.parametrize(
    ("content", "plain", "channel"),
    [
        (b"1.90.0\n", True, "1.90.0"),
        (b"\n", True, None),
        (b"", True, None),
        (b"1.90.0\n", False, None),
        (b'[toolchain]\nchannel = "nightly"\n', True, "nightly"),
        (b'[toolchain]\nchannel = "nightly"\n', False, "nightly"),
        (b"[toolchain]\nchannel = 3\n", False, None),
        (b"[toolchain]\npath = '/x'\n", False, None),
        (b"\xff\xfe", False, None),
    ],
)
def test_a_toolchain_file_names_a_channel(
    content: bytes, plain: bool, channel: Optional[str]
) -> None:
    assert toolchain(content, plain=plain) == channel


def test_a_profile_that_inherits_itself_ends() -> None:
    root = read('[profile.a]\ninherits = "b"\nlto = true\n[profile.b]\ninherits = "a"\n')
    assert set(profile_inputs(root, "a")) == {"a", "b"}
    odd = read("[profile]\nrelease = 3\n")
    assert profile_inputs(odd, "release") == {"release": {}}

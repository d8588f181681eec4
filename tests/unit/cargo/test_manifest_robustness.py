"""Whatever a manifest holds, the model records a problem and never fails itself."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cratewheel.cargo.model import load_cargo_model
from cratewheel.cargo.registry_rules import findings_for_publishing

VALUES = st.sampled_from(
    [
        "1",
        "1.5",
        "true",
        "false",
        '"x"',
        '"../.."',
        '"1.0.0"',
        "[]",
        "[1]",
        '["*"]',
        '["../*", "a[", "**"]',
        "{}",
        "{ workspace = true }",
        "{ workspace = false }",
        "{ path = '..' }",
        "{ path = 3 }",
        "{ path = '../../../x', version = '*' }",
        "1979-05-27",
        "nan",
    ]
)
KEYS = st.sampled_from(
    [
        "name",
        "version",
        "publish",
        "readme",
        "license",
        "license-file",
        "keywords",
        "build",
        "workspace",
        "edition",
        "links",
        "members",
        "exclude",
        "default-members",
        "path",
        "proc-macro",
        "crate-type",
        "serde",
        "include",
        "features",
    ]
)
HEADS = st.sampled_from(
    [
        "[package]",
        "[project]",
        "[workspace]",
        "[workspace.package]",
        "[workspace.dependencies]",
        "[dependencies]",
        "[dev_dependencies]",
        "[dependencies.serde]",
        "[target.'cfg(unix)'.dependencies]",
        "[target]",
        "[features]",
        "[lib]",
        "[[bin]]",
        "[bin]",
        "[patch.crates-io]",
        "[patch]",
        "[[package]]",
    ]
)
LINES = st.lists(st.tuples(KEYS, VALUES), max_size=6, unique_by=lambda pair: pair[0]).map(
    lambda pairs: "\n".join(f"{key} = {value}" for key, value in pairs)
)
PACKAGE = st.just('[package]\nname = "p"\nversion = "1.0.0"\n')
MANIFESTS = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda first, parts: (first + "\n".join(f"{h}\n{body}" for h, body in parts)).encode(),
        st.one_of(st.just(""), PACKAGE),
        st.lists(st.tuples(HEADS, LINES), max_size=4),
    ),
)


@settings(max_examples=400, deadline=None)
@given(MANIFESTS, MANIFESTS)
def test_every_manifest_is_a_crate_a_workspace_or_a_problem(root: bytes, member: bytes) -> None:
    files = {"Cargo.toml": root, "a/Cargo.toml": member, "a/notes.toml": b"\xff"}
    model = load_cargo_model(files)
    assert set(model.problems) <= set(files)
    read = {crate.path for crate in model.crates.values()}
    read |= {workspace.path for workspace in model.workspaces.values()}
    assert read | set(model.problems) == {"Cargo.toml", "a/Cargo.toml"}
    hash(model)
    for directory in model.crates:
        assert directory in model.build_closure(directory)
        model.is_member(directory)
        findings_for_publishing(model, directory)
    model.findings_for(["", "a", "nowhere"])

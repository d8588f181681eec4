"""Manifests, locks, messages, tags and documents that somebody else wrote: read, or refused with a code."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import json_bytes, mutated_bytes, mutated_documents, tried

from cratewheel.artifacts import manifest as artifact_manifest
from cratewheel.cargo.lock import BuildGraph, changed_packages, parse_lock
from cratewheel.cargo.model import load_cargo_model
from cratewheel.plan import model as plan_model
from cratewheel.plan.render.markdown import render_markdown
from cratewheel.plan.render.text import render_text
from cratewheel.python_project import load_python_projects
from cratewheel.records import values as records
from cratewheel.registries.multipart import MalformedFormError, parse_form
from cratewheel.registries.version_req import InvalidRequirementError, normalise
from cratewheel.tags import TagFormat
from cratewheel.trailers import ACTIONS, release_trailers

CARGO = b"""[workspace]
members = ["a"]
[workspace.package]
version = "1.2.0"
[package]
name = "demo"
version.workspace = true
license-file = "../LICENSE"
[lib]
crate-type = ["cdylib"]
[dependencies]
serde = { version = "1", features = ["derive"] }
a = { path = "a", version = "=1.2.0" }
[target.'cfg(unix)'.dependencies]
libc = "0.2"
"""
PYPROJECT = b"""[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"
[project]
name = "demo-pkg"
requires-python = ">=3.9"
dynamic = ["version"]
license-files = ["LICENSE"]
[tool.maturin]
manifest-path = "../../Cargo.toml"
features = [{feature = "abi3", python-version = ">=3.11"}]
include = [{path = "x/*", format = "sdist"}]
"""
LOCK = b"""version = 4
[[package]]
name = "demo"
version = "1.2.0"
dependencies = ["serde 1.0.1 (registry+https://example.invalid/index)"]
[[package]]
name = "serde"
version = "1.0.1"
source = "registry+https://example.invalid/index"
checksum = "00"
"""
MESSAGE = b"""Read quoted fields

A body.

release: minor [demo, other]
Release-Ignore: 0123456789
Signed-off-by: A <a@example.org>
"""
PLAN = json.loads(Path(__file__, "../../plan/golden_plan.json").resolve().read_text())
# With it, whatever was changed would be refused before it is read.
del PLAN["digest"]
RECORD = {
    "schema": 1,
    "commit": "ab" * 20,
    "abandoned": False,
    "packages": [
        {
            "id": "crate:demo",
            "version": "1.2.0",
            "tag": "demo-v1.2.0",
            "files": {"demo-1.2.0.crate": "ab" * 32},
        }
    ],
}
MANIFEST = {
    "schema": 1,
    "commit": "ab" * 20,
    "artifacts": [
        {
            "id": "crate:demo",
            "kind": "crate",
            "version": "1.2.0",
            "filename": "demo-1.2.0.crate",
            "sha256": "ab" * 32,
            "size": 3,
            "target": None,
            "tools": {"cargo": "1"},
        }
    ],
}


@settings(max_examples=200, deadline=None)
@given(mutated_bytes(CARGO), mutated_bytes(LOCK))
def test_a_damaged_manifest_or_lock(manifest: bytes, lock: bytes) -> None:
    model = load_cargo_model({"Cargo.toml": manifest})
    assert set(model.problems) <= {"Cargo.toml"}
    graph = tried(lambda: parse_lock(lock), "CW-LOCK-SYNTAX")
    if graph is None:
        return
    for directory in model.crates:
        changed_packages(frozenset(), BuildGraph(graph, model).subgraph(directory))


@settings(max_examples=200, deadline=None)
@given(mutated_bytes(PYPROJECT))
def test_a_damaged_pyproject(content: bytes) -> None:
    files = {"packages/py/pyproject.toml": content}
    projects = load_python_projects(files, {*files, "Cargo.toml"})
    assert set(projects.problems) | {p.path for p in projects.by_directory.values()} == set(files)


@settings(max_examples=200, deadline=None)
@given(st.one_of(mutated_bytes(MESSAGE).map(lambda raw: raw.decode("utf-8", "replace")), st.text()))
def test_any_commit_message(message: str) -> None:
    found = release_trailers(message)
    lines = message.split("\n")
    for at in (*(each.line for each in found.releases), *(each.line for each in found.malformed)):
        assert "release" in lines[at - 1].lower()
    for release in found.releases:
        assert release.action in (*ACTIONS, "explicit")
        assert str(release)


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text(max_size=3), st.text(max_size=3), st.sampled_from(["crate", "wheel"]))
def test_any_tag(tag: str, prefix: str, suffix: str, kind: str) -> None:
    form = TagFormat(prefix, suffix, kind)
    for name in (tag, f"{prefix}{tag}{suffix}", f"{prefix}1.{tag}{suffix}"):
        version = form.version(name)
        written = None if version is None else form.tag(version)
        assert written is None or form.version(written) == version


@settings(max_examples=200, deadline=None)
@given(mutated_documents(MANIFEST), mutated_bytes(json_bytes(MANIFEST)))
def test_any_artifact_manifest(document: Any, damaged: bytes) -> None:
    for text in (json_bytes(document).decode(), damaged.decode("utf-8", "replace")):
        read = tried(
            lambda text=text: artifact_manifest.loads(text, place="artifacts.json"),  # type: ignore[misc]
            "CW-ARTIFACT-MANIFEST",
        )
        if read is not None:
            artifact_manifest.dumps(artifact_manifest.joined([read]))


@settings(max_examples=200, deadline=None)
@given(mutated_documents(RECORD), mutated_bytes(json_bytes(RECORD)))
def test_any_record_of_a_release(document: Any, damaged: bytes) -> None:
    for text in (json_bytes(document).decode(), damaged.decode("utf-8", "replace")):
        attempt = tried(
            lambda text=text: records.loads(text, place="refs/x"),  # type: ignore[misc]
            "CW-RECORD-INVALID",
        )
        if attempt is not None:
            assert records.loads(records.dumps(attempt), place="again") == attempt
            attempt.package("crate:demo", "1.2.0")


@settings(max_examples=200, deadline=None)
@given(mutated_bytes(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'))
def test_any_form(body: bytes) -> None:
    with contextlib.suppress(MalformedFormError):
        parse_form("multipart/form-data; boundary=x", body)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789.<>=~^*xX, -+abc", max_size=12))
def test_any_requirement(text: str) -> None:
    try:
        written = normalise(text)
    except InvalidRequirementError:
        return
    assert normalise(written) == written


@settings(max_examples=200, deadline=None)
@given(mutated_documents(PLAN), mutated_bytes(json_bytes(PLAN)))
def test_any_plan(document: Any, damaged: bytes) -> None:
    for text in (json_bytes(document).decode(), damaged.decode("utf-8", "replace")):
        plan = tried(
            lambda text=text: plan_model.loads(text, place="plan.json"),  # type: ignore[misc]
            "CW-PLAN-INVALID",
        )
        if plan is not None:
            assert plan_model.loads(plan_model.dumps(plan), place="again") == plan
            render_text(plan)
            render_markdown(plan)

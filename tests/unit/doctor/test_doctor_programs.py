"""What the doctor looks at in processes of its own comes to the same as it does in one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sick_repository import BINDING, CORE, Sick

from cratewheel import finding_document
from cratewheel.build.toolchain import RustToolchain, discover
from cratewheel.doctor import listing, packaged
from cratewheel.doctor.__main__ import examine
from cratewheel.doctor.__main__ import main as examine_files
from cratewheel.doctor.checkout import Checkout
from cratewheel.doctor.online import question
from cratewheel.doctor.request import dumps, examined, loads, workflow_files
from cratewheel.plan.model import Plan
from cratewheel.plan.package import ReleasePackage
from cratewheel.publishing.credentials import Endpoint
from cratewheel.workflows.existing import main as look_at_neighbours
from cratewheel.workflows.existing import neighbours_among
from cratewheel.workflows.neighbours import loads as read_neighbours

WORKFLOW = "on: push\njobs:\n  publish:\n    steps:\n      - run: cargo publish\n"
CHECKOUT = Checkout(
    remote="https://github.com/octo/demo",
    workflows={".github/workflows/release.yml": WORKFLOW.encode()},
    earlier={".github/workflows/old.yml": WORKFLOW.encode()},
)


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_files_are_examined_as_they_were_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sick = Sick()
    sick.replace("core/Cargo.toml", "MIT OR Apache-2.0", "MIT-ish")
    sick.declare(CORE, trust_policy=(("owner", "octo"), ("workflow", "gone.yml")))
    project = sick.project()
    request = examined(project, project.packages, Plan(), CHECKOUT, {"GITHUB_REF": "refs/heads/x"})
    assert loads(dumps(request)) == request
    assert request.workflows == (".github/workflows/release.yml",)
    files = {path: text.encode() for path, text in sick.files.items()}
    files.update(workflow_files(CHECKOUT))
    (tmp_path / "request.json").write_text(dumps(request))
    folder = written(tmp_path / "files", files)
    assert examine_files([str(tmp_path / "request.json"), str(folder)]) == 0
    found = finding_document.loads_by_class(capsys.readouterr().out)
    assert found == examine(request, files)
    assert "CW-LICENSE-EXPRESSION" in {each.code for area in found.values() for each in area}


def test_what_cargo_would_pack_is_listed_by_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tools = tmp_path / ".toolchains"
    found = discover(os.environ, tools, (), Path.cwd())
    if not isinstance(found, RustToolchain):
        pytest.skip("needs a Rust toolchain")
    files = {path: text.encode() for path, text in Sick().files.items()}
    written(tmp_path / "tree", files)
    monkeypatch.chdir(tmp_path)
    assert listing.main([found.id, "core", "binding"]) == 0
    core, binding = packaged.loads(capsys.readouterr().out)
    assert "src/lib.rs" in core.files and not core.failure
    assert core.directory != binding.directory


def test_the_workflows_beside_the_generated_ones_are_read_by_a_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {".github/workflows/release.yml": WORKFLOW, ".github/workflows/broken.yml": "a: ["}
    written(tmp_path, {path: text.encode() for path, text in files.items()})
    assert look_at_neighbours([str(tmp_path)]) == 0
    found = read_neighbours(capsys.readouterr().out)
    assert found == neighbours_among(files)
    (publisher,) = found.publishers
    assert (publisher.path, publisher.registries) == (
        ".github/workflows/release.yml",
        ("crates.io",),
    )


def test_only_what_is_published_from_here_is_asked_about() -> None:
    sick = Sick()
    sick.declare(CORE, trust_policy=(("owner", "octo"),))
    sick.declare(BINDING, publish=False)
    crate = ReleasePackage("crate:demo-core", "demo-core", "crate", "core:core", "crates.io")
    wheel = ReleasePackage("wheel:demo", "demo", "wheel", "binding:demo", "PyPI")
    at = Endpoint("crate", "crates.io", "https://crates.example", "https://crates.example")
    asked = question(
        sick.project(),
        sick.packages,
        [(crate, at), (wheel, at)],
        released={"crate:demo-core"},
        checkout=CHECKOUT,
        prove=True,
    )
    (package,) = asked.packages
    assert (package.id, package.first, package.policy) == (
        "crate:demo-core",
        False,
        (("owner", "octo"),),
    )
    assert asked.workflows == ((".github/workflows/release.yml", WORKFLOW),)

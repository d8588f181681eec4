"""Adopting a project that lies in a checkout, with tags on several branches."""

from __future__ import annotations

import subprocess
from pathlib import Path

from cratewheel.adoption.proposal import AdoptedRow
from cratewheel.adoption.repository import adopt, rows_after
from cratewheel.git import Git
from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.plan.package import ReleasePackage, RowSpec

BUILD = 'maturin_wheel(\n    name="demo",\n    publish=True,\n)\n'
CONFIGURATION = '[GLOBAL]\npants_version = "2.17.1"\n'
RELEASED = PublishedVersion(
    "0.2.0",
    files=(
        "demo-0.2.0-cp39-abi3-manylinux_2_28_x86_64.whl",
        "demo-0.2.0-cp39-abi3-win_amd64.whl",
    ),
)


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def package(kind: str, directory: str, *rows: RowSpec) -> ReleasePackage:
    return ReleasePackage(
        f"{kind}:demo", "demo", kind, f"{directory}:demo", "there", version="0.2.0", rows=rows
    )


def test_a_checkout_is_adopted_as_it_was_released_from_whatever_branch(tmp_path: Path) -> None:
    (tmp_path / "py").mkdir()
    (tmp_path / "py" / "BUILD").write_text(BUILD)
    (tmp_path / "pants.toml").write_text(CONFIGURATION)
    git(tmp_path, "init", "--initial-branch=main")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--message=Start")
    git(tmp_path, "tag", "v0.1.0")
    git(tmp_path, "switch", "--create", "release-0.2")
    git(tmp_path, "commit", "--allow-empty", "--message=Release")
    git(tmp_path, "tag", "v0.2.0")
    git(tmp_path, "switch", "main")
    # A package without a BUILD file, and one whose target is in a folder that is none.
    packages = [package("wheel", "py"), package("crate", "core"), package("crate", "py/BUILD")]
    facts = {each.id: RegistryFacts((RELEASED,)) for each in packages}
    found = adopt(
        tmp_path, Git(str(tmp_path)), packages, facts, {"x86_64-pc-windows-msvc": "windows"}
    )
    assert set(found.files) == {"py/BUILD", "pants.toml"}
    assert 'tag_format="v{version}"' in found.files["py/BUILD"]
    # The newest tag is not on the history of what is checked out.
    assert 'tags = "all"' in found.files["pants.toml"]
    assert any("released from another branch: v0.2.0" in note for note in found.notes)
    declared = RowSpec("wheel", "aarch64-apple-darwin", "macos-15")
    after = rows_after([package("wheel", "py", declared), package("crate", "core")], found)
    assert list(after) == [
        ("wheel:demo", AdoptedRow("x86_64-unknown-linux-gnu", "pants")),
        ("wheel:demo", AdoptedRow("x86_64-pc-windows-msvc", "workflow", "windows")),
    ]


def test_rows_that_a_build_file_has_already_stay(tmp_path: Path) -> None:
    declared = RowSpec("wheel", "aarch64-apple-darwin", "macos-15", built_by="workflow", job="mac")
    source = RowSpec("sdist", None, "ubuntu-24.04")
    wheel = package("wheel", "py", declared, source)
    # No repository: what cannot be asked is not adopted.
    found = adopt(tmp_path, Git(str(tmp_path)), [wheel], {wheel.id: RegistryFacts(None)}, {})
    assert not found.files
    assert list(rows_after([wheel], found)) == [
        ("wheel:demo", AdoptedRow("aarch64-apple-darwin", "workflow", "mac"))
    ]

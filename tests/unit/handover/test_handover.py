"""Files handed over in folders of any shape."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from cratewheel.artifacts.manifest import ArtifactManifest, ManifestEntry, dumps
from cratewheel.artifacts.parts import manifest_parts
from cratewheel.errors import Finding
from cratewheel.floors import Floor, parse_floor
from cratewheel.handover import (
    Handover,
    crate_file,
    disagreements,
    read_folders,
    sdist_file,
    tried_elsewhere,
    unproven,
    wheel_files,
)
from cratewheel.plan.model import Plan, PlannedPackage, Row, digest
from cratewheel.platforms import platform_for
from cratewheel.trial.outcome import WheelTrial

WHEELS = {
    "x86_64-unknown-linux-gnu": "manylinux2014_x86_64.manylinux_2_17_x86_64",
    "x86_64-unknown-linux-musl": "musllinux_1_2_x86_64",
    "x86_64-apple-darwin": "macosx_10_12_x86_64",
    "aarch64-apple-darwin": "macosx_11_0_arm64",
    "universal2-apple-darwin": "macosx_10_12_x86_64.macosx_11_0_arm64.macosx_10_12_universal2",
    "x86_64-pc-windows-msvc": "win_amd64",
    "aarch64-pc-windows-msvc": "win_arm64",
    "i686-pc-windows-msvc": "win32",
}
PLAN = Plan(
    packages=(
        PlannedPackage("wheel:My.Pkg", "My.Pkg", "py:py", "wheel", "PyPI", "1.2.0"),
        PlannedPackage("crate:my-core", "my-core", "core:core", "crate", "crates.io", "1.2.0"),
    )
)


def rows_of_files(handover: Handover, triples: Iterable[str]) -> dict[str, list[str]]:
    """The names of the files of each row, of rows with the platforms' own floors."""
    rows = [platform_for(triple) for triple in triples]
    promises = [(each, parse_floor(each.floor) if each.floor else None) for each in rows]
    files = wheel_files(handover, "My.Pkg", "1.2.0", promises)
    return {
        row.triple: [file.filename for file in found] for row, found in zip(rows, files) if found
    }


def wheel(tags: str) -> str:
    return f"my_pkg-1.2.0-cp39-abi3-{tags}.whl"


@pytest.mark.parametrize("triple", [each for each in WHEELS if not each.startswith("universal2")])
def test_a_wheel_is_of_the_row_whose_platform_it_names(tmp_path: Path, triple: str) -> None:
    (tmp_path / wheel(WHEELS[triple])).write_bytes(b"wheel")
    handover = read_folders([tmp_path])
    assert rows_of_files(handover, WHEELS) == {triple: [wheel(WHEELS[triple])]}


def test_a_universal_wheel_is_of_the_universal_row_alone(tmp_path: Path) -> None:
    universal = wheel(WHEELS["universal2-apple-darwin"])
    (tmp_path / universal).write_bytes(b"wheel")
    (tmp_path / wheel(WHEELS["aarch64-apple-darwin"])).write_bytes(b"wheel")
    handover = read_folders([tmp_path])
    assert rows_of_files(handover, WHEELS) == {
        "aarch64-apple-darwin": [wheel(WHEELS["aarch64-apple-darwin"])],
        "universal2-apple-darwin": [universal],
    }


def test_a_wheel_for_a_platform_without_a_row_is_a_stranger(tmp_path: Path) -> None:
    rows = tuple(
        Row("wheel:My.Pkg", "wheel", "My.Pkg", "py:py", "1.2.0", target=f"{each}-apple-darwin")
        for each in ("aarch64", "x86_64")
    )
    (tmp_path / wheel(WHEELS["universal2-apple-darwin"])).write_bytes(b"wheel")
    (finding,) = disagreements(read_folders([tmp_path]), replace(PLAN, matrix=rows))
    assert finding.code == "CW-ARTIFACT-STRANGER"
    assert "macosx_10_12_universal2" in finding.message
    assert "aarch64-apple-darwin, x86_64-apple-darwin" in finding.message


@pytest.mark.parametrize(
    ("tag", "floor"),
    [
        ("manylinux2014_x86_64.manylinux_2_17_x86_64", "manylinux_2_17"),
        ("manylinux_2_28_x86_64", "manylinux_2_28"),
        ("manylinux_2_31_x86_64", "manylinux_2_34"),
        ("manylinux_2_39_x86_64", "manylinux_2_34"),
    ],
)
def test_of_several_floors_a_wheel_is_of_the_nearest_one_it_keeps(
    tmp_path: Path, tag: str, floor: str
) -> None:
    (tmp_path / wheel(tag)).write_bytes(b"wheel")
    floors = [Floor("manylinux", (2, minor)) for minor in (34, 17, 28)]
    promises = [(platform_for("x86_64-unknown-linux-gnu"), each) for each in floors]
    files = wheel_files(read_folders([tmp_path]), "My.Pkg", "1.2.0", promises)
    assert {str(each): len(found) for each, found in zip(floors, files) if found} == {floor: 1}


def test_files_are_found_in_whatever_shape_the_folders_have(tmp_path: Path) -> None:
    for name in ("flat/my_pkg-1.2.0.tar.gz", "one/a/b/my-core-1.2.0.crate", "one/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    handover = read_folders([tmp_path / "flat", tmp_path / "one"])
    assert handover.findings == ()
    assert [file.filename for file in handover.files] == [
        "my-core-1.2.0.crate",
        "my_pkg-1.2.0.tar.gz",
    ]
    assert crate_file(handover, "my-core", "1.2.0") is not None
    assert sdist_file(handover, "My.Pkg", "1.2.0") is not None
    assert disagreements(handover, ROWS) == ()
    assert {each.code for each in unproven(handover, ROWS)} == {"CW-ARTIFACT-UNLISTED"}
    assert len(unproven(handover, ROWS)) == 2


def test_the_same_bytes_twice_are_one_file_and_others_are_refused(tmp_path: Path) -> None:
    for folder, content in (("a", b"same"), ("b", b"same"), ("c", b"other")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "my-core-1.2.0.crate").write_bytes(content)
    assert read_folders([tmp_path / "a", tmp_path / "b"]).findings == ()
    (finding,) = read_folders([tmp_path]).findings
    assert finding.code == "CW-ARTIFACT-DUPLICATE"
    assert finding.place.endswith("c/my-core-1.2.0.crate")


def test_a_file_of_another_version_is_a_stranger(tmp_path: Path) -> None:
    (tmp_path / "my-core-1.1.0.crate").write_bytes(b"old")
    (finding,) = disagreements(read_folders([tmp_path]), PLAN)
    assert finding.code == "CW-ARTIFACT-STRANGER"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    (finding,) = read_folders([tmp_path / "gone"]).findings
    assert (finding.code, finding.place) == ("CW-ARTIFACTS-FOLDER", str(tmp_path / "gone"))


ROWS = replace(
    PLAN,
    commit="c0ffee",
    matrix=(
        Row("crate:my-core", "crate", "my-core", "core:core", "1.2.0", artifact_name="core-crate"),
        Row("wheel:My.Pkg", "sdist", "My.Pkg", "py:py", "1.2.0", artifact_name="pkg-sdist"),
    ),
)
CRATE = "my-core-1.2.0.crate"
SDIST = "my_pkg-1.2.0.tar.gz"


def entry(kind: str, filename: str, content: bytes) -> ManifestEntry:
    package = "crate:my-core" if kind == "crate" else "wheel:My.Pkg"
    digest = hashlib.sha256(content).hexdigest()
    return ManifestEntry(package, kind, "1.2.0", filename, digest, len(content))


def hand_over(folder: Path, plan: Plan = ROWS, flat: bool = True) -> None:
    """Writes what two build jobs leave, as download-artifact lays it out."""
    for kind, name in (("crate", CRATE), ("sdist", SDIST)):
        parts = manifest_parts(plan, [entry(kind, name, kind.encode())])
        for filename, content in {**parts, name: kind}.items():
            path = folder / ("" if flat else kind) / filename
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)


@pytest.mark.parametrize("flat", [True, False])
def test_what_build_jobs_leave_is_taken_in_either_layout(tmp_path: Path, flat: bool) -> None:
    hand_over(tmp_path, flat=flat)
    handover = read_folders([tmp_path])
    assert handover.findings == ()
    assert disagreements(handover, ROWS) == ()


def test_a_wheel_that_nothing_runs_here_was_tested_where_its_manifest_says(tmp_path: Path) -> None:
    row = Row("wheel:My.Pkg", "wheel", "My.Pkg", "py:py", "1.2.0", artifact_name="pkg-wheel")
    wheels = [wheel("win_arm64"), wheel("win32")]
    entries = [
        replace(entry("wheel", wheels[0], b""), tested=True, trial="on cp39 3.9.18"),
        replace(entry("wheel", wheels[1], b""), trial="no interpreter here installs it"),
    ]
    for name, text in manifest_parts(replace(ROWS, matrix=(row,)), entries).items():
        (tmp_path / name).write_text(text)
    handover = read_folders([tmp_path])
    assert [tried_elsewhere(handover, each, "nothing here runs it") for each in wheels] == [
        WheelTrial(wheels[0], True, "on cp39 3.9.18, where it was built"),
        WheelTrial(wheels[1], False, "nothing here runs it"),
    ]


def one_finding(folder: Path, plan: Plan = ROWS) -> Finding:
    handover = read_folders([folder])
    (finding,) = (*handover.findings, *disagreements(handover, plan))
    return finding


def test_a_hash_that_differs_is_refused(tmp_path: Path) -> None:
    hand_over(tmp_path)
    (tmp_path / CRATE).write_text("other bytes")
    finding = one_finding(tmp_path)
    assert (finding.code, finding.place) == ("CW-ARTIFACT-MISMATCH", str(tmp_path / CRATE))


def test_a_file_that_its_manifest_lists_must_be_there(tmp_path: Path) -> None:
    hand_over(tmp_path)
    (tmp_path / SDIST).unlink()
    finding = one_finding(tmp_path)
    assert finding.code == "CW-ARTIFACT-MISSING"
    assert SDIST in finding.message


def test_a_file_that_no_manifest_lists_is_refused(tmp_path: Path) -> None:
    hand_over(tmp_path, TWO_WAYS)
    (tmp_path / wheel("macosx_11_0_arm64")).write_bytes(b"whence?")
    assert one_finding(tmp_path, TWO_WAYS).code == "CW-ARTIFACT-UNLISTED"


def test_a_manifest_that_was_made_without_a_plan_proves_nothing(tmp_path: Path) -> None:
    hand_over(tmp_path)
    content = (tmp_path / CRATE).read_bytes()
    (tmp_path / "core-crate.artifacts.json").write_text(
        dumps(ArtifactManifest((entry("crate", CRATE, content),)))
    )
    (finding,) = unproven(read_folders([tmp_path]), ROWS)
    assert (finding.code, finding.place) == ("CW-ARTIFACT-UNLISTED", str(tmp_path / CRATE))


#: A package with a row that Pants builds and one that the project does.
TWO_WAYS = replace(
    ROWS,
    matrix=(
        *ROWS.matrix,
        *(
            Row(
                "wheel:My.Pkg",
                "wheel",
                "My.Pkg",
                "py:py",
                "1.2.0",
                target=triple,
                built_by=built_by,
            )
            for triple, built_by in (
                ("aarch64-apple-darwin", "pants"),
                ("x86_64-pc-windows-msvc", "workflow"),
            )
        ),
    ),
)


def test_a_row_of_the_project_s_own_needs_no_manifest(tmp_path: Path) -> None:
    hand_over(tmp_path, TWO_WAYS)
    (tmp_path / wheel("win_amd64")).write_bytes(b"cibuildwheel")
    handover = read_folders([tmp_path])
    assert disagreements(handover, TWO_WAYS) == ()
    assert unproven(handover, TWO_WAYS) == ()


@pytest.mark.parametrize("tags", ["win_arm64", "manylinux_2_17_x86_64", "any"])
def test_a_wheel_that_no_row_makes_is_refused(tmp_path: Path, tags: str) -> None:
    hand_over(tmp_path, TWO_WAYS)
    (tmp_path / wheel(tags)).write_bytes(b"whence?")
    finding = one_finding(tmp_path, TWO_WAYS)
    assert (finding.code, finding.place) == ("CW-ARTIFACT-STRANGER", str(tmp_path / wheel(tags)))


def test_artifacts_of_another_plan_are_refused(tmp_path: Path) -> None:
    hand_over(tmp_path, replace(ROWS, commit="0ff1ce"))
    findings = disagreements(read_folders([tmp_path]), ROWS)
    assert {each.code for each in findings} == {"CW-ARTIFACT-OTHER-PLAN"}
    assert "0ff1ce" in findings[0].message


def test_a_row_that_the_plan_does_not_have_is_refused(tmp_path: Path) -> None:
    hand_over(tmp_path)
    stray = ArtifactManifest((), "c0ffee", digest(ROWS), "pkg-wheel-riscv64")
    (tmp_path / "stray.artifacts.json").write_text(dumps(stray))
    finding = one_finding(tmp_path)
    assert finding.code == "CW-ARTIFACT-STRANGER"
    assert "pkg-wheel-riscv64" in finding.message


def test_a_manifest_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "torn.artifacts.json").write_text("{")
    finding = one_finding(tmp_path)
    assert finding.code == "CW-ARTIFACT-MANIFEST"
    assert "torn" in finding.place

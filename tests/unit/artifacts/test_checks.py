from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Optional

import pytest
from packaging.version import Version
from wheel_building import (
    METADATA,
    Built,
    wheel_files,
    write_sdist,
    write_tar_gz,
    write_wheel,
    write_zip,
)

from cratewheel import finding_document
from cratewheel.abis import abi_tag
from cratewheel.artifacts import abi3_audit
from cratewheel.artifacts.abi3_audit import abi3_faults
from cratewheel.artifacts.checks import check_files, check_whole
from cratewheel.artifacts.expected import crate_filename, row_families
from cratewheel.artifacts.shared_objects import shared_objects
from cratewheel.artifacts.wheel import read_wheel
from cratewheel.cargo.skeleton import skeleton
from cratewheel.errors import CratewheelError, Finding
from cratewheel.floors import parse_platform_tag, promised_tags
from cratewheel.plan.files import filenames
from cratewheel.plan.model import Plan, PlannedPackage, Row
from cratewheel.plan.package import ReleasePackage, RowSpec
from cratewheel.plan.promises import row_promise
from cratewheel.platforms import PLATFORMS
from cratewheel.pythons import Python

LINUX = "x86_64-unknown-linux-gnu"


def row(
    target: str = LINUX,
    *,
    name: str = "demo-pkg",
    version: str = "1.2.0",
    compatibility: Optional[str] = None,
    abis: tuple[str, ...] = ("abi3",),
) -> Row:
    return Row(
        f"wheel:{name}",
        "wheel",
        name,
        f"py:{name}",
        version,
        target,
        compatibility=compatibility,
        abis=abis,
        artifact_name=f"{name}-{target}",
    )


def plan(*rows: Row, registry: str = "PyPI", commit: Optional[str] = None) -> Plan:
    first = rows[0]
    package = PlannedPackage(first.id, first.name, "a", first.kind, registry, first.version)
    return Plan((package,), rows, commit)


def found(document: Plan, *paths: Path, target: Optional[str] = None) -> tuple[Finding, ...]:
    return check_files(document, document.packages[0].id, paths, target)


def messages(document: Plan, *paths: Path, target: Optional[str] = None) -> dict[str, str]:
    """The findings by code, one of each."""
    return {each.code: each.message for each in found(document, *paths, target=target)}


def planned_name(of: Row, lowest: Optional[Python] = None) -> str:
    """What a plan calls the only wheel of a row."""
    (family,) = row_families(of)
    tags = f"{abi_tag(family, lowest)}-{'.'.join(promised_tags(*row_promise(of)))}"
    package = ReleasePackage(of.id, of.name, "wheel", of.address, "PyPI")
    (name,) = filenames(package, RowSpec("wheel", wheel_tags=(tags,)), str(Version(of.version)))
    return name


def test_right_files_have_no_finding(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "cp39-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64")
    assert found(plan(row()), wheel, write_sdist(tmp_path)) == ()
    assert wheel.name == planned_name(row(), (3, 9))


def test_a_wheel_of_another_name_and_version_says_both(tmp_path: Path) -> None:
    document = plan(row(name="other", version="1.3.0"))
    assert set(messages(document, write_wheel(tmp_path))) == {
        "CW-WHEEL-NAME",
        "CW-WHEEL-VERSION",
        "CW-WHEEL-METADATA",
    }


def test_a_name_that_is_not_normalised_is_not_for_pypi(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, prefix="Demo_Pkg-1.2.0")
    assert messages(plan(row()), wheel) == {"CW-WHEEL-NAME": "its name should begin with demo_pkg-"}


def test_a_version_counts_as_pep_440_counts_it(tmp_path: Path) -> None:
    prefix = "demo_pkg-1.2.0rc1"
    metadata = METADATA.replace("1.2.0", "1.2.0rc1")
    wheel = write_wheel(tmp_path, prefix=prefix, metadata=metadata)
    assert found(plan(row(version="1.2.0-rc.1")), wheel) == ()


@pytest.mark.parametrize(
    ("tags", "compatibility", "message"),
    [
        (
            "cp39-abi3-manylinux_2_28_x86_64",
            "manylinux_2_17",
            "it is tagged manylinux_2_28_x86_64, promised is manylinux_2_17",
        ),
        (
            "cp39-abi3-manylinux_2_17_aarch64",
            None,
            f"it is for manylinux_2_17_aarch64; the plan has wheels for {LINUX}",
        ),
        (
            "cp312-cp312-manylinux_2_17_x86_64",
            None,
            "it is tagged cp312-cp312; the row has the ABI families abi3",
        ),
        (
            "cp311-abi3-manylinux_2_17_x86_64",
            None,
            "it is built for Python 3.11 and later, but its Requires-Python admits 3.9",
        ),
    ],
)
def test_tags_that_break_the_promise(
    tmp_path: Path, tags: str, compatibility: Optional[str], message: str
) -> None:
    document = plan(row(compatibility=compatibility))
    assert messages(document, write_wheel(tmp_path, tags))["CW-WHEEL-TAG"] == message


def test_a_row_of_which_there_is_no_wheel_is_not_whole(tmp_path: Path) -> None:
    macs = [row(f"{each}-apple-darwin", abis=("abi3", "3.14t")) for each in ("aarch64", "x86_64")]
    document = plan(*macs)
    wheels = [
        write_wheel(tmp_path, f"{abi}-macosx_11_0_arm64") for abi in ("cp39-abi3", "cp314-cp314t")
    ]
    assert found(document, *wheels) == ()
    missing = check_whole(document, document.packages[0].id, wheels)
    assert [(each.code, each.place) for each in missing] == [
        ("CW-WHEEL-MISSING", "wheel:demo-pkg for x86_64-apple-darwin"),
        ("CW-WHEEL-MISSING", "wheel:demo-pkg for x86_64-apple-darwin"),
    ]


@pytest.mark.parametrize(
    ("triple", "tag", "module", "message"),
    [
        (
            "x86_64-unknown-linux-musl",
            "musllinux_1_2_x86_64",
            "demo/_demo.cpython-312-x86_64-linux-gnu.so",
            "`demo/_demo.cpython-312-x86_64-linux-gnu.so` is named for gnu; no Python on musl loads it",
        ),
        (
            "armv7-unknown-linux-gnueabihf",
            "manylinux_2_17_armv7l",
            "_demo.pypy311-pp73-arm-linux-musleabihf.so",
            "`_demo.pypy311-pp73-arm-linux-musleabihf.so` is named for musl; no Python on gnu loads it",
        ),
        (
            "x86_64-unknown-linux-musl",
            "musllinux_1_2_x86_64",
            "demo/_demo.cpython-312-x86_64-linux-musl.so",
            None,
        ),
        (LINUX, "manylinux_2_17_x86_64", "demo/_demo.cpython-312-x86_64-linux-gnu.so", None),
    ],
)
def test_a_module_is_named_for_the_c_library_of_its_row(
    tmp_path: Path, triple: str, tag: str, module: str, message: Optional[str]
) -> None:
    wheel = write_wheel(tmp_path, f"cp312-cp312-{tag}", content={module: b""})
    said = messages(plan(row(triple, abis=("3.12",))), wheel)
    assert said.get("CW-WHEEL-TAG") == message


def test_an_older_floor_than_promised_is_welcome(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "cp39-abi3-manylinux_2_17_x86_64")
    assert found(plan(row(compatibility="manylinux_2_28")), wheel) == ()


def test_a_tag_that_pypi_does_not_take_is_said_for_pypi_only(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "cp39-abi3-macosx_11_1_arm64")
    mac = row("aarch64-apple-darwin", compatibility="macosx_11_1")
    assert "PyPI does not take" in messages(plan(mac), wheel)["CW-WHEEL-TAG"]
    assert found(plan(mac, registry="the company's own"), wheel) == ()


def test_the_wheel_file_must_have_the_tags_of_the_name(tmp_path: Path) -> None:
    files = wheel_files("cp39-abi3-manylinux_2_28_x86_64")
    path = write_zip(tmp_path / "demo_pkg-1.2.0-cp39-abi3-manylinux_2_17_x86_64.whl", files)
    assert messages(plan(row()), path)["CW-WHEEL-TAG"] == (
        "its WHEEL file has other tags than its name: cp39-abi3-manylinux_2_28_x86_64"
    )


def test_metadata_faults_name_the_field(tmp_path: Path) -> None:
    metadata = f"{METADATA}Classifier: No :: Such\nLicense-File: COPYING\n"
    findings = found(plan(row()), write_wheel(tmp_path, metadata=metadata))
    assert {each.code for each in findings} == {"CW-WHEEL-METADATA"}
    assert findings[0].place.endswith("METADATA: classifier")
    assert "COPYING" in findings[1].message


def test_a_changed_member_is_found_by_record(tmp_path: Path) -> None:
    files = wheel_files("cp39-abi3-manylinux_2_17_x86_64")
    files["demo/__init__.py"] = b"evil"
    path = write_zip(tmp_path / "demo_pkg-1.2.0-cp39-abi3-manylinux_2_17_x86_64.whl", files)
    assert set(messages(plan(row()), path)) == {"CW-WHEEL-RECORD"}


def test_every_abi_family_of_a_row_that_has_a_wheel_must_have_one(tmp_path: Path) -> None:
    abis = ("abi3", "3.14t", "pypy3.11")
    document = plan(row(abis=abis), row("aarch64-apple-darwin", abis=abis))
    abi3 = write_wheel(tmp_path)
    pypy = write_wheel(tmp_path, "pp311-pypy311_pp73-manylinux_2_17_x86_64")
    (missing,) = found(document, abi3, pypy)
    assert (missing.code, missing.place) == ("CW-WHEEL-MISSING", f"wheel:demo-pkg for {LINUX}")
    assert missing.message == "there is no wheel for the ABI family 3.14t"
    free = write_wheel(tmp_path, "cp314-cp314t-manylinux_2_17_x86_64")
    assert found(document, abi3, pypy, free) == ()
    assert len(found(document, target="aarch64-apple-darwin")) == 3


def test_a_target_narrows_the_rows(tmp_path: Path) -> None:
    document = plan(row(), row("aarch64-apple-darwin"))
    wheel = write_wheel(tmp_path)
    assert found(document, wheel, target=LINUX) == ()
    codes = {each.code for each in found(document, wheel, target="aarch64-apple-darwin")}
    assert codes == {"CW-WHEEL-TAG", "CW-WHEEL-MISSING"}
    with pytest.raises(CratewheelError, match="CW-PLAN-INVALID"):
        found(document, wheel, target="x86_64-pc-windows-msvc")


def test_a_package_that_the_plan_does_not_release_is_said(tmp_path: Path) -> None:
    with pytest.raises(CratewheelError, match="does not release it, but `wheel:demo-pkg`"):
        check_files(plan(row()), "wheel:other", [write_wheel(tmp_path)])


def test_two_files_of_one_name_and_a_stranger_are_said(tmp_path: Path) -> None:
    first, second = write_wheel(tmp_path / "a"), write_wheel(tmp_path / "b")
    stranger = tmp_path / "notes.txt"
    stranger.write_text("hello")
    codes = [each.code for each in found(plan(row()), first, second, stranger)]
    assert codes == ["CW-ARTIFACT-DUPLICATE", "CW-ARTIFACT-UNKNOWN"]


def test_one_unsafe_file_does_not_hide_the_others(tmp_path: Path) -> None:
    bad = write_zip(tmp_path / "demo_pkg-1.2.0-cp39-abi3-win_amd64.whl", {"/x": b""})
    worse = write_wheel(tmp_path, "cp39-abi3-win32")
    codes = {each.code for each in found(plan(row()), bad, worse)}
    assert codes == {"CW-ARCHIVE-UNSAFE", "CW-WHEEL-TAG"}


def test_an_sdist_is_checked_too(tmp_path: Path) -> None:
    metadata = f"{METADATA}License-File: COPYING\nClassifier: No :: Such\n"
    findings = found(plan(row()), write_sdist(tmp_path, metadata))
    assert {each.code for each in findings} == {"CW-WHEEL-METADATA", "CW-SDIST-CONTENT"}
    misnamed = write_sdist(tmp_path, METADATA, "Demo.Pkg-1.2.0")
    assert messages(plan(row()), misnamed) == {
        "CW-SDIST-CONTENT": "its name should be demo_pkg-1.2.0.tar.gz"
    }


def test_an_sdist_with_a_stand_in_for_a_crate_is_none(tmp_path: Path) -> None:
    manifest = b'[package]\nname = "other"\nversion = "1.0.0"\n'
    root = "demo_pkg-1.2.0"
    files = {
        f"{root}/PKG-INFO": METADATA.encode(),
        f"{root}/LICENSE": b"MIT\n",
        f"{root}/crates/whole/Cargo.toml": manifest,
        f"{root}/crates/other/Cargo.toml": skeleton(manifest)["Cargo.toml"],
    }
    assert messages(plan(row()), write_tar_gz(tmp_path / f"{root}.tar.gz", files)) == {
        "CW-SDIST-CONTENT": "crates/other/Cargo.toml is a stand-in for a crate that was not there "
        "when it was built"
    }


def test_a_crate_is_checked_against_the_plan(tmp_path: Path, crate_folder: Path) -> None:
    built = crate_folder / "target" / "package" / "real-demo-1.2.0-rc.1.crate"
    right = Row("crate:real-demo", "crate", "real-demo", "a", "1.2.0-rc.1")
    assert found(plan(right), built) == ()
    assert crate_filename(right.name, right.version) == built.name
    other = Row("crate:real-demo", "crate", "real-demo", "a", "1.2.0")
    assert "the plan says real-demo 1.2.0" in messages(plan(other), built)["CW-CRATE-CONTENT"]
    renamed = Path(shutil.copy(built, tmp_path / "renamed.crate"))
    assert "its name should be" in messages(plan(right), renamed)["CW-CRATE-CONTENT"]
    stale = messages(plan(right, commit="0" * 40), built)
    assert "it was packaged from" in stale["CW-CRATE-CONTENT"]


def test_a_crate_with_a_path_out_of_it_is_not_opened(tmp_path: Path) -> None:
    path = write_tar_gz(tmp_path / "a-1.0.0.crate", {"a-1.0.0/../../x": b""})
    document = plan(Row("crate:a", "crate", "a", "a", "1.0.0"))
    assert set(messages(document, path)) == {"CW-ARCHIVE-UNSAFE"}


def own_platform(built: Built) -> tuple[str, str]:
    """The triple and the floor that maturin found a wheel to be for."""
    (text, *_) = sorted(read_wheel(built.wheel).platforms)
    tag = parse_platform_tag(text)
    assert tag is not None
    for platform in PLATFORMS.values():
        if platform.architecture == tag.architecture and platform.libc == "gnu":
            return platform.triple, f"{tag.family}_{'_'.join(map(str, tag.version))}"
    pytest.skip(f"no glibc platform: {text}")


def test_what_maturin_builds_here_passes_and_is_named_as_expected(
    extension: Built, program: Built
) -> None:
    triple, floor = own_platform(extension)
    for built, abi in ((extension, "abi3"), (program, "bin")):
        own = row(
            triple,
            name="Real.Demo-Pkg",
            version="1.2.0-rc.1",
            compatibility=own_platform(built)[1],
            abis=(abi,),
        )
        assert found(plan(own), built.wheel, built.sdist) == ()
        assert planned_name(own, (3, 9)) == built.wheel.name
    assert floor.startswith("manylinux_2_")


def test_the_name_maturin_gives_a_promised_floor_is_known_before(
    program: Built, promised_program: Path
) -> None:
    triple, _ = own_platform(program)
    promised = row(
        triple,
        name="Real.Demo-Pkg",
        version="1.2.0-rc.1",
        compatibility="manylinux_2_17",
        abis=("bin",),
    )
    assert planned_name(promised) == promised_program.name


def test_a_wheel_that_is_newer_than_promised_names_the_symbols(extension: Built) -> None:
    triple, floor = own_platform(extension)
    if floor == "manylinux_2_17":
        pytest.skip("this machine's own glibc keeps the oldest floor")
    promised = row(triple, name="Real.Demo-Pkg", version="1.2.0rc1", compatibility="manylinux_2_17")
    message = messages(plan(promised), extension.wheel)["CW-WHEEL-TAG"]
    assert message.startswith(f"it is tagged {floor}_")
    newest = floor.replace("manylinux_2_", "GLIBC_2.")
    assert "real_demo.abi3.so` needs " in message
    assert f"@{newest}" in message


def test_a_wheel_that_claims_to_be_older_than_it_is_is_found_out(
    extension: Built, tmp_path: Path
) -> None:
    triple, floor = own_platform(extension)
    if floor == "manylinux_2_17":
        pytest.skip("this machine's own glibc keeps the oldest floor")
    lie = Path(
        shutil.copy(
            extension.wheel, tmp_path / extension.wheel.name.replace(floor, "manylinux_2_17")
        )
    )
    promised = row(triple, name="Real.Demo-Pkg", version="1.2.0rc1")
    said = [each.message for each in found(plan(promised), lie)]
    assert any(message.startswith("it claims manylinux_2_17, but `") for message in said)


def test_a_program_in_a_wheel_keeps_the_floor_too(program: Built, promised_program: Path) -> None:
    triple, floor = own_platform(program)
    if floor == "manylinux_2_17":
        pytest.skip("this machine's own glibc keeps the oldest floor")
    promised = row(
        triple,
        name="Real.Demo-Pkg",
        version="1.2.0rc1",
        compatibility="manylinux_2_17",
        abis=("bin",),
    )
    message = messages(plan(promised), promised_program)["CW-WHEEL-TAG"]
    assert message.startswith("it claims manylinux_2_17, but `")
    assert "/scripts/" in message
    assert "@GLIBC_2." in message


def test_two_stable_abi_wheels_of_one_row_are_told_apart(tmp_path: Path) -> None:
    promised = plan(row(compatibility="manylinux_2_17", abis=("abi3", "abi3-py311")))
    tags = "manylinux2014_x86_64.manylinux_2_17_x86_64"
    old = write_wheel(tmp_path, f"cp39-abi3-{tags}")
    new = write_wheel(tmp_path, f"cp311-abi3-{tags}")
    assert found(promised, old, new) == ()
    assert [each.code for each in found(promised, old)] == ["CW-WHEEL-MISSING"]
    assert "abi3-py311" in found(promised, old)[0].message


def test_missing_rows_of_one_triple_are_told_apart_by_their_floors(tmp_path: Path) -> None:
    floors = ("manylinux_2_17", "manylinux_2_28")
    document = plan(*(row(compatibility=floor) for floor in floors))
    missing = check_whole(document, document.packages[0].id, [])
    assert [each.place for each in missing] == [
        f"wheel:demo-pkg for {LINUX} ({floor})" for floor in floors
    ]
    (newer,) = check_whole(document, document.packages[0].id, [write_wheel(tmp_path)])
    assert newer.place == f"wheel:demo-pkg for {LINUX} (manylinux_2_28)"


def test_the_architecture_and_the_c_library_are_read_from_the_content(
    extension: Built, tmp_path: Path
) -> None:
    (library,) = shared_objects(extension.wheel)
    assert library.is_for_glibc
    assert not library.is_for_musl
    triple, _ = own_platform(extension)
    assert library.is_for(PLATFORMS[triple].architecture)
    wheel = write_wheel(
        tmp_path, "cp39-abi3-musllinux_1_2_s390x", content={"demo.so": elf_of(extension)}
    )
    document = plan(row("s390x-unknown-linux-musl"))
    said = [each.message for each in found(document, wheel)]
    assert any("is for another architecture" in message for message in said)
    assert any("is linked against glibc" in message for message in said)


def elf_of(built: Built) -> bytes:
    with zipfile.ZipFile(built.wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".so"))
        return archive.read(name)


@pytest.mark.parametrize(
    ("outside", "newer", "said"),
    [
        (["_PyThing", "PyOther"], {}, "uses PyOther, _PyThing, which no stable ABI has"),
        ([], {"PyNew": "3.10"}, "uses PyNew of 3.10, newer than the 3.9 of its tag"),
        ([], {}, "is not for the stable ABI"),
    ],
)
def test_what_abi3audit_finds_is_said_by_its_symbols(
    monkeypatch: pytest.MonkeyPatch, outside: list[str], newer: dict[str, str], said: str
) -> None:
    audit = {
        "is_abi3": False,
        "is_abi3_baseline_compatible": False,
        "baseline": "3.9",
        "non_abi3_symbols": outside,
        "future_abi3_objects": newer,
    }
    report = {"specs": {"a.whl": {"wheel": [{"name": "a.abi3.so", "result": audit}]}}}
    done = subprocess.CompletedProcess([], 1, json.dumps(report), "")
    monkeypatch.setattr(subprocess, "run", lambda *args, **options: done)
    assert abi3_faults(Path("a.whl")) == (f"`a.abi3.so` {said}",)


def test_abi3audit_takes_a_right_wheel_and_names_the_symbols_of_a_wrong_one(
    extension: Built, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert abi3_faults(extension.wheel) == ()
    older = tmp_path / extension.wheel.name.replace("cp39-abi3", "cp38-abi3")
    shutil.copy(extension.wheel, older)
    (fault,) = abi3_faults(older)
    assert "uses PyObject_GC_IsTracked of 3.9, newer than the 3.8 of its tag" in fault
    with pytest.raises(CratewheelError, match="CW-WHEEL-ABI"):
        abi3_faults(tmp_path / "none.whl")
    # As the program that packaging starts: what it found is what it prints.
    assert abi3_audit.main([str(older), str(tmp_path / "none.whl")]) == 0
    found = finding_document.loads(capsys.readouterr().out)
    assert [each.code for each in found] == ["CW-WHEEL-ABI", "CW-WHEEL-ABI"]
    assert fault in found[0].message

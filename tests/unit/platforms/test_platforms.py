from __future__ import annotations

import shutil
import subprocess

import pytest

from cratewheel.artifacts.shared_objects import SharedObject
from cratewheel.errors import CratewheelError, Finding
from cratewheel.floors import accepted_by_pypi, check_compatibility, promised_tags
from cratewheel.handover import HandedOver, Handover, wheel_files
from cratewheel.platforms import PLATFORMS, check_triple, platform_for

needs_rustc = pytest.mark.skipif(shutil.which("rustc") is None, reason="there is no rustc here")


def rustc(*arguments: str) -> str:
    done = subprocess.run(["rustc", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


@needs_rustc
def test_every_triple_but_universal2_is_one_of_rustcs() -> None:
    known = set(rustc("--print", "target-list").split())
    assert {target for each in PLATFORMS.values() for target in each.rust_targets} <= known
    assert set(PLATFORMS) - known == {"universal2-apple-darwin"}


@needs_rustc
def test_default_macos_floors_are_rustcs_own() -> None:
    for triple in ("x86_64-apple-darwin", "aarch64-apple-darwin"):
        answer = rustc("--target", triple, "--print", "deployment-target")
        version = answer.strip().rpartition("=")[2].replace(".", "_")
        assert PLATFORMS[triple].floor == f"macosx_{version}"


@pytest.mark.parametrize("triple", PLATFORMS)
def test_every_default_promise_is_one_that_pypi_takes(triple: str) -> None:
    platform = PLATFORMS[triple]
    floor = check_compatibility(platform, None)
    assert not isinstance(floor, Finding)
    tags = promised_tags(platform, floor)
    assert all(accepted_by_pypi(tag) for tag in tags)
    assert tags or platform.os == "emscripten"


@pytest.mark.parametrize("triple", PLATFORMS)
def test_a_wheel_of_every_platform_is_taken_from_another_job(triple: str) -> None:
    platform = PLATFORMS[triple]
    floor = check_compatibility(platform, None)
    assert not isinstance(floor, Finding)
    # PyPI has no tag for Emscripten; its wheels are named as Pyodide names them.
    tags = promised_tags(platform, floor) or ("pyemscripten_2025_0_wasm32",)
    filename = f"tally-1.0.0-cp39-abi3-{'.'.join(tags)}.whl"
    handover = Handover((HandedOver(f"/{filename}", filename, "0" * 64, 1),))
    ((taken,),) = wheel_files(handover, "tally", "1.0.0", [(platform, floor)])
    assert taken.filename == filename


@pytest.mark.parametrize("triple", [each for each in PLATFORMS if PLATFORMS[each].os == "linux"])
def test_native_code_for_another_machine_is_seen_on_every_linux(triple: str) -> None:
    strange = SharedObject("tally/_tally.so", "EM_NONE", (), ())
    assert not strange.is_for(PLATFORMS[triple].architecture)


@pytest.mark.parametrize("triple", PLATFORMS)
def test_runners_are_pinned(triple: str) -> None:
    assert "latest" not in PLATFORMS[triple].runner


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("x86_64-unkown-linux-gnu", "x86_64-unknown-linux-gnu"),
        ("x86_64-linux-gnu", "x86_64-unknown-linux-gnu"),
        ("amd64-linux", "x86_64-unknown-linux-gnu"),
        ("arm64-apple-darwin", "aarch64-apple-darwin"),
        ("aarch64-macos", "aarch64-apple-darwin"),
        ("aarch64-linux-musl", "aarch64-unknown-linux-musl"),
        ("musllinux_1_2_x86_64", "x86_64-unknown-linux-musl"),
        ("manylinux_2_28_aarch64", "aarch64-unknown-linux-gnu"),
        ("manylinux2014_x86_64", "x86_64-unknown-linux-gnu"),
        ("macosx_11_0_arm64", "aarch64-apple-darwin"),
        ("armv7l-unknown-linux-gnueabihf", "armv7-unknown-linux-gnueabihf"),
        ("armv7-unknown-linux-gnueabi", "armv7-unknown-linux-gnueabihf"),
        ("riscv64-unknown-linux-gnu", "riscv64gc-unknown-linux-gnu"),
        ("ppc64le-linux", "powerpc64le-unknown-linux-gnu"),
        ("win_amd64", "x86_64-pc-windows-msvc"),
        ("win_arm64", "aarch64-pc-windows-msvc"),
        ("win32", "i686-pc-windows-msvc"),
        ("x86_64-windows-msvc", "x86_64-pc-windows-msvc"),
        ("universal2", "universal2-apple-darwin"),
        ("wasm32-unknown-unknown", "wasm32-unknown-emscripten"),
        ("X86_64-UNKNOWN-LINUX-GNU", "x86_64-unknown-linux-gnu"),
    ],
)
def test_a_misspelt_triple_names_the_one_that_was_meant(written: str, meant: str) -> None:
    found = check_triple(written, "BUILD:3")
    assert isinstance(found, Finding)
    assert found.code == "CW-TRIPLE-UNKNOWN"
    assert found.place == "BUILD:3"
    assert found.mend == f"write `{meant}`"


def test_a_triple_like_no_other_still_says_what_to_do() -> None:
    with pytest.raises(CratewheelError, match=r"CW-TRIPLE-UNKNOWN.*\n.*target-list"):
        platform_for("qqq")

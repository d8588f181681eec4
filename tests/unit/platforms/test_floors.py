from __future__ import annotations

from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging import tags as packaging_tags

from cratewheel.errors import Finding
from cratewheel.floors import (
    Floor,
    TagFit,
    accepted_by_pypi,
    check_compatibility,
    fit,
    parse_floor,
    parse_platform_tag,
    promised_tags,
)
from cratewheel.platforms import PLATFORMS


def promise(triple: str, compatibility: Optional[str] = None) -> Optional[Floor]:
    floor = check_compatibility(PLATFORMS[triple], compatibility)
    assert not isinstance(floor, Finding)
    return floor


def fits(triple: str, compatibility: Optional[str], *tags: str) -> TagFit:
    return fit(PLATFORMS[triple], promise(triple, compatibility), tags)


@pytest.mark.parametrize(
    ("triple", "compatibility", "expected"),
    [
        (
            "x86_64-unknown-linux-gnu",
            None,
            ("manylinux2014_x86_64", "manylinux_2_17_x86_64"),
        ),
        ("x86_64-unknown-linux-gnu", "manylinux_2_28", ("manylinux_2_28_x86_64",)),
        (
            "aarch64-unknown-linux-gnu",
            "manylinux2014",
            ("manylinux2014_aarch64", "manylinux_2_17_aarch64"),
        ),
        ("riscv64gc-unknown-linux-gnu", None, ("manylinux_2_31_riscv64",)),
        ("aarch64-unknown-linux-musl", None, ("musllinux_1_2_aarch64",)),
        ("arm-unknown-linux-musleabihf", None, ("linux_armv6l",)),
        ("x86_64-apple-darwin", "macosx_11_0", ("macosx_11_0_x86_64",)),
        (
            "universal2-apple-darwin",
            None,
            ("macosx_10_12_universal2", "macosx_10_12_x86_64", "macosx_11_0_arm64"),
        ),
        ("aarch64-pc-windows-msvc", None, ("win_arm64",)),
        ("i686-pc-windows-msvc", None, ("win32",)),
        ("wasm32-unknown-emscripten", "pyemscripten_2025_0", ("pyemscripten_2025_0_wasm32",)),
    ],
)
def test_promised_tags(
    triple: str, compatibility: Optional[str], expected: tuple[str, ...]
) -> None:
    assert promised_tags(PLATFORMS[triple], promise(triple, compatibility)) == expected
    assert fits(triple, compatibility, *expected) is TagFit.AS_PROMISED


@pytest.mark.parametrize(
    ("triple", "compatibility", "code", "mend"),
    [
        ("x86_64-unknown-linux-gnu", "manylinux-2-28", "UNKNOWN", "write `manylinux_2_28`"),
        ("x86_64-unknown-linux-gnu", "manylinx_2_17", "UNKNOWN", "write `manylinux_2_17`"),
        ("x86_64-unknown-linux-gnu", "pypi", "UNKNOWN", "write `manylinux_2_17`"),
        ("aarch64-apple-darwin", "11.0", "UNKNOWN", "write `macosx_11_0`"),
        (
            "x86_64-unknown-linux-musl",
            "manylinux_2_28",
            "PLATFORM",
            "write `musllinux_1_2` or a later one",
        ),
        (
            "x86_64-unknown-linux-gnu",
            "musllinux_1_2",
            "PLATFORM",
            "write `manylinux_2_17` or a later one",
        ),
        (
            "x86_64-unknown-linux-gnu",
            "manylinux1",
            "PLATFORM",
            "write `manylinux_2_17` or a later one",
        ),
        (
            "aarch64-apple-darwin",
            "macosx_10_12",
            "PLATFORM",
            "write `macosx_11_0` or a later one",
        ),
        (
            "riscv64gc-unknown-linux-gnu",
            "manylinux_2_28",
            "PLATFORM",
            "write `manylinux_2_31` or a later one",
        ),
        ("x86_64-pc-windows-msvc", "manylinux_2_28", "PLATFORM", "leave `compatibility` out"),
        ("x86_64-unknown-linux-gnu", "linux", "PLATFORM", "write `manylinux_2_17` or a later one"),
    ],
)
def test_a_promise_that_cannot_be_made(
    triple: str, compatibility: str, code: str, mend: str
) -> None:
    found = check_compatibility(PLATFORMS[triple], compatibility, "BUILD:7")
    assert isinstance(found, Finding)
    assert (found.code, found.mend) == (f"CW-COMPATIBILITY-{code}", mend)


@pytest.mark.parametrize(
    ("triple", "compatibility", "tags", "expected"),
    [
        (
            "x86_64-unknown-linux-gnu",
            "manylinux_2_28",
            ["manylinux_2_34_x86_64"],
            TagFit.NEWER,
        ),
        (
            "x86_64-unknown-linux-gnu",
            "manylinux_2_28",
            ["manylinux_2_17_x86_64", "manylinux2014_x86_64"],
            TagFit.OLDER,
        ),
        ("x86_64-unknown-linux-gnu", None, ["manylinux2014_x86_64"], TagFit.AS_PROMISED),
        (
            "x86_64-unknown-linux-gnu",
            None,
            ["manylinux2014_x86_64", "manylinux_2_28_x86_64"],
            TagFit.AS_PROMISED,
        ),
        ("x86_64-unknown-linux-gnu", None, ["linux_x86_64"], TagFit.ELSEWHERE),
        ("x86_64-unknown-linux-gnu", None, ["musllinux_1_2_x86_64"], TagFit.ELSEWHERE),
        ("x86_64-unknown-linux-gnu", None, ["manylinux_2_17_aarch64"], TagFit.ELSEWHERE),
        (
            "x86_64-unknown-linux-gnu",
            None,
            ["manylinux_2_17_x86_64", "manylinux_2_17_i686"],
            TagFit.ELSEWHERE,
        ),
        ("x86_64-unknown-linux-gnu", None, ["any"], TagFit.ELSEWHERE),
        ("x86_64-unknown-linux-gnu", None, [], TagFit.ELSEWHERE),
        ("armv7-unknown-linux-gnueabihf", None, ["linux_armv7l"], TagFit.NEWER),
        (
            "armv7-unknown-linux-gnueabihf",
            "linux",
            ["manylinux_2_17_armv7l"],
            TagFit.OLDER,
        ),
        ("aarch64-apple-darwin", None, ["macosx_14_0_arm64"], TagFit.NEWER),
        ("aarch64-apple-darwin", None, ["macosx_11_0_universal2"], TagFit.ELSEWHERE),
        ("x86_64-apple-darwin", "macosx_11_0", ["macosx_10_12_x86_64"], TagFit.OLDER),
        ("universal2-apple-darwin", None, ["macosx_10_12_universal2"], TagFit.AS_PROMISED),
        ("universal2-apple-darwin", None, ["macosx_10_12_x86_64"], TagFit.ELSEWHERE),
        ("x86_64-pc-windows-msvc", None, ["win32"], TagFit.ELSEWHERE),
        (
            "wasm32-unknown-emscripten",
            None,
            ["pyemscripten_2025_0_wasm32"],
            TagFit.AS_PROMISED,
        ),
    ],
)
def test_the_tags_of_a_wheel_against_the_promise(
    triple: str, compatibility: Optional[str], tags: list[str], expected: TagFit
) -> None:
    assert fits(triple, compatibility, *tags) is expected


def test_an_older_promise_is_a_longer_list_of_systems_for_packaging_too() -> None:
    """What we call older, packaging installs on every system of the promised version."""
    system = set(packaging_tags.mac_platforms((11, 0), "x86_64"))
    assert "macosx_10_12_x86_64" in system
    assert "macosx_12_0_x86_64" not in system
    assert fits("x86_64-apple-darwin", "macosx_11_0", "macosx_10_12_x86_64") is TagFit.OLDER
    assert fits("x86_64-apple-darwin", "macosx_11_0", "macosx_12_0_x86_64") is TagFit.NEWER


@pytest.mark.parametrize(
    "tag",
    [
        *("any", "win32", "win_amd64", "win_arm64", "linux_armv7l", "manylinux1_i686"),
        *("manylinux2014_ppc64", "manylinux_2_39_riscv64", "musllinux_1_2_s390x"),
        *("macosx_10_9_universal2", "macosx_26_0_arm64", "ios_13_0_arm64_iphoneos"),
        *("android_24_arm64_v8a", "pyemscripten_2025_0_wasm32", "manylinux_2_28_ppc64"),
    ],
)
def test_pypi_takes(tag: str) -> None:
    assert accepted_by_pypi(tag)


@pytest.mark.parametrize(
    "tag",
    [
        *("linux_x86_64", "linux_aarch64", "macosx_11_1_arm64", "macosx_16_0_arm64"),
        *("manylinux_2_36_loongarch64", "musllinux_1_2_ppc64", "manylinux2014_riscv64"),
        *("pyodide_2024_0_wasm32", "emscripten_3_1_46_wasm32", "win_armv7", "freebsd_13_amd64"),
        *("ios_13_0_arm64_watchos", "android_24_mips", "manylinux_2_x86_64", ""),
    ],
)
def test_pypi_does_not_take(tag: str) -> None:
    assert not accepted_by_pypi(tag)


@given(
    st.sampled_from(["manylinux", "musllinux", "macosx"]), st.integers(0, 30), st.integers(0, 99)
)
def test_a_floor_and_its_text_are_the_same(family: str, major: int, minor: int) -> None:
    floor = Floor(family, (major, minor))
    assert parse_floor(str(floor)) == floor
    tag = parse_platform_tag(f"{floor}_x86_64")
    assert tag is not None
    assert (tag.family, tag.version, tag.architecture) == (family, (major, minor), "x86_64")


def test_a_floor_tells_other_tools_its_version() -> None:
    assert Floor("macosx", (11, 0)).dotted == "11.0"
    assert str(Floor("linux")) == "linux"

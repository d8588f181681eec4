"""Libraries for macOS and Windows in wheels, by headers as their linkers write them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from foreign_code_writing import ARM64, X86_64, fat, mach_o, pe
from wheel_building import write_wheel

from cratewheel.artifacts.checks import check_files
from cratewheel.artifacts.mach_o import MachObject, mach_objects
from cratewheel.plan.model import Plan, PlannedPackage, Row

PYD = "demo/_demo.pyd"
SO = "demo/_demo.abi3.so"


def faults(folder: Path, triple: str, platform: str, member: str, content: bytes) -> list[str]:
    """What is wrong with a wheel that has one native file."""
    row = Row("wheel:demo-pkg", "wheel", "demo-pkg", "py:py", "1.2.0", triple, abis=("abi3",))
    package = PlannedPackage(row.id, row.name, row.address, "wheel", "PyPI", row.version)
    wheel = write_wheel(folder, f"cp39-abi3-{platform}", content={member: content})
    return [each.message for each in check_files(Plan((package,), (row,)), row.id, [wheel])]


UNIVERSAL = "macosx_10_12_universal2.macosx_10_12_x86_64.macosx_11_0_arm64"


@pytest.mark.parametrize(
    ("triple", "platform", "content", "message"),
    [
        ("aarch64-apple-darwin", "macosx_11_0_arm64", mach_o(ARM64, (11, 0)), None),
        ("x86_64-apple-darwin", "macosx_10_12_x86_64", mach_o(X86_64, (10, 12), since="min"), None),
        (
            "aarch64-apple-darwin",
            "macosx_11_0_arm64",
            mach_o(ARM64, (14, 2)),
            f"it claims macOS 11.0 on arm64, but `{SO}` is linked for 14.2 and later",
        ),
        (
            "x86_64-apple-darwin",
            "macosx_10_12_x86_64",
            mach_o(X86_64, (10, 13), since="min"),
            f"it claims macOS 10.12 on x86_64, but `{SO}` is linked for 10.13 and later",
        ),
        (
            "aarch64-apple-darwin",
            "macosx_11_0_arm64",
            mach_o(X86_64, (10, 12)),
            f"`{SO}` is not for arm64 but for x86_64",
        ),
        (
            "universal2-apple-darwin",
            UNIVERSAL,
            fat(mach_o(X86_64, (10, 12)), mach_o(ARM64, (11, 0))),
            None,
        ),
        (
            "universal2-apple-darwin",
            UNIVERSAL,
            fat(mach_o(X86_64, (10, 12)), wide=True),
            f"`{SO}` is not for arm64 but for x86_64",
        ),
        (
            "universal2-apple-darwin",
            UNIVERSAL,
            fat(mach_o(X86_64, (12, 0)), mach_o(ARM64, (11, 0)), wide=True),
            f"it claims macOS 10.12 on x86_64, but `{SO}` is linked for 12.0 and later",
        ),
        # What is for both architectures serves either.
        (
            "aarch64-apple-darwin",
            "macosx_11_0_arm64",
            fat(mach_o(X86_64, (10, 12)), mach_o(ARM64, (11, 0))),
            None,
        ),
    ],
)
def test_a_macos_wheel_has_its_architectures_and_keeps_its_system(
    tmp_path: Path, triple: str, platform: str, content: bytes, message: str | None
) -> None:
    wanted = [] if message is None else [message]
    assert faults(tmp_path, triple, platform, SO, content) == wanted


@pytest.mark.parametrize(
    ("triple", "platform", "machine", "named"),
    [
        ("x86_64-pc-windows-msvc", "win_amd64", 0x8664, None),
        ("i686-pc-windows-gnu", "win32", 0x014C, None),
        ("aarch64-pc-windows-msvc", "win_arm64", 0xAA64, None),
        ("aarch64-pc-windows-msvc", "win_arm64", 0x8664, "win_amd64"),
        ("x86_64-pc-windows-msvc", "win_amd64", 0x01C4, "0x1c4"),
    ],
)
def test_a_windows_wheel_is_for_the_processor_of_its_row(
    tmp_path: Path, triple: str, platform: str, machine: int, named: str | None
) -> None:
    wanted = [] if named is None else [f"`{PYD}` is for another processor ({named})"]
    assert faults(tmp_path, triple, platform, PYD, pe(machine)) == wanted


def test_what_only_begins_like_a_library_is_none(tmp_path: Path) -> None:
    whole = mach_o(ARM64, (11, 0))
    java = struct.pack(">IHH", 0xCAFEBABE, 0, 65) + bytes(100)
    for content in (whole[:20], java, b"\xcf\xfa\xed\xfe", fat(b"neither")):
        place = tmp_path / str(len(content))
        assert faults(place, "aarch64-apple-darwin", "macosx_11_0_arm64", SO, content) == []
    for content in (b"MZ", b"MZ" + bytes(58) + b"\xff\xff\xff\xff", pe(0)[:70]):
        place = tmp_path / f"windows-{len(content)}"
        assert faults(place, "x86_64-pc-windows-msvc", "win_amd64", PYD, content) == []


def test_the_parts_of_a_universal_file_are_read_one_by_one(tmp_path: Path) -> None:
    content = fat(mach_o(X86_64, (10, 12)), mach_o(ARM64, (11, 0)))
    wheel = write_wheel(tmp_path, f"cp39-abi3-{UNIVERSAL}", content={SO: content})
    assert mach_objects(wheel) == (
        MachObject(SO, "x86_64", (10, 12)),
        MachObject(SO, "arm64", (11, 0)),
    )

"""What a wheel's shared objects ask for, read from files that no compiler is needed for."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from elf_writing import AARCH64, shared_object
from wheel_building import write_wheel

from cratewheel.artifacts.checks import check_files
from cratewheel.artifacts.shared_objects import SharedObject, shared_objects
from cratewheel.errors import CratewheelError
from cratewheel.plan.model import Plan, PlannedPackage, Row
from cratewheel.platforms import PLATFORMS

# Where an ELF file's header has the number of its section headers.
SECTION_COUNT = 60
VERSION_SECTION, INFO = 4, 44


def of(folder: Path, content: bytes) -> SharedObject:
    (found,) = shared_objects(write_wheel(folder, content={"demo/demo.so": content}))
    return found


def refusal(folder: Path, content: bytes) -> str:
    with pytest.raises(CratewheelError) as caught:
        of(folder, content)
    assert caught.value.codes == ("CW-ARCHIVE-BROKEN",)
    (finding,) = caught.value.findings
    assert "`demo/demo.so`" in finding.message
    return finding.message


def test_what_it_is_linked_against_and_which_symbols_it_takes(tmp_path: Path) -> None:
    symbols = {"memcpy": "GLIBC_2.14", "stat": "GLIBC_2.33", "zlibVersion": "ZLIB_1.2"}
    found = of(tmp_path, shared_object(needed=("libc.so.6", "libz.so.1"), symbols=symbols))
    assert found.needed == ("libc.so.6", "libz.so.1")
    assert [str(each) for each in found.glibc] == ["memcpy@GLIBC_2.14", "stat@GLIBC_2.33"]
    assert [each.name for each in found.newer_than((2, 17))] == ["stat"]
    assert found.is_for_glibc and not found.is_for_musl


def test_musl_is_told_from_glibc(tmp_path: Path) -> None:
    found = of(tmp_path, shared_object(needed=("libc.musl-x86_64.so.1",), symbols={}))
    assert found.is_for_musl and not found.is_for_glibc


def test_every_architecture_of_linux_is_known_and_no_other_passes_for_it(tmp_path: Path) -> None:
    architectures = {each.architecture for each in PLATFORMS.values() if each.os == "linux"}
    x86, arm = (
        of(tmp_path / "x", shared_object()),
        of(tmp_path / "a", shared_object(machine=AARCH64)),
    )
    assert {each for each in architectures if x86.is_for(each)} == {"x86_64"}
    assert {each for each in architectures if arm.is_for(each)} == {"aarch64"}
    assert not x86.is_for("an architecture that nobody has put into the table")


def test_a_machine_without_a_name_is_for_no_architecture(tmp_path: Path) -> None:
    assert not of(tmp_path, shared_object(machine=64_000)).is_for("x86_64")


def test_a_file_that_only_begins_like_one_is_none(tmp_path: Path) -> None:
    wheel = write_wheel(
        tmp_path, content={"demo/magic": b"\x7fELF and so on", "demo/short": b"\x7fE"}
    )
    assert shared_objects(wheel) == ()


@pytest.mark.parametrize("kept", [7, 40, 400])
def test_one_that_ends_too_early_is_refused_by_name(tmp_path: Path, kept: int) -> None:
    refusal(tmp_path, shared_object()[:kept])


def test_every_one_that_cannot_be_read_is_named_at_once(tmp_path: Path) -> None:
    damaged = {name: shared_object()[:80] for name in ("a.so", "b.so")}
    with pytest.raises(CratewheelError) as caught:
        shared_objects(write_wheel(tmp_path, content={**damaged, "c.so": shared_object()}))
    assert [each.message.split("`")[1] for each in caught.value.findings] == ["a.so", "b.so"]


def test_one_that_claims_endless_sections_is_refused_before_they_are_read(tmp_path: Path) -> None:
    content = bytearray(shared_object())
    first = struct.unpack_from("<Q", content, 40)[0]
    # No number in the header means that it is in the first section's size.
    struct.pack_into("<H", content, SECTION_COUNT, 0)
    struct.pack_into("<Q", content, first + 32, 1 << 60)
    assert "sections" in refusal(tmp_path, bytes(content))


def test_one_that_needs_endless_versions_is_refused(tmp_path: Path) -> None:
    content = bytearray(shared_object())
    section = struct.unpack_from("<Q", content, 40)[0] + 64 * VERSION_SECTION
    struct.pack_into("<I", content, section + INFO, 0xFFFFFFFF)
    assert "versions" in refusal(tmp_path, bytes(content))


def tag_findings(folder: Path, target: str, tags: str, content: bytes) -> list[str]:
    """What is said of a wheel with one shared object, for one row."""
    row = Row("wheel:demo-pkg", "wheel", "demo-pkg", "py:demo", "1.2.0", target, abis=("abi3",))
    package = PlannedPackage("wheel:demo-pkg", "demo-pkg", "py:demo", "wheel", "PyPI", "1.2.0")
    wheel = write_wheel(folder, tags, content={"demo/demo.so": content})
    found = check_files(Plan((package,), (row,)), package.id, [wheel])
    assert {each.code for each in found} <= {"CW-WHEEL-TAG"}
    return [each.message for each in found]


GNU, MUSL = "cp39-abi3-manylinux_2_17_x86_64", "cp39-abi3-musllinux_1_2_x86_64"
NEWER = {"memcpy": "GLIBC_2.14", "stat": "GLIBC_2.33"}


@pytest.mark.parametrize(
    ("target", "tags", "content", "messages"),
    [
        ("x86_64-unknown-linux-gnu", GNU, shared_object(), []),
        (
            "x86_64-unknown-linux-gnu",
            GNU,
            shared_object(machine=AARCH64),
            ["`demo/demo.so` is for another architecture (EM_AARCH64)"],
        ),
        (
            "x86_64-unknown-linux-gnu",
            GNU,
            shared_object(symbols=NEWER),
            ["it claims manylinux_2_17, but `demo/demo.so` needs stat@GLIBC_2.33"],
        ),
        (
            "x86_64-unknown-linux-gnu",
            "cp39-abi3-manylinux_2_34_x86_64",
            shared_object(symbols=NEWER),
            [
                "it is tagged manylinux_2_34_x86_64, promised is manylinux_2_17; `demo/demo.so` "
                "needs stat@GLIBC_2.33"
            ],
        ),
        (
            "x86_64-unknown-linux-gnu",
            GNU,
            shared_object(needed=("libc.so",), symbols={}),
            ["`demo/demo.so` is linked against musl"],
        ),
        (
            "x86_64-unknown-linux-musl",
            MUSL,
            shared_object(),
            ["`demo/demo.so` is linked against glibc"],
        ),
        ("x86_64-unknown-linux-musl", MUSL, shared_object(needed=("libc.so",), symbols={}), []),
    ],
)
def test_a_wheel_keeps_what_its_tags_say(
    tmp_path: Path, target: str, tags: str, content: bytes, messages: list[str]
) -> None:
    assert tag_findings(tmp_path, target, tags, content) == messages

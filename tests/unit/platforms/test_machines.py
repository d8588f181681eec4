from __future__ import annotations

from typing import Optional

import pytest

from cratewheel.errors import Finding
from cratewheel.floors import check_compatibility
from cratewheel.machines import (
    CrossLinker,
    HowToBuild,
    Linker,
    Machine,
    Native,
    NotHere,
    Zig,
    can_run,
    foreign_python,
    how_to_build,
)
from cratewheel.platforms import PLATFORMS

EVERY_TARGET = frozenset(target for each in PLATFORMS.values() for target in each.rust_targets)


def machine(
    host: str = "x86_64-unknown-linux-gnu",
    *,
    libc: Optional[tuple[int, int]] = (2, 36),
    targets: frozenset[str] = EVERY_TARGET,
    linkers: Optional[dict[str, Linker]] = None,
    zig: bool = False,
) -> Machine:
    return Machine(host, libc, targets, linkers or {}, zig=zig)


def how(
    triple: str, on: Machine, compatibility: Optional[str] = None, linker: Optional[str] = None
) -> HowToBuild:
    floor = check_compatibility(PLATFORMS[triple], compatibility)
    assert not isinstance(floor, Finding)
    return how_to_build(PLATFORMS[triple], floor, on, linker)


def why_not(
    triple: str, on: Machine, compatibility: Optional[str] = None, linker: Optional[str] = None
) -> NotHere:
    answer = how(triple, on, compatibility, linker)
    assert isinstance(answer, NotHere)
    return answer


def test_a_libc_no_newer_than_the_floor_builds_natively() -> None:
    old = machine(libc=(2, 17), zig=True)
    assert how("x86_64-unknown-linux-gnu", old) == Native()
    assert how("x86_64-unknown-linux-gnu", machine(libc=(2, 28)), "manylinux_2_28") == Native()


def test_a_newer_libc_needs_zig() -> None:
    assert how("x86_64-unknown-linux-gnu", machine(zig=True)) == Zig()
    refusal = why_not("x86_64-unknown-linux-gnu", machine())
    assert refusal.reason == (
        "glibc 2.36 here is newer than manylinux_2_17 permits, and there is no zig"
    )
    assert "ziglang" in refusal.mend


def test_a_cross_compiler_of_a_newer_libc_gives_way_to_zig() -> None:
    triple = "aarch64-unknown-linux-gnu"
    debian = {triple: Linker("aarch64-linux-gnu-gcc", (2, 36))}
    assert how(triple, machine(linkers=debian, zig=True)) == Zig()
    assert how(triple, machine(linkers=debian), "manylinux_2_36") == CrossLinker(
        "aarch64-linux-gnu-gcc"
    )
    assert "links against glibc 2.36" in why_not(triple, machine(linkers=debian)).reason
    unknown = {triple: Linker("aarch64-linux-gnu-gcc")}
    assert "unknown version" in why_not(triple, machine(linkers=unknown)).reason


def test_a_row_chooses_between_the_ways_that_there_are() -> None:
    triple = "aarch64-unknown-linux-gnu"
    both = machine(linkers={triple: Linker("aarch64-linux-gnu-gcc", (2, 36))}, zig=True)
    floor = "manylinux_2_36"
    assert how(triple, both, floor) == CrossLinker("aarch64-linux-gnu-gcc")
    assert how(triple, both, floor, "cross") == CrossLinker("aarch64-linux-gnu-gcc")
    assert how(triple, both, floor, "zig") == Zig()
    own = "x86_64-unknown-linux-gnu"
    assert how(own, both, floor) == how(own, both, floor, "native") == Native()
    assert how(own, both, floor, "zig") == Zig()
    mac = machine("aarch64-apple-darwin", libc=None)
    assert how("x86_64-apple-darwin", mac, linker="native") == Native()


def test_a_way_that_is_not_there_is_not_replaced_by_another() -> None:
    triple, own = "aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"
    old = {triple: Linker("aarch64-linux-gnu-gcc", (2, 36))}
    # The floor holds whoever links.
    refusal = why_not(triple, machine(linkers=old, zig=True), linker="cross")
    assert refusal.reason == (
        "aarch64-linux-gnu-gcc links against glibc 2.36, which manylinux_2_17 does not permit"
    )
    refusal = why_not(triple, machine(zig=True), linker="cross")
    assert refusal.reason.endswith("no aarch64-linux-gnu-gcc on PATH")
    refusal = why_not(triple, machine(linkers=old), "manylinux_2_36", "zig")
    assert (refusal.reason, refusal.mend) == (
        "there is no zig",
        "install zig (`pip install ziglang`)",
    )
    assert "this is x86_64" in why_not(triple, machine(zig=True), linker="native").reason
    refusal = why_not(own, machine(zig=True), linker="native")
    assert refusal.reason == "glibc 2.36 here is newer than manylinux_2_17 permits"
    refusal = why_not("powerpc64-unknown-linux-gnu", machine(zig=True), linker="zig")
    assert refusal.reason == "zig does not link for powerpc64-unknown-linux-gnu"
    windows = machine("x86_64-pc-windows-msvc", libc=None)
    refusal = why_not("x86_64-pc-windows-msvc", windows, linker="zig")
    assert refusal.mend == 'write linker="native" or leave it out'


def test_nothing_at_all_names_the_compiler_that_would_do() -> None:
    refusal = why_not("aarch64-unknown-linux-gnu", machine())
    assert "no aarch64-linux-gnu-gcc on PATH" in refusal.reason
    assert "environment" in why_not("powerpc64-unknown-linux-gnu", machine(zig=True)).mend


def test_a_target_without_its_standard_library_says_how_to_add_it() -> None:
    host_only = machine(zig=True, targets=frozenset({"x86_64-unknown-linux-gnu"}))
    refusal = why_not("x86_64-unknown-linux-musl", host_only)
    assert refusal.mend == "run `rustup target add x86_64-unknown-linux-musl`"
    neither = machine(targets=frozenset({"x86_64-unknown-linux-gnu"}))
    refusal = why_not("x86_64-unknown-linux-musl", neither)
    assert refusal.reason == (
        "nothing here links for x86_64-unknown-linux-musl: no x86_64-linux-musl-gcc on PATH, and there is "
        "no zig, and rustc has no standard library for x86_64-unknown-linux-musl on this machine"
    )
    assert refusal.mend == (
        "install zig (`pip install ziglang`), and run `rustup target add x86_64-unknown-linux-musl`"
    )


def test_musl_is_built_by_a_musl_compiler_of_unknown_version_or_by_alpine_itself() -> None:
    triple = "x86_64-unknown-linux-musl"
    assert how(triple, machine(triple, libc=(1, 2))) == Native()
    with_gcc = machine(linkers={triple: Linker("x86_64-linux-musl-gcc")})
    assert how(triple, with_gcc) == CrossLinker("x86_64-linux-musl-gcc")
    assert how(triple, machine(zig=True)) == Zig()


def test_macos_builds_all_of_macos_and_nothing_else_does() -> None:
    mac = machine("aarch64-apple-darwin", libc=None)
    for triple in ("x86_64-apple-darwin", "aarch64-apple-darwin", "universal2-apple-darwin"):
        assert how(triple, mac) == Native()
        assert "SDK" in why_not(triple, machine(zig=True)).reason
    arm_only = machine(
        "aarch64-apple-darwin", libc=None, targets=frozenset({"aarch64-apple-darwin"})
    )
    refusal = why_not("universal2-apple-darwin", arm_only)
    assert refusal.mend == "run `rustup target add x86_64-apple-darwin`"


def test_windows_builds_windows() -> None:
    windows = machine("x86_64-pc-windows-msvc", libc=None)
    assert how("x86_64-pc-windows-msvc", windows) == Native()
    assert how("i686-pc-windows-msvc", windows) == Native()
    assert "Visual Studio" in why_not("x86_64-pc-windows-msvc", machine(zig=True)).reason
    triple = "x86_64-pc-windows-gnu"
    mingw = machine(linkers={triple: Linker("x86_64-w64-mingw32-gcc")})
    assert how(triple, mingw) == CrossLinker("x86_64-w64-mingw32-gcc")
    assert "x86_64-w64-mingw32-gcc" in why_not(triple, machine()).reason


def test_a_toolchain_of_its_own_is_the_workflows_business() -> None:
    refusal = why_not("wasm32-unknown-emscripten", machine(zig=True))
    assert 'built_by="workflow"' in refusal.mend


@pytest.mark.parametrize("triple", PLATFORMS)
def test_every_platform_has_an_answer_on_every_host(triple: str) -> None:
    for host in PLATFORMS:
        answer = how(triple, machine(host))
        assert not isinstance(answer, NotHere) or answer.reason


def test_what_runs_here() -> None:
    here = machine()
    assert can_run(PLATFORMS["x86_64-unknown-linux-gnu"], here)
    assert not can_run(PLATFORMS["x86_64-unknown-linux-musl"], here)
    assert not can_run(PLATFORMS["aarch64-unknown-linux-gnu"], here)
    mac = machine("aarch64-apple-darwin", libc=None)
    assert can_run(PLATFORMS["universal2-apple-darwin"], mac)
    assert can_run(PLATFORMS["i686-pc-windows-msvc"], machine("x86_64-pc-windows-msvc", libc=None))


def test_what_runs_here_through_an_emulator() -> None:
    aarch64 = PLATFORMS["aarch64-unknown-linux-gnu"]
    assert foreign_python(aarch64) == "aarch64-linux-gnu-python3"
    assert foreign_python(PLATFORMS["x86_64-pc-windows-gnu"]) is None
    assert foreign_python(PLATFORMS["aarch64-unknown-linux-musl"]) is None

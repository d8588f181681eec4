"""Command lines and environments of builds on machines that no test of ours runs on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest
from repositories import Wheel, toolchain

from cratewheel.build.commands import (
    Command,
    Places,
    binary_commands,
    binary_path,
    wheel_command,
)
from cratewheel.build.equipment import note_equipment
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.places import pythons, system_variables
from cratewheel.build.request import Job, WheelBuild
from cratewheel.build.root import BuildRoot
from cratewheel.build.run import commands as job_commands
from cratewheel.errors import CratewheelError
from cratewheel.wheel_rows import BuildSettings

ABI3 = '{ version = "0.30", features = ["abi3-py39"] }'
WINDOWS = {
    "Path": r"C:\Rust\bin;C:\Windows\system32",
    "SystemRoot": r"C:\Windows",
    "ProgramFiles(x86)": r"C:\Program Files (x86)",
    "TEMP": r"C:\Temp",
    "USERPROFILE": r"C:\Users\me",
    "INCLUDE": r"C:\VC\include",
    "CARGO_NET_RETRY": "5",
    "HTTPS_PROXY": "http://proxy.example:3128",
    "RUSTFLAGS": "-Ctarget-cpu=native",
    "PYO3_CONFIG_FILE": r"C:\elsewhere",
    "MATURIN_PYPI_TOKEN": "pypi-secret",
}
WINDOWS_PYTHONS = (
    Interpreter("cp310", "3.10.11", r"C:\Py310\python.exe"),
    Interpreter("cp310", "3.10.11", r"C:\Py310-32\python.exe", "win32"),
    Interpreter("cp310", "3.10.11", r"C:\Py310-arm64\python.exe", "win-arm64"),
    Interpreter("cp314t", "3.14.0", r"C:\Py314t\python.exe"),
    Interpreter("cp314t", "3.14.0", r"C:\Py314t-32\python.exe", "win32"),
)


def windows_commands(tools: Path, wheel: Wheel, triple: str, host: str) -> list[Command]:
    build = wheel.build(triple, toolchain(host), WINDOWS_PYTHONS)
    assert isinstance(build, WheelBuild)
    note_equipment(tools, "0123", WINDOWS, WINDOWS_PYTHONS)
    work = PureWindowsPath(r"D:\work")
    return commands(
        build,
        Places(
            sources=work / "src",
            target=work / "target",
            out=work / "out",
            zig=work / "zig",
            system=system_variables(tools / "0123", work / "home"),
            pythons=pythons(tools),
            python=r"C:\Tools\python.exe",
        ),
    )


def commands(build: WheelBuild, places: Places) -> list[Command]:
    return [wheel_command(build, family, places) for family in build.passes]


def posix_places(python: str, *, pythons: tuple[str, ...] = ()) -> Places:
    work = PurePosixPath("/job")
    return Places(
        sources=work / "src",
        target=work / "target",
        out=work / "out",
        zig=work / "zig",
        system={"PATH": "/tools/bin", "HOME": "/job/home"},
        pythons={name: f"/tools/python/{name}" for name in pythons},
        python=python,
    )


WHEEL = Wheel(
    [
        "x86_64-pc-windows-msvc",
        ("i686-pc-windows-msvc", {"rustflags": ("-Ctarget-feature=+crt-static",)}),
        "aarch64-pc-windows-msvc",
    ],
    ["abi3", ("3.14t", {"features": ("free",), "no_default_features": True})],
    pyo3=ABI3,
    cargo="[features]\nfree = []\n",
    settings=BuildSettings(env=(("LC_ALL", "C"),), maturin_args=("--strip",)),
)


def test_the_commands_of_a_windows_row_are_these(tmp_path: Path) -> None:
    abi3, free = windows_commands(
        tmp_path, WHEEL, "x86_64-pc-windows-msvc", "x86_64-pc-windows-msvc"
    )
    start = (
        *(r"C:\Tools\python.exe", "-m", "maturin", "build", "--out", r"D:\work\out"),
        *("--target", "x86_64-pc-windows-msvc", "--profile", "release", "--locked"),
    )
    assert abi3.argv == (*start, "--interpreter", r"C:\Py310\python.exe", "--strip")
    assert free.argv == (
        *start,
        *("--features", "free", "--no-default-features"),
        *("--interpreter", r"C:\Py314t\python.exe", "--strip"),
    )
    assert abi3.directory == free.directory == r"D:\work\src\python"
    assert abi3.env == {
        "HOME": r"D:\work\home",
        "PATH": r"C:\Rust\bin;C:\Windows\system32",
        "SYSTEMROOT": r"C:\Windows",
        "PROGRAMFILES(X86)": r"C:\Program Files (x86)",
        "TEMP": r"C:\Temp",
        "USERPROFILE": r"C:\Users\me",
        "INCLUDE": r"C:\VC\include",
        "CARGO_NET_RETRY": "5",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "CARGO_TARGET_DIR": r"D:\work\target",
        "CARGO_TERM_COLOR": "never",
        "SOURCE_DATE_EPOCH": "315532800",
        "LC_ALL": "C",
    }


def test_nothing_of_ours_that_windows_cannot_start_is_in_front_of_its_tools(tmp_path: Path) -> None:
    host = "x86_64-pc-windows-msvc"
    build = PROGRAM.build(host, toolchain(host), WINDOWS_PYTHONS)
    assert isinstance(build, WheelBuild)
    assert build.binaries
    note_equipment(tmp_path, "0123", WINDOWS, WINDOWS_PYTHONS)
    root = BuildRoot(tmp_path / "root")
    program = next(job_commands(Job(build, "0123"), root, tmp_path, tmp_path / "out"))
    without = replace(build, binaries=())
    (extension,) = job_commands(Job(without, "0123"), root, tmp_path, tmp_path / "out")
    for command in (program, extension):
        assert "RUSTC_WRAPPER" not in command.env
        assert command.env["PATH"] == WINDOWS["Path"]


def test_a_32_bit_row_takes_32_bit_interpreters(tmp_path: Path) -> None:
    abi3, _ = windows_commands(tmp_path, WHEEL, "i686-pc-windows-msvc", "x86_64-pc-windows-msvc")
    assert r"C:\Py310-32\python.exe" in abi3.argv
    assert abi3.env["CARGO_ENCODED_RUSTFLAGS"] == "-Ctarget-feature=+crt-static"


def test_a_family_without_its_interpreter_is_named(tmp_path: Path) -> None:
    with pytest.raises(CratewheelError) as raised:
        windows_commands(tmp_path, WHEEL, "aarch64-pc-windows-msvc", "x86_64-pc-windows-msvc")
    (finding,) = raised.value.findings
    assert finding.code == "CW-ROW-NOT-HERE"
    assert "no interpreter for 3.14t" in finding.message


@pytest.mark.parametrize(
    ("triple", "floor"),
    [
        ("aarch64-apple-darwin", "11.0"),
        ("x86_64-apple-darwin", "10.12"),
        ("universal2-apple-darwin", "10.12"),
    ],
)
def test_the_commands_of_a_macos_row_are_these(triple: str, floor: str) -> None:
    wheel = Wheel([triple], ["3.12", "pypy3.11"])
    here = [Interpreter(tag, "", "") for tag in ("cp312", "pp311")]
    build = wheel.build(triple, toolchain("aarch64-apple-darwin"), here)
    assert isinstance(build, WheelBuild)
    made = commands(build, posix_places("/venv/bin/python", pythons=("cp312", "pp311")))
    assert [each.argv[-1] for each in made] == ["/tools/python/cp312", "/tools/python/pp311"]
    assert made[0].argv == (
        *("/venv/bin/python", "-m", "maturin", "build", "--out", "/job/out"),
        *("--target", triple, "--profile", "release", "--locked"),
        *("--interpreter", "/tools/python/cp312"),
    )
    assert made[0].env == {
        "PATH": "/tools/bin",
        "HOME": "/job/home",
        "CARGO_TARGET_DIR": "/job/target",
        "CARGO_TERM_COLOR": "never",
        "SOURCE_DATE_EPOCH": "315532800",
        "MACOSX_DEPLOYMENT_TARGET": floor,
    }


def test_the_commands_of_a_cross_built_row_are_these() -> None:
    wheel = Wheel(["aarch64-unknown-linux-gnu"], ["3.9", "pypy3.11"])
    build = wheel.build("aarch64-unknown-linux-gnu", toolchain("x86_64-unknown-linux-gnu"), [])
    assert isinstance(build, WheelBuild)
    (cpython, pypy) = commands(build, posix_places("/venv/bin/python"))
    assert cpython.argv == (
        *("/venv/bin/python", "-m", "maturin", "build", "--out", "/job/out"),
        *("--target", "aarch64-unknown-linux-gnu", "--profile", "release"),
        *("--compatibility", "manylinux_2_17", "--zig", "--locked", "--interpreter", "python3.9"),
    )
    assert pypy.argv[-1] == "pypy3.11"
    assert cpython.env["ZIG_GLOBAL_CACHE_DIR"] == str(PurePath("/job/zig"))


PROGRAM = Wheel(
    ["universal2-apple-darwin", "x86_64-pc-windows-msvc", "aarch64-unknown-linux-gnu"],
    ["abi3"],
    pyo3=ABI3,
    settings=BuildSettings(binaries=("tool",), rustflags=("-Cpanic=abort",)),
    cargo='[[bin]]\nname = "tool"\npath = "src/tool.rs"\nrequired-features = ["cli"]\n'
    "[features]\ncli = []\n",
)


def program_commands(triple: str, host: str) -> tuple[list[str], PurePath]:
    pythons = [Interpreter("cp39", "3.9.1", "")]
    build = PROGRAM.build(triple, toolchain(host), pythons)
    assert isinstance(build, WheelBuild)
    (binary,) = build.binaries
    places = posix_places("/venv/bin/python")
    made = binary_commands(build, binary, places)
    assert {each.env.get("CARGO_ENCODED_RUSTFLAGS", "") for each in made[:1]} == {"-Cpanic=abort"}
    return [" ".join(each.argv) for each in made], binary_path(build, binary, places)


def test_a_program_for_windows_is_an_exe() -> None:
    said, path = program_commands("x86_64-pc-windows-msvc", "x86_64-pc-windows-msvc")
    target = "--target x86_64-pc-windows-msvc"
    assert said == [f"cargo build --bin tool {target} --profile release --locked --features=cli"]
    assert path == PurePosixPath("/job/target/x86_64-pc-windows-msvc/release/tool.exe")


def test_a_program_for_both_architectures_of_macs_is_joined_from_two() -> None:
    said, path = program_commands("universal2-apple-darwin", "aarch64-apple-darwin")
    end = "--profile release --locked --features=cli"
    assert said == [
        f"cargo build --bin tool --target x86_64-apple-darwin {end}",
        f"cargo build --bin tool --target aarch64-apple-darwin {end}",
        "lipo -create -output /job/target/tool /job/target/x86_64-apple-darwin/release/tool "
        "/job/target/aarch64-apple-darwin/release/tool",
    ]
    assert path == PurePosixPath("/job/target/tool")


def test_a_program_keeps_the_floor_of_its_wheel_when_zig_links_it() -> None:
    said, path = program_commands("aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu")
    assert said == [
        "/venv/bin/cargo-zigbuild zigbuild --bin tool --target aarch64-unknown-linux-gnu.2.17 "
        "--profile release --locked --features=cli"
    ]
    assert path == PurePosixPath("/job/target/aarch64-unknown-linux-gnu/release/tool")

"""Command lines and environments of builds on machines that no test of ours runs on."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePath, PureWindowsPath

import pytest
import tomli
from repositories import Wheel, toolchain

from cratewheel.build import run
from cratewheel.build.anonymity import with_flags
from cratewheel.build.commands import Command, Places, binary_path, wheel_command
from cratewheel.build.disk import prune, survey
from cratewheel.build.equipment import note_equipment
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.places import binary_key, maturin, places, wheel_key
from cratewheel.build.recording import address
from cratewheel.build.request import Job, WheelBuild
from cratewheel.build.root import BuildRoot
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


class Machine:
    """A machine that builds, as far as its folders go; nothing is started on it."""

    def __init__(self, folder: Path) -> None:
        self.tools, self.out = folder / "tools", folder / "out"
        self.root = BuildRoot(folder / "root")
        self.root.home.mkdir(parents=True)

    def job(self, build: WheelBuild) -> Job:
        """The job of a build."""
        return Job(build, "0123")

    def note(self, environment: Mapping[str, str]) -> None:
        """Makes it a Windows machine."""
        note_equipment(self.tools, "0123", environment, WINDOWS_PYTHONS)

    def link(self, names: Iterable[str]) -> None:
        """Gives it interpreters."""
        (self.tools / "python").mkdir(parents=True)
        for name in names:
            (self.tools / "python" / name).touch()

    def commands(self, build: WheelBuild) -> list[Command]:
        """What is run, in order, when the program that each command is to make is there."""
        job = self.job(build)
        for binary in build.binaries:
            key = binary_key(job, build, binary)
            at = places(job, self.root, self.tools, self.out, key)
            built = Path(binary_path(build, binary, at))
            built.parent.mkdir(parents=True)
            built.touch()
        return list(run.commands(job, self.root, self.tools, self.out))

    def remapping(self, target: str, cargo_home: str) -> list[str]:
        """The flags that keep the folders of a build out of what rustc makes."""
        return [
            f"--remap-path-prefix={self.root.sources}=/source",
            f"--remap-path-prefix={target}=/target",
            f"--remap-path-prefix={cargo_home}=/cargo",
        ]

    def windows_flags(self, build: WheelBuild, number: int) -> tuple[str, str]:
        """The arguments with which a Windows machine without flags of its own has them."""
        flags = self.remapping(self.target(build, number), r"C:\Users\me\.cargo")
        flags.append("-Clink-arg=/Brepro")
        return "--config", f"target.{build.target}.rustflags={json.dumps(flags)}"

    @property
    def maturin(self) -> tuple[str, ...]:
        """What starts maturin."""
        program = maturin()
        return (program,) if program else (sys.executable, "-m", "maturin")

    def target(self, build: WheelBuild, number: int = 0) -> str:
        """Cargo's target directory of a pass."""
        return str(self.root.target(wheel_key(self.job(build), build, number)))


@pytest.fixture
def here(tmp_path: Path) -> Machine:
    """A machine without anything."""
    return Machine(tmp_path)


def windows_build(wheel: Wheel, triple: str, host: str = "x86_64-pc-windows-msvc") -> WheelBuild:
    build = wheel.build(triple, toolchain(host), WINDOWS_PYTHONS)
    assert isinstance(build, WheelBuild)
    return build


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


def test_the_commands_of_a_windows_row_are_these(here: Machine) -> None:
    here.note(WINDOWS)
    build = windows_build(WHEEL, "x86_64-pc-windows-msvc")
    abi3, free = here.commands(build)
    start = (
        *(*here.maturin, "build", "--out", str(here.out)),
        *("--target", "x86_64-pc-windows-msvc", "--profile", "release", "--locked"),
    )
    assert abi3.argv == (
        *(*start, "--interpreter", r"C:\Py310\python.exe"),
        *(*here.windows_flags(build, 0), "--strip"),
    )
    assert free.argv == (
        *start,
        *("--features", "free", "--no-default-features"),
        *("--interpreter", r"C:\Py314t\python.exe"),
        *(*here.windows_flags(build, 1), "--strip"),
    )
    assert abi3.directory == free.directory == str(here.root.sources / "python")
    for number, each in enumerate((abi3, free)):
        assert each.env == {
            "HOME": str(here.root.home),
            "PATH": r"C:\Rust\bin;C:\Windows\system32",
            "SYSTEMROOT": r"C:\Windows",
            "PROGRAMFILES(X86)": r"C:\Program Files (x86)",
            "TEMP": r"C:\Temp",
            "USERPROFILE": r"C:\Users\me",
            "INCLUDE": r"C:\VC\include",
            "CARGO_NET_RETRY": "5",
            "HTTPS_PROXY": "http://proxy.example:3128",
            "CARGO_TARGET_DIR": here.target(build, number),
            "CARGO_TERM_COLOR": "never",
            "SOURCE_DATE_EPOCH": "315532800",
            "LC_ALL": "C",
        }


def test_a_32_bit_row_takes_32_bit_interpreters(here: Machine) -> None:
    here.note({**WINDOWS, "CARGO_HOME": r"E:\cargo"})
    build = windows_build(WHEEL, "i686-pc-windows-msvc")
    abi3, _ = here.commands(build)
    assert r"C:\Py310-32\python.exe" in abi3.argv
    # The flags of the target take the place of the project's, so that the others join these.
    assert abi3.env["CARGO_ENCODED_RUSTFLAGS"].split("\x1f") == [
        "-Ctarget-feature=+crt-static",
        *here.remapping(here.target(build), r"E:\cargo"),
        "-Clink-arg=/Brepro",
    ]
    assert "--config" not in abi3.argv
    assert abi3.env["CARGO_HOME"] == r"E:\cargo"


def test_folders_of_windows_are_hidden_as_they_are_written_there(tmp_path: Path) -> None:
    root = PureWindowsPath(r"C:\Users\my self\kept\roots\fast")
    at = Places(
        sources=root / "src",
        target=root / "target-0123",
        out=PureWindowsPath(r"D:\out"),
        zig=root,
        system={"HOME": r"D:\home", "USERPROFILE": r"C:\Users\my self", "PATH": r"C:\Rust\bin"},
        program=r"C:\Py\Scripts\maturin.exe",
    )
    build = windows_build(WHEEL, "x86_64-pc-windows-msvc")
    hidden = with_flags(at, build.target, str(tmp_path))
    made = wheel_command(build, build.passes[0], hidden)
    assert made.argv[:4] == (r"C:\Py\Scripts\maturin.exe", "build", "--out", r"D:\out")
    where = made.argv.index("--config")
    key, _, value = made.argv[where + 1].partition("=")
    assert key == "target.x86_64-pc-windows-msvc.rustflags"
    assert tomli.loads(f"flags = {value}")["flags"] == [
        r"--remap-path-prefix=C:\Users\my self\kept\roots\fast\src=/source",
        r"--remap-path-prefix=C:\Users\my self\kept\roots\fast\target-0123=/target",
        r"--remap-path-prefix=C:\Users\my self\.cargo=/cargo",
        "-Clink-arg=/Brepro",
    ]
    assert address(at.sources) == "path+file:///C:/Users/my%20self/kept/roots/fast/src"


@pytest.mark.parametrize(
    ("configuration", "key"),
    [
        ('[build]\nrustflags = ["--cfg", "it"]\n', "build"),
        ('build.rustflags = "--cfg it"\n', "build"),
        ('build = { rustflags = ["--cfg=it"] }\n', "build"),
        (
            '[target.x86_64-pc-windows-msvc]\nrustflags = ["-Ctarget-feature=+crt-static"]\n',
            "target.x86_64-pc-windows-msvc",
        ),
        ("[build]\nincremental = false\n", "target.x86_64-pc-windows-msvc"),
    ],
)
def test_flags_join_those_of_the_project(here: Machine, configuration: str, key: str) -> None:
    here.note(WINDOWS)
    file = here.root.sources / ".cargo" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(configuration)
    (made, _) = here.commands(windows_build(WHEEL, "x86_64-pc-windows-msvc"))
    assert made.argv[made.argv.index("--config") + 1].startswith(f"{key}.rustflags=[")


def test_a_family_without_its_interpreter_is_named() -> None:
    with pytest.raises(CratewheelError) as raised:
        windows_build(WHEEL, "aarch64-pc-windows-msvc")
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
def test_the_commands_of_a_macos_row_are_these(here: Machine, triple: str, floor: str) -> None:
    wheel = Wheel([triple], ["3.12", "pypy3.11"])
    pythons = [Interpreter(tag, "", "") for tag in ("cp312", "pp311")]
    build = wheel.build(triple, toolchain("aarch64-apple-darwin"), pythons)
    assert isinstance(build, WheelBuild)
    here.link(("cp312", "pp311"))
    made = here.commands(build)
    linked = here.tools / "python"
    assert [each.argv[-1] for each in made] == [str(linked / "cp312"), str(linked / "pp311")]
    assert made[0].argv == (
        *(*here.maturin, "build", "--out", str(here.out)),
        *("--target", triple, "--profile", "release", "--locked"),
        *("--interpreter", str(linked / "cp312")),
    )
    for number, each in enumerate(made):
        assert each.env == {
            "PATH": f"{here.root.path / 'programs'}:{here.tools / '0123' / 'bin'}",
            "HOME": str(here.root.home),
            "LANG": "C.UTF-8",
            "CARGO_HOME": str(here.tools / "0123" / "cargo-home"),
            "RUSTC_WRAPPER": str(here.root.path / "rustc-anywhere"),
            "CARGO_TARGET_DIR": here.target(build, number),
            "CARGO_TERM_COLOR": "never",
            "SOURCE_DATE_EPOCH": "315532800",
            "MACOSX_DEPLOYMENT_TARGET": floor,
        }
    wrapper = Path(made[-1].env["RUSTC_WRAPPER"]).read_text()
    cargo_home = str(here.tools / "0123" / "cargo-home")
    for flag in here.remapping(here.target(build, len(made) - 1), cargo_home):
        assert flag in wrapper


def test_the_commands_of_a_cross_built_row_are_these(here: Machine) -> None:
    wheel = Wheel(["aarch64-unknown-linux-gnu"], ["3.9", "pypy3.11"])
    build = wheel.build("aarch64-unknown-linux-gnu", toolchain("x86_64-unknown-linux-gnu"), [])
    assert isinstance(build, WheelBuild)
    (cpython, pypy) = here.commands(build)
    assert cpython.argv == (
        *(*here.maturin, "build", "--out", str(here.out)),
        *("--target", "aarch64-unknown-linux-gnu", "--profile", "release"),
        *("--compatibility", "manylinux_2_17", "--zig", "--locked", "--interpreter", "python3.9"),
    )
    assert pypy.argv[-1] == "pypy3.11"


def test_what_zig_keeps_is_listed_and_bounded_like_the_rest_and_stays_while_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = Wheel(["aarch64-unknown-linux-gnu"], ["3.9"])
    build = wheel.build("aarch64-unknown-linux-gnu", toolchain("x86_64-unknown-linux-gnu"), [])
    (tmp_path / "tree").mkdir()
    (tmp_path / "tools").mkdir()
    roots = tmp_path / "roots"

    def link(command: Command) -> None:
        kept = Path(command.env["ZIG_GLOBAL_CACHE_DIR"])
        kept.mkdir(parents=True, exist_ok=True)
        (kept / "libc.a").write_bytes(bytes(1024))
        # As another build does when it has ended.
        assert prune(roots, 0) == ()

    monkeypatch.setattr(run, "run", link)
    job = Job(build, "0123", roots="roots", tools="tools")
    run.run_job(job, tmp_path)
    assert [(each.root, each.key) for each in survey(roots)] == [("zig", "cache")]
    (tmp_path / "tools/disk-limit").write_text("0")
    run.run_job(job, tmp_path)
    assert not (roots / "zig").exists()


def test_a_row_that_names_its_linker_has_no_other_taken(here: Machine) -> None:
    triple = "aarch64-unknown-linux-gnu"
    gcc = (triple, "aarch64-linux-gnu-gcc", "2.36")
    host = replace(toolchain("x86_64-unknown-linux-gnu"), linkers=(gcc,))
    floor = {"compatibility": "manylinux_2_36"}
    named = {"gcc": floor, "cross": {**floor, "linker": "cross"}, "zig": {**floor, "linker": "zig"}}
    made = {}
    for name, overrides in named.items():
        build = Wheel([(triple, overrides)], ["3.9"]).build(triple, host, [])
        assert isinstance(build, WheelBuild)
        (made[name],) = here.commands(build)
    assert made["gcc"] == made["cross"]
    assert "--zig" not in made["cross"].argv
    linker = "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"
    assert made["cross"].env[linker] == "aarch64-linux-gnu-gcc"
    assert "--zig" in made["zig"].argv
    assert linker not in made["zig"].env


def test_a_row_that_is_not_built_here_says_what_to_install() -> None:
    triple = "x86_64-unknown-linux-musl"
    host = toolchain("x86_64-unknown-linux-gnu", targets=["x86_64-unknown-linux-gnu"])
    with pytest.raises(CratewheelError) as raised:
        Wheel([triple], ["3.9"]).build(triple, host, [])
    (finding,) = raised.value.findings
    assert finding.code == "CW-ROW-NOT-HERE"
    assert finding.message == (
        f"rustc has no standard library for {triple} on this machine (run `rustup target add {triple}`)"
    )


def test_another_c_library_is_another_machine(here: Machine) -> None:
    """maturin takes no interpreter of this machine for it, only the name of one that it knows."""
    wheel = Wheel(["x86_64-unknown-linux-musl"], ["3.12", "3.14t", "pypy3.11"])
    pythons = [Interpreter(tag, "", "") for tag in ("cp312", "cp314t", "pp311")]
    host = toolchain("x86_64-unknown-linux-gnu")
    build = wheel.build("x86_64-unknown-linux-musl", host, pythons)
    assert isinstance(build, WheelBuild)
    here.link(("cp312", "cp314t", "pp311"))
    named = [each.argv[-1] for each in here.commands(build)]
    assert named == ["python3.12", "python3.14t", "pypy3.11"]


PROGRAM = Wheel(
    ["universal2-apple-darwin", "x86_64-pc-windows-msvc", "aarch64-unknown-linux-gnu"],
    ["abi3"],
    pyo3=ABI3,
    settings=BuildSettings(binaries=("tool",), rustflags=("-Cpanic=abort",)),
    cargo='[[bin]]\nname = "tool"\npath = "src/tool.rs"\nrequired-features = ["cli"]\n'
    "[features]\ncli = []\n",
)


def program_commands(here: Machine, triple: str, host: str) -> tuple[list[str], PurePath]:
    """What makes the program, and what it makes, both relative to the target directory."""
    build = PROGRAM.build(triple, toolchain(host), [Interpreter("cp39", "3.9.1", "")])
    assert isinstance(build, WheelBuild)
    if "windows" in host:
        here.note(WINDOWS)
    (binary,) = build.binaries
    target = here.root.target(binary_key(here.job(build), build, binary))
    made = here.commands(build)[:-1]
    for each in made:
        if each.argv[0] != "lipo":
            own, *others = each.env["CARGO_ENCODED_RUSTFLAGS"].split("\x1f")
            assert own == "-Cpanic=abort"
            assert bool(others) == ("windows" in host)
            assert each.env["CARGO_TARGET_DIR"] == str(target)
            assert ("RUSTC_WRAPPER" in each.env) != ("windows" in host)
    at = places(here.job(build), here.root, here.tools, here.out, target.name)
    built = binary_path(build, binary, at)
    assert (here.root.sources / binary.destination / built.name).exists()
    said = [" ".join(each.argv).replace(f"{target}/", "") for each in made]
    return said, built.relative_to(target)


def test_a_program_for_windows_is_an_exe(here: Machine) -> None:
    triple = "x86_64-pc-windows-msvc"
    said, path = program_commands(here, triple, triple)
    target = f"--target {triple}"
    assert said == [f"cargo build --bin tool {target} --profile release --locked --features=cli"]
    assert path == PurePath("x86_64-pc-windows-msvc/release/tool.exe")


def test_a_program_for_both_architectures_of_macs_is_joined_from_two(here: Machine) -> None:
    said, path = program_commands(here, "universal2-apple-darwin", "aarch64-apple-darwin")
    end = "--profile release --locked --features=cli"
    assert said == [
        f"cargo build --bin tool --target x86_64-apple-darwin {end}",
        f"cargo build --bin tool --target aarch64-apple-darwin {end}",
        "lipo -create -output tool x86_64-apple-darwin/release/tool "
        "aarch64-apple-darwin/release/tool",
    ]
    assert path == PurePath("tool")


def test_a_program_keeps_the_floor_of_its_wheel_when_zig_links_it(here: Machine) -> None:
    said, path = program_commands(here, "aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu")
    zigbuild = PurePath(sys.executable).with_name("cargo-zigbuild")
    assert said == [
        f"{zigbuild} zigbuild --bin tool --target aarch64-unknown-linux-gnu.2.17 "
        "--profile release --locked --features=cli"
    ]
    assert path == PurePath("aarch64-unknown-linux-gnu/release/tool")

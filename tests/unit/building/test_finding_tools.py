"""What is found on a machine: interpreters and cross compilers, and what is known of them."""

from __future__ import annotations

import ast
import json
import os
import platform
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

from cratewheel.build.interpreters import Interpreter, discover, from_json, link, main
from cratewheel.build.memory import Memory
from cratewheel.build.row_interpreters import interpreters_for
from cratewheel.build.toolchain import ToolchainMissing, find
from cratewheel.build.wheels import machine
from cratewheel.machines import Linker
from cratewheel.platforms import PLATFORMS

OWN = sysconfig.get_platform()
HOST = "x86_64-unknown-linux-gnu"


def interpreter(path: Path, tag: str, version: str, platform: str = OWN) -> Path:
    """A program that says of itself what an interpreter would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    said = json.dumps([tag, str(path), version, platform])
    path.write_text(f"#!/bin/sh\necho '{said}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment with nothing of this machine in it."""
    return {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home")}


def test_a_rows_python_needs_nothing_of_ours_and_may_be_an_old_one(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    program, asked = tmp_path / "bin" / "python3.9", tmp_path / "asked"
    program.parent.mkdir()
    # Without site-packages and without variables: the standard library is all there is.
    program.write_text(
        "#!/bin/sh\n"
        f'for last; do :; done; printf %s "$last" >"{asked}"\n'
        f'exec "{sys.executable}" -I -S "$@"\n'
    )
    program.chmod(0o755)

    (found,) = discover(environment)

    assert found.version == platform.python_version()
    tree = ast.parse(asked.read_text(), feature_version=(3, 6))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert imported == {"json", "platform", "sys", "sysconfig"}


def test_interpreters_are_found_on_path_in_pyenv_and_of_uv(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    first = interpreter(tmp_path / "bin" / "python3.12", "cp312", "3.12.1")
    pyenv = tmp_path / "home" / ".pyenv" / "versions"
    interpreter(pyenv / "3.12.9" / "bin" / "python3.12", "cp312", "3.12.9")
    interpreter(pyenv / "3.9.2" / "bin" / "python3.9", "cp39", "3.9.2")
    newer = interpreter(pyenv / "3.9.18" / "bin" / "python3.9", "cp39", "3.9.18")
    pypy = interpreter(pyenv / "pypy3.11-7.3.20" / "bin" / "pypy3.11", "pp311", "3.11.13")
    managed = tmp_path / "home" / ".local" / "share" / "uv" / "python"
    name = "cpython-3.14.0+freethreaded-linux-x86_64-gnu"
    free = interpreter(managed / name / "bin" / "python3.14t", "cp314t", "3.14.0")
    # Neither pyenv's shims nor what is no interpreter counts.
    interpreter(tmp_path / "bin" / "python3.12-config", "cp312", "3.12.1")
    (tmp_path / "bin" / "python3.13").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "bin" / "python3.13").chmod(0o755)

    assert discover(environment) == (
        Interpreter("cp312", "3.12.1", str(first)),
        Interpreter("cp314t", "3.14.0", str(free)),
        Interpreter("cp39", "3.9.18", str(newer)),
        Interpreter("pp311", "3.11.13", str(pypy)),
    )


def test_other_places_of_pyenv_and_uv_are_known(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    one = interpreter(
        tmp_path / "p" / "versions" / "3.10.1" / "bin" / "python3.10", "cp310", "3.10"
    )
    two = interpreter(tmp_path / "u" / "cpython-3.11.1" / "bin" / "python3.11", "cp311", "3.11")
    there = {"PYENV_ROOT": str(tmp_path / "p"), "UV_PYTHON_INSTALL_DIR": str(tmp_path / "u")}
    assert [each.path for each in discover({**environment, **there})] == [str(one), str(two)]


def test_one_of_another_architecture_is_kept_apart_and_linked_as_it_was_started(
    tmp_path: Path,
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interpreter(tmp_path / "bin" / "python3.11", "cp311", "3.11.2")
    starter = tmp_path / "bin" / "aarch64-linux-gnu-python3.11"
    said = json.dumps(["cp311", "/elsewhere/python3.11", "3.11.4", "linux-aarch64"])
    starter.write_text(f"#!/bin/sh\necho '{said}'\n")
    starter.chmod(0o755)
    found = discover(environment)
    assert [each.name for each in found] == ["cp311", "cp311-linux-aarch64"]
    link(found, tmp_path / "cache")
    assert os.readlink(tmp_path / "cache" / "python" / "cp311-linux-aarch64") == str(starter)

    monkeypatch.setattr(os, "environ", environment)
    assert main([str(tmp_path / "cache")]) == 0
    assert from_json(capsys.readouterr().out) == found


@pytest.mark.parametrize(
    ("triple", "host", "names"),
    [
        (HOST, HOST, ["cp311"]),
        # To maturin another C library is another machine.
        ("x86_64-unknown-linux-musl", HOST, []),
        ("x86_64-unknown-linux-musl", "x86_64-unknown-linux-musl", ["cp311"]),
        ("aarch64-unknown-linux-gnu", HOST, []),
        ("universal2-apple-darwin", "aarch64-apple-darwin", ["cp311"]),
        ("x86_64-apple-darwin", "aarch64-apple-darwin", ["cp311"]),
        ("i686-pc-windows-msvc", "x86_64-pc-windows-msvc", ["cp311-win32"]),
        ("aarch64-pc-windows-msvc", "aarch64-pc-windows-msvc", ["cp311"]),
        ("x86_64-pc-windows-msvc", HOST, []),
    ],
)
def test_which_interpreters_a_platform_is_built_with(
    triple: str, host: str, names: list[str]
) -> None:
    every = [
        Interpreter("cp311", "3.11.2", ""),
        Interpreter("cp311", "3.11.2", "", "linux-aarch64"),
        Interpreter("cp311", "3.11.2", "", "win32"),
    ]
    assert [each.name for each in interpreters_for(PLATFORMS[triple], host, every)] == names


@pytest.fixture
def tools(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A folder on PATH with a Rust of which only the version counts."""
    folder = tmp_path / "bin"
    sysroot = tmp_path / "sysroot"
    (sysroot / "lib" / "rustlib" / HOST / "lib").mkdir(parents=True)
    program(
        folder / "rustc",
        f'case "$1" in -vV) echo "rustc 1.95.0"; echo "host: {HOST}";; *) echo {sysroot};; esac',
    )
    program(folder / "cargo", "echo cargo 1.95.0")
    return folder


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_cross_compiler_says_which_glibc_it_links_against(
    tools: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    library = tmp_path / "libc.so.6"
    library.write_bytes(b"\0GNU C Library (Debian GLIBC 2.28-10) stable release version 2.28.\n\0")
    program(tools / "cc", "echo cc 12")
    program(tools / "aarch64-linux-gnu-gcc", f"echo {library}")
    program(tools / "x86_64-linux-musl-gcc", "echo libc.so.6")
    found = find(environment, ("protoc",), Memory(tmp_path / "memory"), tmp_path, tmp_path)
    assert not isinstance(found, ToolchainMissing)
    assert found.toolchain.missing == ("protoc",)
    assert found.toolchain.targets == (HOST,)
    here = machine(found.toolchain)
    assert here.linkers["aarch64-unknown-linux-gnu"] == Linker("aarch64-linux-gnu-gcc", (2, 28))
    assert here.linkers["x86_64-unknown-linux-musl"] == Linker("x86_64-linux-musl-gcc")
    assert found.programs["aarch64-linux-gnu-gcc"] == str(tools / "aarch64-linux-gnu-gcc")


def test_a_c_compiler_is_needed_except_by_visual_studios_rust(
    tools: Path, environment: dict[str, str]
) -> None:
    found = find(environment, (), Memory(tools / "memory"), tools, tools)
    assert isinstance(found, ToolchainMissing)
    assert found.tool == "cc"
    rustc = (tools / "rustc").read_text()
    (tools / "rustc").write_text(rustc.replace(HOST, "x86_64-pc-windows-msvc"))
    found = find(environment, (), Memory(tools / "memory"), tools, tools)
    assert not isinstance(found, ToolchainMissing)


def test_without_rust_nothing_is_found(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "bin").mkdir()
    found = find(
        {**environment, "PATH": str(tmp_path / "bin")}, (), Memory(tmp_path), tmp_path, tmp_path
    )
    assert isinstance(found, ToolchainMissing)
    assert found.tool == "cargo"
    assert shutil.which("cargo", path=str(tmp_path / "bin")) is None

"""What makes a toolchain another one, so that nothing built with the first is taken for the second's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Optional

import pytest

from cratewheel.build.memory import Memory
from cratewheel.build.toolchain import ToolchainMissing, find

HOST = "x86_64-unknown-linux-gnu"


class Machine:
    """A home, tools of which only the answers count, and a folder that build roots lie in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.roots = self.home / "cache" / "roots"
        self.processor = "plain"
        self.host = HOST
        self.write("home/.cargo/config.toml", "")
        self.write(f"sysroot/lib/rustlib/{HOST}/lib/libstd.rlib", "")
        self.program("cargo", "echo cargo 1.95.0")
        self.program("cc", "echo cc 12")

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def program(self, name: str, script: str) -> None:
        self.write(f"bin/{name}", f"#!/bin/sh\n{script}\n")
        (self.folder / "bin" / name).chmod(0o755)

    def id(
        self, *tools: str, native: bool = False, variables: Optional[Mapping[str, str]] = None
    ) -> str:
        self.program(
            "rustc",
            f'case "$*" in -vV) echo "rustc 1.95.0"; echo "host: {self.host}";;\n'
            f"*native) echo {self.processor};; *) echo {self.folder / 'sysroot'};; esac",
        )
        environment = {
            "PATH": str(self.folder / "bin"),
            "HOME": str(self.home),
            **(variables or {}),
        }
        memory = Memory(self.folder / "memory")
        found = find(environment, tools, memory, self.folder, self.roots, native=native)
        assert not isinstance(found, ToolchainMissing)
        return found.toolchain.id


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


RUSTFLAGS = '[build]\nrustflags = ["-C", "opt-level=1"]\n'


@pytest.mark.parametrize(
    "text",
    [
        RUSTFLAGS,
        'build.rustflags = ["-C", "opt-level=1"]\n',
        'build = { rustflags = ["-C", "opt-level=1"] }\n',
        f'[target.{HOST}]\nlinker = "clang"\n',
        '[env]\nFLAVOUR = "sweet"\n',
        "[profile.release]\nlto = true\n",
        '[patch.crates-io]\npyo3 = { git = "https://example.org/pyo3" }\n',
        'paths = ["/somewhere"]\n',
        # What only looks like the end of the table that it is in.
        '[http]\nuser-agent = """\n[net]\n"""\n' + RUSTFLAGS,
        "[env]\nTEXT = '''\n[http]'''\nFLAVOUR = \"sweet\"\n",
        '[net] # [build]\nretry = 3\n["build"]\nincremental = false\n',
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        "home/.cargo/config.toml",
        "home/.cargo/config",
        "home/cache/.cargo/config.toml",
        ".cargo/config.toml",
    ],
)
def test_what_a_user_has_cargo_do_when_it_compiles(machine: Machine, text: str, place: str) -> None:
    before = machine.id()
    machine.write(place, text)
    assert machine.id() != before


@pytest.mark.parametrize(
    "text",
    [
        '[registries.own]\nindex = "https://example.org"\ntoken = "secret"\n',
        '[registry]\ntoken = "secret"\n',
        '[http]\nproxy = "https://user:secret@example.org"\n[net]\ngit-fetch-with-cli = true\n',
        '[source.crates-io]\nreplace-with = "mirror"\n',
        'alias.b = "build"\nterm = { color = "never" }\n',
        '["http"]\nproxy = "x"\n',
        '# build.rustflags = ["-g"]\n\n',
        '[net]\nretry = [\n  # [build]\n  "[build]",\n]\n',
    ],
)
def test_networks_and_secrets_do_not_count(machine: Machine, text: str) -> None:
    before = machine.id()
    machine.write("home/.cargo/config.toml", text)
    assert machine.id() == before


def test_where_it_is_said_and_how_it_is_written_do_not_count(tmp_path: Path) -> None:
    one, two = Machine(tmp_path / "one"), Machine(tmp_path / "two" / "elsewhere")
    one.write("home/.cargo/config.toml", RUSTFLAGS)
    two.write("home/.cargo/config.toml", '[build]\nrustflags=[ "-C",\n  "opt-level=1"] # less\n')
    assert one.id() == two.id()


def test_included_files_and_files_that_are_named(machine: Machine) -> None:
    machine.write("home/.cargo/config.toml", 'include = [{ path = "more.toml" }, "none.toml"]\n')
    before = machine.id()
    linker = machine.folder / "linker"
    machine.write("home/.cargo/more.toml", f'[target.{HOST}]\nlinker = "{linker}"\n')
    included = machine.id()
    machine.write("linker", "one")
    first = machine.id()
    machine.write("linker", "two")
    assert len({before, included, first, machine.id()}) == 4


def test_code_for_this_very_processor_is_not_shared_with_another(machine: Machine) -> None:
    before = machine.id()
    machine.processor = "other"
    assert machine.id() == before
    machine.write("home/.cargo/config.toml", '[build]\nrustflags = ["-Ctarget-cpu=native"]\n')
    other = machine.id()
    machine.processor = "third"
    assert machine.id() != other


def test_a_project_that_asks_for_this_very_processor_is_not_shared_either(
    machine: Machine,
) -> None:
    assert machine.id(native=True) != machine.id()
    before = machine.id(native=True)
    machine.processor = "other"
    assert machine.id(native=True) != before


def test_another_program_for_build_scripts_of_the_same_size(machine: Machine) -> None:
    machine.program("protoc", "echo 1")
    before = machine.id("protoc")
    machine.program("protoc", "echo 2")
    assert machine.id("protoc") != before


def test_another_sdk_on_a_mac_with_the_same_xcrun(machine: Machine) -> None:
    machine.host = "aarch64-apple-darwin"
    sdk = machine.folder / "sdk"
    # As Apple's own program has it: which SDK there is, is said elsewhere.
    machine.program(
        "xcrun", f'[ "$1 $2" = "--sdk macosx" ] && echo "$3 $SDKROOT $(/bin/cat {sdk})"'
    )
    machine.write("sdk", "14.5 23F73")
    before = machine.id()
    assert machine.id() == before
    machine.write("sdk", "15.0 24A336")
    assert machine.id() != before
    machine.write("sdk", "14.5 23F73")
    # No build sees that variable.
    assert machine.id(variables={"SDKROOT": "/elsewhere"}) == before


def test_elsewhere_a_program_called_xcrun_is_not_asked_for_an_sdk(machine: Machine) -> None:
    machine.program("xcrun", f"/bin/cat {machine.folder / 'sdk'}")
    machine.write("sdk", "14.5")
    before = machine.id()
    machine.write("sdk", "15.0")
    assert machine.id() == before

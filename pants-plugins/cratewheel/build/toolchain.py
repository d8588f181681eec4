"""The Rust toolchain of this machine: found once a run, identified, and linked to a stable place.

A build must not name the home directory it was found in, or its result could not be shared between
machines. So the tools are linked into a folder named by what they are (their own version texts, and
what their user's configuration has them do), and builds name that folder only. Runs as `python -m cratewheel.build.toolchain CACHE_DIR TOOL…`: needs
nothing but the standard library, because it is what finds everything else.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Optional

from cratewheel.build.asking import Inquiry, Refusal
from cratewheel.build.cargo_settings import settings_of_compiling
from cratewheel.build.memory import Memory
from cratewheel.build.network import network_settings, pip_settings
from cratewheel.build.replacing import point, write
from cratewheel.machines import cross_compilers
from cratewheel.platforms import PLATFORMS

# What rustc and the build scripts of ordinary crates start: a linker, an archiver and a shell.
BASE_TOOLS = (
    "cc",
    "gcc",
    "c++",
    "g++",
    "clang",
    "ld",
    "as",
    "ar",
    "ranlib",
    "strip",
    "pkg-config",
    "sh",
    "env",
    "uname",
    # On macOS.
    "xcrun",
    "lipo",
    "codesign",
    "dsymutil",
    "install_name_tool",
)


#: The variable with what build roots may take on the disk, in bytes.
DISK_LIMIT = "CRATEWHEEL_DISK_LIMIT"

#: The variable that is there when code is compiled for the very processor of the machine.
NATIVE = "CRATEWHEEL_NATIVE"


@dataclass(frozen=True)
class RustToolchain:
    """What builds Rust here.

    Args:
        id: names the folder of links, derived from the version texts of every tool in it and from
            what the user's own cargo configuration says of compiling.
        rustc: the text of `rustc -vV`.
        cargo: the text of `cargo -V`.
        host: the triple rustc builds for by default.
        targets: triples whose standard library is installed.
        libc_version: the C library of this machine, such as `2.36`, or None when it is not glibc.
        linkers: cross compilers found: triple, program, and the version of the glibc it links
            against or "".
        missing: tools asked for that are not on the search path.
    """

    id: str
    rustc: str
    cargo: str
    host: str
    targets: tuple[str, ...]
    libc_version: Optional[str]
    linkers: tuple[tuple[str, str, str], ...]
    missing: tuple[str, ...]


def tool_versions(toolchain: RustToolchain) -> tuple[tuple[str, str], ...]:
    """The first line of what each tool says of its version, by name."""
    said = {"cargo": toolchain.cargo, "rustc": toolchain.rustc}
    return tuple((name, text.partition("\n")[0].strip()) for name, text in said.items())


@dataclass(frozen=True)
class ToolchainMissing:
    """Why there is no usable toolchain: `tool` is `cargo`, `rustc` or `cc`, `detail` its own words."""

    tool: str
    detail: str


@dataclass(frozen=True)
class FoundTools:
    """A toolchain and where its parts are.

    Args:
        programs: paths by name.
        cargo_home, home: the user's own.
    """

    toolchain: RustToolchain
    programs: Mapping[str, str]
    cargo_home: Path
    home: Path


def discover(
    environment: Mapping[str, str],
    cache: Path,
    extra_tools: Sequence[str],
    folder: Path,
    *,
    native: bool = False,
) -> RustToolchain | ToolchainMissing:
    """Finds the toolchain and links it under `cache`.

    Args:
        cache: a folder that outlives the run, beside that of build roots; gets `<id>/bin/…`,
            `<id>/cargo-home`, `<id>/home` and the user's settings for the network and for pip.
        The others are those of `find`.
    """
    memory = Memory(cache / "tools.json")
    found = find(environment, extra_tools, memory, folder, cache.parent, native=native)
    if isinstance(found, ToolchainMissing):
        return found
    found.cargo_home.mkdir(parents=True, exist_ok=True)
    folder = cache / found.toolchain.id
    _link(folder, found.programs, {"cargo-home": found.cargo_home, "home": found.home})
    memory.save()
    # How this machine reaches a registry is no input of a build, so it lies beside the tools and
    # not in the build's cache key. cargo reads credentials from its own home; the address of a proxy
    # or of an index may have one in it, so those files are for nobody else to read.
    _write_variables(folder / "network", network_settings(environment), 0o600)
    _write_variables(folder / "pip", pip_settings(environment), 0o600)
    return found.toolchain


def find(
    environment: Mapping[str, str],
    extra_tools: Sequence[str],
    memory: Memory,
    folder: Path,
    below: Path,
    *,
    native: bool = False,
) -> FoundTools | ToolchainMissing:
    """Finds the toolchain.

    Args:
        environment: the user's environment; PATH, HOME, CARGO_HOME and rustup's variables matter.
        extra_tools: names of further programs that build scripts need.
        memory: what programs have said of themselves.
        folder: where programs are asked; the `rust-toolchain` files there and above it count.
        below: the folder that build roots lie in; cargo obeys the configuration of those above it.
        native: whether something is compiled for this machine's own processor, which then is a part
            of the toolchain.
    """
    inquiry = Inquiry(environment, memory, folder)
    path = environment.get("PATH", os.defpath)
    rust: dict[str, str] = {}
    for name in ("cargo", "rustc"):
        found = shutil.which(name, path=path)
        if found is None:
            return ToolchainMissing(name, f"there is no `{name}` on PATH ({path})")
        real = inquiry.behind_rustup(name, found, path)
        if isinstance(real, Refusal):
            return ToolchainMissing(name, real.text)
        rust[name] = real
    versions: dict[str, str] = {}
    for name, argument in (("rustc", "-vV"), ("cargo", "-V")):
        said = inquiry.version(rust[name], argument)
        if isinstance(said, Refusal):
            return ToolchainMissing(name, said.text)
        versions[name] = said

    links = {"rustc": rust["rustc"], "cargo": rust["cargo"]}
    rustdoc = Path(rust["rustc"]).with_name("rustdoc")
    if rustdoc.exists():
        links["rustdoc"] = str(rustdoc)
    missing = []
    for name in dict.fromkeys((*BASE_TOOLS, *extra_tools)):
        found = shutil.which(name, path=path)
        if found is not None:
            links.setdefault(name, found)
        elif name in extra_tools:
            missing.append(name)
    host = next(
        line.split(": ", 1)[1] for line in versions["rustc"].splitlines() if line[:6] == "host: "
    )
    # rustc finds Visual Studio's tools by itself.
    if not host.endswith("-msvc") and not {"cc", "gcc", "clang"} & set(links):
        return ToolchainMissing("cc", f"there is no C compiler (cc, gcc, clang) on PATH ({path})")
    linkers = []
    for triple in PLATFORMS:
        for compiler in cross_compilers(triple):
            program = shutil.which(compiler, path=path)
            if program is None:
                continue
            linkers.append((triple, compiler, inquiry.glibc_of(program)))
            prefix = compiler[: -len("gcc")]
            for tool in ("gcc", "g++", "ar", "ld", "strip", "ranlib"):
                found = shutil.which(f"{prefix}{tool}", path=path)
                if found is not None:
                    links[f"{prefix}{tool}"] = found
    for name in sorted(links):
        if name not in ("rustc", "cargo", "rustdoc"):
            versions[name] = inquiry.identity(name, links[name])
    # A program that a build script starts may write whatever it likes into the result.
    versions.update(
        (f"{name}: content", inquiry.content(links[name])) for name in extra_tools if name in links
    )

    if "-apple-" in host and "xcrun" in links:
        versions["the SDK"] = inquiry.apple_sdk(links["xcrun"])
    sysroot = Path(inquiry.answer(rust["rustc"], "--print", "sysroot"))
    targets = tuple(
        sorted(entry.parent.name for entry in sysroot.glob("lib/rustlib/*/lib") if entry.is_dir())
    )
    libc_name, libc_version = platform.libc_ver()
    home = inquiry.home
    cargo_home = Path(environment.get("CARGO_HOME") or home / ".cargo")
    settings = [*settings_of_compiling(cargo_home, below)]
    if native or any("native" in setting for setting in settings):
        # The same words mean something else on another processor.
        processor = [rust["rustc"], "--print", "cfg", "-C", "target-cpu=native"]
        settings.append(inquiry.anew(processor))
    identity = json.dumps([sorted(versions.items()), targets, libc_name, libc_version, settings])
    toolchain_id = hashlib.sha256(identity.encode()).hexdigest()[:16]
    toolchain = RustToolchain(
        id=toolchain_id,
        rustc=versions["rustc"],
        cargo=versions["cargo"],
        host=host,
        targets=targets,
        libc_version=libc_version if libc_name == "glibc" else None,
        linkers=tuple(linkers),
        missing=tuple(missing),
    )
    return FoundTools(toolchain, links, cargo_home, home)


def note_disk_limit(cache: Path, limit: str) -> None:
    """Leaves beside the tools what build roots may take on the disk, in bytes."""
    write(cache / "disk-limit", limit, 0o644)


def to_json(found: RustToolchain | ToolchainMissing) -> str:
    """The result as one line of JSON; `from_json` reads it back."""
    return json.dumps({type(found).__name__: asdict(found)})


def from_json(text: str) -> RustToolchain | ToolchainMissing:
    """Reads what `to_json` wrote."""
    ((kind, fields),) = json.loads(text).items()
    if kind == "ToolchainMissing":
        return ToolchainMissing(**fields)
    return RustToolchain(**{key: _tuples(value) for key, value in fields.items()})


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _link(folder: Path, programs: Mapping[str, str], folders: Mapping[str, Path]) -> None:
    (folder / "bin").mkdir(parents=True, exist_ok=True)
    for name, program in programs.items():
        point(folder / "bin" / name, program)
    for name, path in folders.items():
        point(folder / name, str(path))


def _write_variables(file: Path, variables: Mapping[str, str], mode: int) -> None:
    write(file, "\n".join(f"{name}={value}" for name, value in sorted(variables.items())), mode)


def main(arguments: Sequence[str]) -> int:
    """Prints what was found as JSON; the exit status is 0 also when nothing was."""
    cache, *tools = arguments
    folder = Path(os.path.realpath(cache))
    native = NATIVE in os.environ
    print(to_json(discover(os.environ, folder, tools, Path.cwd(), native=native)))
    if DISK_LIMIT in os.environ:
        note_disk_limit(folder, os.environ[DISK_LIMIT])
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

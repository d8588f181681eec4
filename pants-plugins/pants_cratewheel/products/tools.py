"""The toolchain, the interpreters and the tools that builds run with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath

from pants.backend.python.util_rules.pex import VenvPex
from pants.engine.environment import EnvironmentName
from pants.engine.fs import EMPTY_DIGEST, Digest
from pants.engine.process import ProcessCacheScope
from pants.util.frozendict import FrozenDict

from cratewheel.build.interpreters import Interpreter
from cratewheel.build.toolchain import RustToolchain, ToolchainMissing
from cratewheel.errors import Finding, raise_all

#: The named cache of links to toolchains, interpreters and tools, by the sandbox path it appears at.
TOOLCHAIN_CACHE = FrozenDict({"cratewheel_toolchains": ".toolchains"})


@dataclass(frozen=True)
class ToolchainRequest:
    """Asks for the toolchain and some further programs.

    Args:
        tools: names of programs that build scripts need.
        pin: the workspace's `rust-toolchain` file, if any, at the root of the digest.
        native: whether code is compiled for the very processor of the machine.
    """

    tools: tuple[str, ...] = ()
    pin: Digest = EMPTY_DIGEST
    native: bool = False


@dataclass(frozen=True)
class FoundToolchain:
    """The toolchain, or why there is none; kept apart from the error so that goals can go on."""

    found: RustToolchain | ToolchainMissing | Finding

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Why nothing can be compiled here; empty when it can."""
        if isinstance(self.found, Finding):
            return (self.found,)
        if isinstance(self.found, ToolchainMissing):
            return (Finding("CW-TOOLCHAIN-MISSING", self.found.tool, self.found.detail),)
        return tuple(
            Finding("CW-TOOL-MISSING", name, f"a target asks for {name}, which is not on PATH")
            for name in self.found.missing
        )

    def usable(self) -> RustToolchain:
        """The toolchain.

        Raises:
            CratewheelError: with the findings, when there are any.
        """
        raise_all(self.findings)
        assert isinstance(self.found, RustToolchain)
        return self.found


@dataclass(frozen=True)
class FoundInterpreters:
    """The Python interpreters of this machine."""

    interpreters: tuple[Interpreter, ...]


@dataclass(frozen=True)
class RowMachineRequest:
    """Asks for what builds a row.

    Args:
        environment: the Pants environment that the row names; None for the target's own.
        place: where it is named, for Pants' message when there is no such environment.
        The others are those of `ToolchainRequest`.
    """

    environment: str | None
    place: str
    tools: tuple[str, ...] = ()
    pin: Digest = EMPTY_DIGEST
    native: bool = False


@dataclass(frozen=True)
class RowMachine:
    """What builds a row, and where."""

    environment: EnvironmentName
    toolchain: FoundToolchain
    interpreters: tuple[Interpreter, ...]


@dataclass(frozen=True)
class ScriptPython:
    """The path of some Python of this machine, 3.7 or later."""

    path: str


@dataclass(frozen=True)
class LibrarySources:
    """The engine-free library, to be put on a tool's PYTHONPATH: its files below `path`.

    Args:
        name: names what is in it.
    """

    digest: Digest
    name: str
    path: str = ".cratewheel"


@dataclass(frozen=True)
class LinkedToolRequest:
    """Asks for a tool at a path that has nothing of this machine in it."""

    pex: VenvPex


@dataclass(frozen=True)
class LinkedTool:
    """A tool and the library, at paths that have nothing of this machine in them.

    Args:
        python: the interpreter that the tool is installed for.
        library: what to put on its PYTHONPATH.
        caches: the named caches they lie in, by the sandbox path they appear at.
    """

    python: str
    library: str
    caches: FrozenDict[str, str]

    def program(self, name: str) -> str:
        """A program that was installed with the tool."""
        return str(PurePath(self.python).with_name(name))


@dataclass(frozen=True)
class MaturinTool:
    """maturin and the libraries that a build needs."""

    linked: LinkedTool


@dataclass(frozen=True)
class MaturinWithZigTool(MaturinTool):
    """maturin with zig beside it."""


@dataclass(frozen=True)
class PublisherTool:
    """twine and the libraries that the publisher needs."""

    pex: VenvPex


@dataclass(frozen=True)
class LibraryProcess:
    """A run of a module of the library, in a tool's environment.

    Args:
        pex: the tool.
        module: what `python -m` runs.
        input_digest: files beside the library.
        caches: named caches by the sandbox path they appear at, on top of the tool's own.
    """

    pex: VenvPex
    module: str
    arguments: tuple[str, ...]
    input_digest: Digest
    description: str
    env: FrozenDict[str, str] = field(default_factory=FrozenDict)
    caches: FrozenDict[str, str] = field(default_factory=FrozenDict)
    output_directories: tuple[str, ...] = ()
    cache_scope: ProcessCacheScope = ProcessCacheScope.SUCCESSFUL

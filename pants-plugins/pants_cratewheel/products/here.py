"""What rules find on this machine without a process, anew in every run."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.engine_aware import EngineAwareReturnType
from pants.util.frozendict import FrozenDict

from cratewheel.build.interpreters import Interpreter
from cratewheel.build.toolchain import RustToolchain, ToolchainMissing


@dataclass(frozen=True)
class Whereabouts:
    """Where the processes of an environment run.

    Args:
        here: on this machine itself.
        remote: by remote execution, and what says so: an option or the address of an environment; "" for
            this machine and its containers.
    """

    here: bool = False
    remote: str = ""


@dataclass(frozen=True)
class ToolchainHereRequest:
    """Asks for the toolchain of this machine.

    Args:
        environment: the user's, as far as it matters.
        tools: names of programs that build scripts need.
        pin: the workspace's `rust-toolchain` file, if any: name and bytes.
        disk_limit: what build roots may take on the disk, in bytes.
        native: whether code is compiled for the very processor of this machine.
    """

    environment: FrozenDict[str, str]
    tools: tuple[str, ...]
    pin: tuple[tuple[str, bytes], ...]
    disk_limit: int
    native: bool


@dataclass(frozen=True)
class ToolchainHere(EngineAwareReturnType):
    """The toolchain of this machine, linked; or why there is none."""

    found: RustToolchain | ToolchainMissing

    def cacheable(self) -> bool:
        return False


@dataclass(frozen=True)
class InterpretersHereRequest:
    """Asks for the Python interpreters of this machine.

    Args:
        environment: the user's, as far as it matters.
    """

    environment: FrozenDict[str, str]


@dataclass(frozen=True)
class InterpretersHere(EngineAwareReturnType):
    """The Python interpreters of this machine, linked."""

    interpreters: tuple[Interpreter, ...]

    def cacheable(self) -> bool:
        return False


@dataclass(frozen=True)
class ToolHereRequest:
    """Asks for links to a tool and to the library.

    Args:
        environment: the folder of the tool, relative to PEX's own.
        library: `LibrarySources.name`.
    """

    environment: str
    library: str


@dataclass(frozen=True)
class ToolHere(EngineAwareReturnType):
    """The id of a linked tool; None where its environment is gone and has to be made again."""

    id: str | None

    def cacheable(self) -> bool:
        return False

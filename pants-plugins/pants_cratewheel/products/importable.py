"""The extension modules of wheels, as Python code of the same repository sees them."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.addresses import Address
from pants.engine.fs import Digest
from pants.util.frozendict import FrozenDict

from cratewheel.build.interpreters import Interpreter
from pants_cratewheel.field_sets import MaturinWheelFieldSet


@dataclass(frozen=True)
class ExtensionModule:
    """What a wheel adds to the Python sources beside it.

    Args:
        names: dotted import names of the extension.
        folder: the folder that is on `sys.path` where the wheel is installed.
        root: Pants' source root of that folder, "" for the repository's.
        python: the files of its Python packages, by import path, where `root` is another folder:
            Pants then knows them by names that nobody imports.
        stubs: the files that say its types, by import path.
        pythons: the interpreters that some wheel of the target is for, as alternative constraints.
    """

    address: Address
    names: tuple[str, ...]
    folder: str
    root: str
    python: FrozenDict[str, str]
    stubs: FrozenDict[str, str]
    pythons: tuple[str, ...]


@dataclass(frozen=True)
class ExtensionModules:
    """Those of every wheel of the repository that has one, by address."""

    modules: tuple[ExtensionModule, ...]

    def of(self, address: Address) -> ExtensionModule | None:
        """That of one target; None where its wheel has none."""
        return next((each for each in self.modules if each.address == address), None)


@dataclass(frozen=True)
class BuiltModuleRequest:
    """Asks for a compiled extension module.

    Args:
        release: whether it is built as the wheel is; otherwise quickly, for this machine alone.
    """

    field_set: MaturinWheelFieldSet
    module: ExtensionModule
    release: bool


@dataclass(frozen=True)
class BuiltModule:
    """What maturin compiled or generated, at its import paths."""

    digest: Digest


@dataclass(frozen=True)
class ServedInterpreters:
    """The interpreters of this machine that the Python targets of the repository run on."""

    interpreters: tuple[Interpreter, ...]

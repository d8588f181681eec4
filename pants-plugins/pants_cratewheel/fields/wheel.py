"""Fields that only a `maturin_wheel` has: its rows, ABI families and tests."""

from __future__ import annotations

from typing import Iterable, Optional, Tuple, Union

from pants.engine.addresses import Address
from pants.engine.target import (
    BoolField,
    SequenceField,
    StringField,
    StringSequenceField,
)
from pants.util.strutil import help_text

from cratewheel.floors import check_floor
from cratewheel.wheel_rows import check_abis, check_interpreters, check_platforms
from pants_cratewheel.build_objects import WheelAbi, WheelPlatform, overrides
from pants_cratewheel.fields.cargo import CrateSourcesField
from pants_cratewheel.fields.refusal import refuse


class MaturinSourcesField(CrateSourcesField):
    # The module that is generated from them is imported from the source root that it lies in.
    uses_source_roots = True


class PlatformsField(SequenceField[Union[str, WheelPlatform]]):
    alias = "platforms"
    expected_element_type = (str, WheelPlatform)  # type: ignore[assignment]
    expected_type_description = "a list of target triples and `wheel_platform(...)` objects"
    value: Optional[Tuple[WheelPlatform, ...]]
    help = help_text(
        """
        The target triples to build wheels for, as rustc names them, in the order of the matrix. A
        plain string takes the defaults; `wheel_platform(triple, …)` overrides any build field for
        one of them, and says `compatibility` (the platform floor, such as `manylinux_2_28` or
        `musllinux_1_2`), `runner` (the CI machine) or `built_by="workflow"` for a row that the
        project builds in its own way. A triple may be there several times, with a `compatibility`
        of its own each time. Default: the machine that runs Pants.
        """
    )

    @classmethod
    def compute_value(
        cls, raw_value: Optional[Iterable[Union[str, WheelPlatform]]], address: Address
    ) -> Optional[Tuple[WheelPlatform, ...]]:
        value = super().compute_value(raw_value, address)
        if value is None:
            return None
        platforms = tuple(WheelPlatform(item) if isinstance(item, str) else item for item in value)
        refuse(check_platforms([overrides(each) for each in platforms], f"{address}: platforms"))
        return platforms


class AbisField(SequenceField[Union[str, WheelAbi]]):
    alias = "abis"
    expected_element_type = (str, WheelAbi)  # type: ignore[assignment]
    expected_type_description = "a list of ABI families and `wheel_abi(...)` objects"
    value: Optional[Tuple[WheelAbi, ...]]
    help = help_text(
        """
        The ABI families to build for every platform: `abi3` (one wheel for every Python from the
        lowest that `requires-python` admits), `abi3-py311` (from a later one on), `abi3t`, a
        CPython version such as `3.12` or, free threaded, `3.14t`, `pypy3.11`, `graalpy3.12`. `wheel_abi(family, …)` overrides build fields
        for one of them. Default: `abi3` when the crate's pyo3 features say so, else every CPython
        that `requires-python` admits.
        """
    )

    @classmethod
    def compute_value(
        cls, raw_value: Optional[Iterable[Union[str, WheelAbi]]], address: Address
    ) -> Optional[Tuple[WheelAbi, ...]]:
        value = super().compute_value(raw_value, address)
        if value is None:
            return None
        abis = tuple(WheelAbi(item) if isinstance(item, str) else item for item in value)
        refuse(check_abis([overrides(each) for each in abis], f"{address}: abis"))
        return abis


class InterpretersField(StringSequenceField):
    alias = "interpreters"
    help = help_text(
        """
        The CPython versions to build for, such as `["3.11", "3.12"]`, where `abis` names no family
        and the crate's pyo3 features no stable ABI; and those of which one builds the stable ABI.
        Default: all that `requires-python` admits.
        """
    )

    @classmethod
    def compute_value(
        cls, raw_value: Optional[Iterable[str]], address: Address
    ) -> Optional[Tuple[str, ...]]:
        value = super().compute_value(raw_value, address)
        refuse(check_interpreters(value or (), f"{address}: {cls.alias}"))
        return value


class CompatibilityField(StringField):
    alias = "compatibility"
    help = help_text(
        """
        The platform floor of the Linux wheels: `manylinux_2_17`, `manylinux_2_28`, `musllinux_1_2`.
        It applies to the platforms of its C library; `wheel_platform` sets it for one. Default: a
        fixed floor for each platform, never whatever the building machine has.
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        finding = check_floor(value, f"{address}: {cls.alias}") if value else None
        refuse([] if finding is None else [finding])
        return value


class SdistField(BoolField):
    alias = "sdist"
    default = True
    help = "Whether the release has a source distribution."


class BinariesField(StringSequenceField):
    alias = "binaries"
    help = help_text(
        """
        Rust programs that the wheel carries, by the name of their `[[bin]]` target. Each is built
        for the wheel's own target with the same platform floor, and installed beside the Python
        interpreter's own programs. `"name=some/directory"` puts it into a directory relative to
        `pyproject.toml` instead, inside the Python package, say.
        """
    )


class MaturinArgsField(StringSequenceField):
    alias = "maturin_args"
    help = "Further arguments for `maturin build`."


class TestRequiresField(StringSequenceField):
    alias = "test_requires"
    help = "What `test_command` needs beside the wheel, as pip requirements."


class TestCommandField(StringField):
    alias = "test_command"
    help = help_text(
        """
        A shell command that tests the built wheel, run by `release` and `publish` before anything
        is uploaded, and by the job that builds a row of a frozen plan, in a clean environment with
        the wheel and `test_requires` installed, wherever the machine can run the wheel.
        `{project}` is the directory of the wheel's sources, in which the package itself cannot be
        imported: the tests see what was installed. `{wheel}` is the wheel. pip's own configuration
        says where it installs from. Without a command the wheel alone is installed and its
        extension module imported; an empty one tries nothing.
        """
    )

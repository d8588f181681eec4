"""The targets `cargo_workspace`, `crate_package` and `maturin_wheel`, and their fields."""

from __future__ import annotations

from typing import ClassVar, Iterable, Optional, Tuple, Union

from pants.core.util_rules.environments import EnvironmentField
from pants.engine.addresses import Address
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    BoolField,
    Dependencies,
    DictStringToStringField,
    InvalidFieldException,
    MultipleSourcesField,
    SequenceField,
    StringField,
    StringSequenceField,
    Target,
)
from pants.util.frozendict import FrozenDict
from pants.util.strutil import help_text

from cratewheel.errors import Finding
from cratewheel.floors import check_floor
from cratewheel.tailor import DEFAULT_SOURCES
from cratewheel.wheel_rows import check_abis, check_interpreters, check_platforms
from pants_cratewheel.build_objects import WheelAbi, WheelPlatform, overrides


def _refuse(findings: Iterable[Finding]) -> None:
    found = "\n".join(str(finding) for finding in findings)
    if found:
        # Pants puts the BUILD file and the line before the message of this exception.
        raise InvalidFieldException(found)


class CargoWorkspaceSourcesField(MultipleSourcesField):
    default = (
        "Cargo.toml",
        "Cargo.lock",
        "rust-toolchain",
        "rust-toolchain.toml",
        "rustfmt.toml",
        "clippy.toml",
    )
    uses_source_roots = False
    help = help_text(
        """
        The files that decide how cargo builds every crate of the workspace: the root `Cargo.toml`,
        `Cargo.lock` and the toolchain file. `.cargo/config.toml` belongs to them too; it is read
        without being named here, because Pants does not see folders that start with a dot.
        """
    )


class CargoWorkspaceTarget(Target):
    alias = "cargo_workspace"
    core_fields = (*COMMON_TARGET_FIELDS, CargoWorkspaceSourcesField, Dependencies)
    help = help_text(
        """
        The root of a Cargo workspace: the manifest, lock and toolchain file that its crates share.

        Every `crate_package` and `maturin_wheel` of the workspace depends on it by inference. One in
        the directory of each `Cargo.toml` that has a `[workspace]` table, and of each crate that is
        in no workspace; `pants tailor ::` writes it.
        """
    )


class PublishField(BoolField):
    alias = "publish"
    default = False
    help = help_text(
        """
        Whether `pants release` and `pants publish` upload this package.

        False by default: nothing becomes public because a manifest exists. A crate that is not
        published can still be part of a wheel.
        """
    )


class VersionGroupField(StringField):
    alias = "version_group"
    help = help_text(
        """
        Packages with the same `version_group` move together: one version, and one shared tag unless
        their `tag_format` says otherwise.
        """
    )


class TagFormatField(StringField):
    alias = "tag_format"
    help = help_text(
        """
        How a release of this package is tagged. `{version}` must be in it; `{name}` is the released
        name and `{group}` the `version_group`. Default: `{name}-v{version}`, for a wheel that shares
        its name with a crate `{name}-py-v{version}`, and in a `version_group` what one of its members
        says, else `{group}-v{version}`.
        """
    )


class FirstVersionField(StringField):
    alias = "first_version"
    help = help_text(
        """
        The version of the first release, when no tag of this package exists yet. Default: the
        version in the manifest.
        """
    )


class PrereleasesField(BoolField):
    alias = "prereleases"
    default = True
    help = "Whether this package takes part in release candidates; False sits them out."


class VersionFilesField(StringSequenceField):
    alias = "version_files"
    help = help_text(
        """
        Further places that carry the version, each `PATH` or `PATH:KEY` from the build root: a
        Python `__version__`, say. They are rewritten where the release is built, never in your
        checkout.
        """
    )


class DropsField(StringSequenceField):
    alias = "drops"
    help = help_text(
        """
        What the last release had and this one will not, as `release-plan` names it. A release that
        drops files without saying so here stops.
        """
    )


class TrustPolicyField(DictStringToStringField):
    alias = "trust_policy"
    valid_keys: ClassVar[tuple[str, ...]] = (
        "owner",
        "repository",
        "workflow",
        "github_environment",
    )
    help = help_text(
        """
        The trusted publisher that this package is registered with, a dictionary with any of the
        keys `owner`, `repository`, `workflow` (the file name of the top-level workflow) and
        `github_environment`. A release compares it with the claims of the running job before
        anything is uploaded.
        """
    )

    @classmethod
    def compute_value(
        cls, raw_value: Optional[dict[str, str]], address: Address
    ) -> Optional[FrozenDict[str, str]]:
        value = super().compute_value(raw_value, address)
        unknown = sorted(set(value or ()) - set(cls.valid_keys))
        if unknown:
            raise InvalidFieldException(
                f"The {cls.alias!r} field in target {address} has the unknown key {unknown[0]!r}; "
                f"it takes {', '.join(cls.valid_keys)}."
            )
        return value


class RegistryField(StringField):
    help = help_text(
        """
        The address this package is published to, instead of the one in the `[cratewheel]` options.
        """
    )


class CratesRegistryField(RegistryField):
    alias = "crates_registry"
    help = help_text(
        """
        The root of the web API of the registry this crate is published to, instead of
        `[cratewheel].crates_registry`.
        """
    )


class PythonRepositoryField(RegistryField):
    alias = "python_repository"
    help = help_text(
        """
        The upload address that this wheel is published to, instead of
        `[cratewheel].python_repository`.
        """
    )


class FeaturesField(StringSequenceField):
    alias = "features"
    help = help_text(
        """
        Cargo features to build with. For a crate they are those of the verification build; the
        packaged crate has them all.
        """
    )


class NoDefaultFeaturesField(BoolField):
    alias = "no_default_features"
    default = False
    help = "Whether to build without the crate's `default` feature."


class CrateSourcesField(MultipleSourcesField):
    default = DEFAULT_SOURCES
    uses_source_roots = False
    help = help_text(
        """
        The files of the package. Only these and the files of its dependencies are there when it is
        built, so a file that is missing here fails the build instead of the release. Exclude nested
        packages: `["**/*", "!bindings/**"]`.
        """
    )


class ProfileField(StringField):
    alias = "profile"
    help = "The Cargo profile to compile with. Default: `[tool.maturin].profile`, else `release`."


class EnvField(DictStringToStringField):
    alias = "env"
    help = "Environment variables for cargo, rustc, build scripts and maturin."


class RustflagsField(StringSequenceField):
    alias = "rustflags"
    help = help_text(
        """
        Flags for rustc, one argument an item. As with cargo's own RUSTFLAGS, they replace the ones
        in `.cargo/config.toml`.
        """
    )


class CargoArgsField(StringSequenceField):
    alias = "cargo_args"
    help = "Further arguments for cargo, such as `--config=…`."


class ToolsField(StringSequenceField):
    alias = "tools"
    help = help_text(
        """
        Programs that a build script needs, by name: `cmake`, `protoc`, `clang`, `perl`. They are
        found on your PATH. The C compiler and its linker are always there; nothing else is.
        """
    )


_CRATE_AND_WHEEL_FIELDS = (
    *COMMON_TARGET_FIELDS,
    Dependencies,
    PublishField,
    VersionGroupField,
    TagFormatField,
    FirstVersionField,
    PrereleasesField,
    VersionFilesField,
    DropsField,
    TrustPolicyField,
    FeaturesField,
    NoDefaultFeaturesField,
    EnvField,
    RustflagsField,
    CargoArgsField,
    ToolsField,
    EnvironmentField,
)


class CratePackageSourcesField(CrateSourcesField):
    pass


class CratePackageTarget(Target):
    alias = "crate_package"
    core_fields = (*_CRATE_AND_WHEEL_FIELDS, CratePackageSourcesField, CratesRegistryField)
    help = help_text(
        """
        A Rust crate: the directory of a `Cargo.toml` with a `[package]` table.

        `pants package` makes the `.crate` file that crates.io takes, by `cargo package` with its
        verification build. With `publish=True`, `pants release` and `pants publish` upload exactly
        that file, before the wheels that are built from the crate. Name and version come from the
        manifest.

        Dependencies are inferred from the manifest: path dependencies, the workspace's root, readme
        and licence files outside the directory, and files that the sources include.
        """
    )


class MaturinSourcesField(CrateSourcesField):
    pass


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
        project builds in its own way. Default: the machine that runs Pants.
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
        _refuse(check_platforms([overrides(each) for each in platforms], f"{address}: platforms"))
        return platforms


class AbisField(SequenceField[Union[str, WheelAbi]]):
    alias = "abis"
    expected_element_type = (str, WheelAbi)  # type: ignore[assignment]
    expected_type_description = "a list of ABI families and `wheel_abi(...)` objects"
    value: Optional[Tuple[WheelAbi, ...]]
    help = help_text(
        """
        The ABI families to build for every platform: `abi3` (one wheel for every Python from the
        lowest that `requires-python` admits), `abi3t`, a CPython version such as `3.12` or, free
        threaded, `3.14t`, `pypy3.11`, `graalpy3.12`. `wheel_abi(family, …)` overrides build fields
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
        _refuse(check_abis([overrides(each) for each in abis], f"{address}: abis"))
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
        _refuse(check_interpreters(value or (), f"{address}: {cls.alias}"))
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
        _refuse([] if finding is None else [finding])
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
        is uploaded, in a clean environment with the wheel and `test_requires` installed, wherever
        this machine can run the wheel. `{project}` is the directory of the wheel's sources, in
        which the package itself cannot be imported: the tests see what was installed. `{wheel}` is
        the wheel. pip's own configuration says where it installs from.
        """
    )


class MaturinWheelTarget(Target):
    alias = "maturin_wheel"
    core_fields = (
        *_CRATE_AND_WHEEL_FIELDS,
        MaturinSourcesField,
        PythonRepositoryField,
        PlatformsField,
        AbisField,
        InterpretersField,
        CompatibilityField,
        SdistField,
        BinariesField,
        ProfileField,
        MaturinArgsField,
        TestRequiresField,
        TestCommandField,
    )
    help = help_text(
        """
        A Python package with Rust in it: the directory of a `pyproject.toml` that maturin builds.

        `pants package` makes the source distribution and every wheel that this machine can build,
        and says which ones it cannot and why. With `publish=True`, `pants release` and
        `pants publish` upload them, after the crates they are built from. The name comes from
        `pyproject.toml`, the version from there or from the crate.

        Dependencies are inferred from `Cargo.toml` and `[tool.maturin]`.
        """
    )

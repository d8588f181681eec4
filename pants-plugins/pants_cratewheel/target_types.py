"""The targets `cargo_workspace`, `crate_package` and `maturin_wheel`."""

from __future__ import annotations

from pants.core.util_rules.environments import EnvironmentField
from pants.engine.target import (
    COMMON_TARGET_FIELDS,
    Dependencies,
    Target,
)
from pants.util.strutil import help_text

from cratewheel.errors import Finding
from pants_cratewheel.fields.cargo import (
    CargoArgsField,
    CargoWorkspaceSourcesField,
    CratePackageSourcesField,
    EnvField,
    FeaturesField,
    NoDefaultFeaturesField,
    ProfileField,
    RustflagsField,
    ToolsField,
)
from pants_cratewheel.fields.refusal import refuse
from pants_cratewheel.fields.release import (
    CratesRegistryField,
    DropsField,
    FirstVersionField,
    PrereleasesField,
    PublishField,
    PythonRepositoryField,
    TagFormatField,
    TrustPolicyField,
    VersionFilesField,
    VersionGroupField,
)
from pants_cratewheel.fields.wheel import (
    AbisField,
    BinariesField,
    CompatibilityField,
    InterpretersField,
    MaturinArgsField,
    MaturinSourcesField,
    PlatformsField,
    SdistField,
    TestCommandField,
    TestRequiresField,
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


class ReleasedTarget(Target):
    """What the targets that can be released have in common."""

    def validate(self) -> None:
        template = self[TagFormatField].value
        if template and "{group}" in template and not self[VersionGroupField].value:
            place = f"{self.address}: tag_format"
            fault = f"{template!r} has {{group}}, and the target has no version_group"
            refuse([Finding("CW-TAG-FORMAT", place, fault)])


class CratePackageTarget(ReleasedTarget):
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


class MaturinWheelTarget(ReleasedTarget):
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

"""The fields that packaging asks of a crate and of a wheel."""

from __future__ import annotations

from dataclasses import dataclass

from pants.core.goals.package import PackageFieldSet
from pants.core.util_rules.environments import EnvironmentField

from pants_cratewheel.fields.cargo import (
    CargoArgsField,
    CratePackageSourcesField,
    EnvField,
    FeaturesField,
    NoDefaultFeaturesField,
    ProfileField,
    RustflagsField,
    ToolsField,
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


@dataclass(frozen=True)
class CratePackageFieldSet(PackageFieldSet):
    required_fields = (CratePackageSourcesField,)

    sources: CratePackageSourcesField
    features: FeaturesField
    no_default_features: NoDefaultFeaturesField
    env: EnvField
    rustflags: RustflagsField
    cargo_args: CargoArgsField
    tools: ToolsField
    environment: EnvironmentField


@dataclass(frozen=True)
class MaturinWheelFieldSet(PackageFieldSet):
    required_fields = (MaturinSourcesField,)

    sources: MaturinSourcesField
    platforms: PlatformsField
    abis: AbisField
    interpreters: InterpretersField
    compatibility: CompatibilityField
    sdist: SdistField
    binaries: BinariesField
    profile: ProfileField
    features: FeaturesField
    no_default_features: NoDefaultFeaturesField
    env: EnvField
    rustflags: RustflagsField
    cargo_args: CargoArgsField
    maturin_args: MaturinArgsField
    tools: ToolsField
    test_requires: TestRequiresField
    test_command: TestCommandField
    environment: EnvironmentField

"""Fields that say what cargo builds, and how."""

from __future__ import annotations

from pants.engine.target import (
    BoolField,
    DictStringToStringField,
    MultipleSourcesField,
    StringField,
    StringSequenceField,
)
from pants.util.strutil import help_text

from cratewheel.tailor import DEFAULT_SOURCES


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


class CratePackageSourcesField(CrateSourcesField):
    pass

"""Fields that say whether, where and as what a package is released."""

from __future__ import annotations

from typing import ClassVar, Optional

from pants.engine.addresses import Address
from pants.engine.target import (
    BoolField,
    DictStringToStringField,
    StringField,
    StringSequenceField,
)
from pants.util.frozendict import FrozenDict
from pants.util.strutil import help_text

from cratewheel.errors import Finding
from cratewheel.tags import format_fault
from cratewheel.versions import parse_version
from pants_cratewheel.fields.refusal import refuse


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

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is not None:
            # Whether `{group}` has a group to name is for the target to say (`ReleasedTarget`).
            fault = format_fault(value, "name", "group", "crate")
            place = f"{address}: tag_format"
            refuse([Finding("CW-TAG-FORMAT", place, f"{value!r} {fault}")] if fault else [])
        return value


class FirstVersionField(StringField):
    alias = "first_version"
    help = help_text(
        """
        The version of the first release, when no tag of this package exists yet. Default: the
        version in the manifest.
        """
    )

    @classmethod
    def compute_value(cls, raw_value: Optional[str], address: Address) -> Optional[str]:
        value = super().compute_value(raw_value, address)
        if value is not None and parse_version(value) is None:
            fault = f"{value!r} is no version of three numbers such as 0.1.0"
            refuse([Finding("CW-VERSION-INVALID", f"{address}: first_version", fault)])
        return value


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
        takes = f"it takes {', '.join(cls.valid_keys)}"
        refuse(
            Finding("CW-FIELD-UNKNOWN", f"{address}: {cls.alias}", f"there is no {key!r}", takes)
            for key in sorted(set(value or ()) - set(cls.valid_keys))
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

"""What crates.io demands of an upload, with its own messages.

Source: the publish endpoint and the validation crate of crates.io, as of August 2026. Every rule
raises a `Refusal`, the first one broken, in the order in which crates.io checks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cratewheel.registries.crate_file import CRATES_IO_INDEX, CrateFile, Dependency, dependencies
from cratewheel.registries.refusal import Refusal
from cratewheel.registries.version_req import InvalidRequirementError, normalise

MAX_CRATE_BYTES = 10 * 1024 * 1024
MAX_METADATA_BYTES = 1024 * 1024
_MAX_NAME = 64
_MAX_VERSION = 150
_MAX_DESCRIPTION_BYTES = 1000
_MAX_DEPENDENCIES = 500
_MAX_FEATURES = 300
_MAX_KEYWORDS = 5
_MAX_KEYWORD = 20
_MAX_CATEGORIES = 5

# The grammar of semver.org, section "Is there a suggested regular expression".
_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
    r"(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)


def check_identity(name: str, version: str) -> None:
    """Refuses a crate name or a version that crates.io cannot hold."""
    _check_name("crate", name)
    if not _SEMVER.fullmatch(version):
        raise Refusal(400, f'"{version}" is an invalid semver version')
    if len(version) > _MAX_VERSION:
        raise Refusal(400, f"the version number is too long (max {_MAX_VERSION} characters)")


def check_manifest(crate: CrateFile, *, registry: str = CRATES_IO_INDEX) -> None:
    """Refuses a crate whose manifest breaks a rule that needs nothing but the crate.

    Args:
        registry: the index of the registry that checks; dependencies on others are refused.
    """
    package = crate.manifest["package"]
    _check_required(package)
    for field in ("homepage", "documentation", "repository"):
        _check_url(field, package.get(field))
    rust_version = package.get("rust-version")
    if rust_version is not None and not re.fullmatch(r"\d+(\.\d+){0,2}", str(rust_version)):
        raise Refusal(
            400, "failed to parse `Cargo.toml` manifest file\n\ninvalid `rust-version` value"
        )
    _check_keywords(package.get("keywords", ()), package.get("categories", ()))
    _check_features(crate.manifest.get("features", {}))
    found = dependencies(crate.manifest)
    if len(found) > _MAX_DEPENDENCIES:
        raise Refusal(
            400,
            f"crates.io only allows a maximum number of {_MAX_DEPENDENCIES} dependencies.\n\n"
            "If you have a use case that requires an increase of this limit, "
            "please send us an email to help@crates.io to discuss the details.",
        )
    for dependency in found:
        _check_dependency(dependency, registry)


def _check_required(package: Mapping[str, Any]) -> None:
    missing = []
    if not package.get("description"):
        missing.append("description")
    if not package.get("license") and not package.get("license-file"):
        missing.append("license")
    if missing:
        raise Refusal(
            400,
            f"missing or empty metadata fields: {', '.join(missing)}. Please see "
            "https://doc.rust-lang.org/cargo/reference/manifest.html for more information on "
            "configuring these fields",
        )
    if len(str(package["description"]).encode()) > _MAX_DESCRIPTION_BYTES:
        raise Refusal(
            400,
            f"The `description` is too long. A maximum of {_MAX_DESCRIPTION_BYTES} characters "
            "are currently allowed.",
        )


def _check_name(what: str, name: str) -> None:
    if len(name) > _MAX_NAME:
        raise Refusal(400, f"the {what} name `{name}` is too long (max {_MAX_NAME} characters)")
    if not name:
        raise Refusal(400, f"{what} name cannot be empty")
    first = name[0]
    if first.isascii() and first.isdigit():
        raise Refusal(
            400,
            f"the name `{name}` cannot be used as a {what} name, "
            "the name cannot start with a digit",
        )
    if not (first.isascii() and first.isalpha()):
        raise Refusal(
            400,
            f"invalid character `{first}` in {what} name: `{name}`, "
            "the first character must be an ASCII character",
        )
    for character in name:
        if not (character.isascii() and (character.isalnum() or character in "-_")):
            raise Refusal(
                400,
                f"invalid character `{character}` in {what} name: `{name}`, "
                "characters must be an ASCII alphanumeric characters, `-`, or `_`",
            )


def _check_url(field: str, url: Any) -> None:
    if url is not None and not str(url).startswith(("http://", "https://")):
        raise Refusal(
            400, f"URL for field `{field}` must begin with http:// or https:// (url: {url})"
        )


def _check_keywords(keywords: Any, categories: Any) -> None:
    if len(keywords) > _MAX_KEYWORDS:
        raise Refusal(400, f"expected at most {_MAX_KEYWORDS} keywords per crate")
    for keyword in keywords:
        if len(keyword.encode()) > _MAX_KEYWORD:
            raise Refusal(
                400,
                f'"{keyword}" is an invalid keyword '
                f"(keywords must have less than {_MAX_KEYWORD} characters)",
            )
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_+-]*", keyword):
            raise Refusal(400, f'"{keyword}" is an invalid keyword')
    if len(categories) > _MAX_CATEGORIES:
        raise Refusal(400, f"expected at most {_MAX_CATEGORIES} categories per crate")


def _check_features(features: Mapping[str, Any]) -> None:
    if len(features) > _MAX_FEATURES:
        raise Refusal(
            400,
            f"crates.io only allows a maximum number of {_MAX_FEATURES} features, "
            f"but your crate is declaring {len(features)} features.",
        )
    for key, values in features.items():
        if len(values) > _MAX_FEATURES:
            raise Refusal(
                400,
                f"crates.io only allows a maximum number of {_MAX_FEATURES} features or "
                f'dependencies that another feature can enable, but the "{key}" feature of your '
                f"crate is enabling {len(values)} features or dependencies.",
            )


def _check_dependency(dependency: Dependency, registry: str) -> None:
    _check_name("dependency", dependency.name)
    if dependency.registry_index != registry:
        raise Refusal(
            400,
            f"Dependency `{dependency.name}` is hosted on another registry. Cross-registry "
            "dependencies are not permitted on crates.io.",
        )
    try:
        requirement = normalise(dependency.requirement)
    except InvalidRequirementError:
        raise Refusal(
            400, f'"{dependency.requirement}" is an invalid version requirement'
        ) from None
    if requirement == "*":
        raise Refusal(
            400,
            "wildcard (`*`) dependency constraints are not allowed on crates.io. Crate with this "
            f"problem: `{dependency.name}` See https://doc.rust-lang.org/cargo/faq.html#can-"
            "libraries-use--as-a-version-for-their-dependencies for more information",
        )

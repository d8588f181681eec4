"""What crates.io demands of a crate, as far as its manifest tells before anything is packaged.

The source of a rule, where a function does not say otherwise, is crates.io's own
`controllers/krate/publish.rs` and `crates_io_validation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cratewheel.cargo.manifest import DEV, CrateManifest, Dependency
from cratewheel.cargo.model import CargoModel
from cratewheel.errors import Finding

#: Lengths are in bytes, except the name's (characters).
MAX_DESCRIPTION = 1000
MAX_KEYWORDS = 5
MAX_KEYWORD = 20
MAX_CATEGORIES = 5
MAX_NAME = 64
MAX_DEPENDENCIES = 500
MAX_FEATURES = 300

#: The name by which manifests call crates.io.
CRATES_IO = "crates-io"


def findings_for_publishing(model: CargoModel, directory: str) -> tuple[Finding, ...]:
    """Everything that would make crates.io or `cargo publish` refuse the crate in `directory`.

    Empty means its manifest is in order. The crate must be in `model.crates`. Whether names and
    versions of its dependencies are live is not looked at: that takes the registry.
    """
    crate = model.crates[directory]
    return (
        *_permission(crate),
        *_name(crate),
        *_metadata(crate),
        *_limits(crate),
        *(finding for entry in crate.dependencies for finding in _dependency(crate, entry)),
    )


def _permission(crate: CrateManifest) -> Iterator[Finding]:
    """`package.publish` (the Cargo Reference, "The publish field")."""
    place = f"{crate.path}: package.publish"
    if crate.publish is False:
        yield Finding("CW-CRATE-PUBLISH-FORBIDDEN", place, "the manifest says `publish = false`")
    elif isinstance(crate.publish, tuple) and CRATES_IO not in crate.publish:
        names = ", ".join(f"`{name}`" for name in crate.publish)
        message = f"the manifest allows it to be published to {names} only"
        yield Finding("CW-CRATE-PUBLISH-FORBIDDEN", place, message)


def _name(crate: CrateManifest) -> Iterator[Finding]:
    """An ASCII letter, then ASCII letters, digits, `-` and `_`; 64 characters at most."""
    place = f"{crate.path}: package.name"
    if len(crate.name) > MAX_NAME:
        message = f"`{crate.name}` is {len(crate.name)} characters long, {MAX_NAME} are allowed"
        yield Finding("CW-CRATE-NAME", place, message)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", crate.name):
        message = f"`{crate.name}` must be ASCII letters, digits, `-` and `_`, a letter first"
        yield Finding("CW-CRATE-NAME", place, message)


def _metadata(crate: CrateManifest) -> Iterator[Finding]:
    """Description and licence are demanded; a version by cargo (its Reference, "version")."""
    missing = [
        words
        for words, absent in (
            ("`version`", crate.version is None),
            ("`description`", not (crate.description or "").strip()),
            ("`license` or `license-file`", not (crate.license or crate.license_file)),
        )
        if absent
    ]
    if missing:
        message = f"missing: {', '.join(missing)}"
        yield Finding("CW-CRATE-METADATA", f"{crate.path}: package", message)
    length = len((crate.description or "").encode())
    if length > MAX_DESCRIPTION:
        message = f"{length} bytes long, {MAX_DESCRIPTION} are allowed"
        yield Finding("CW-CRATE-METADATA", f"{crate.path}: package.description", message)
    yield from _keywords(crate)
    if len(crate.categories) > MAX_CATEGORIES:
        message = f"{len(crate.categories)} categories, {MAX_CATEGORIES} are allowed"
        yield Finding("CW-CRATE-METADATA", f"{crate.path}: package.categories", message)


def _keywords(crate: CrateManifest) -> Iterator[Finding]:
    """Five at most; each an ASCII letter or digit, then those, `_`, `-`, `+`; 20 bytes at most."""
    place = f"{crate.path}: package.keywords"
    if len(crate.keywords) > MAX_KEYWORDS:
        message = f"{len(crate.keywords)} keywords, {MAX_KEYWORDS} are allowed"
        yield Finding("CW-CRATE-METADATA", place, message)
    for keyword in crate.keywords:
        if len(keyword.encode()) > MAX_KEYWORD:
            message = f"`{keyword}` is longer than {MAX_KEYWORD} bytes"
            yield Finding("CW-CRATE-METADATA", place, message)
        elif not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_+-]*", keyword):
            message = f"`{keyword}` must be ASCII letters, digits, `_`, `-` and `+`"
            yield Finding("CW-CRATE-METADATA", place, message)


def _limits(crate: CrateManifest) -> Iterator[Finding]:
    """`publish_limits.rs`; the registry's staff can raise both for one crate."""
    released = sum(not _is_stripped(entry) for entry in crate.dependencies)
    if released > MAX_DEPENDENCIES:
        message = f"{released} dependencies, {MAX_DEPENDENCIES} are allowed"
        yield Finding("CW-CRATE-LIMITS", crate.path, message, "split the crate")
    if len(crate.features) > MAX_FEATURES:
        message = f"{len(crate.features)} features, {MAX_FEATURES} are allowed"
        yield Finding("CW-CRATE-LIMITS", f"{crate.path}: features", message, "drop features")


def _dependency(crate: CrateManifest, entry: Dependency) -> Iterator[Finding]:
    """One dependency.

    Without a version it is refused by `cargo package`, except a dev-dependency, which cargo strips
    from the packaged manifest (the Cargo Reference, "Specifying path dependencies").
    """
    scope = f"target.'{entry.target}'." if entry.target is not None else ""
    place = f"{crate.path}: {scope}{entry.table}.{entry.key}"
    if _is_stripped(entry):
        return
    if entry.requirement is None and entry.path is not None:
        message = f"`{entry.package}` is a path dependency without a version"
        yield Finding("CW-CRATE-PATH-WITHOUT-VERSION", place, message)
    elif entry.requirement is None and entry.git is not None:
        message = f"`{entry.package}` comes from git without a version"
        yield Finding("CW-CRATE-GIT-DEPENDENCY", place, message)
    elif entry.requirement is not None and entry.requirement.strip() in ("*", "x", "X", ""):
        message = f"`{entry.package}` is required in any version"
        yield Finding("CW-CRATE-WILDCARD", place, message)
    if entry.registry is not None and entry.registry != CRATES_IO:
        message = f"`{entry.package}` is taken from the registry `{entry.registry}`"
        yield Finding("CW-CRATE-REGISTRY-DEPENDENCY", place, message)


def _is_stripped(entry: Dependency) -> bool:
    return entry.table == DEV and entry.requirement is None

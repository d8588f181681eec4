"""`[package.metadata.docs.rs]` of crates to be published: what docs.rs would stumble over, or pass over.

docs.rs builds the documentation after the upload, so nobody learns of a mistake before it is public.
Source: docs.rs, "Metadata for custom builds", and its `docsrs-metadata`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cratewheel.doctor.manifests import available_features, readable, subtable, unknown_features
from cratewheel.errors import Finding
from cratewheel.project import CRATE, DeclaredPackage, Project
from cratewheel.spelling import nearest, suggestion

_TARGETS = ("targets", "additional-targets")
_LISTS = ("features", *_TARGETS, "rustc-args", "rustdoc-args", "cargo-args")
_SWITCHES = ("all-features", "no-default-features", "proc-macro")

#: Every key that docs.rs reads, and what its value must be.
_KINDS = {
    **dict.fromkeys(_LISTS, "a list of strings"),
    **dict.fromkeys(_SWITCHES, "true or false"),
    "default-target": "a string",
}


def docs_rs_findings(project: Project, packages: Iterable[DeclaredPackage]) -> Iterator[Finding]:
    """Features that do not exist, keys that docs.rs does not read, and values that it cannot."""
    for package in packages:
        crate = project.crate(package)
        if package.kind != CRATE or not package.publish or crate is None:
            continue
        settings = _settings(project.manifests.get(crate.path, b""))
        place = f"{crate.path}: package.metadata.docs.rs"
        for key, value in settings.items():
            if key not in _KINDS:
                message = "docs.rs reads no such key, so it has no effect"
                mend = suggestion(key, _KINDS)
                yield Finding("CW-DOCS-RS-KEY", f"{place}.{key}", message, mend)
            elif not _is_of_its_kind(key, value):
                message = f"docs.rs could not read the table: this must be {_KINDS[key]}"
                yield Finding("CW-DOCS-RS-KEY", f"{place}.{key}", message, f"write {_KINDS[key]}")
        for feature in unknown_features(crate, _strings(settings, "features")):
            message = f"docs.rs could not build the documentation: there is no feature `{feature}`"
            mend = suggestion(feature, sorted(available_features(crate)))
            yield Finding("CW-DOCS-RS-FEATURE", f"{place}.features", message, mend)


def triples(manifest: bytes) -> Mapping[str, str]:
    """The targets that a manifest has docs.rs build for, by the key of the table that names them."""
    settings = _settings(manifest)
    default = settings.get("default-target")
    return {
        **{triple: key for key in _TARGETS for triple in _strings(settings, key)},
        **({default: "default-target"} if isinstance(default, str) else {}),
    }


def target_findings(path: str, asked: Mapping[str, str], known: Iterable[str]) -> Iterator[Finding]:
    """Targets of docs.rs that rustc does not know.

    Args:
        path: of the manifest.
        asked: as `triples` has them.
        known: those that rustc knows; empty where it was not asked.
    """
    compiled = tuple(known)
    for triple, key in asked.items():
        if compiled and triple not in compiled:
            message = f"docs.rs could not build the documentation: rustc knows no target `{triple}`"
            place = f"{path}: package.metadata.docs.rs.{key}"
            yield Finding("CW-DOCS-RS-TARGET", place, message, _nearest(triple, compiled))


def _nearest(triple: str, known: Iterable[str]) -> str:
    found = nearest(triple, known)
    return "" if found is None else f"write `{found}`"


def _settings(manifest: bytes) -> Mapping[str, Any]:
    metadata = subtable(readable(manifest), "package", "metadata")
    # A table of that very name is read as well, where there is no table of tables.
    return subtable(metadata, "docs", "rs") or subtable(metadata, "docs.rs")


def _strings(settings: Mapping[str, Any], key: str) -> list[str]:
    value = settings.get(key)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _is_of_its_kind(key: str, value: Any) -> bool:
    if key in _SWITCHES:
        return isinstance(value, bool)
    if key in _LISTS:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, str)

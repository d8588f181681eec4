"""What the manifests of packages have wrong beyond what stops a build: features, addresses.

What crates.io refuses of a manifest is `cratewheel.cargo.registry_rules`, which packaging asks as
well; what an index refuses of a Python project is `cratewheel.doctor.metadata`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional

import tomli

from cratewheel.cargo.manifest import CrateManifest
from cratewheel.cargo.model import CargoModel
from cratewheel.cargo.paths import is_outside_repository, resolve
from cratewheel.doctor.patterns import matching
from cratewheel.errors import Finding
from cratewheel.project import CRATE, DeclaredPackage, Project
from cratewheel.spelling import suggestion

#: Labels of `[project.urls]` that mean the repository (PyPI's "well-known project URLs").
_REPOSITORY_LABELS = frozenset(("source", "sourcecode", "repository", "github", "gitlab", "code"))


@dataclass(frozen=True)
class AskedFeatures:
    """Cargo features that something asks of the crate in `directory`; `place` says what."""

    directory: str
    place: str
    features: tuple[str, ...]


def feature_findings(model: CargoModel, asked: Iterable[AskedFeatures]) -> Iterator[Finding]:
    """Features that are asked for and that the crate does not have."""
    for entry in asked:
        crate = model.crates.get(entry.directory)
        if crate is None:
            continue
        for feature in unknown_features(crate, entry.features):
            message = f"the crate {crate.name} has no feature `{feature}`"
            known = sorted(available_features(crate))
            yield Finding("CW-FEATURE-UNKNOWN", entry.place, message, suggestion(feature, known))


def unknown_features(crate: CrateManifest, features: Iterable[str]) -> Iterator[str]:
    """Those that the crate does not have.

    `FEATURE`, or `DEPENDENCY/FEATURE` of a dependency whose own features are not known here (the
    Cargo Reference, "Features").
    """
    known = available_features(crate)
    dependencies = {dependency.key for dependency in crate.dependencies}
    # cargo takes a list in one argument, and a feature of a workspace member by the member's name.
    for feature in (part for entry in features for part in re.split(r"[\s,]+", entry) if part):
        owner, slash, name = feature.partition("/")
        if slash and owner == crate.name:
            if name not in known:
                yield feature
        elif slash:
            if owner.rstrip("?") not in dependencies:
                yield feature
        elif feature not in known:
            yield feature


def available_features(crate: CrateManifest) -> frozenset[str]:
    """The features that can be asked of a crate: declared ones, and optional dependencies.

    An optional dependency is a feature unless some feature names it with `dep:` (the Cargo Reference,
    "Optional dependencies").
    """
    named = {
        value[len("dep:") :]
        for values in crate.features.values()
        for value in values
        if value.startswith("dep:")
    }
    implicit = {each.key for each in crate.dependencies if each.optional and each.key not in named}
    return frozenset((*crate.features, *implicit, "default"))


def repository_findings(
    project: Project, packages: Iterable[DeclaredPackage], remote: Optional[str]
) -> Iterator[Finding]:
    """Repository addresses of published packages that are not the one this checkout came from.

    Args:
        remote: the address of the git remote, or of the repository that the job runs for.
    """
    here = repository_key(remote or "")
    if here is None:
        return
    for package in packages:
        if not package.publish:
            continue
        for place, address in _repository_addresses(project, package):
            stated = repository_key(address)
            if stated is not None and stated != here:
                message = f"`{address}` is not where this checkout comes from, {'/'.join(here)}"
                yield Finding("CW-REPOSITORY-MISMATCH", place, message)


def repository_key(address: str) -> Optional[tuple[str, str, str]]:
    """Host, owner and name of a repository on a forge, in lower case; None for anything else.

    Args:
        address: as a manifest or git writes it: https, ssh, `user@host:owner/name`, deeper paths too.
    """
    found = re.match(
        r"(?:git\+)?(?:(?:https?|ssh|git)://)?(?:[^@/\s]+@)?([\w.-]+\.[a-z]+)(?::\d+)?[/:]"
        r"([^/\s]+)/([^/\s?#]+)",
        address.strip(),
        re.IGNORECASE,
    )
    if found is None:
        return None
    host, owner, name = (part.lower() for part in found.groups())
    return host, owner, name[: -len(".git")] if name.endswith(".git") else name


def _repository_addresses(project: Project, package: DeclaredPackage) -> Iterator[tuple[str, str]]:
    crate = project.crate(package)
    if package.kind == CRATE and crate is not None and crate.repository:
        yield f"{crate.path}: package.repository", crate.repository
    python = project.python_project(package) if package.kind != CRATE else None
    if python is None:
        return
    urls = subtable(readable(project.manifests.get(python.path, b"")), "project", "urls")
    for label, url in urls.items():
        key = re.sub(r"[^a-z]", "", label.lower())
        if key in _REPOSITORY_LABELS and isinstance(url, str):
            yield f"{python.path}: project.urls.{label}", url


def readable(manifest: bytes) -> Mapping[str, Any]:
    """What a manifest says; nothing where it cannot be read, which is said of the manifest as such."""
    try:
        return tomli.loads(manifest.decode("utf-8"))
    except (UnicodeDecodeError, tomli.TOMLDecodeError):
        return {}


def subtable(document: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """The table at a path of keys; an empty one where there is none."""
    for key in keys:
        found = document.get(key, {})
        document = found if isinstance(found, dict) else {}
    return document


def named_file_findings(
    project: Project, packages: Iterable[DeclaredPackage], all_files: Collection[str]
) -> Iterator[Finding]:
    """Readmes and licences that a manifest names and that are not there.

    A pattern of `license-files` that matches nothing stops a build (PEP 639).

    Args:
        all_files: the repository's files.
    """
    for package in packages:
        crate = project.crate(package)
        named: list[tuple[str, str, Optional[str]]] = []
        if crate is not None and package.kind == CRATE:
            readme = crate.readme if isinstance(crate.readme, str) else None
            named += [
                ("CW-README-MISSING", f"{crate.path}: package.readme", readme),
                ("CW-LICENSE-FILE", f"{crate.path}: package.license-file", crate.license_file),
            ]
        python = project.python_project(package) if package.kind != CRATE else None
        if python is not None:
            named += [
                ("CW-README-MISSING", f"{python.path}: project.readme", python.readme),
                ("CW-LICENSE-FILE", f"{python.path}: project.license", python.license_file),
            ]
            for pattern in python.license_files or ():
                if not any(matching(resolve(python.directory, pattern), all_files)):
                    message = f"`{pattern}` matches no file"
                    yield Finding(
                        "CW-LICENSE-FILE", f"{python.path}: project.license-files", message
                    )
        for code, place, path in named:
            if path is not None and path not in all_files and not is_outside_repository(path):
                yield Finding(code, place, f"there is no {path}")

"""Whether packages can be released at all, as far as manifests and targets tell."""

from __future__ import annotations

from collections.abc import Iterable

from cratewheel.cargo import registry_rules
from cratewheel.errors import Finding
from cratewheel.project import CRATE, DeclaredPackage, Project, findings_for_packages


def findings_for_publishing(
    project: Project, packages: Iterable[DeclaredPackage]
) -> tuple[Finding, ...]:
    """Everything wrong with packages before anything is built, all at once.

    What the registries would refuse is asked only of packages that are to be published.
    """
    chosen = list(packages)
    findings = [*findings_for_packages(project, chosen)]
    for package in chosen:
        findings += _duplicates(project, package)
        directory = project.crate_directory(package)
        if directory is None or directory not in project.cargo.crates or not package.publish:
            continue
        if package.kind == CRATE:
            findings += registry_rules.findings_for_publishing(project.cargo, directory)
    return tuple(dict.fromkeys(findings))


def _duplicates(project: Project, package: DeclaredPackage) -> list[Finding]:
    name = project.released_name(package)
    if name is None:
        return []
    same = [
        other.address
        for other in project.packages
        if other.kind == package.kind and _key(project, other) == _key(project, package)
    ]
    if len(same) < 2:
        return []
    return [
        Finding(
            "CW-DUPLICATE-FILE",
            " and ".join(sorted(same)),
            f"both produce the files of {package.kind} {name}",
        )
    ]


def _key(project: Project, package: DeclaredPackage) -> tuple[str | None, str | None]:
    name = project.released_name(package)
    if name is not None and package.kind != CRATE:
        # PEP 503 and the wheel file name make these one name.
        name = name.lower().replace("_", "-").replace(".", "-")
    return name, package.registry


def reason_not_packaged(project: Project, package: DeclaredPackage) -> str:
    """Why a crate that is not published has no `.crate` file; empty when it can be packaged.

    Cargo packages only what a registry could resolve: a crate that depends on another by path alone
    is part of a wheel or a program, and nothing of its own.
    """
    directory = project.crate_directory(package)
    if package.publish or directory is None:
        return ""
    for finding in registry_rules.findings_for_publishing(project.cargo, directory):
        if finding.code in ("CW-CRATE-PATH-WITHOUT-VERSION", "CW-CRATE-GIT-DEPENDENCY"):
            return f"it is not published, and {finding.message}"
    return ""

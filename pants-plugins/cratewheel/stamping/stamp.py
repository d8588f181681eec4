"""The plan's versions put into a tree, for one package's build or for all of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional, Union

from cratewheel.cargo.model import CargoModel, Workspace
from cratewheel.changes.content import read_toml
from cratewheel.errors import Finding, raise_all
from cratewheel.plan.model import HeldPackage, Plan, PlannedPackage
from cratewheel.stamping.locks import stamped_lock
from cratewheel.stamping.manifests import requirement_edits
from cratewheel.stamping.toml_editing import KeyPath, edited
from cratewheel.stamping.version_files import split_entry, stamped_version_file
from cratewheel.versions import Version, parse_version

Package = Union[PlannedPackage, HeldPackage]

_PACKAGE_VERSION: KeyPath = ("package", "version")
_WORKSPACE_VERSION: KeyPath = ("workspace", "package", "version")
_PROJECT_VERSION: KeyPath = ("project", "version")


def stamp(
    files: Mapping[str, bytes], plan: Plan, model: CargoModel, *, package_id: Optional[str] = None
) -> Mapping[str, bytes]:
    """The files that must change for the tree to carry the plan's versions.

    Every package of the plan gets its version, held ones included, so that each crate that is
    compiled into an artifact reports its own. Every requirement on an in-repo crate is raised where
    it does not admit that crate's version.

    Args:
        files: contents by repository-relative path: at least every Cargo.toml, Cargo.lock,
            pyproject.toml and version file of the tree; others are not looked at. A tree that holds
            only part of the repository is stamped as far as it goes.
        plan: its packages and its held ones give the versions, its resolutions the missing locks.
        model: the crates of `files`.
        package_id: the package that is being built. It matters where packages share a Cargo.toml:
            a wheel's build sees the wheel's version there, a crate's build the crate's.

    Returns:
        Only what changed (or is new), by path.

    Raises:
        CratewheelError: `CW-STAMP-AMBIGUOUS`, `CW-STAMP-VERSION-FILE`, `CW-STAMP-UNKNOWN-PACKAGE`,
            `CW-VERSION-INVALID`; all at once.
    """
    packages = plan.all_packages
    built = next((package for package in packages if package.id == package_id), None)
    if package_id is not None and built is None:
        raise_all([Finding("CW-STAMP-UNKNOWN-PACKAGE", package_id, "the plan has no such package")])
    versions, findings = _crate_versions(files, packages, model, built)
    changed: dict[str, bytes] = {}
    edits = _manifest_edits(files, model, versions, built)
    for package in packages:
        pyproject = package.pyproject
        if pyproject and pyproject in files and _has_static_version(files[pyproject]):
            edits[pyproject][_PROJECT_VERSION] = package.version
    for path, of_file in edits.items():
        new = edited(files[path], of_file, path)
        if new != files[path]:
            changed[path] = new
    changed.update(_locks(files, plan, model, versions))
    stamped, file_findings = _version_files(files, packages, built)
    changed.update(stamped)
    raise_all([*findings, *file_findings])
    return changed


@dataclass(frozen=True)
class _Claim:
    """A package that wants a crate's Cargo.toml to carry its version."""

    package: Package
    version: Version


def _crate_versions(
    files: Mapping[str, bytes],
    packages: tuple[Package, ...],
    model: CargoModel,
    built: Optional[Package],
) -> tuple[dict[str, Version], list[Finding]]:
    """The version of each crate directory that has one by the plan."""
    claims: dict[str, list[_Claim]] = defaultdict(list)
    findings: list[Finding] = []
    for package in packages:
        directory = package.crate_directory
        if directory is None or directory not in model.crates:
            continue
        version = parse_version(package.version)
        if version is None or version.semver is None:
            if _needs_cargo_version(files, package):
                fault = (
                    f"{package.version} of {package.id} has no SemVer spelling, which cargo needs"
                )
                findings.append(Finding("CW-VERSION-INVALID", model.crates[directory].path, fault))
            continue
        claims[directory].append(_Claim(package, version))
    versions: dict[str, Version] = {}
    for directory, claimed in claims.items():
        chosen = _chosen(claimed, built)
        versions[directory] = chosen.version
        for claim in claimed:
            differs = built is None and claim.version != chosen.version
            if differs and _needs_cargo_version(files, claim.package):
                findings.append(_ambiguous(model.crates[directory].path, claim, chosen))
    return versions, findings


def _chosen(claims: list[_Claim], built: Optional[Package]) -> _Claim:
    """Whose version a shared Cargo.toml carries: the built package's, else the crate's."""
    for claim in claims:
        if built is not None and claim.package.id == built.id:
            return claim
    return next((claim for claim in claims if claim.package.kind == "crate"), claims[0])


def _needs_cargo_version(files: Mapping[str, bytes], package: Package) -> bool:
    """Whether a package's version comes from Cargo.toml and nowhere else."""
    pyproject = package.pyproject
    return not (pyproject and pyproject in files and _has_static_version(files[pyproject]))


def _ambiguous(path: str, claim: _Claim, chosen: _Claim) -> Finding:
    return Finding(
        "CW-STAMP-AMBIGUOUS",
        path,
        f"it carries the version of {chosen.package.id} ({chosen.version}) and of "
        f"{claim.package.id} ({claim.version})",
    )


def _manifest_edits(
    files: Mapping[str, bytes],
    model: CargoModel,
    versions: dict[str, Version],
    built: Optional[Package],
) -> dict[str, dict[KeyPath, str]]:
    """The edits of every Cargo.toml, by path; `versions` gains the crates that merely inherit."""
    edits: dict[str, dict[KeyPath, str]] = defaultdict(dict)
    for workspace in model.workspaces.values():
        shared = _workspace_version(workspace, model, versions, built)
        if shared is not None and workspace.path in files:
            edits[workspace.path][_WORKSPACE_VERSION] = str(shared.semver)
        for directory in _inheritors(workspace, model):
            if shared is not None and directory not in versions:
                versions[directory] = shared
    for directory, version in versions.items():
        crate = model.crates[directory]
        inherits = crate.version_inherited
        root = model.workspaces.get(crate.workspace_root)
        inherited = edits.get(root.path, {}).get(_WORKSPACE_VERSION) if root else None
        if inherits and inherited == str(version.semver):
            continue
        if crate.path in files:
            edits[crate.path][_PACKAGE_VERSION] = str(version.semver)
    for path in sorted(_manifests(model) & files.keys()):
        document = read_toml(files[path])
        if document is not None:
            patched = _patched(path, model)
            edits[path].update(requirement_edits(path, document, versions, patched))
    return edits


def _workspace_version(
    workspace: Workspace,
    model: CargoModel,
    versions: Mapping[str, Version],
    built: Optional[Package],
) -> Optional[Version]:
    """What `[workspace.package] version` becomes: the built package's version where that inherits
    it, else the one that all inheritors have in common; None to leave it."""
    if workspace.version is None:
        return None
    inheriting = _inheritors(workspace, model)
    own = built.crate_directory if built is not None else None
    if own is not None and own in inheriting and own in versions:
        return versions[own]
    found = {versions[directory] for directory in inheriting if directory in versions}
    return found.pop() if len(found) == 1 else None


def _inheritors(workspace: Workspace, model: CargoModel) -> tuple[str, ...]:
    return tuple(
        directory
        for directory in sorted({*workspace.members, workspace.directory})
        if directory in model.crates and model.crates[directory].version_inherited
    )


def _manifests(model: CargoModel) -> set[str]:
    return {
        *(crate.path for crate in model.crates.values()),
        *(workspace.path for workspace in model.workspaces.values()),
    }


def _patched(path: str, model: CargoModel) -> dict[str, str]:
    for workspace in model.workspaces.values():
        members = {model.crates[d].path for d in workspace.members if d in model.crates}
        if path == workspace.path or path in members:
            return {
                patch.package: patch.path for patch in workspace.patches if patch.path is not None
            }
    return {}


def _has_static_version(content: bytes) -> bool:
    project = (read_toml(content) or {}).get("project")
    return isinstance(project, dict) and isinstance(project.get("version"), str)


def _locks(
    files: Mapping[str, bytes], plan: Plan, model: CargoModel, versions: Mapping[str, Version]
) -> dict[str, bytes]:
    contents = {
        workspace.lock_path: files[workspace.lock_path]
        for workspace in model.workspaces.values()
        if workspace.lock_path in files
    }
    contents.update(
        {resolution.path: resolution.content.encode() for resolution in plan.resolutions}
    )
    by_name: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for directory, version in versions.items():
        crate = model.crates[directory]
        by_name[crate.name].append((crate.version or "0.0.0", str(version.semver)))
    stamped = {path: stamped_lock(content, by_name) for path, content in contents.items()}
    return {path: new for path, new in stamped.items() if files.get(path) != new}


def _version_files(
    files: Mapping[str, bytes], packages: tuple[Package, ...], built: Optional[Package]
) -> tuple[dict[str, bytes], list[Finding]]:
    changed: dict[str, bytes] = {}
    findings: list[Finding] = []
    # The built package comes last, so that its version stands where a place is shared.
    for package in sorted(packages, key=lambda package: package is built):
        for entry in package.version_files:
            path, key = split_entry(entry)
            content = changed.get(path, files.get(path))
            if content is None and package is not built:
                continue
            new = None if content is None else stamped_version_file(content, key, package.version)
            if new is None:
                fault = "there is no such file" if content is None else f"no line sets {key}"
                place = f"{package.address}: version_files"
                findings.append(Finding("CW-STAMP-VERSION-FILE", place, f"{path}: {fault}"))
            elif new != files.get(path):
                changed[path] = new
    return changed, findings

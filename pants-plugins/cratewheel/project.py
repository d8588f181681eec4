"""A repository as a release sees it: its manifests, and the targets that were declared for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Optional

from cratewheel.cargo.manifest import BUILD, NORMAL, CrateManifest
from cratewheel.cargo.model import CargoModel, Workspace
from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan.package import ReleasePackage
from cratewheel.python_project import PythonProject, PythonProjects
from cratewheel.tags import resolve_formats

CRATE = "crate"
WHEEL = "wheel"
SDIST = "sdist"

CRATES_IO = "crates.io"
PYPI = "PyPI"


@dataclass(frozen=True)
class DeclaredPackage:
    """A `crate_package` or `maturin_wheel` target, as far as a release asks.

    Args:
        address: the target's address.
        kind: `crate` or `wheel`.
        directory: of the BUILD file, and so of the manifest; "" for the root.
        publish: whether it is uploaded.
        registry: the address of a registry other than the default one.
        sdist: whether a wheel package has a source distribution.
        prereleases: whether it takes part in release candidates.
        version_files: further places that carry its version.
        drops: what the target acknowledges it no longer ships.
        profile: the cargo profile a wheel is built with.
        trust_policy: the `trust_policy` dictionary as sorted pairs.
    """

    address: str
    kind: str
    directory: str
    publish: bool = False
    version_group: Optional[str] = None
    tag_format: Optional[str] = None
    first_version: Optional[str] = None
    registry: Optional[str] = None
    sdist: bool = True
    prereleases: bool = True
    version_files: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    profile: str = "release"
    trust_policy: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Project:
    """Manifests and targets of a repository.

    Args:
        cargo, python: the manifests, read.
        manifests: the bytes of every Cargo.toml and pyproject.toml by path.
        packages: the declared packages, sorted by address.
        workspace_targets: addresses of the `cargo_workspace` targets by directory.
    """

    cargo: CargoModel
    python: PythonProjects
    manifests: Mapping[str, bytes] = field(hash=False)
    packages: tuple[DeclaredPackage, ...]
    workspace_targets: Mapping[str, str] = field(hash=False)

    def package_at(self, address: str) -> DeclaredPackage:
        """The package declared at an address.

        Raises:
            KeyError: none is declared there.
        """
        return self._by_address[address]

    def owner_of_crate(self, directory: str) -> Optional[DeclaredPackage]:
        """The package whose target owns the crate in `directory`.

        A `crate_package` there, else the `maturin_wheel` that binds it.
        """
        return self._by_crate.get(directory)

    def owns_workspace(self, workspace: Workspace) -> bool:
        """Whether there is a target for a workspace's root, or none is needed."""
        return not workspace.declared or workspace.directory in self.workspace_targets

    @cached_property
    def unowned(self) -> frozenset[str]:
        """The directories of the crates that, or whose workspace, no target owns."""
        return frozenset(
            directory
            for directory in self.cargo.crates
            if self.owner_of_crate(directory) is None
            or not self.owns_workspace(self.cargo.workspace_of(directory))
        )

    @cached_property
    def tag_findings(self) -> tuple[Finding, ...]:
        """Tag formats of packages to publish that cannot work, or not beside each other."""
        try:
            resolve_formats(
                [
                    ReleasePackage(
                        id=self.package_id(package),
                        name=name,
                        kind=package.kind,
                        address=package.address,
                        registry=package.registry or "",
                        tag_format=package.tag_format,
                        version_group=package.version_group,
                    )
                    for package in self.packages
                    for name in [self.released_name(package)]
                    if package.publish and name is not None
                ]
            )
        except CratewheelError as error:
            return error.findings
        return ()

    @cached_property
    def _by_address(self) -> Mapping[str, DeclaredPackage]:
        return {package.address: package for package in reversed(self.packages)}

    @cached_property
    def _by_crate(self) -> Mapping[str, DeclaredPackage]:
        owners: dict[str, DeclaredPackage] = {}
        for package in self.packages:
            directory = self.crate_directory(package)
            if package.kind == WHEEL and directory is not None:
                owners[directory] = package
        for package in reversed(self.packages):
            if package.kind == CRATE:
                owners[package.directory] = package
        return owners

    def crate_directory(self, package: DeclaredPackage) -> Optional[str]:
        """The directory of the crate that a package is, or that a wheel binds; None without one."""
        if package.kind == CRATE:
            return package.directory
        project = self.python.by_directory.get(package.directory)
        if project is None or project.maturin is None:
            return None
        return project.maturin.crate_directory

    def crate(self, package: DeclaredPackage) -> Optional[CrateManifest]:
        """The manifest of that crate, None when there is none that can be read."""
        directory = self.crate_directory(package)
        return None if directory is None else self.cargo.crates.get(directory)

    def python_project(self, package: DeclaredPackage) -> Optional[PythonProject]:
        """The pyproject.toml of a wheel, None when there is none that can be read."""
        return self.python.by_directory.get(package.directory)

    def released_name(self, package: DeclaredPackage) -> Optional[str]:
        """The name the package has in its registry, None when its manifest cannot be read."""
        crate = self.crate(package)
        if package.kind == CRATE:
            return None if crate is None else crate.name
        project = self.python_project(package)
        if project is not None and project.name is not None:
            return project.name
        return None if crate is None else crate.name

    def package_id(self, package: DeclaredPackage) -> str:
        """`crate:NAME` or `wheel:NAME`; the address stands in where there is no readable name."""
        return f"{package.kind}:{self.released_name(package) or package.address}"

    def manifest_version(self, package: DeclaredPackage) -> Optional[str]:
        """The version the manifests give the package, in the manifest's own spelling.

        `[project] version` of a wheel that has one, else the crate's (maturin takes it from there).
        """
        if package.kind == WHEEL:
            project = self.python_project(package)
            if project is not None and project.version is not None:
                return project.version
        crate = self.crate(package)
        return None if crate is None else crate.version


def path(directory: str, name: str) -> str:
    """The path of a file in a directory."""
    return f"{directory}/{name}" if directory else name


def findings_for_packages(
    project: Project, packages: Iterable[DeclaredPackage]
) -> tuple[Finding, ...]:
    """Why packages cannot be built, from their manifests and targets alone; all of them at once."""
    findings: list[Finding] = []
    for package in packages:
        findings += _findings_for_package(project, package)
        place = f"{package.address}: tag_format"
        findings += [finding for finding in project.tag_findings if finding.place == place]
    return tuple(dict.fromkeys(findings))


def _findings_for_package(project: Project, package: DeclaredPackage) -> list[Finding]:
    if package.kind == WHEEL:
        manifest = path(package.directory, "pyproject.toml")
        problem = project.python.problems.get(manifest)
        if problem is not None:
            return [problem]
        python = project.python_project(package)
        if python is None:
            return [_no_manifest(package, "pyproject.toml", "maturin_wheel")]
        if python.maturin is None:
            return [
                Finding(
                    "CW-NOT-MATURIN",
                    f"{manifest}: build-system",
                    f"{package.address} is a maturin_wheel, but the build backend is "
                    f"{python.build_backend!r}",
                )
            ]
    directory = project.crate_directory(package)
    assert directory is not None
    manifest = path(directory, "Cargo.toml")
    if manifest in project.cargo.problems:
        return [project.cargo.problems[manifest]]
    if directory not in project.cargo.crates:
        if package.kind == WHEEL:
            return [
                Finding(
                    "CW-NO-MANIFEST",
                    f"{path(package.directory, 'pyproject.toml')}: tool.maturin.manifest-path",
                    f"there is no crate at {manifest}",
                )
            ]
        return [_no_manifest(package, "Cargo.toml", "crate_package")]
    findings = list(project.cargo.findings_for((directory,)))
    if not project.unowned:
        return findings
    for needed in sorted(project.cargo.build_closure(directory) & project.unowned):
        if project.owner_of_crate(needed) is None:
            findings.append(
                Finding(
                    "CW-PATH-DEPENDENCY-UNOWNED",
                    _where_needed(project, directory, needed),
                    f"{package.address} is built from the crate in {needed or 'the root'}, which "
                    "no target owns",
                )
            )
        workspace = project.cargo.workspace_of(needed)
        if not project.owns_workspace(workspace):
            findings.append(
                Finding(
                    "CW-WORKSPACE-UNOWNED",
                    workspace.path,
                    f"{package.address} is built in this workspace, whose root no target owns",
                )
            )
    return findings


def _no_manifest(package: DeclaredPackage, name: str, alias: str) -> Finding:
    return Finding(
        "CW-NO-MANIFEST",
        package.address,
        f"a {alias} stands in the directory of its {name}, and there is no "
        f"{path(package.directory, name)}",
    )


def _where_needed(project: Project, root: str, needed: str) -> str:
    for directory in sorted(project.cargo.build_closure(root)):
        crate = project.cargo.crates[directory]
        for dependency in crate.dependencies:
            if dependency.path == needed and dependency.table in (NORMAL, BUILD):
                return f"{crate.path}: {dependency.table}.{dependency.key}"
    return path(needed, "Cargo.toml")

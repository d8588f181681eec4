"""The files a build sees: what the package's targets own, and what cargo must find beside them."""

from __future__ import annotations

import hashlib

from pants.backend.python.target_types import PythonSourceField
from pants.core.target_types import FileSourceField, ResourceSourceField
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.fs import EMPTY_DIGEST, Digest, DigestContents, FileContent
from pants.engine.rules import collect_rules, rule
from pants.engine.target import SourcesField, TransitiveTargets
from pants.util.logging import LogLevel

from cratewheel.build.request import LockBuild, Settings
from cratewheel.cargo.skeleton import skeleton, skeletons_needed
from cratewheel.errors import CratewheelError, Finding
from cratewheel.package_inputs import unowned_files
from cratewheel.project import Project, findings_for_packages, path
from pants_cratewheel import engine
from pants_cratewheel.products import (
    CargoTree,
    CargoTreeRequest,
    FoundToolchain,
    JobRequest,
    JobResult,
    ResolvedLock,
    ResolvedLockRequest,
    ToolchainRequest,
)
from pants_cratewheel.target_types import (
    CargoWorkspaceSourcesField,
    CratePackageSourcesField,
    MaturinSourcesField,
)
from pants_cratewheel.unsandboxed import UnseenCargoFiles

_SOURCE_TYPES: tuple[type[SourcesField], ...] = (
    CargoWorkspaceSourcesField,
    CratePackageSourcesField,
    MaturinSourcesField,
    FileSourceField,
    ResourceSourceField,
    PythonSourceField,
)


@rule(desc="Collect the sources of a package", level=LogLevel.DEBUG)
async def cargo_tree(
    request: CargoTreeRequest, project: Project, unseen: UnseenCargoFiles
) -> CargoTree:
    package = project.package_at(request.address.spec)
    findings = findings_for_packages(project, [package])
    if findings:
        return CargoTree(EMPTY_DIGEST, EMPTY_DIGEST, findings)
    directory = project.crate_directory(package)
    assert directory is not None

    closure: TransitiveTargets = await engine.transitive_targets([request.address])
    sources: SourceFiles = await engine.source_files(
        SourceFilesRequest(
            (target[SourcesField] for target in closure.closure if target.has_field(SourcesField)),
            for_sources_types=_SOURCE_TYPES,
            enable_codegen=True,
        )
    )
    owned = set(sources.snapshot.files)
    findings = unowned_files(project, package, dict(unseen.links), owned)
    if findings:
        return CargoTree(EMPTY_DIGEST, EMPTY_DIGEST, findings)

    present = {
        each for each in project.cargo.build_closure(directory) if path(each, "Cargo.toml") in owned
    }
    files: dict[str, bytes] = {}
    for absent in skeletons_needed(project.cargo, present):
        manifest = path(absent, "Cargo.toml")
        if manifest in owned:
            continue
        for name, content in skeleton(project.manifests[manifest]).items():
            files[path(absent, name)] = content
    workspaces = {project.cargo.workspace_of(each).directory for each in present}
    for name, content in unseen.configuration:
        files[name] = content
    locks = dict(unseen.locks)
    resolved = []
    for workspace in sorted(workspaces):
        lock = path(workspace, "Cargo.lock")
        if lock in owned:
            continue
        if lock in locks:
            files[lock] = locks[lock]
        else:
            resolved.append(workspace)
    made: Digest = await engine.create_digest(
        FileContent(name, content) for name, content in sorted(files.items())
    )
    generated: tuple[ResolvedLock, ...] = await engine.concurrently(
        engine.resolved_lock(ResolvedLockRequest(workspace)) for workspace in resolved
    )
    digest: Digest = await engine.merge_digests(
        [sources.snapshot.digest, made, *(lock.digest for lock in generated)]
    )
    home = project.cargo.workspace_of(directory).directory
    contents: DigestContents = await engine.contents(sources.snapshot.digest)
    pins = [
        FileContent(name, file.content)
        for name in ("rust-toolchain", "rust-toolchain.toml")
        for file in contents
        if file.path == path(home, name)
    ]
    toolchain_file: Digest = await engine.create_digest(pins)
    return CargoTree(digest, toolchain_file)


@rule(desc="Resolve a workspace that has no Cargo.lock")
async def resolve_lock(
    request: ResolvedLockRequest, project: Project, unseen: UnseenCargoFiles
) -> ResolvedLock:
    workspace = project.cargo.workspaces[request.workspace]
    files: dict[str, bytes] = dict(unseen.configuration)
    members = {*workspace.members, *(() if workspace.virtual else (workspace.directory,))}
    for member in (*sorted(members), *skeletons_needed(project.cargo, members)):
        for name, content in skeleton(project.manifests[path(member, "Cargo.toml")]).items():
            files[path(member, name)] = content
    if workspace.virtual:
        files[workspace.path] = project.manifests[workspace.path]
    toolchain: FoundToolchain = await engine.toolchain(ToolchainRequest())
    tree: Digest = await engine.create_digest(
        FileContent(name, content) for name, content in sorted(files.items())
    )
    settings = Settings(_root_name("lock", request.workspace), request.workspace, locked=False)
    result: JobResult = await engine.job_result(
        JobRequest(
            LockBuild(settings),
            tree,
            toolchain.usable().id,
            f"Resolve the dependencies of the workspace in {request.workspace or '.'}",
        )
    )
    if result.failure is not None:
        raise CratewheelError(Finding("CW-LOCK-FAILED", workspace.path, result.failure))
    if not request.workspace:
        return ResolvedLock(result.digest)
    placed: Digest = await engine.add_prefix(result.digest, request.workspace)
    return ResolvedLock(placed)


def _root_name(kind: str, text: str) -> str:
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def rules() -> list[object]:
    return [*collect_rules()]

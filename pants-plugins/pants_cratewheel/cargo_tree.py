"""The files a build sees: what the package's targets own, and what cargo must find beside them."""

from __future__ import annotations

import hashlib

from pants.backend.python.target_types import PythonSourceField
from pants.core.target_types import FileSourceField, ResourceSourceField
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.engine.fs import (
    EMPTY_DIGEST,
    Digest,
    DigestContents,
    DigestEntries,
    FileContent,
    PathGlobs,
    Snapshot,
)
from pants.engine.rules import collect_rules, rule
from pants.engine.target import SourcesField, TransitiveTargets
from pants.util.logging import LogLevel

from cratewheel.build.request import LockBuild, Settings
from cratewheel.cargo.model import load_cargo_model
from cratewheel.cargo.skeleton import skeleton, skeletons_needed
from cratewheel.errors import CratewheelError, Finding
from cratewheel.package_inputs import unowned_files
from cratewheel.packed_files import packed_files
from cratewheel.plan.model import Plan, Resolution
from cratewheel.project import WHEEL, DeclaredPackage, Project, findings_for_packages, path
from cratewheel.stamping.stamp import stamp
from cratewheel.stamping.version_files import split_entry
from pants_cratewheel import engine
from pants_cratewheel.fields.cargo import CargoWorkspaceSourcesField, CratePackageSourcesField
from pants_cratewheel.fields.wheel import MaturinSourcesField
from pants_cratewheel.products.builds import (
    CargoTree,
    CargoTreeRequest,
    JobRequest,
    JobResult,
    ResolutionsAnswer,
    ResolutionsRequest,
    ResolvedLock,
    ResolvedLockRequest,
)
from pants_cratewheel.products.tools import FoundToolchain, ToolchainRequest
from pants_cratewheel.unsandboxed import UncommittedLocks, UnseenCargoFiles

_CARGO_SOURCES: tuple[type[SourcesField], ...] = (
    CargoWorkspaceSourcesField,
    CratePackageSourcesField,
    MaturinSourcesField,
)
_OTHER_SOURCES: tuple[type[SourcesField], ...] = (
    FileSourceField,
    ResourceSourceField,
    PythonSourceField,
)


def _stamped_globs(plan: Plan) -> list[str]:
    names = ("Cargo.toml", "Cargo.lock", "pyproject.toml")
    further = (
        split_entry(entry)[0] for package in plan.all_packages for entry in package.version_files
    )
    return [*(f"**/{name}" for name in names), *further]


def _id_in_plan(plan: Plan, package_id: str) -> str | None:
    return package_id if any(each.id == package_id for each in plan.all_packages) else None


async def _without(digest: Digest, paths: frozenset[str]) -> Digest:
    # Not by a glob: an excluded name without a slash, `Cargo.toml` of the root say, leaves out the
    # files of that name in every directory.
    entries: DigestEntries = await engine.entries(digest)
    kept: Digest = await engine.create_digest(entry for entry in entries if entry.path not in paths)
    return kept


async def _rust_inputs(project: Project, package: DeclaredPackage, tree: Digest) -> Digest:
    if package.kind != WHEEL:
        return tree
    snapshot: Snapshot = await engine.snapshot(tree)
    rust: Digest = await engine.subset(tree, PathGlobs(["**/*.rs"]))
    sources: DigestContents = await engine.contents(rust)
    packed = packed_files(
        project,
        package,
        snapshot.files,
        {file.path: file.content.decode(errors="replace") for file in sources},
    )
    if not packed.files:
        return tree
    kept: Digest = await _without(tree, frozenset(packed.files))
    stand_ins: Digest = await engine.create_digest(
        FileContent(name, b"") for name in packed.stand_ins
    )
    merged: Digest = await engine.merge_digests([kept, stand_ins])
    return merged


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
    fields = [target[SourcesField] for target in closure.closure if target.has_field(SourcesField)]
    cargo, others = (
        [field for field in fields if isinstance(field, _CARGO_SOURCES) == of_cargo]
        for of_cargo in (True, False)
    )
    # A wheel is a source of Python code, too, but what is built from one is built from its files.
    parts: tuple[SourceFiles, ...] = await engine.concurrently(
        (
            engine.source_files(SourceFilesRequest(cargo, for_sources_types=_CARGO_SOURCES)),
            engine.source_files(
                SourceFilesRequest(others, for_sources_types=_OTHER_SOURCES, enable_codegen=True)
            ),
        )
    )
    owned = {name for part in parts for name in part.snapshot.files}
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
    frozen = {resolution.path for resolution in request.plan.resolutions}
    resolved = []
    for workspace in sorted(workspaces):
        lock = path(workspace, "Cargo.lock")
        if lock in owned or lock in frozen:
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
    unresolved = tuple(finding for lock in generated for finding in lock.findings)
    if unresolved:
        return CargoTree(EMPTY_DIGEST, EMPTY_DIGEST, unresolved)
    digest: Digest = await engine.merge_digests(
        [*(part.snapshot.digest for part in parts), made, *(lock.digest for lock in generated)]
    )
    judged: Digest = await engine.subset(digest, PathGlobs(_stamped_globs(request.plan)))
    contents: DigestContents = await engine.contents(judged)
    unstamped = {file.path: file.content for file in contents}
    try:
        stamped = stamp(
            unstamped,
            request.plan,
            load_cargo_model(unstamped),
            package_id=_id_in_plan(request.plan, project.package_id(package)),
        )
    except CratewheelError as error:
        return CargoTree(EMPTY_DIGEST, EMPTY_DIGEST, error.findings)
    if stamped:
        kept: Digest = await _without(digest, frozenset(stamped))
        new: Digest = await engine.create_digest(
            FileContent(name, content) for name, content in sorted(stamped.items())
        )
        digest = await engine.merge_digests([kept, new])
    home = project.cargo.workspace_of(directory).directory
    toolchain_file: Digest = await engine.create_digest(unseen.pin(home))
    rust: Digest = await _rust_inputs(project, package, digest)
    return CargoTree(digest, toolchain_file, rust=rust, configuration=unseen.configuration)


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
    # Another cargo may write a lock that this one cannot read.
    pin: Digest = await engine.create_digest(unseen.pin(request.workspace))
    toolchain: FoundToolchain = await engine.toolchain(ToolchainRequest(pin=pin))
    if toolchain.findings:
        return ResolvedLock(EMPTY_DIGEST, toolchain.findings)
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
        failure = Finding("CW-LOCK-FAILED", workspace.path, result.failure)
        return ResolvedLock(EMPTY_DIGEST, (failure,))
    if not request.workspace:
        return ResolvedLock(result.digest)
    placed: Digest = await engine.add_prefix(result.digest, request.workspace)
    return ResolvedLock(placed)


@rule(desc="Resolve the workspaces of a plan that have no Cargo.lock")
async def resolutions(
    request: ResolutionsRequest,
    project: Project,
    unseen: UnseenCargoFiles,
    uncommitted: UncommittedLocks,
) -> ResolutionsAnswer:
    workspaces = sorted(
        {
            project.cargo.workspace_of(each).directory
            for package in request.plan.packages
            if package.crate_directory is not None
            for each in project.cargo.build_closure(package.crate_directory)
        }
    )
    # Another clone has no such lock, and would build with other dependencies than were built here.
    frozen = {
        **{
            lock: Resolution(lock, content.decode(errors="replace"))
            for lock, content in uncommitted.locks
        },
        **{resolution.path: resolution for resolution in request.plan.resolutions},
    }
    wanted = [path(each, "Cargo.lock") for each in workspaces]
    kept = [frozen[lock] for lock in wanted if lock in frozen]
    known = {*frozen, *(lock for lock, _ in unseen.locks)}
    missing = [each for each, lock in zip(workspaces, wanted) if lock not in known]
    locks: tuple[ResolvedLock, ...] = await engine.concurrently(
        engine.resolved_lock(ResolvedLockRequest(workspace)) for workspace in missing
    )
    findings = tuple(finding for lock in locks for finding in lock.findings)
    if findings:
        return ResolutionsAnswer((), findings)
    contents: tuple[DigestContents, ...] = await engine.concurrently(
        engine.contents(lock.digest) for lock in locks
    )
    kept += [Resolution(file.path, file.content.decode()) for found in contents for file in found]
    return ResolutionsAnswer(tuple(sorted(kept, key=lambda each: each.path)))


def _root_name(kind: str, text: str) -> str:
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def rules() -> list[object]:
    return [*collect_rules()]

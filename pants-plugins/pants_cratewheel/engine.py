"""The engine calls of this backend, one name each.

Rules elsewhere say `await engine.merge_digests(...)` and never spell a request type. Pants 2.17 knows
only `Get`; later versions let rules call each other by name. With this module in between, the rules
read the same on both.

Every function returns a `Get` and is annotated so, bare: the rule visitor of 2.17 follows a call only
into functions whose return annotation is an awaitable class, which `Get[X]` is not.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Iterable, Union

from pants.backend.python.util_rules.interpreter_constraints import InterpreterConstraints
from pants.backend.python.util_rules.pex import PexRequest, VenvPex
from pants.backend.python.util_rules.pex_environment import PythonExecutable
from pants.core.goals.package import (
    BuiltPackage,
    PackageFieldSet,
)
from pants.core.util_rules.environments import EnvironmentNameRequest
from pants.core.util_rules.source_files import SourceFiles, SourceFilesRequest
from pants.core.util_rules.system_binaries import BinaryPathRequest, BinaryPaths
from pants.engine.addresses import Address, Addresses, UnparsedAddressInputs
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.environment import EnvironmentName
from pants.engine.fs import (
    AddPrefix,
    CreateDigest,
    Digest,
    DigestContents,
    DigestEntries,
    DigestSubset,
    Directory,
    DownloadFile,
    FileContent,
    FileDigest,
    FileEntry,
    MergeDigests,
    PathGlobs,
    Paths,
    RemovePrefix,
    Snapshot,
    SymlinkEntry,
)
from pants.engine.internals.graph import Owners, OwnersRequest
from pants.engine.internals.selectors import Effect, Get, MultiGet
from pants.engine.process import (
    FallibleProcessResult,
    InteractiveProcess,
    InteractiveProcessResult,
    Process,
    ProcessResult,
)
from pants.engine.target import (
    DependenciesRequest,
    HydratedSources,
    HydrateSourcesRequest,
    SourcesField,
    Targets,
    TransitiveTargets,
    TransitiveTargetsRequest,
)
from pants.source.source_root import OptionalSourceRoot, SourceRootRequest
from pants.vcs.git import GitWorktreeRequest, MaybeGitWorktree

from cratewheel.trial.outcome import WheelTrial
from pants_cratewheel.field_sets import CratePackageFieldSet, MaturinWheelFieldSet
from pants_cratewheel.products.builds import (
    BuildOutcome,
    CargoTree,
    CargoTreeRequest,
    Extension,
    ExtensionRequest,
    JobRequest,
    JobResult,
    PackagedOutcome,
    PackRequest,
    ResolutionsAnswer,
    ResolutionsRequest,
    ResolvedLock,
    ResolvedLockRequest,
    RowRequest,
)
from pants_cratewheel.products.checks import (
    AuditRequest,
    Judgement,
    JudgementRequest,
    TrialRequest,
    WheelVerdict,
)
from pants_cratewheel.products.doctor import (
    DoctorFacts,
    DoctorFactsRequest,
    Examination,
    ExaminationRequest,
    OnlineRun,
    OnlineRunRequest,
    PackagedFilesAnswer,
    PackagedFilesRequest,
    TargetSurvey,
    TargetSurveyRequest,
)
from pants_cratewheel.products.handover import LoadedFiles, LoadFilesRequest
from pants_cratewheel.products.here import (
    InterpretersHere,
    InterpretersHereRequest,
    ToolchainHere,
    ToolchainHereRequest,
    ToolHere,
    ToolHereRequest,
)
from pants_cratewheel.products.importable import (
    BuiltModule,
    BuiltModuleRequest,
    ServedInterpreters,
)
from pants_cratewheel.products.plans import (
    PathOwners,
    PathOwnersRequest,
    PlanAnswer,
    PlanRequest,
    PlanSources,
    PlanSourcesRequest,
    RegistryFactsAnswer,
    RegistryFactsRequest,
    ReleaseVersions,
)
from pants_cratewheel.products.releases import (
    GitHubRunRequest,
    PublisherRun,
    PublisherRunRequest,
    RegistrationRunRequest,
    RegistryAnswer,
    ReleaseBundle,
    ReleaseBundleRequest,
    ReleaseScope,
    ReleaseScopeRequest,
)
from pants_cratewheel.products.runs import Readiness, ReadinessRequest
from pants_cratewheel.products.standing import Standing, StandingRequest
from pants_cratewheel.products.tools import (
    FoundInterpreters,
    FoundToolchain,
    LibraryProcess,
    LinkedTool,
    LinkedToolRequest,
    MaturinTool,
    MaturinWithZigTool,
    PublisherTool,
    RowMachine,
    RowMachineRequest,
    ScriptPython,
    ToolchainRequest,
)
from pants_cratewheel.products.wheel_jobs import WheelJobs
from pants_cratewheel.products.workflows import NeighboursAnswer, NeighboursRequest

concurrently = MultiGet


def merge_digests(digests: Iterable[Digest]) -> Get:
    """One digest with the files of all; `Digest`."""
    return Get(Digest, MergeDigests(digests))


def add_prefix(digest: Digest, prefix: str) -> Get:
    """The digest with every path below `prefix`; `Digest`."""
    return Get(Digest, AddPrefix(digest, prefix))


def remove_prefix(digest: Digest, prefix: str) -> Get:
    """The digest with `prefix` taken off every path; `Digest`."""
    return Get(Digest, RemovePrefix(digest, prefix))


def create_digest(files: Iterable[Union[FileContent, FileEntry, SymlinkEntry, Directory]]) -> Get:
    """A digest of files given as bytes, or as the entries of another digest; `Digest`."""
    return Get(Digest, CreateDigest(files))


def contents(digest: Digest) -> Get:
    """The files of a digest with their bytes; `DigestContents`."""
    return Get(DigestContents, Digest, digest)


def entries(digest: Digest) -> Get:
    """The files of a digest with the digests of their bytes; `DigestEntries`."""
    return Get(DigestEntries, Digest, digest)


def snapshot(digest: Digest) -> Get:
    """The digest with the names of its files; `Snapshot`."""
    return Get(Snapshot, Digest, digest)


def subset(digest: Digest, globs: PathGlobs) -> Get:
    """The files of a digest that match; `Digest`."""
    return Get(Digest, DigestSubset(digest, globs))


def read_globs(globs: PathGlobs) -> Get:
    """The repository's files that match; `Digest`."""
    return Get(Digest, PathGlobs, globs)


def find_paths(globs: PathGlobs) -> Get:
    """The names of the repository's files that match; `Paths`."""
    return Get(Paths, PathGlobs, globs)


def load_local_file(url: str, digest: FileDigest) -> Get:
    """A file of this machine by its `file:` address and known digest; `Digest`."""
    return Get(Digest, DownloadFile(url, digest))


def hydrate_sources(sources: SourcesField) -> Get:
    """The files of a sources field; `HydratedSources`."""
    return Get(HydratedSources, HydrateSourcesRequest(sources))


def source_files(request: SourceFilesRequest) -> Get:
    """The files of several sources fields; `SourceFiles`."""
    return Get(SourceFiles, SourceFilesRequest, request)


def source_root(folder: str) -> Get:
    """The source root that a folder is or lies in; `OptionalSourceRoot`."""
    return Get(OptionalSourceRoot, SourceRootRequest, SourceRootRequest(PurePath(folder)))


def python_executable(constraints: InterpreterConstraints) -> Get:
    """The interpreter that Pants' sandboxes take for constraints; `PythonExecutable`."""
    return Get(PythonExecutable, InterpreterConstraints, constraints)


def owners(files: Iterable[str]) -> Get:
    """The addresses of the targets that own files; `Owners`."""
    return Get(Owners, OwnersRequest(tuple(files)))


def targets(addresses: Addresses) -> Get:
    """The targets at addresses; `Targets`."""
    return Get(Targets, Addresses, addresses)


def resolve_addresses(unparsed: UnparsedAddressInputs) -> Get:
    """Addresses written by a user, resolved; `Addresses`."""
    return Get(Addresses, UnparsedAddressInputs, unparsed)


def dependencies(request: DependenciesRequest) -> Get:
    """The targets that a target depends on directly; `Targets`."""
    return Get(Targets, DependenciesRequest, request)


def transitive_targets(roots: Iterable[Address]) -> Get:
    """Everything that `roots` depend on; `TransitiveTargets`."""
    return Get(TransitiveTargets, TransitiveTargetsRequest(roots))


def environment_variables(names: Iterable[str]) -> Get:
    """The user's environment variables with these names; `EnvironmentVars`."""
    return Get(EnvironmentVars, EnvironmentVarsRequest(tuple(names)))


def git_worktree() -> Get:
    """The git work tree, asked anew in every run; `MaybeGitWorktree`."""
    return Get(MaybeGitWorktree, GitWorktreeRequest())


def binary_paths(request: BinaryPathRequest) -> Get:
    """The programs on this machine that have a name and pass a test; `BinaryPaths`."""
    return Get(BinaryPaths, BinaryPathRequest, request)


def venv_pex(request: PexRequest) -> Get:
    """A tool from PyPI in an environment of its own; `VenvPex`."""
    return Get(VenvPex, PexRequest, request)


def run(process: Process) -> Get:
    """The result of a process that must succeed; `ProcessResult`."""
    return Get(ProcessResult, Process, process)


def run_fallible(process: Process) -> Get:
    """The result of a process that may fail; `FallibleProcessResult`."""
    return Get(FallibleProcessResult, Process, process)


def run_interactively(process: InteractiveProcess) -> Effect:
    """Runs in the foreground, with the terminal; `InteractiveProcessResult`."""
    return Effect(InteractiveProcessResult, InteractiveProcess, process)


def toolchain(request: ToolchainRequest) -> Get:
    """The Rust toolchain of this machine; `FoundToolchain`."""
    return Get(FoundToolchain, ToolchainRequest, request)


def environment_name(name: str, origin: str) -> Get:
    """The environment that a user's name stands for, in words of its place; `EnvironmentName`."""
    return Get(EnvironmentName, EnvironmentNameRequest(name, description_of_origin=origin))


def target_environment(field_set: PackageFieldSet) -> Get:
    """The environment that a target asks for; `EnvironmentName`."""
    return Get(
        EnvironmentName, EnvironmentNameRequest, EnvironmentNameRequest.from_field_set(field_set)
    )


def row_machine(request: RowMachineRequest) -> Get:
    """What builds a row, in the environment that the row names; `RowMachine`."""
    return Get(RowMachine, RowMachineRequest, request)


def row_machine_in(request: RowMachineRequest, own: EnvironmentName) -> Get:
    """The same, for a target that is built in the environment `own`; `RowMachine`."""
    return Get(RowMachine, {request: RowMachineRequest, own: EnvironmentName})


def toolchain_in(request: ToolchainRequest, environment: EnvironmentName) -> Get:
    """The Rust toolchain of an environment; `FoundToolchain`."""
    return Get(FoundToolchain, {request: ToolchainRequest, environment: EnvironmentName})


def interpreters_in(environment: EnvironmentName) -> Get:
    """The Python interpreters of an environment; `FoundInterpreters`."""
    return Get(FoundInterpreters, EnvironmentName, environment)


def job_result_in(request: JobRequest, environment: EnvironmentName) -> Get:
    """What one build in an environment came to; `JobResult`."""
    return Get(JobResult, {request: JobRequest, environment: EnvironmentName})


def crate_outcome_in(field_set: CratePackageFieldSet, environment: EnvironmentName) -> Get:
    """What building a crate in an environment came to; `BuildOutcome`."""
    return Get(BuildOutcome, {field_set: CratePackageFieldSet, environment: EnvironmentName})


def wheel_outcome_in(field_set: MaturinWheelFieldSet, environment: EnvironmentName) -> Get:
    """What building a wheel in an environment came to; `BuildOutcome`."""
    return Get(BuildOutcome, {field_set: MaturinWheelFieldSet, environment: EnvironmentName})


def wheel_verdict_in(field_set: MaturinWheelFieldSet, environment: EnvironmentName) -> Get:
    """What a target's tests in an environment say of its wheels; `WheelVerdict`."""
    return Get(WheelVerdict, {field_set: MaturinWheelFieldSet, environment: EnvironmentName})


def trial_in(request: TrialRequest, environment: EnvironmentName) -> Get:
    """What one trial of a wheel in an environment found; `Judgement`."""
    return Get(Judgement, {request: TrialRequest, environment: EnvironmentName})


def library_process(request: LibraryProcess) -> Get:
    """The process that runs a module of the library in a tool's environment; `Process`."""
    return Get(Process, LibraryProcess, request)


def cargo_tree(request: CargoTreeRequest) -> Get:
    """The files that a package is built from; `CargoTree`."""
    return Get(CargoTree, CargoTreeRequest, request)


def resolved_lock(request: ResolvedLockRequest) -> Get:
    """The Cargo.lock this run uses for a workspace without one; `ResolvedLock`."""
    return Get(ResolvedLock, ResolvedLockRequest, request)


def crate_outcome(field_set: CratePackageFieldSet) -> Get:
    """What building a crate came to; `BuildOutcome`."""
    return Get(BuildOutcome, CratePackageFieldSet, field_set)


def wheel_outcome(field_set: MaturinWheelFieldSet) -> Get:
    """What building a wheel's rows and sdist came to; `BuildOutcome`."""
    return Get(BuildOutcome, MaturinWheelFieldSet, field_set)


def wheel_jobs(field_set: MaturinWheelFieldSet) -> Get:
    """What packaging a wheel comes down to in this run; `WheelJobs`."""
    return Get(WheelJobs, MaturinWheelFieldSet, field_set)


def packaged(outcome: BuildOutcome, trials: tuple[WheelTrial, ...] = ()) -> Get:
    """What `pants package` writes of an outcome, and of what is known of its wheels' trials."""
    return Get(BuiltPackage, PackagedOutcome(outcome, trials))


def wheel_verdict(field_set: MaturinWheelFieldSet) -> Get:
    """What a target's tests say of its wheels; `WheelVerdict`."""
    return Get(WheelVerdict, MaturinWheelFieldSet, field_set)


def judgement(request: JudgementRequest) -> Get:
    """What is wrong with built files; `Judgement`."""
    return Get(Judgement, JudgementRequest, request)


def audit(request: AuditRequest) -> Get:
    """What is wrong with wheels for the stable ABI; `Judgement`."""
    return Get(Judgement, AuditRequest, request)


def release_scope(request: ReleaseScopeRequest) -> Get:
    """The packages that a release consists of; `ReleaseScope`."""
    return Get(ReleaseScope, ReleaseScopeRequest, request)


def release_bundle(request: ReleaseBundleRequest) -> Get:
    """Everything the publisher needs for a release; `ReleaseBundle`."""
    return Get(ReleaseBundle, ReleaseBundleRequest, request)


def job_result(request: JobRequest) -> Get:
    """What one build came to; `JobResult`."""
    return Get(JobResult, JobRequest, request)


def extension(request: ExtensionRequest) -> Get:
    """The native code of a wheel; `Extension`."""
    return Get(Extension, ExtensionRequest, request)


def packed(request: PackRequest) -> Get:
    """A wheel put together from compiled code; `JobResult`."""
    return Get(JobResult, PackRequest, request)


def row_result(request: RowRequest) -> Get:
    """The wheels of a row; `JobResult`."""
    return Get(JobResult, RowRequest, request)


def row_result_in(request: RowRequest, environment: EnvironmentName) -> Get:
    """The wheels of a row, built in an environment; `JobResult`."""
    return Get(JobResult, {request: RowRequest, environment: EnvironmentName})


def script_python() -> Get:
    """Some Python to run scripts with; `ScriptPython`."""
    return Get(ScriptPython)


def toolchain_here(request: ToolchainHereRequest) -> Get:
    """The Rust toolchain of this machine; `ToolchainHere`."""
    return Get(ToolchainHere, ToolchainHereRequest, request)


def interpreters_here(request: InterpretersHereRequest) -> Get:
    """The Python interpreters of this machine; `InterpretersHere`."""
    return Get(InterpretersHere, InterpretersHereRequest, request)


def tool_here(request: ToolHereRequest) -> Get:
    """A tool of this machine, linked; `ToolHere`."""
    return Get(ToolHere, ToolHereRequest, request)


def linked_tool(request: LinkedToolRequest) -> Get:
    """A tool at a path that has nothing of this machine in it; `LinkedTool`."""
    return Get(LinkedTool, LinkedToolRequest, request)


def built_module(request: BuiltModuleRequest) -> Get:
    """The extension module of a wheel for this machine; `BuiltModule`."""
    return Get(BuiltModule, BuiltModuleRequest, request)


def served_interpreters() -> Get:
    """The interpreters that this repository's Python targets run on; `ServedInterpreters`."""
    return Get(ServedInterpreters)


def release_versions() -> Get:
    """The versions that everything in this run is built with; `ReleaseVersions`."""
    return Get(ReleaseVersions)


def maturin() -> Get:
    """maturin; `MaturinTool`."""
    return Get(MaturinTool)


def maturin_with_zig() -> Get:
    """maturin with zig; `MaturinWithZigTool`."""
    return Get(MaturinWithZigTool)


def publisher() -> Get:
    """twine and what the publisher needs; `PublisherTool`."""
    return Get(PublisherTool)


def publisher_run(request: PublisherRunRequest) -> Get:
    """The foreground process that uploads a release; `PublisherRun`."""
    return Get(PublisherRun, PublisherRunRequest, request)


def github_run(request: GitHubRunRequest) -> Get:
    """The process that looks for GitHub Releases, or makes them; `PublisherRun`."""
    return Get(PublisherRun, GitHubRunRequest, request)


def registration_run(document: str) -> Get:
    """The process that registers trusted publishers; `PublisherRun`."""
    return Get(PublisherRun, RegistrationRunRequest(document))


def registry_answer(request: PublisherRunRequest) -> Get:
    """What the registries have of a release already; `RegistryAnswer`."""
    return Get(RegistryAnswer, PublisherRunRequest, request)


def plan(request: PlanRequest) -> Get:
    """The plan of this run; `PlanAnswer`."""
    return Get(PlanAnswer, PlanRequest, request)


def plan_sources(request: PlanSourcesRequest) -> Get:
    """What a plan is read or computed from; `PlanSources`."""
    return Get(PlanSources, PlanSourcesRequest, request)


def path_owners(request: PathOwnersRequest) -> Get:
    """Which packages are built from paths; `PathOwners`."""
    return Get(PathOwners, PathOwnersRequest, request)


def registry_facts(request: RegistryFactsRequest) -> Get:
    """Which versions the registries have; `RegistryFactsAnswer`."""
    return Get(RegistryFactsAnswer, RegistryFactsRequest, request)


def standing(request: StandingRequest) -> Get:
    """How packages, tags and records stand to each other; `Standing`."""
    return Get(Standing, StandingRequest, request)


def resolutions(request: ResolutionsRequest) -> Get:
    """The locks of a plan's workspaces that commit none; `ResolutionsAnswer`."""
    return Get(ResolutionsAnswer, ResolutionsRequest, request)


def readiness(request: ReadinessRequest) -> Get:
    """Whether a release may go on before anything is built; `Readiness`."""
    return Get(Readiness, ReadinessRequest, request)


def load_files(request: LoadFilesRequest) -> Get:
    """Files of this machine whose bytes are known; `LoadedFiles`."""
    return Get(LoadedFiles, LoadFilesRequest, request)


def packaged_files(request: PackagedFilesRequest) -> Get:
    """What cargo would pack of a crate; `PackagedFilesAnswer`."""
    return Get(PackagedFilesAnswer, PackagedFilesRequest, request)


def examination(request: ExaminationRequest) -> Get:
    """What the doctor's own process found; `Examination`."""
    return Get(Examination, ExaminationRequest, request)


def target_survey(request: TargetSurveyRequest) -> Get:
    """How this machine would build a target; `TargetSurvey`."""
    return Get(TargetSurvey, TargetSurveyRequest, request)


def neighbours(request: NeighboursRequest) -> Get:
    """What the repository's own workflows do; `NeighboursAnswer`."""
    return Get(NeighboursAnswer, NeighboursRequest, request)


def doctor_facts(request: DoctorFactsRequest) -> Get:
    """Everything the doctor looks at; `DoctorFacts`."""
    return Get(DoctorFacts, DoctorFactsRequest, request)


def online_run(request: OnlineRunRequest) -> Get:
    """The process that asks the registries for the doctor; `OnlineRun`."""
    return Get(OnlineRun, OnlineRunRequest, request)

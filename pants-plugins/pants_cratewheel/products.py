"""The values that this backend's rules exchange: requests, and what answers them."""

from __future__ import annotations

from dataclasses import dataclass, field

from pants.backend.python.util_rules.pex import VenvPex
from pants.core.goals.package import BuiltPackage, BuiltPackageArtifact
from pants.engine.addresses import Address
from pants.engine.engine_aware import EngineAwareReturnType
from pants.engine.fs import EMPTY_DIGEST, Digest
from pants.engine.process import InteractiveProcess, ProcessCacheScope
from pants.util.frozendict import FrozenDict

from cratewheel.build.interpreters import Interpreter
from cratewheel.build.request import BuildRequest, WheelBuild
from cratewheel.build.toolchain import RustToolchain, ToolchainMissing
from cratewheel.errors import Finding, raise_all
from cratewheel.handover import HandedOver, Handover
from cratewheel.history import History
from cratewheel.plan.inputs import RegistryFacts
from cratewheel.plan.model import Plan, Resolution
from cratewheel.plan.package import ReleasePackage
from cratewheel.publishing.request import ReleaseRequest
from cratewheel.trial.request import Trial


@dataclass(frozen=True)
class ToolchainRequest:
    """Asks for the toolchain and some further programs.

    Args:
        tools: names of programs that build scripts need.
        pin: the workspace's `rust-toolchain` file, if any, at the root of the digest.
    """

    tools: tuple[str, ...] = ()
    pin: Digest = EMPTY_DIGEST


@dataclass(frozen=True)
class FoundToolchain:
    """The toolchain, or why there is none; kept apart from the error so that goals can go on."""

    found: RustToolchain | ToolchainMissing

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Why nothing can be compiled here; empty when it can."""
        if isinstance(self.found, ToolchainMissing):
            return (Finding("CW-TOOLCHAIN-MISSING", self.found.tool, self.found.detail),)
        return tuple(
            Finding("CW-TOOL-MISSING", name, f"a target asks for {name}, which is not on PATH")
            for name in self.found.missing
        )

    def usable(self) -> RustToolchain:
        """The toolchain.

        Raises:
            CratewheelError: with the findings, when there are any.
        """
        raise_all(self.findings)
        assert isinstance(self.found, RustToolchain)
        return self.found


@dataclass(frozen=True)
class FoundInterpreters:
    """The Python interpreters of this machine."""

    interpreters: tuple[Interpreter, ...]


@dataclass(frozen=True)
class JobRequest:
    """Asks for one build.

    Args:
        build: what to build.
        tree: the input files, at their repository paths.
        toolchain: the id of the Rust toolchain.
        description: what the person sees while it runs.
    """

    build: BuildRequest
    tree: Digest
    toolchain: str
    description: str

    @property
    def needs_zig(self) -> bool:
        """Whether zig must be installed beside maturin."""
        return isinstance(self.build, WheelBuild) and self.build.linking == "zig"


@dataclass(frozen=True)
class JobResult:
    """What a build came to: its files, or in `failure` what the tools said."""

    digest: Digest
    files: tuple[str, ...] = ()
    failure: str | None = None


@dataclass(frozen=True)
class ScriptPython:
    """The path of some Python of this machine, 3.7 or later."""

    path: str


@dataclass(frozen=True)
class LibrarySources:
    """The engine-free library, to be put on a tool's PYTHONPATH: its files below `path`."""

    digest: Digest
    path: str = ".cratewheel"


@dataclass(frozen=True)
class MaturinTool:
    """maturin and the libraries that a build needs."""

    pex: VenvPex


@dataclass(frozen=True)
class MaturinWithZigTool(MaturinTool):
    """maturin with zig beside it."""


@dataclass(frozen=True)
class PublisherTool:
    """twine and the libraries that the publisher needs."""

    pex: VenvPex


@dataclass(frozen=True)
class LibraryProcess:
    """A run of a module of the library, in a tool's environment.

    Args:
        pex: the tool.
        module: what `python -m` runs.
        input_digest: files beside the library.
        caches: named caches by the sandbox path they appear at, on top of the tool's own.
    """

    pex: VenvPex
    module: str
    arguments: tuple[str, ...]
    input_digest: Digest
    description: str
    env: FrozenDict[str, str] = field(default_factory=FrozenDict)
    caches: FrozenDict[str, str] = field(default_factory=FrozenDict)
    output_directories: tuple[str, ...] = ()
    cache_scope: ProcessCacheScope = ProcessCacheScope.SUCCESSFUL


@dataclass(frozen=True)
class CargoTreeRequest:
    """Asks for the tree that the package at `address` is built in, with the plan's versions."""

    address: Address
    plan: Plan


@dataclass(frozen=True)
class CargoTree:
    """Input files of a build, at their repository paths.

    Args:
        digest: the files.
        toolchain_file: the `rust-toolchain` file of the workspace at the digest's root, if any.
        findings: why there is no tree to build in.
    """

    digest: Digest
    toolchain_file: Digest
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class ResolvedLockRequest:
    """Asks for a Cargo.lock for a workspace that has none."""

    workspace: str


@dataclass(frozen=True)
class ResolvedLock:
    """The Cargo.lock that this run uses for a workspace that has none, at its place.

    Args:
        findings: why there is none.
    """

    digest: Digest
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class ResolutionsRequest:
    """Asks for the locks of a plan's workspaces that commit none, to be frozen in it."""

    plan: Plan


@dataclass(frozen=True)
class ResolutionsAnswer:
    """Those locks, or why they cannot be had."""

    resolutions: tuple[Resolution, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class ReleaseVersions:
    """The versions that everything in this run is built with.

    Args:
        plan: of the release; where none can be made, that of the manifests as they stand.
        findings: why the release cannot be planned; `package` goes on without, a release does not.
        frozen: whether a plan file was asked for; then `package` does not go on without either.
    """

    plan: Plan
    findings: tuple[Finding, ...] = ()
    frozen: bool = False

    def version_of(self, package_id: str, manifest_version: str | None) -> str:
        """The version a package is built with: the plan's, or the manifest's if it has none."""
        for package in self.plan.all_packages:
            if package.id == package_id:
                return package.version
        return manifest_version or "0.0.0"


@dataclass(frozen=True)
class BuildOutcome:
    """What a build came to: files, or what was wrong; kept as a value so that a goal can say all.

    Args:
        digest: the files, at their paths in the distribution folder.
        artifacts: what each file is, and the rows that this machine does not build.
        findings: why there is no result; empty when there is one.
    """

    digest: Digest
    artifacts: tuple[BuiltPackageArtifact, ...] = ()
    findings: tuple[Finding, ...] = ()

    def built(self) -> BuiltPackage:
        """The result for `pants package`.

        Raises:
            CratewheelError: with the findings, when there are any.
        """
        raise_all(self.findings)
        return BuiltPackage(self.digest, self.artifacts)


@dataclass(frozen=True)
class JudgementRequest:
    """Asks whether built files are what they must be.

    Args:
        promise: the plan of the one package that they are all of.
        files: the files, without folders.
    """

    promise: Plan
    files: Digest


@dataclass(frozen=True)
class Judgement:
    """What is wrong with built files; nothing when they are as they must be."""

    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class TrialRequest:
    """Asks for one trial of a wheel.

    Args:
        digest: the wheel and the tree of its sources.
        place: the target to blame when it fails.
    """

    trial: Trial
    digest: Digest
    place: str


@dataclass(frozen=True)
class AuditRequest:
    """Asks whether wheels keep to the stable ABI that their tags claim.

    Args:
        wheels: names of files of the digest.
    """

    wheels: tuple[str, ...]
    digest: Digest
    package_id: str


@dataclass(frozen=True)
class WheelVerdict:
    """What the tests of a target's wheels, and the audit of their ABI, found; for releases only.

    Args:
        findings: why the wheels cannot be released.
        untried: sentences about wheels that nothing here can be tried with.
    """

    findings: tuple[Finding, ...] = ()
    untried: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReleaseScopeRequest:
    """Asks what a release of some targets consists of."""

    roots: tuple[Address, ...]


@dataclass(frozen=True)
class ReleaseScope:
    """The packages of a release, by the addresses of their targets.

    Args:
        packages: sorted.
        needs: for each package those that must be live before it.
    """

    packages: tuple[str, ...]
    needs: FrozenDict[str, tuple[str, ...]]


@dataclass(frozen=True)
class ReleaseBundleRequest:
    """Asks for everything the publisher needs to carry a release out.

    Args:
        roots: the targets to release, with what they need live.
        output: absolute path of the report, None for none.
    """

    roots: tuple[Address, ...]
    output: str | None = None


@dataclass(frozen=True)
class PublisherRunRequest:
    """Asks for a run of the publisher over a release.

    Args:
        digest: `request.json` and the artifacts it names.
        destination: `rehearsal` or `registries`.
    """

    digest: Digest
    destination: str


@dataclass(frozen=True)
class PublisherRun:
    """A run of the publisher, to be started in the foreground.

    The process is wrapped because Pants does not let a rule's answer be one itself.
    """

    process: InteractiveProcess


@dataclass(frozen=True)
class RegistryAnswer:
    """What the registries have of a release.

    Args:
        entries: one a file, in upload order, as the record of a release has them.
        all_live: whether nothing is left to upload.
    """

    entries: tuple[FrozenDict[str, str], ...]
    all_live: bool


@dataclass(frozen=True)
class ReleaseBundle:
    """A release, ready for the publisher.

    Args:
        digest: `request.json` and the artifacts it names.
        request: the same as a value.
        findings: why it cannot be released.
    """

    digest: Digest
    request: ReleaseRequest | None
    findings: tuple[Finding, ...] = ()

    @property
    def destination(self) -> str:
        """Where it goes: `rehearsal` or `registries`."""
        assert self.request is not None
        return self.request.destination


@dataclass(frozen=True)
class PublishablePackages:
    """Every package with `publish=True`, as the planner takes them.

    Args:
        packages: those whose manifests are sound.
        needs: for each package's address the packages that must be live before it.
        built_from: for each target's address the ids of the packages that are built from it.
        findings: what is wrong with the others.
    """

    packages: tuple[ReleasePackage, ...]
    needs: FrozenDict[str, tuple[str, ...]]
    built_from: FrozenDict[str, tuple[str, ...]]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class PlanRequest:
    """Asks for the plan of this run.

    Args:
        online: whether the registries are asked which versions they have.
        release: `ID@LEVEL-OR-VERSION` decisions of the command line.
    """

    online: bool
    release: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChosenDestination:
    """Where a release goes: `rehearsal` or `registries`; "" with the reason when it is not said."""

    name: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class PlanSourcesRequest:
    """Asks for what a plan is read or computed from."""

    packages: tuple[ReleasePackage, ...]
    request: PlanRequest


@dataclass(frozen=True)
class PlanSources(EngineAwareReturnType):
    """A frozen plan, or the history to compute one from; neither where there is no git.

    Read anew in every run: commits, tags and the file change without Pants noticing.
    """

    frozen: Plan | None = None
    history: History | None = None
    findings: tuple[Finding, ...] = ()

    def cacheable(self) -> bool:
        return False


@dataclass(frozen=True)
class PlanAnswer:
    """The plan of this run.

    Args:
        plan: None when it cannot be made; then `findings` say why.
        fallback: the manifests' own versions, for packaging on a tree that cannot be planned.
    """

    plan: Plan | None
    fallback: Plan | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RegistryFactsRequest:
    """Asks what the registries have; `packages` are (id, name, kind, registry)."""

    packages: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class RegistryFactsAnswer:
    """What the registries have, by package id."""

    by_id: tuple[tuple[str, RegistryFacts], ...]


@dataclass(frozen=True)
class RunPurpose:
    """What this run of Pants was started for.

    Args:
        goals: in the order of the command line.
        uploading: whether one of them is `publish` or `release`.
        changed_since: the value of `--changed-since`.
        with_dependents: whether `--changed-dependents` takes dependents along.
        specs: what was asked for, as on the command line.
    """

    goals: tuple[str, ...]
    uploading: bool
    changed_since: str | None
    with_dependents: bool
    specs: tuple[str, ...]


@dataclass(frozen=True)
class ReadinessRequest:
    """Asks whether packages may be released, before anything is built; by address."""

    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Readiness:
    """Why a release cannot be carried out; nothing when it can, or when this run uploads nothing."""

    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class HandoverFiles(EngineAwareReturnType):
    """What `[cratewheel].artifacts` has, read anew in every run."""

    handover: Handover

    def cacheable(self) -> bool:
        return False


@dataclass(frozen=True)
class LoadFilesRequest:
    """Asks for files of this machine whose bytes are known."""

    files: tuple[HandedOver, ...]


@dataclass(frozen=True)
class LoadedFiles:
    """Those files, by their names alone."""

    digest: Digest

"""What a build is made from, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass, field

from pants.core.goals.package import BuiltPackage, BuiltPackageArtifact
from pants.engine.addresses import Address
from pants.engine.fs import EMPTY_DIGEST, Digest
from pants.engine.process import ProcessResultMetadata

from cratewheel.build.request import BuildRequest, WheelBuild, links_with_zig
from cratewheel.errors import Finding, raise_all
from cratewheel.plan.model import Plan, Resolution
from cratewheel.trial.outcome import WheelTrial


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
        return links_with_zig(self.build)


@dataclass(frozen=True)
class Step:
    """A process of a build: where its result came from, and why it ran when it did.

    Args:
        files: those of the build's files that it had a part in.
    """

    metadata: ProcessResultMetadata
    reason: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class JobResult:
    """What a build came to: its files, or in `failure` what the tools said.

    Args:
        steps: its processes; not part of what it came to.
    """

    digest: Digest
    files: tuple[str, ...] = ()
    failure: str | None = None
    steps: tuple[Step, ...] = field(default=(), compare=False)

    def steps_of(self, file: str) -> tuple[Step, ...]:
        """The processes that had a part in one of its files."""
        return tuple(step for step in self.steps if file in step.files)


@dataclass(frozen=True)
class ExtensionRequest:
    """Asks for the native code of one wheel, compiled.

    Args:
        wheel: what to build, with one pass (`cratewheel.build.extension.single_passes`).
        tree: `CargoTree.rust` of the wheel.
        toolchain: the id of the Rust toolchain.
        description: what the person sees while it runs.
    """

    wheel: WheelBuild
    tree: Digest
    toolchain: str
    description: str


@dataclass(frozen=True)
class Extension:
    """Native code, compiled; or in `failure` what the tools said.

    Args:
        digest: the library and what maturin needs to pack it.
        library: the path of the library in it, under the name that cargo gave it.
        interpreters: those that maturin asked, whose answers are in it.
    """

    digest: Digest
    library: str = ""
    interpreters: tuple[str, ...] = ()
    failure: str | None = None
    steps: tuple[Step, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class PackRequest:
    """Asks for a wheel of native code that is compiled already.

    Args:
        wheel: that of the `ExtensionRequest`.
        tree: `CargoTree.digest` of the wheel.
        toolchain: the id of the Rust toolchain.
        description: what the person sees while it runs.
        extension: the native code.
    """

    wheel: WheelBuild
    tree: Digest
    toolchain: str
    description: str
    extension: Extension


@dataclass(frozen=True)
class RowRequest:
    """Asks for the wheels of one row.

    Args:
        build: what to build.
        separable: whether that can be done in two steps (`cratewheel.build.extension.is_separable`).
        tree: of the wheel.
        toolchain: the id of the Rust toolchain.
        description: what the person sees while it runs.
    """

    build: WheelBuild
    separable: bool
    tree: CargoTree
    toolchain: str
    description: str


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
        toolchain_file: the `rust-toolchain` file nearest above the workspace, at the digest's root.
        findings: why there is no tree to build in.
        configuration: (path, bytes) of cargo's configuration files among them.
        rust: what of the files native code is compiled from: without the Python files that no Rust
            reads (`cratewheel.packed_files`).
    """

    digest: Digest
    toolchain_file: Digest
    findings: tuple[Finding, ...] = ()
    rust: Digest = EMPTY_DIGEST
    configuration: tuple[tuple[str, bytes], ...] = ()


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
    """Asks for the locks of a plan's workspaces that git has none of, to be frozen in it."""

    plan: Plan


@dataclass(frozen=True)
class ResolutionsAnswer:
    """Those locks, or why they cannot be had."""

    resolutions: tuple[Resolution, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class BuildOutcome:
    """What a build came to: files, or what was wrong; kept as a value so that a goal can say all.

    Args:
        digest: the files, at their paths in the distribution folder.
        artifacts: what each file is, and the rows that this machine does not build.
        findings: why there is no result; empty when there is one.
        tools: the versions of the tools that made the files, by name.
    """

    digest: Digest
    artifacts: tuple[BuiltPackageArtifact, ...] = ()
    findings: tuple[Finding, ...] = ()
    tools: tuple[tuple[str, str], ...] = ()

    def built(self) -> BuiltPackage:
        """The result for `pants package`.

        Raises:
            CratewheelError: with the findings, when there are any.
        """
        raise_all(self.findings)
        return BuiltPackage(self.digest, self.artifacts)


@dataclass(frozen=True)
class PackagedOutcome:
    """Asks for what `pants package` writes of an outcome.

    Args:
        trials: what is known of its wheels, where they were to be tried.
    """

    outcome: BuildOutcome
    trials: tuple[WheelTrial, ...] = ()

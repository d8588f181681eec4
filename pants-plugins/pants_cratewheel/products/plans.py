"""What a plan is computed from, and the plan."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.engine_aware import EngineAwareReturnType
from pants.util.frozendict import FrozenDict

from cratewheel.errors import Finding
from cratewheel.history import History, WorkingTree
from cratewheel.plan.inputs import RegistryFacts
from cratewheel.plan.model import Plan
from cratewheel.plan.package import ReleasePackage
from cratewheel.plan.row_choice import RowChoice
from cratewheel.pull_request import PullRequest
from cratewheel.records.values import ReleaseRecord


@dataclass(frozen=True)
class ReleaseVersions:
    """The versions that everything in this run is built with.

    Args:
        plan: of the release; where none can be made, that of the manifests as they stand.
        findings: why the release cannot be planned; `package` goes on without, a release does not.
        frozen: whether a plan file or rows were asked for; then `package` does not go on without
            either.
        rows: those of the plan that are built here.
        new: the ids of packages that their registries, which were asked, do not have at all.
        uncommitted: what keeps the checkout from being the plan's commit.
        judged: a frozen plan with what the registries say by now, where it does not know.
    """

    plan: Plan
    findings: tuple[Finding, ...] = ()
    frozen: bool = False
    rows: RowChoice = RowChoice()
    new: tuple[str, ...] = ()
    uncommitted: tuple[str, ...] = ()
    judged: Plan | None = None

    @property
    def later_notes(self) -> tuple[str, ...]:
        """What has been found out since the plan was frozen."""
        notes = self.judged.notes if self.judged is not None else ()
        return tuple(note for note in notes if note not in self.plan.notes)

    def version_of(self, package_id: str, manifest_version: str | None) -> str:
        """The version a package is built with: the plan's, or the manifest's if it has none."""
        for package in self.plan.all_packages:
            if package.id == package_id:
                return package.version
        return manifest_version or "0.0.0"


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
class PlanSourcesRequest:
    """Asks for what a plan is read or computed from."""

    packages: tuple[ReleasePackage, ...]
    request: PlanRequest


@dataclass(frozen=True)
class PlanSources(EngineAwareReturnType):
    """A frozen plan, or the history to compute one from; neither where there is no git.

    Read anew in every run: commits, tags and the file change without Pants noticing.

    Args:
        records: those of releases that are not tagged; with a frozen plan, those of its own tags.
        working_tree: what the checkout has beside its commit.
        gone: paths of the history and the working tree that are no longer there.
        event: the pull request that this job runs for.
    """

    frozen: Plan | None = None
    history: History | None = None
    findings: tuple[Finding, ...] = ()
    records: tuple[ReleaseRecord, ...] = ()
    working_tree: WorkingTree = WorkingTree()
    gone: frozenset[str] = frozenset()
    event: PullRequest | None = None

    def cacheable(self) -> bool:
        return False


@dataclass(frozen=True)
class PlanAnswer:
    """The plan of this run.

    Args:
        plan: None when it cannot be made; then `findings` say why.
        fallback: the manifests' own versions, for packaging on a tree that cannot be planned.
        new: as in `ReleaseVersions`.
        uncommitted: what keeps the checkout from being the plan's commit.
        judged: a frozen plan with what the registries say by now, where it does not know. The plan
            itself stays as it was made: artifacts are handed over under its digest.
    """

    plan: Plan | None
    fallback: Plan | None
    findings: tuple[Finding, ...] = ()
    new: tuple[str, ...] = ()
    uncommitted: tuple[str, ...] = ()
    judged: Plan | None = None


@dataclass(frozen=True)
class PathOwnersRequest:
    """Asks which packages are built from paths.

    Args:
        gone: those of them that are no longer there.
    """

    paths: frozenset[str]
    gone: frozenset[str]


@dataclass(frozen=True)
class PathOwners:
    """The ids of the packages that are built from each path that a build may see."""

    by_path: tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True)
class RegistryFactsRequest:
    """Asks what the registries have.

    Args:
        tagged: the highest version of each package that is tagged, by id; where higher ones came
            from is looked into.
    """

    packages: tuple[ReleasePackage, ...]
    tagged: FrozenDict[str, str] = FrozenDict()


@dataclass(frozen=True)
class RegistryFactsAnswer:
    """What the registries have, by package id."""

    by_id: tuple[tuple[str, RegistryFacts], ...]

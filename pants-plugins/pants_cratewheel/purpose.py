"""What this run of Pants was started for, and whether a release may go on before anything is built.

`publish` packages every selected target before a publish rule is asked, so what stops a release must
be known to the package rules too.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from pants.base.build_environment import get_buildroot
from pants.core.util_rules.system_binaries import GitBinaryException
from pants.engine.env_vars import EnvironmentVars
from pants.engine.internals.options_parsing import _Options
from pants.engine.rules import collect_rules, rule
from pants.engine.streaming_workunit_handler import (
    WorkunitsCallbackFactory,
    WorkunitsCallbackFactoryRequest,
)
from pants.engine.unions import UnionRule
from pants.option.global_options import GlobalOptions
from pants.vcs.changed import DependentsOption
from pants.vcs.git import MaybeGitWorktree

from cratewheel.before_building import Circumstances, Run, run_findings
from cratewheel.destination import REGISTRIES
from cratewheel.plan.model import PlannedPackage
from cratewheel.plan.select import nothing_changed
from cratewheel.publishing import github_settings
from cratewheel.publishing.credentials import forwarded
from pants_cratewheel import engine
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.handover import HandoverFiles
from pants_cratewheel.products.plans import ReleaseVersions
from pants_cratewheel.products.runs import (
    ChosenDestination,
    Readiness,
    ReadinessRequest,
    RunPurpose,
)
from pants_cratewheel.registry_facts import endpoint_of, endpoints_of

logger = logging.getLogger(__name__)

_UPLOADING_GOALS = frozenset(("publish", "release"))


@rule
async def run_purpose(options: _Options) -> RunPurpose:
    changed = options.options.for_scope("changed")
    return RunPurpose(
        goals=tuple(options.options.goals),
        uploading=bool(_UPLOADING_GOALS & set(options.options.goals)),
        changed_since=changed.since,
        with_dependents=changed.dependents == DependentsOption.TRANSITIVE,
        specs=tuple(options.options.specs),
    )


@rule(desc="Check that the release can be carried out")
async def readiness(
    request: ReadinessRequest,
    purpose: RunPurpose,
    versions: ReleaseVersions,
    chosen: ChosenDestination,
    elsewhere: HandoverFiles,
    cratewheel: CratewheelSubsystem,
    pants: GlobalOptions,
) -> Readiness:
    plan = versions.judged or versions.plan
    # A rehearsal, and a run that only builds, look at no secret.
    needed = release_variables(plan.packages, cratewheel) if purpose.uploading else ()
    variables: EnvironmentVars = await engine.environment_variables(
        needed if chosen.name == REGISTRIES else ()
    )
    run = Run(
        uploading=purpose.uploading,
        by_plan=cratewheel.plan is not None,
        destination=chosen.name,
        destination_findings=chosen.findings,
        plan=versions.plan,
        plan_findings=versions.findings,
        binding=versions.frozen,
        judged=versions.judged,
        addresses=request.addresses,
        handover=elsewhere.handover,
        circumstances=circumstances(
            plan.packages, versions.new, versions.uncommitted, variables, cratewheel, pants
        ),
    )
    return Readiness(run_findings(run), run.for_real)


def release_variables(
    packages: Iterable[PlannedPackage], cratewheel: CratewheelSubsystem
) -> tuple[str, ...]:
    """The variables that say what a release of packages may do."""
    return (*forwarded(endpoints_of(packages, cratewheel)), *github_settings.VARIABLES)


def circumstances(
    packages: Iterable[PlannedPackage],
    new: tuple[str, ...],
    uncommitted: tuple[str, ...],
    variables: EnvironmentVars,
    cratewheel: CratewheelSubsystem,
    pants: GlobalOptions,
) -> Circumstances:
    """What a release depends on beside its plan, by this run's options and variables."""
    return Circumstances(
        endpoints={each.id: endpoint_of(each, cratewheel) for each in packages},
        new=new,
        uncommitted=uncommitted,
        environment=variables,
        attestations=cratewheel.attestations,
        github_releases=cratewheel.github_releases,
        shares_results=(pants.remote_cache_read or pants.remote_execution)
        and not cratewheel.allow_remote_cache,
    )


class EmptySelectionNoticeRequest(WorkunitsCallbackFactoryRequest):
    pass


@rule
async def empty_selection_notice(
    _: EmptySelectionNoticeRequest, purpose: RunPurpose
) -> WorkunitsCallbackFactory:
    # Pants says nothing at all when `publish` selects nothing; this is the only hook that is asked
    # in such a run.
    notice = ""
    if "publish" in purpose.goals and purpose.changed_since:
        worktree: MaybeGitWorktree = await engine.git_worktree()
        if worktree.git_worktree is not None:
            try:
                # By what Pants itself asks for when it selects.
                changed = worktree.git_worktree.changed_files(
                    from_commit=purpose.changed_since,
                    include_untracked=True,
                    relative_to=get_buildroot(),
                )
            except GitBinaryException:
                changed = {"unknown"}
            notice = "" if changed else nothing_changed(purpose.changed_since)
    # Called once in a run, which a rule is not bound to be.
    return WorkunitsCallbackFactory(lambda: logger.warning(notice) if notice else None)


def rules() -> list[object]:
    return [
        *collect_rules(),
        UnionRule(WorkunitsCallbackFactoryRequest, EmptySelectionNoticeRequest),
    ]

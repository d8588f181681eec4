"""What this run of Pants was started for, and whether a release may go on before anything is built.

`publish` packages every selected target before a publish rule is asked, so what stops a release must
be known to the package rules too.
"""

from __future__ import annotations

import logging

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

from cratewheel.destination import REGISTRIES
from cratewheel.errors import Finding
from cratewheel.handover import disagreements, unproven
from cratewheel.plan.readiness import findings_for_real_release
from cratewheel.plan.select import nothing_changed, selected
from cratewheel.publishing import github_settings
from cratewheel.publishing.credentials import (
    CRATE,
    credential_findings,
    first_publish_findings,
    forwarded,
    signing_findings,
)
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


_REMOTE_CACHE = Finding(
    "CW-REMOTE-CACHE",
    "[GLOBAL].remote_cache_read",
    "a release for real would ship what others have put into the remote cache",
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
    # What a job builds by a frozen plan is what another job publishes.
    for_real = chosen.name == REGISTRIES and (purpose.uploading or cratewheel.plan is not None)
    shared = pants.remote_cache_read or pants.remote_execution
    if for_real and shared and not cratewheel.allow_remote_cache:
        return Readiness((_REMOTE_CACHE,))
    if elsewhere.handover.findings:
        return Readiness(elsewhere.handover.findings)
    if not purpose.uploading:
        if versions.findings:
            return Readiness(versions.findings if versions.frozen else ())
        return Readiness(
            disagreements(elsewhere.handover, versions.plan) if cratewheel.plan else ()
        )
    findings = (*chosen.findings, *versions.findings)
    if not findings:
        findings = disagreements(elsewhere.handover, versions.plan)
    if findings or chosen.name != REGISTRIES:
        return Readiness(findings)
    findings = unproven(elsewhere.handover, versions.plan)
    if findings:
        return Readiness(findings)
    plan = selected(versions.judged or versions.plan, request.addresses)
    endpoints = endpoints_of(plan.packages, cratewheel)
    variables: EnvironmentVars = await engine.environment_variables(
        (*forwarded(endpoints), *github_settings.VARIABLES)
    )
    releases = github_settings.github_findings(variables) if cratewheel.github_releases else ()
    created = [
        (endpoint_of(package, cratewheel), package.name)
        for package in plan.packages
        if package.kind == CRATE and package.id in versions.new
    ]
    return Readiness(
        (
            *findings_for_real_release(plan, versions.uncommitted),
            *credential_findings(variables, endpoints),
            *first_publish_findings(variables, created),
            *(signing_findings(variables, endpoints) if cratewheel.attestations else ()),
            *releases,
        )
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

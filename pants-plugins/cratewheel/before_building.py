"""What stops a run before anything is built: the release asks here, and so does the doctor."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Optional

from cratewheel.destination import REGISTRIES
from cratewheel.errors import Finding
from cratewheel.handover import Handover, disagreements, unproven
from cratewheel.plan.model import Plan
from cratewheel.plan.readiness import findings_for_real_release
from cratewheel.plan.select import selected
from cratewheel.project import CRATE
from cratewheel.publishing.credentials import (
    Endpoint,
    credential_findings,
    first_publish_findings,
    signing_findings,
)
from cratewheel.publishing.github_settings import github_findings

_REMOTE_CACHE = Finding(
    "CW-REMOTE-CACHE",
    "[GLOBAL].remote_cache_read",
    "a release for real would ship what others have put into the remote cache",
)


@dataclass(frozen=True)
class Circumstances:
    """What a release to the registries depends on beside its plan.

    Args:
        endpoints: the registry of each package of the plan, by the package's id.
        new: the ids of the packages that their registries do not have.
        uncommitted: what the checkout has beside the plan's commit.
        environment: what there is to authenticate uploads with, and what the job is.
        attestations: whether files are attested where an index takes that.
        github_releases: whether every tag is to get a GitHub Release.
        shares_results: whether Pants takes results that others have made, and nobody has allowed it.
    """

    endpoints: Mapping[str, Endpoint] = field(default_factory=dict, hash=False)
    new: Collection[str] = ()
    uncommitted: Collection[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    attestations: bool = True
    github_releases: bool = False
    shares_results: bool = False


@dataclass(frozen=True)
class Run:
    """A run of Pants that builds, and may upload.

    Args:
        uploading: whether it uploads what it builds.
        by_plan: whether a frozen plan was given.
        destination: `rehearsal`, `registries`, or "" for the reason in `destination_findings`.
        plan: of everything that is due.
        plan_findings: why there is no plan to go by.
        binding: whether these stop a run that only builds, too.
        judged: the plan with what registries say by now, where that is not part of it.
        addresses: of the targets that are asked for.
    """

    uploading: bool
    by_plan: bool
    destination: str
    destination_findings: tuple[Finding, ...]
    plan: Plan
    plan_findings: tuple[Finding, ...]
    binding: bool
    judged: Optional[Plan]
    addresses: tuple[str, ...]
    handover: Handover
    circumstances: Circumstances

    @property
    def for_real(self) -> bool:
        """Whether it is part of a release to the registries: what is built by a plan is uploaded later."""
        return self.destination == REGISTRIES and (self.uploading or self.by_plan)


def run_findings(run: Run) -> tuple[Finding, ...]:
    """Why a run cannot be carried out, the findings of one phase at once."""
    if run.for_real and (findings := shared_result_findings(run.circumstances)):
        return findings
    if run.handover.findings:
        return run.handover.findings
    if not run.uploading:
        if run.plan_findings:
            return run.plan_findings if run.binding else ()
        return disagreements(run.handover, run.plan) if run.by_plan else ()
    findings = (*run.destination_findings, *run.plan_findings)
    if not findings:
        findings = disagreements(run.handover, run.plan)
    if findings or run.destination != REGISTRIES:
        return findings
    return (
        *unproven(run.handover, run.plan),
        *release_findings(selected(run.judged or run.plan, run.addresses), run.circumstances),
    )


def shared_result_findings(around: Circumstances) -> tuple[Finding, ...]:
    """That a release would not only ship what it has built itself."""
    return (_REMOTE_CACHE,) if around.shares_results else ()


def release_findings(plan: Plan, around: Circumstances) -> tuple[Finding, ...]:
    """Why a plan cannot be carried out at the registries, all at once.

    Args:
        plan: what is released, with what the registries say of it as far as they were asked.
    """
    endpoints = [around.endpoints[each.id] for each in plan.packages if each.id in around.endpoints]
    created = [
        (around.endpoints[each.id], each.name)
        for each in plan.packages
        if each.kind == CRATE and each.id in around.new and each.id in around.endpoints
    ]
    return (
        *findings_for_real_release(plan, tuple(around.uncommitted)),
        *credential_findings(around.environment, endpoints),
        *first_publish_findings(around.environment, created),
        *(signing_findings(around.environment, endpoints) if around.attestations else ()),
        *(github_findings(around.environment) if around.github_releases else ()),
    )

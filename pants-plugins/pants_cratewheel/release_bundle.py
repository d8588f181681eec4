"""Builds everything a release consists of and puts it together for the publisher."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from typing import Iterable

from pants.base.build_environment import get_buildroot
from pants.engine.addresses import Addresses, UnparsedAddressInputs
from pants.engine.environment import EnvironmentName
from pants.engine.fs import EMPTY_DIGEST, Digest, DigestEntries, FileContent, FileEntry
from pants.engine.internals.session import RunId
from pants.engine.rules import collect_rules, rule
from pants.engine.target import Targets
from pants.vcs.git import MaybeGitWorktree

from cratewheel.destination import REGISTRIES
from cratewheel.plan.model import PlannedFile
from cratewheel.plan.select import selected, sharing_tags
from cratewheel.project import Project
from cratewheel.publishing.request import Artifact, MissingRow, ReleaseRequest, TrustPolicy, dumps
from pants_cratewheel import artifacts, engine
from pants_cratewheel.artifacts import ReleaseArtifact
from pants_cratewheel.field_sets import CratePackageFieldSet, MaturinWheelFieldSet
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.builds import BuildOutcome, ResolutionsAnswer, ResolutionsRequest
from pants_cratewheel.products.checks import WheelVerdict
from pants_cratewheel.products.plans import ReleaseVersions
from pants_cratewheel.products.releases import (
    ReleaseBundle,
    ReleaseBundleRequest,
    ReleaseScope,
    ReleaseScopeRequest,
)
from pants_cratewheel.products.runs import ChosenDestination, Readiness, ReadinessRequest
from pants_cratewheel.provenance import summary

logger = logging.getLogger(__name__)


@rule(desc="Put a release together")
async def release_bundle(
    request: ReleaseBundleRequest,
    project: Project,
    options: CratewheelSubsystem,
    versions: ReleaseVersions,
    chosen: ChosenDestination,
    run_id: RunId,
) -> ReleaseBundle:
    scope: ReleaseScope = await engine.release_scope(ReleaseScopeRequest(request.roots))
    ready: Readiness = await engine.readiness(ReadinessRequest(scope.packages))
    if ready.findings:
        return ReleaseBundle(EMPTY_DIGEST, None, ready.findings)
    planned = selected(versions.plan, scope.packages)
    due = [package.address for package in planned.packages]
    addresses: Addresses = await engine.resolve_addresses(
        UnparsedAddressInputs(
            due, owning_address=None, description_of_origin="the packages of the release"
        )
    )
    targets: Targets = await engine.targets(addresses)
    field_sets = [
        CratePackageFieldSet.create(target)
        if CratePackageFieldSet.is_applicable(target)
        else MaturinWheelFieldSet.create(target)
        for target in targets
    ]
    environments: tuple[EnvironmentName, ...] = await engine.concurrently(
        engine.target_environment(field_set) for field_set in field_sets
    )
    placed_sets = list(zip(field_sets, environments))
    results: tuple[BuildOutcome | WheelVerdict, ...] = await engine.concurrently(
        [
            *(
                engine.crate_outcome_in(each, environment)
                if isinstance(each, CratePackageFieldSet)
                else engine.wheel_outcome_in(each, environment)
                for each, environment in placed_sets
            ),
            *(
                engine.wheel_verdict_in(each, environment)
                for each, environment in placed_sets
                if isinstance(each, MaturinWheelFieldSet)
            ),
        ]
    )
    outcomes = [each for each in results if isinstance(each, BuildOutcome)]
    verdicts = [each for each in results if isinstance(each, WheelVerdict)]
    findings = tuple(finding for each in results for finding in each.findings)
    if findings:
        return ReleaseBundle(EMPTY_DIGEST, None, findings)
    for trial in (trial for verdict in verdicts for trial in verdict.trials):
        if not trial.tested:
            logger.warning(trial.sentence)
    built = dict(zip((target.address.spec for target in targets), outcomes))
    files: Digest = await engine.merge_digests(outcome.digest for outcome in outcomes)
    entries: DigestEntries = await engine.entries(files)
    sha256 = {
        entry.path: entry.file_digest.fingerprint
        for entry in entries
        if isinstance(entry, FileEntry)
    }
    packages = [project.package_at(address) for address in due]
    checkout = None
    if chosen.name == REGISTRIES:
        worktree: MaybeGitWorktree = await engine.git_worktree()
        if worktree.git_worktree is not None:
            checkout = str(worktree.git_worktree.worktree)
        if not planned.resolutions:
            # The plan goes into the release's record: whoever finishes it builds with the same locks.
            resolved: ResolutionsAnswer = await engine.resolutions(ResolutionsRequest(planned))
            if resolved.findings:
                return ReleaseBundle(EMPTY_DIGEST, None, resolved.findings)
            planned = replace(planned, resolutions=resolved.resolutions)
    awaited = sharing_tags(versions.plan, planned)
    addressed = (*packages, *(project.package_at(each.address) for each in awaited.packages))
    plan = replace(
        planned,
        packages=tuple(
            replace(
                package,
                files=tuple(
                    PlannedFile(each.relpath or "") for each in _files(built[package.address])
                ),
            )
            for package in planned.packages
        ),
    )
    made = [each for package in plan.packages for each in _files(built[package.address])]
    release = ReleaseRequest(
        plan=plan,
        artifacts=tuple(
            Artifact(
                id=each.package_id,
                kind=each.kind,
                path=f"artifacts/{each.relpath}",
                filename=each.relpath or "",
                sha256=sha256[each.relpath or ""],
                row=each.target,
            )
            for each in made
        ),
        missing_rows=tuple(
            MissingRow(each.package_id, each.target, each.reason, each.compatibility)
            for outcome in outcomes
            for each in outcome.artifacts
            if isinstance(each, artifacts.MissingRow)
        ),
        destination=chosen.name,
        rehearsal_dir=os.path.join(get_buildroot(), options.rehearsal_dir),
        order=options.order.value,
        on_failure=options.on_failure.value,
        crates_registry=options.crates_registry,
        python_repository=options.python_repository,
        registries={
            project.package_id(package): package.registry
            for package in addressed
            if package.registry is not None
        },
        trust_policies={
            project.package_id(package): TrustPolicy(**dict(package.trust_policy))
            for package in packages
            if package.trust_policy
        },
        attestations=options.attestations,
        github_releases=options.github_releases,
        checkout=checkout,
        remote=options.remote,
        output=request.output,
        made=summary(made, run_id, why=options.why),
        awaited=awaited,
    )
    document: Digest = await engine.create_digest(
        [FileContent("request.json", dumps(release).encode())]
    )
    placed: Digest = await engine.add_prefix(files, "artifacts")
    digest: Digest = await engine.merge_digests([document, placed])
    return ReleaseBundle(digest, release)


def _files(outcome: BuildOutcome) -> Iterable[ReleaseArtifact]:
    return (each for each in outcome.artifacts if isinstance(each, ReleaseArtifact))


def rules() -> list[object]:
    return [*collect_rules()]

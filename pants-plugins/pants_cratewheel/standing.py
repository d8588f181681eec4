"""Asks git, the registries and the release records how the packages stand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pants.base.build_environment import get_buildroot
from pants.engine.env_vars import EnvironmentVars
from pants.engine.rules import collect_rules, rule
from pants.option.global_options import GlobalOptions
from pants.util.frozendict import FrozenDict

from cratewheel.destination import REHEARSAL
from cratewheel.errors import CratewheelError, Finding
from cratewheel.git import Git
from cratewheel.plan.package import ReleasePackage
from cratewheel.publishing import github_settings
from cratewheel.publishing.due_releases import Due
from cratewheel.publishing.github_settings import github_findings
from cratewheel.records.given_plan import given_plan
from cratewheel.records.store import fetch_records, read_records
from cratewheel.rehearsal_files import rehearsed_files
from cratewheel.release_tags import read_tags, remote_address
from cratewheel.status.compare import compare, highest_tagged
from cratewheel.status.due import due_releases
from cratewheel.status.rehearsed import rehearsed_status
from cratewheel.status.values import Status
from cratewheel.status.view import Evidence
from pants_cratewheel import engine
from pants_cratewheel.checkout import USING_THE_REMOTE, checkout
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.plans import (
    PublishablePackages,
    RegistryFactsAnswer,
    RegistryFactsRequest,
)
from pants_cratewheel.products.runs import ChosenDestination
from pants_cratewheel.products.standing import Standing, StandingRequest
from pants_cratewheel.registry_facts import endpoint_of


@rule(desc="Compare tags, registries and release records")
async def standing(
    request: StandingRequest,
    packages: PublishablePackages,
    options: CratewheelSubsystem,
    chosen: ChosenDestination,
    global_options: GlobalOptions,
) -> Standing:
    if packages.findings or chosen.findings:
        return Standing(None, findings=(*packages.findings, *chosen.findings))
    variables: EnvironmentVars = await engine.environment_variables(USING_THE_REMOTE)
    git = checkout(variables)
    notes = []
    try:
        # It may be one of another commit, because nothing is carried out.
        plan = (
            given_plan(options.plan, Path(get_buildroot()), git, options.remote)
            if options.plan
            else None
        )
        if chosen.name == REHEARSAL:
            folder = os.path.join(get_buildroot(), options.rehearsal_dir)
            status = rehearsed_status(
                packages.packages, rehearsed_files(Path(folder)), plan, options.rehearsal_dir
            )
            return Standing(_selected(status, request.addresses))
        try:
            fetch_records(git, options.remote)
        except CratewheelError as error:
            notes.append(
                f"{options.remote} cannot be asked for tags and records: {error.findings[0].message}"
            )
        tags = read_tags(git, options.remote)
        records = read_records(git)
        highest = highest_tagged(packages.packages, tags)
    except CratewheelError as error:
        return Standing(None, findings=error.findings)
    answer: RegistryFactsAnswer = await engine.registry_facts(
        RegistryFactsRequest(packages.packages, FrozenDict(highest))
    )
    if tags.remote is None and not notes:
        notes.append(f"there is no remote {options.remote}: only this clone's tags are known")
    evidence = Evidence(options.remote, tags, records, dict(answer.by_id), plan)
    due = Due((), "")
    unasked: tuple[Finding, ...] = ()
    if options.github_releases:
        known: EnvironmentVars = await engine.environment_variables(github_settings.VARIABLES)
        due = _due(git, packages.packages, evidence, request.addresses, options, global_options)
        unasked = github_findings(known) if due.releases else ()
        notes += [f"GitHub was not asked for releases: {each.message}" for each in unasked]
    status = Status(chosen.name, compare(packages.packages, evidence), tuple(notes))
    return Standing(_selected(status, request.addresses), records, due=due, unasked=unasked)


def _due(
    git: Git,
    packages: Sequence[ReleasePackage],
    evidence: Evidence,
    addresses: tuple[str, ...],
    options: CratewheelSubsystem,
    global_options: GlobalOptions,
) -> Due:
    """The GitHub Releases of the packages at these addresses, and where their files may be."""
    ids = {each.id for each in packages if each.address in addresses}
    root = get_buildroot()
    return Due(
        tuple(
            release
            for release in due_releases(packages, evidence, partial(endpoint_of, options=options))
            if any(each.id in ids for each in release.packages)
        ),
        remote_address(git, options.remote),
        tuple(
            os.path.join(root, folder)
            for folder in (*options.artifacts, global_options.pants_distdir)
        ),
    )


def _selected(status: Status, addresses: tuple[str, ...]) -> Status:
    packages = tuple(each for each in status.packages if each.address in addresses)
    return replace(status, packages=packages)


def rules() -> list[object]:
    return [*collect_rules()]

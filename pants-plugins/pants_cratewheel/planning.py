"""The plan of this run: read from a frozen file, or computed from git, the manifests and the graph."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pants.base.build_environment import get_buildroot
from pants.engine.addresses import Addresses, UnparsedAddressInputs
from pants.engine.env_vars import EnvironmentVars
from pants.engine.fs import Digest, DigestContents, PathGlobs
from pants.engine.rules import collect_rules, rule
from pants.engine.target import (
    Dependencies,
    DependenciesRequest,
    Targets,
    TransitiveTargets,
)
from pants.util.frozendict import FrozenDict

from cratewheel.cargo.inherited import TOOLCHAIN_FILES
from cratewheel.cargo.model import load_cargo_model
from cratewheel.changes.direct import judged_paths
from cratewheel.changes.uncommitted import uncommitted_changes
from cratewheel.destination import REGISTRIES, destination
from cratewheel.errors import CratewheelError
from cratewheel.git import Git
from cratewheel.history import WorkingTree, has_history, read_history, read_working_tree
from cratewheel.plan.answers import answered, unanswered
from cratewheel.plan.compute import compute_plan, manifest_plan
from cratewheel.plan.freeze import check_frozen, refuse_decisions
from cratewheel.plan.gather import release_packages
from cratewheel.plan.inputs import PlanInputs, RegistryFacts
from cratewheel.plan.model import Plan
from cratewheel.plan.ownership import as_declared, packages_by_target
from cratewheel.plan.row_choice import choose_rows
from cratewheel.project import Project, findings_for_packages
from cratewheel.pull_request import (
    EVENT_VARIABLES,
    about_the_description,
    of_checkout,
    read_event,
    squashed,
)
from cratewheel.records.given_plan import given_plan
from cratewheel.records.store import fetch_records, read_records, untagged_records
from cratewheel.records.values import ReleaseRecord
from cratewheel.release_graph import prerequisites
from pants_cratewheel import engine
from pants_cratewheel.checkout import USING_THE_REMOTE, checkout
from pants_cratewheel.field_sets import CratePackageFieldSet, MaturinWheelFieldSet
from pants_cratewheel.goals.release import ReleaseSubsystem
from pants_cratewheel.options import CratewheelSubsystem, plan_options
from pants_cratewheel.products.plans import (
    PathOwners,
    PathOwnersRequest,
    PlanAnswer,
    PlanRequest,
    PlanSources,
    PlanSourcesRequest,
    PublishablePackages,
    RegistryFactsAnswer,
    RegistryFactsRequest,
    ReleaseVersions,
)
from pants_cratewheel.products.runs import ChosenDestination
from pants_cratewheel.products.tools import FoundToolchain, ToolchainRequest
from pants_cratewheel.unsandboxed import UnseenCargoFiles
from pants_cratewheel.wheel_rows import build_settings, crate_settings, wheel_rows

_JUDGED = ("Cargo.toml", "Cargo.lock", *TOOLCHAIN_FILES, "pyproject.toml")


@rule(desc="Gather the publishable packages")
async def publishable_packages(project: Project, unseen: UnseenCargoFiles) -> PublishablePackages:
    packages = [package for package in project.packages if package.publish]
    broken = {package.address: findings_for_packages(project, [package]) for package in packages}
    findings = tuple(dict.fromkeys(finding for each in broken.values() for finding in each))
    sound = [package for package in packages if not broken[package.address]]
    addresses: Addresses = await engine.resolve_addresses(
        UnparsedAddressInputs(
            [package.address for package in sound],
            owning_address=None,
            description_of_origin="the packages with `publish=True`",
        )
    )
    targets: Targets = await engine.targets(addresses)
    transitive: TransitiveTargets = await engine.transitive_targets(addresses)
    reached = tuple(transitive.closure)
    direct: tuple[Targets, ...] = await engine.concurrently(
        engine.dependencies(DependenciesRequest(target.get(Dependencies))) for target in reached
    )
    graph = {
        target.address.spec: tuple(each.address.spec for each in dependencies)
        for target, dependencies in zip(reached, direct)
    }
    # A wheel that names no platform is for the one that its workspace's compiler builds for.
    native = {
        package.address: project.cargo.workspace_of(directory).directory
        for target in targets
        if MaturinWheelFieldSet.is_applicable(target)
        and not MaturinWheelFieldSet.create(target).platforms.value
        for package in [project.package_at(target.address.spec)]
        for directory in [project.crate_directory(package)]
        if directory is not None
    }
    pins: tuple[Digest, ...] = await engine.concurrently(
        engine.create_digest(unseen.pin(workspace)) for workspace in native.values()
    )
    toolchains: tuple[FoundToolchain, ...] = await engine.concurrently(
        engine.toolchain(ToolchainRequest(pin=pin)) for pin in pins
    )
    missing = tuple(dict.fromkeys(each for found in toolchains for each in found.findings))
    if missing:
        return PublishablePackages((), FrozenDict(), FrozenDict(), missing)
    hosts = {address: found.usable().host for address, found in zip(native, toolchains)}
    rows = {}
    settings = {}
    try:
        for target in targets:
            package = project.package_at(target.address.spec)
            if not MaturinWheelFieldSet.is_applicable(target):
                crate = CratePackageFieldSet.create(target)
                settings[package.address] = crate_settings(crate)
                continue
            field_set = MaturinWheelFieldSet.create(target)
            settings[package.address] = build_settings(field_set, package)
            rows[package.address] = wheel_rows(
                field_set, project, package, hosts.get(package.address, "")
            )
    except CratewheelError as error:
        return PublishablePackages((), FrozenDict(), FrozenDict(), error.findings)
    needs = prerequisites(graph, {package.address for package in sound})
    released = release_packages(project, sound, needs, rows, settings)
    generators = {
        target.address.spec: target.address.maybe_convert_to_target_generator().spec
        for target in reached
    }
    by_target = packages_by_target(graph, {each.address: each.id for each in released})
    built_from = as_declared(by_target, generators)
    return PublishablePackages(released, FrozenDict(needs), FrozenDict(built_from), findings)


@rule(desc="Read the history of the packages")
async def plan_sources(request: PlanSourcesRequest, options: CratewheelSubsystem) -> PlanSources:
    variables: EnvironmentVars = await engine.environment_variables(
        (*USING_THE_REMOTE, *EVENT_VARIABLES)
    )
    # Pants' own access to git ends in an exception of its own where there is no commit yet.
    git = checkout(variables)
    try:
        begun = has_history(git)
        if options.plan:
            refuse_decisions(request.request.release, options.plan)
            root = Path(get_buildroot())
            plan = given_plan(options.plan, root, git if begun else None, options.remote)
            head = git.run(["rev-parse", "HEAD"]).decode().strip() if begun else None
            check_frozen(
                plan,
                head=head,
                addresses=[package.address for package in request.packages],
                place=options.plan,
            )
            if not begun:
                return PlanSources(frozen=plan)
            tree = read_working_tree(git)
            records: tuple[ReleaseRecord, ...] = ()
            if request.request.online and unanswered(plan):
                _fetch_records(git, options)
                # Tagged or not: a release that is carried out once more finds what it has made.
                tags = {package.tag for package in plan.packages}
                records = tuple(each for each in read_records(git) if each.tag in tags)
            return PlanSources(
                frozen=plan,
                records=records,
                working_tree=tree,
                gone=_gone(tree.uncommitted),
            )
        if not begun:
            return PlanSources()
        counted = options.tags.value if options.tags else None
        history = read_history(git, request.packages, tags=counted)
        tree, gone = WorkingTree(history.uncommitted, history.untracked), _gone(history.paths)
        event = read_event(variables)
        event = event and of_checkout(event, git)
        if not request.request.online:
            return PlanSources(history=history, working_tree=tree, gone=gone, event=event)
        notes = _fetch_records(git, options)
        history = replace(history, notes=(*history.notes, *notes))
        return PlanSources(
            history=history,
            records=untagged_records(git),
            working_tree=tree,
            gone=gone,
            event=event,
        )
    except CratewheelError as error:
        return PlanSources(findings=error.findings)


def _fetch_records(git: Git, options: CratewheelSubsystem) -> tuple[str, ...]:
    """Brings the remote's records here; returns what to say of one that is out of reach."""
    try:
        fetch_records(git, options.remote)
    except CratewheelError as error:
        # A plan is a question; a release asks the remote again, and insists.
        fault = error.findings[0].message
        return (f"{options.remote} cannot be asked for half-done releases: {fault}",)
    return ()


def _gone(paths: Iterable[str]) -> frozenset[str]:
    root = get_buildroot()
    return frozenset(path for path in paths if not os.path.exists(os.path.join(root, path)))


@rule(desc="Plan the release")
async def plan_release(
    request: PlanRequest,
    packages: PublishablePackages,
    project: Project,
    unseen: UnseenCargoFiles,
    options: CratewheelSubsystem,
    where: ChosenDestination,
) -> PlanAnswer:
    try:
        fallback = manifest_plan(packages.packages)
    except CratewheelError as error:
        return PlanAnswer(None, None, (*packages.findings, *error.findings))
    if packages.findings:
        return PlanAnswer(None, fallback, packages.findings)
    sources: PlanSources = await engine.plan_sources(PlanSourcesRequest(packages.packages, request))
    if sources.findings:
        return PlanAnswer(None, fallback, sources.findings)
    if sources.frozen is None and sources.history is None:
        return PlanAnswer(fallback, fallback)
    paths = sources.working_tree.uncommitted if sources.history is None else sources.history.paths
    owned: PathOwners = await engine.path_owners(PathOwnersRequest(paths, sources.gone))
    owners = dict(owned.by_path)
    uncommitted = uncommitted_changes(
        sources.working_tree.uncommitted,
        sources.working_tree.untracked,
        owners,
        judged_paths(packages.packages, project.cargo),
    )
    if sources.frozen is not None:
        judged = None
        unasked = frozenset(unanswered(sources.frozen)) if request.online else frozenset()
        if unasked:
            asked: RegistryFactsAnswer = await engine.registry_facts(
                RegistryFactsRequest(
                    tuple(each for each in packages.packages if each.id in unasked),
                    FrozenDict(
                        {
                            each.id: each.previous
                            for each in sources.frozen.packages
                            if each.previous is not None
                        }
                    ),
                )
            )
            judged = answered(sources.frozen, packages.packages, dict(asked.by_id), sources.records)
        return PlanAnswer(sources.frozen, fallback, uncommitted=uncommitted, judged=judged)
    assert sources.history is not None
    chosen = plan_options(options, where.name, request.release)
    history, event = sources.history, sources.event
    if event is not None and chosen.versioning == "trailers":
        history = squashed(history, event)
    facts: dict[str, RegistryFacts] | None = None
    if request.online:
        answer: RegistryFactsAnswer = await engine.registry_facts(
            RegistryFactsRequest(
                packages.packages,
                FrozenDict({each: str(max(tags)) for each, tags in history.tagged.items() if tags}),
            )
        )
        facts = dict(answer.by_id)
    manifests: Digest = await engine.read_globs(PathGlobs([f"**/{name}" for name in _JUDGED]))
    contents: DigestContents = await engine.contents(manifests)
    files = {
        **{file.path: file.content for file in contents},
        **dict(unseen.configuration),
    }
    try:
        plan = compute_plan(
            PlanInputs(
                packages=packages.packages,
                history=history,
                owners=owners,
                files=files,
                model=load_cargo_model(files),
                options=chosen,
                registry=facts,
                records=sources.records,
            )
        )
    except CratewheelError as error:
        findings = error.findings
        if history is not sources.history:
            findings = tuple(about_the_description(findings, history.head[:7]))
        return PlanAnswer(None, fallback, findings)
    new = tuple(each for each, known in (facts or {}).items() if known.versions == ())
    return PlanAnswer(plan, fallback, new=new, uncommitted=uncommitted)


@rule(desc="Decide the versions of this run")
async def release_versions(
    chosen: ChosenDestination, options: ReleaseSubsystem, cratewheel: CratewheelSubsystem
) -> ReleaseVersions:
    # Only a release for real asks the registries: a rehearsal stays on this machine.
    answer: PlanAnswer = await engine.plan(
        PlanRequest(online=chosen.name == REGISTRIES, release=tuple(options.release))
    )
    plan = answer.plan or answer.fallback or Plan()
    try:
        rows = choose_rows(plan, cratewheel.rows)
    except CratewheelError as error:
        return ReleaseVersions(plan, (*answer.findings, *error.findings), frozen=True)
    if answer.plan is not None:
        return ReleaseVersions(
            plan,
            rows=rows,
            new=answer.new,
            uncommitted=answer.uncommitted,
            judged=answer.judged,
        )
    return ReleaseVersions(plan, answer.findings, bool(cratewheel.plan or cratewheel.rows), rows)


@rule(desc="Decide where a release goes")
async def chosen_destination(options: CratewheelSubsystem) -> ChosenDestination:
    variables: EnvironmentVars = await engine.environment_variables(["CI"])
    option = options.destination.value if options.destination else None
    try:
        return ChosenDestination(destination(option, variables.get("CI", "")))
    except CratewheelError as error:
        return ChosenDestination("", error.findings)


def rules() -> list[object]:
    return [*collect_rules()]

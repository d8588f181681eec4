"""The facts that the doctor judges, as far as the engine has to be asked for them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Callable, Iterable, Iterator

from pants.base.build_environment import get_buildroot
from pants.engine.addresses import Addresses, UnparsedAddressInputs
from pants.engine.env_vars import EnvironmentVars
from pants.engine.fs import Digest, FileContent, PathGlobs, Paths
from pants.engine.process import (
    FallibleProcessResult,
    Process,
    ProcessResult,
)
from pants.engine.rules import collect_rules, rule
from pants.engine.target import AllUnexpandedTargets, SourcesField, Target, Targets
from pants.option.global_options import GlobalOptions
from pants.source.filespec import FilespecMatcher
from pants.util.frozendict import FrozenDict

from cratewheel import finding_document
from cratewheel.doctor import online, packaged
from cratewheel.doctor.checkout import free_bytes, read_checkout, sizes_of
from cratewheel.doctor.facts import Facts, MachineFacts
from cratewheel.doctor.graph import owned, python_folders, unpublished_needs
from cratewheel.doctor.manifests import AskedFeatures
from cratewheel.doctor.online import question
from cratewheel.doctor.release import last_release, released_before
from cratewheel.doctor.request import JOB_VARIABLES, dumps, examined
from cratewheel.doctor.request import workflow_files as examined_workflows
from cratewheel.errors import Finding
from cratewheel.git import Git
from cratewheel.plan.model import Plan
from cratewheel.plan.package import ReleasePackage
from cratewheel.project import CRATE, CRATES_IO, Project
from cratewheel.publishable import findings_for_publishing
from cratewheel.publishing.credentials import forwarded
from cratewheel.workflows.surroundings import workflow_files
from pants_cratewheel import engine
from pants_cratewheel.field_sets import CratePackageFieldSet
from pants_cratewheel.foreground import REACHING_A_REGISTRY, with_secrets
from pants_cratewheel.options import CratewheelSubsystem, plan_options
from pants_cratewheel.products.builds import CargoTree, CargoTreeRequest
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
from pants_cratewheel.products.handover import HandoverFiles
from pants_cratewheel.products.plans import (
    PlanAnswer,
    PlanRequest,
    PlanSources,
    PlanSourcesRequest,
    PublishablePackages,
    RegistryFactsAnswer,
    RegistryFactsRequest,
)
from pants_cratewheel.products.runs import ChosenDestination, RunPurpose
from pants_cratewheel.products.tools import (
    TOOLCHAIN_CACHE,
    FoundToolchain,
    LibraryProcess,
    PublisherTool,
    ToolchainRequest,
)
from pants_cratewheel.purpose import circumstances, release_variables
from pants_cratewheel.registry_facts import endpoint_of
from pants_cratewheel.unsandboxed import UnseenCargoFiles


@rule(desc="Ask cargo what it would pack")
async def packaged_files(
    request: PackagedFilesRequest, project: Project, tool: PublisherTool
) -> PackagedFilesAnswer:
    package = project.package_at(request.address.spec)
    directory = project.crate_directory(package)
    tree: CargoTree = await engine.cargo_tree(CargoTreeRequest(request.address, request.plan))
    if tree.findings or directory is None:
        return PackagedFilesAnswer(findings=tree.findings)
    toolchain: FoundToolchain = await engine.toolchain(ToolchainRequest((), tree.toolchain_file))
    if toolchain.findings:
        return PackagedFilesAnswer(machine=toolchain.findings)
    placed: Digest = await engine.add_prefix(tree.digest, "tree")
    process: Process = await engine.library_process(
        LibraryProcess(
            tool.pex,
            "cratewheel.doctor.listing",
            (toolchain.usable().id, directory),
            placed,
            f"List what cargo packs of {request.address}",
            caches=TOOLCHAIN_CACHE,
        )
    )
    result: FallibleProcessResult = await engine.run_fallible(process)
    if result.exit_code != 0:
        said = result.stderr.decode(errors="replace").strip()
        finding = Finding("CW-BUILD-FAILED", request.address.spec, f"cargo package --list:\n{said}")
        return PackagedFilesAnswer(findings=(finding,))
    return PackagedFilesAnswer(packaged.loads(result.stdout.decode()))


@rule(desc="Examine manifests and workflows")
async def examine(request: ExaminationRequest, tool: PublisherTool) -> Examination:
    named = [
        name
        for project in request.request.projects
        for name in (project.path, project.readme)
        if name is not None
    ]
    seen: Digest = await engine.read_globs(PathGlobs(["**/Cargo.toml", *named]))
    unseen: Digest = await engine.create_digest(
        FileContent(name, content) for name, content in sorted(request.files.items())
    )
    files: Digest = await engine.merge_digests([seen, unseen])
    placed: Digest = await engine.add_prefix(files, "files")
    document: Digest = await engine.create_digest(
        [FileContent("request.json", dumps(request.request).encode())]
    )
    inputs: Digest = await engine.merge_digests([placed, document])
    process: Process = await engine.library_process(
        LibraryProcess(
            tool.pex,
            "cratewheel.doctor",
            ("request.json", "files"),
            inputs,
            "Examine manifests and workflows",
        )
    )
    result: ProcessResult = await engine.run(process)
    return Examination(FrozenDict(finding_document.loads_by_class(result.stdout.decode())))


@rule(desc="Prepare to ask the registries")
async def online_run(request: OnlineRunRequest, tool: PublisherTool) -> OnlineRun:
    document: Digest = await engine.create_digest(
        [FileContent("question.json", online.dumps(request.question).encode())]
    )
    process: Process = await engine.library_process(
        LibraryProcess(
            tool.pex,
            "cratewheel.doctor.registries",
            ("question.json", request.answer),
            document,
            "Ask the registries",
        )
    )
    endpoints = [each.endpoint for each in request.question.packages]
    variables: EnvironmentVars = await engine.environment_variables(
        (*REACHING_A_REGISTRY, *forwarded(endpoints))
    )
    return OnlineRun(with_secrets(process, variables))


@rule(desc="Gather what a release could fail of")
async def gather(
    request: DoctorFactsRequest,
    project: Project,
    publishable: PublishablePackages,
    cratewheel: CratewheelSubsystem,
    global_options: GlobalOptions,
    purpose: RunPurpose,
    chosen: ChosenDestination,
    elsewhere: HandoverFiles,
    all_targets: AllUnexpandedTargets,
    unseen: UnseenCargoFiles,
) -> DoctorFacts:
    root = get_buildroot()
    wanted = None if request.addresses is None else {each.spec for each in request.addresses}
    packages = tuple(
        package for package in project.packages if wanted is None or package.address in wanted
    )
    addresses: Addresses = await engine.resolve_addresses(
        UnparsedAddressInputs(
            [package.address for package in packages],
            owning_address=None,
            description_of_origin="the packages of the repository",
        )
    )
    targets: Targets = await engine.targets(addresses)
    everything: Paths = await engine.find_paths(PathGlobs(["**/*"]))
    answer: PlanAnswer = await engine.plan(PlanRequest(online=request.online))
    plan = answer.plan or answer.fallback or Plan()
    sources: PlanSources = await engine.plan_sources(
        PlanSourcesRequest(publishable.packages, PlanRequest(online=request.online))
    )
    checkout = read_checkout(
        Git(root),
        cratewheel.remote,
        python_folders(project, packages),
        last_release(sources.history),
    )
    judged = answer.judged or plan
    variables: EnvironmentVars = await engine.environment_variables(
        (*release_variables(judged.packages, cratewheel), *JOB_VARIABLES)
    )
    surveys: tuple[TargetSurvey, ...] = await engine.concurrently(
        engine.target_survey(TargetSurveyRequest(target.address)) for target in targets
    )
    locks = {path for path, _ in unseen.locks}
    sound = []
    unresolved = []
    for target in targets:
        package = project.package_at(target.address.spec)
        # Cargo would say again what the manifests' findings say better.
        if findings_for_publishing(project, [package]):
            continue
        directory = project.crate_directory(package) or ""
        if request.online or project.cargo.workspace_of(directory).lock_path in locks:
            sound.append(target.address)
        else:
            unresolved.append(package.address)
    packed: tuple[PackagedFilesAnswer, ...] = await engine.concurrently(
        engine.packaged_files(PackagedFilesRequest(address, plan)) for address in sound
    )
    examination: Examination = await engine.examination(
        ExaminationRequest(
            examined(project, packages, plan, checkout, variables),
            FrozenDict(examined_workflows(checkout)),
        )
    )
    needed = sorted(set(unpublished_needs(project, packages).values())) if request.online else []
    live: dict[str, bool | None] = {}
    if needed:
        answers: RegistryFactsAnswer = await engine.registry_facts(
            RegistryFactsRequest(
                tuple(ReleasePackage(name, name, CRATE, "", CRATES_IO) for name in needed)
            )
        )
        live = {
            name: None if facts.versions is None else bool(facts.versions)
            for name, facts in answers.by_id
        }
    return DoctorFacts(
        Facts(
            project=project,
            packages=packages,
            plan=answer.plan,
            judged=answer.judged,
            plan_findings=answer.findings,
            history=sources.history,
            names=publishable.packages,
            plan_options=plan_options(cratewheel, chosen.name),
            event=sources.event,
            destination=chosen.name,
            destination_findings=chosen.findings,
            handover=elsewhere.handover,
            all_files=frozenset(everything.files),
            owned=owned(everything.files, _owners(all_targets)),
            checkout=checkout,
            asked=(
                *(entry for survey in surveys for entry in survey.asked),
                *_asked_of_crates(targets),
            ),
            declaration_findings=(
                *(finding for survey in surveys for finding in survey.findings),
                *(finding for each in packed for finding in each.findings),
            ),
            packed=tuple(
                (address.spec, files)
                for address, each in zip(sound, packed)
                for files in each.packaged
            ),
            sizes=sizes_of(Path(root, global_options.pants_distdir), plan, elsewhere.handover),
            live=live,
            question=question(
                project,
                packages,
                [(each, endpoint_of(each, cratewheel)) for each in publishable.packages],
                released=released_before(plan, sources.history),
                checkout=checkout,
                prove=request.prove,
            ),
            examined=examination.findings,
            circumstances=circumstances(
                judged.packages,
                answer.new,
                answer.uncommitted,
                variables,
                cratewheel,
                global_options,
            ),
            automation=workflow_files(Path(root)),
            with_dependents=purpose.with_dependents,
            machine=MachineFacts(
                findings=tuple(
                    dict.fromkeys(
                        (
                            *(finding for survey in surveys for finding in survey.machine),
                            *(finding for each in packed for finding in each.machine),
                        )
                    )
                ),
                rows=tuple(
                    (project.package_id(project.package_at(target.address.spec)), survey.rows)
                    for target, survey in zip(targets, surveys)
                    if survey.rows
                ),
                free=free_bytes(
                    (root, str(global_options.named_caches_dir), global_options.local_store_dir)
                ),
            ),
            skipped=()
            if request.online
            else (
                "what only the registries know (`--offline`)",
                *(
                    f"what cargo would pack of {each}: there is no Cargo.lock (`--offline`)"
                    for each in unresolved
                ),
            ),
        )
    )


def _owners(targets: Iterable[Target]) -> Iterator[tuple[str, Callable[[str], bool]]]:
    for target in targets:
        if target.has_field(SourcesField):
            filespec = target[SourcesField].filespec
            matcher = FilespecMatcher(filespec["includes"], filespec.get("excludes", []))
            yield target.address.spec_path, partial(_matches, matcher)


def _matches(matcher: FilespecMatcher, path: str) -> bool:
    return bool(matcher.matches([path]))


def _asked_of_crates(targets: Iterable[Target]) -> Iterator[AskedFeatures]:
    for target in targets:
        if CratePackageFieldSet.is_applicable(target):
            features = CratePackageFieldSet.create(target).features.value or ()
            yield AskedFeatures(
                target.address.spec_path, f"{target.address.spec}: features", features
            )


def rules() -> list[object]:
    return [*collect_rules()]

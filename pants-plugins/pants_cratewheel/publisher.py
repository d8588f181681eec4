"""Starting the publisher: in the foreground to upload, in the background to ask."""

from __future__ import annotations

from collections.abc import Mapping

from pants.engine.env_vars import EnvironmentVars
from pants.engine.fs import Digest, FileContent
from pants.engine.process import FallibleProcessResult, Process, ProcessCacheScope
from pants.engine.rules import collect_rules, rule
from pants.util.frozendict import FrozenDict

from cratewheel.destination import REGISTRIES
from cratewheel.errors import CratewheelError, Finding
from cratewheel.handed_variables import handed_over
from cratewheel.publishing import due_releases, github_settings, report
from cratewheel.publishing.credentials import CRATES_TOKEN, RUN_VARIABLES, forwarded
from pants_cratewheel import engine
from pants_cratewheel.checkout import USING_THE_REMOTE
from pants_cratewheel.foreground import REACHING_A_REGISTRY, with_secrets
from pants_cratewheel.products.releases import (
    GitHubRunRequest,
    PublisherRun,
    PublisherRunRequest,
    RegistrationRunRequest,
    RegistryAnswer,
)
from pants_cratewheel.products.tools import LibraryProcess, PublisherTool

#: Whether and how the terminal shows colour.
SHOWING = ("NO_COLOR", "TERM")

_DESCRIPTIONS = {
    "publishing": "Publish what is due",
    "publishing.ask": "Ask what is published already",
}
_UNREACHABLE = b"CW-REGISTRY-UNREACHABLE"


@rule(desc="Prepare the publisher")
async def publisher_run(request: PublisherRunRequest, tool: PublisherTool) -> PublisherRun:
    process: Process = await engine.library_process(_process(request, tool, "publishing"))
    # A rehearsal gets nothing with which it could reach a registry.
    names = (
        (*SHOWING, *REACHING_A_REGISTRY, *USING_THE_REMOTE, *RUN_VARIABLES, *request.variables)
        if request.destination == REGISTRIES
        else SHOWING
    )
    variables: EnvironmentVars = await engine.environment_variables(names)
    return PublisherRun(with_secrets(process, variables))


@rule(desc="Prepare the registration of trusted publishers")
async def registration_run(request: RegistrationRunRequest, tool: PublisherTool) -> PublisherRun:
    document: Digest = await engine.create_digest(
        [FileContent("request.json", request.document.encode())]
    )
    process: Process = await engine.library_process(
        LibraryProcess(
            tool.pex,
            "cratewheel.publishing.register",
            ("request.json",),
            document,
            "Register trusted publishers",
        )
    )
    variables: EnvironmentVars = await engine.environment_variables(
        (*REACHING_A_REGISTRY, CRATES_TOKEN)
    )
    return PublisherRun(with_secrets(process, variables))


@rule(desc="Prepare the process that speaks to GitHub")
async def github_run(request: GitHubRunRequest, tool: PublisherTool) -> PublisherRun:
    document: Digest = await engine.create_digest(
        [FileContent("due.json", request.document.encode())]
    )
    module, description = "made_up_releases", "Make GitHub Releases"
    more: tuple[str, ...] = ()
    if request.answer is not None:
        module, description = "missing_releases", "Ask GitHub for releases"
        more = (request.answer,)
    process: Process = await engine.library_process(
        LibraryProcess(
            tool.pex,
            f"cratewheel.publishing.{module}",
            ("due.json", *more),
            document,
            description,
        )
    )
    endpoints = {
        each.endpoint
        for release in due_releases.loads(request.document).releases
        for each in release.packages
    }
    # What opens a private registry is needed for files that are only there.
    registries = forwarded(sorted(endpoints, key=str)) if request.answer is None else ()
    variables: EnvironmentVars = await engine.environment_variables(
        (*REACHING_A_REGISTRY, *github_settings.VARIABLES, *registries)
    )
    return PublisherRun(with_secrets(process, variables))


@rule(desc="Ask the registries")
async def registry_answer(request: PublisherRunRequest, tool: PublisherTool) -> RegistryAnswer:
    variables: EnvironmentVars = await engine.environment_variables(
        REACHING_A_REGISTRY if request.destination == REGISTRIES else ()
    )
    with handed_over(variables) as shown:
        process: Process = await engine.library_process(
            _process(request, tool, "publishing.ask", shown)
        )
        result: FallibleProcessResult = await engine.run_fallible(process)
    if request.destination == REGISTRIES and _UNREACHABLE in result.stderr:
        # The publisher asks again, with what opens a private registry.
        return RegistryAnswer((), all_live=False)
    if result.exit_code != 0:
        raise CratewheelError(
            Finding("CW-REGISTRY-REFUSES", "", result.stderr.decode(errors="replace").strip())
        )
    entries = report.loads(result.stdout.decode())
    return RegistryAnswer(
        entries=tuple(FrozenDict(entry) for entry in report.to_json(entries)),
        all_live=all(entry.status in report.LIVE for entry in entries),
    )


def _process(
    request: PublisherRunRequest,
    tool: PublisherTool,
    module: str,
    variables: Mapping[str, str] = {},
) -> LibraryProcess:
    return LibraryProcess(
        tool.pex,
        f"cratewheel.{module}",
        ("request.json",),
        request.digest,
        _DESCRIPTIONS[module],
        env=FrozenDict(variables),
        cache_scope=ProcessCacheScope.PER_SESSION,
    )


def rules() -> list[object]:
    return [*collect_rules()]

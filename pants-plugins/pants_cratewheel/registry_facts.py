"""What the registries have of the packages that are planned."""

from __future__ import annotations

import logging
from typing import Iterable

from pants.engine.env_vars import EnvironmentVars
from pants.engine.fs import Digest, FileContent
from pants.engine.process import FallibleProcessResult, Process, ProcessCacheScope
from pants.engine.rules import collect_rules, rule
from pants.util.frozendict import FrozenDict

from cratewheel.handed_variables import handed_over
from cratewheel.plan.inputs import RegistryFacts
from cratewheel.plan.model import PlannedPackage
from cratewheel.plan.package import ReleasePackage
from cratewheel.project import CRATE
from cratewheel.publishing import version_questions
from cratewheel.publishing.credentials import Endpoint, opening
from cratewheel.publishing.version_questions import Asked
from pants_cratewheel import engine
from pants_cratewheel.foreground import REACHING_A_REGISTRY
from pants_cratewheel.options import CratewheelSubsystem, registry_address
from pants_cratewheel.products.plans import RegistryFactsAnswer, RegistryFactsRequest
from pants_cratewheel.products.tools import LibraryProcess, PublisherTool

logger = logging.getLogger(__name__)


@rule(desc="Ask the registries for versions")
async def registry_facts(
    request: RegistryFactsRequest, options: CratewheelSubsystem, tool: PublisherTool
) -> RegistryFactsAnswer:
    asked = [
        Asked(
            package.id, package.name, endpoint_of(package, options), request.tagged.get(package.id)
        )
        for package in request.packages
    ]
    document: Digest = await engine.create_digest(
        [FileContent("packages.json", version_questions.dumps(asked).encode())]
    )
    variables: EnvironmentVars = await engine.environment_variables(REACHING_A_REGISTRY)
    secrets: EnvironmentVars = await engine.environment_variables(
        opening(each.endpoint for each in asked)
    )
    with handed_over(variables, secrets) as shown:
        process: Process = await engine.library_process(
            LibraryProcess(
                tool.pex,
                "cratewheel.publishing.facts",
                ("packages.json",),
                document,
                "Ask the registries which versions they have",
                env=FrozenDict(shown),
                cache_scope=ProcessCacheScope.PER_SESSION,
            )
        )
        result: FallibleProcessResult = await engine.run_fallible(process)
    answers: dict[str, RegistryFacts] = {}
    if result.exit_code == 0:
        answers = version_questions.loads_answers(result.stdout.decode())
    else:
        said = result.stderr.decode("utf-8", "replace").strip().splitlines()
        logger.warning(
            "The registries were not asked which versions they have: "
            f"{said[-1] if said else f'exit status {result.exit_code}'}"
        )
    return RegistryFactsAnswer(
        tuple(
            (package.id, answers.get(package.id, RegistryFacts(None)))
            for package in request.packages
        )
    )


def endpoint_of(package: PlannedPackage | ReleasePackage, options: CratewheelSubsystem) -> Endpoint:
    """The registry that a package is uploaded to."""
    return Endpoint(
        package.kind,
        package.registry,
        registry_address(package.kind, package.registry, options),
        options.crates_registry if package.kind == CRATE else options.python_repository,
    )


def endpoints_of(
    packages: Iterable[PlannedPackage], options: CratewheelSubsystem
) -> tuple[Endpoint, ...]:
    """The registries that packages are uploaded to, without repeats."""
    return tuple(dict.fromkeys(endpoint_of(package, options) for package in packages))


def rules() -> list[object]:
    return [*collect_rules()]

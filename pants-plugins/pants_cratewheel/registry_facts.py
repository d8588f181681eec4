"""What the registries have of the packages that are planned."""

from __future__ import annotations

import json
import logging
from typing import Iterable

from pants.engine.env_vars import EnvironmentVars
from pants.engine.fs import Digest, FileContent
from pants.engine.process import FallibleProcessResult, Process, ProcessCacheScope
from pants.engine.rules import collect_rules, rule
from pants.util.frozendict import FrozenDict

from cratewheel.handed_variables import handed_over
from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.plan.model import PlannedPackage
from cratewheel.plan.package import ReleasePackage
from cratewheel.project import CRATE
from cratewheel.publishing.credentials import Endpoint
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
        {
            "id": package.id,
            "name": package.name,
            "kind": package.kind,
            "address": registry_address(package.kind, package.registry, options),
            "tagged": request.tagged.get(package.id),
        }
        for package in request.packages
    ]
    document: Digest = await engine.create_digest(
        [FileContent("packages.json", json.dumps(asked).encode())]
    )
    variables: EnvironmentVars = await engine.environment_variables(REACHING_A_REGISTRY)
    with handed_over(variables) as shown:
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
    answers = {}
    if result.exit_code == 0:
        answers = json.loads(result.stdout)
    else:
        said = result.stderr.decode("utf-8", "replace").strip().splitlines()
        logger.warning(
            "The registries were not asked which versions they have: "
            f"{said[-1] if said else f'exit status {result.exit_code}'}"
        )
    return RegistryFactsAnswer(
        tuple((package.id, _facts(answers.get(package.id))) for package in request.packages)
    )


def _facts(found: list[dict[str, object]] | None) -> RegistryFacts:
    if found is None:
        return RegistryFacts(None)
    return RegistryFacts(
        tuple(
            PublishedVersion(
                version=str(entry["version"]),
                commit=None if entry["commit"] is None else str(entry["commit"]),
                files=tuple(entry["files"]),  # type: ignore[arg-type]
                yanked=bool(entry["yanked"]),
                hashes=tuple(entry["hashes"]),  # type: ignore[arg-type]
                evidence=str(entry["evidence"]),
            )
            for entry in found
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

"""Pants' own `publish` for crates and wheels, through the same publisher and in the same order.

Pants runs the processes of a publish in an order of its own, one after another, and not even a
failure stops it. So each target's process first takes care of what the target needs live, and then
of the target; whichever runs first does the work, the others find it done.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

from pants.core.goals.publish import (
    PublishFieldSet,
    PublishOutputData,
    PublishPackages,
    PublishProcesses,
    PublishRequest,
)
from pants.engine.rules import collect_rules, rule
from pants.option.global_options import GlobalOptions

from cratewheel.errors import raise_all
from cratewheel.plan.select import left_out_by_specs, not_due
from cratewheel.project import Project
from pants_cratewheel import engine
from pants_cratewheel.fields.cargo import CratePackageSourcesField
from pants_cratewheel.fields.release import PublishField
from pants_cratewheel.fields.wheel import MaturinSourcesField
from pants_cratewheel.products.plans import ReleaseVersions
from pants_cratewheel.products.releases import (
    PublisherRun,
    RegistryAnswer,
    ReleaseBundle,
    ReleaseBundleRequest,
)
from pants_cratewheel.products.runs import RunPurpose

logger = logging.getLogger(__name__)


class PublishCrateRequest(PublishRequest):
    pass


@dataclass(frozen=True)
class PublishCrateFieldSet(PublishFieldSet):
    publish_request_type = PublishCrateRequest
    required_fields = (CratePackageSourcesField, PublishField)

    publish: PublishField


class PublishWheelRequest(PublishRequest):
    pass


@dataclass(frozen=True)
class PublishWheelFieldSet(PublishFieldSet):
    publish_request_type = PublishWheelRequest
    required_fields = (MaturinSourcesField, PublishField)

    publish: PublishField


class RecordedUploads(Sequence[Any]):
    """The record that the publisher keeps of a run, read when Pants writes its `--output`.

    Pants asks for the data of an entry before the process that makes it has run; a sequence is
    turned into a list only when the JSON is written.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def _entries(self) -> list[Any]:
        try:
            with open(self._path, encoding="utf-8") as file:
                found = json.load(file)
        except FileNotFoundError:
            return []
        assert isinstance(found, list)
        return found

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...

    def __getitem__(self, index: int | slice) -> Any:
        return self._entries()[index]

    def __len__(self) -> int:
        return len(self._entries())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordedUploads) and other._path == self._path

    def __hash__(self) -> int:
        return hash(self._path)


async def _publish(
    field_set: PublishCrateFieldSet | PublishWheelFieldSet,
    project: Project,
    options: GlobalOptions,
    versions: ReleaseVersions,
    purpose: RunPurpose,
) -> PublishProcesses:
    package = project.package_at(field_set.address.spec)
    package_id = project.package_id(package)
    name = f"{package_id} {versions.version_of(package_id, project.manifest_version(package))}"
    if not field_set.publish.value:
        return PublishProcesses(
            [PublishPackages((name,), description=f"(`publish` is not set on {package.address})")]
        )
    if not versions.findings and package_id not in {each.id for each in versions.plan.packages}:
        reason = not_due(versions.plan, package_id)
        return PublishProcesses([PublishPackages((name,), description=f"({reason})")])
    record = os.path.join(
        options.pants_workdir,
        "cratewheel",
        f"publish-{hashlib.sha256(package.address.encode()).hexdigest()[:16]}.json",
    )
    bundle: ReleaseBundle = await engine.release_bundle(
        ReleaseBundleRequest((field_set.address,), record)
    )
    raise_all(bundle.findings)
    assert bundle.request is not None
    others = []
    if not (purpose.changed_since and purpose.with_dependents):
        others = left_out_by_specs(bundle.request.plan, versions.plan.packages, purpose.specs)
    for note in (*bundle.request.plan.notes, *versions.later_notes, *others):
        logger.warning(note)
    answer: RegistryAnswer = await engine.registry_answer(bundle.run)
    if answer.all_live:
        return PublishProcesses(
            [
                PublishPackages(
                    (name,),
                    description=f"(already live in the {bundle.destination}, the same bytes)",
                    data=PublishOutputData({"data": answer.entries}),
                )
            ]
        )
    run: PublisherRun = await engine.publisher_run(bundle.run)
    return PublishProcesses(
        [
            PublishPackages(
                (name,),
                process=run.process,
                description=bundle.destination,
                data=PublishOutputData({"data": RecordedUploads(record)}),
            )
        ]
    )


@rule
async def publish_crate(
    request: PublishCrateRequest,
    project: Project,
    options: GlobalOptions,
    versions: ReleaseVersions,
    purpose: RunPurpose,
) -> PublishProcesses:
    processes: PublishProcesses = await _publish(
        request.field_set, project, options, versions, purpose
    )
    return processes


@rule
async def publish_wheel(
    request: PublishWheelRequest,
    project: Project,
    options: GlobalOptions,
    versions: ReleaseVersions,
    purpose: RunPurpose,
) -> PublishProcesses:
    processes: PublishProcesses = await _publish(
        request.field_set, project, options, versions, purpose
    )
    return processes


def rules() -> list[object]:
    return [
        *collect_rules(),
        *PublishCrateFieldSet.rules(),
        *PublishWheelFieldSet.rules(),
    ]

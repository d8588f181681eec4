"""The status of a rehearsal: what its registries have. It makes no tags, so nothing is out of step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Optional

from cratewheel.destination import REHEARSAL
from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.plan.model import Plan
from cratewheel.plan.package import ReleasePackage
from cratewheel.python_project import normalize
from cratewheel.rehearsal_files import RehearsedFile
from cratewheel.release_tags import Tags
from cratewheel.status.compare import compare
from cratewheel.status.values import Status
from cratewheel.status.view import Evidence

_NOTE = (
    "This is the rehearsal in {folder}, which makes no tags, so nothing can be out of step. "
    "`--cratewheel-destination=registries` looks at the registries themselves."
)


def rehearsed_status(
    packages: Sequence[ReleasePackage],
    files: Iterable[RehearsedFile],
    plan: Optional[Plan],
    folder: str,
) -> Status:
    """What the rehearsal in `folder` has of every package.

    Args:
        files: those of the folder.
        plan: a plan that was given.
    """
    found: dict[tuple[str, str], dict[str, list[RehearsedFile]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for file in files:
        found[file.kind, normalize(file.name)][file.version].append(file)
    facts = {
        package.id: RegistryFacts(
            tuple(
                PublishedVersion(version, files=tuple(file.filename for file in those))
                for version, those in found[package.kind, normalize(package.name)].items()
            )
        )
        for package in packages
    }
    compared = compare(packages, Evidence("", Tags({}, None), (), facts, plan))
    return Status(
        REHEARSAL,
        tuple(replace(package, deviations=()) for package in compared),
        (_NOTE.format(folder=folder),),
    )

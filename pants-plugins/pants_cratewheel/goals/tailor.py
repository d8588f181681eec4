"""`pants tailor`: the targets that a repository's manifests ask for."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass

from pants.core.goals.tailor import (
    AllOwnedSources,
    PutativeTarget,
    PutativeTargets,
    PutativeTargetsRequest,
)
from pants.core.target_types import FilesGeneratorTarget
from pants.engine.fs import Digest, DigestContents, PathGlobs, Paths
from pants.engine.rules import collect_rules, rule
from pants.engine.target import AllTargets, Target
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from cratewheel.tailor import suggest_targets
from pants_cratewheel import engine
from pants_cratewheel.options import CargoSubsystem
from pants_cratewheel.target_types import (
    CargoWorkspaceTarget,
    CratePackageTarget,
    MaturinWheelTarget,
)

logger = logging.getLogger(__name__)

_TYPES: dict[str, type[Target]] = {
    target_type.alias: target_type
    for target_type in (
        CargoWorkspaceTarget,
        CratePackageTarget,
        FilesGeneratorTarget,
        MaturinWheelTarget,
    )
}


@dataclass(frozen=True)
class PutativeCargoTargetsRequest(PutativeTargetsRequest):
    pass


@rule(desc="Determine candidate Cargo and maturin targets to create", level=LogLevel.DEBUG)
async def find_putative_targets(
    request: PutativeCargoTargetsRequest,
    all_owned_sources: AllOwnedSources,
    all_targets: AllTargets,
    cargo: CargoSubsystem,
) -> PutativeTargets:
    if not cargo.tailor:
        return PutativeTargets()
    # A workspace is only understood as a whole, so all manifests are read whatever is asked for.
    manifests: Digest = await engine.read_globs(PathGlobs(["**/Cargo.toml", "**/pyproject.toml"]))
    contents: DigestContents = await engine.contents(manifests)
    everything: Paths = await engine.find_paths(PathGlobs(["**/*"]))
    suggestions = suggest_targets(
        {file.path: file.content for file in contents},
        frozenset(everything.files),
        owned=frozenset((target.alias, target.address.spec_path) for target in all_targets),
        owned_sources=frozenset(all_owned_sources),
    )
    for note in suggestions.notes:
        logger.info(note)
    return PutativeTargets(
        PutativeTarget.for_target_type(
            _TYPES[suggested.type_alias],
            path=suggested.directory,
            name=suggested.name,
            triggering_sources=(),
            kwargs=dict(suggested.kwargs),
        )
        for suggested in suggestions.targets
        if _asked_for(suggested.directory, request.dirs)
    )


def _asked_for(directory: str, dirs: tuple[str, ...]) -> bool:
    return os.path.normpath(directory or ".") in {os.path.normpath(each or ".") for each in dirs}


def rules() -> list[object]:
    return [*collect_rules(), UnionRule(PutativeTargetsRequest, PutativeCargoTargetsRequest)]

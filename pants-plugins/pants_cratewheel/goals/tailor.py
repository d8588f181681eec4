"""`pants tailor`: the targets that a repository's manifests ask for."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from dataclasses import dataclass

from pants.core.goals.tailor import (
    AllOwnedSources,
    PutativeTarget,
    PutativeTargets,
    PutativeTargetsRequest,
)
from pants.engine.fs import Digest, DigestContents, PathGlobs, Paths
from pants.engine.rules import collect_rules, rule
from pants.engine.target import AllTargets
from pants.engine.unions import UnionRule
from pants.util.logging import LogLevel

from cratewheel.tailor import SuggestedTarget, Value, suggest_targets
from pants_cratewheel import engine
from pants_cratewheel.options import CargoSubsystem

logger = logging.getLogger(__name__)


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
    taken = {target.address.target_name for target in all_targets if not target.address.spec_path}
    return PutativeTargets(
        PutativeTarget(
            suggested.directory,
            suggested.name,
            suggested.type_alias,
            triggering_sources=(),
            # Pants would take away every file that another target owns, and a package's files may
            # well be owned twice: its Python files by `python_sources`, say.
            owned_sources=(),
            kwargs=_kwargs(suggested, taken),
        )
        for suggested in suggestions.targets
        if _asked_for(suggested.directory, request.dirs)
    )


def _kwargs(suggested: SuggestedTarget, taken: Collection[str]) -> dict[str, Value]:
    """The fields to write. Pants calls a target at the top `root`, and the second one there NAME0,
    unless its name is among them."""
    is_named_here = not suggested.directory and suggested.name not in taken
    return {**({"name": suggested.name} if is_named_here else {}), **suggested.kwargs}


def _asked_for(directory: str, dirs: tuple[str, ...]) -> bool:
    return os.path.normpath(directory or ".") in {os.path.normpath(each or ".") for each in dirs}


def rules() -> list[object]:
    return [*collect_rules(), UnionRule(PutativeTargetsRequest, PutativeCargoTargetsRequest)]

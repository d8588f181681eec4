"""How a run of Pants came by the files of a release: built, reused or taken over."""

from __future__ import annotations

from collections.abc import Iterable

from pants.core.goals.package import BuiltPackageArtifact
from pants.engine.internals.session import RunId
from pants.engine.process import ProcessResultMetadata

from pants_cratewheel.artifacts import ReleaseArtifact

BUILT = "built"
REUSED = "reused, nothing that it is made from has changed"
REUSED_REMOTELY = "reused from the remote cache"
TAKEN_OVER = "taken from `[cratewheel].artifacts`"

_Source = ProcessResultMetadata.Source


def provenance(artifact: ReleaseArtifact, run: RunId) -> str:
    """One of the constants above."""
    sources = {step.metadata.source(run) for step in artifact.steps}
    if not sources:
        return TAKEN_OVER
    if _Source.RAN in sources:
        return BUILT
    return REUSED_REMOTELY if _Source.HIT_REMOTELY in sources else REUSED


def seconds(artifact: ReleaseArtifact, run: RunId) -> float:
    """How long this run's processes took to make it."""
    ran = [step for step in artifact.steps if step.metadata.source(run) is _Source.RAN]
    return sum(step.metadata.total_elapsed_ms or 0 for step in ran) / 1000


def reasons(artifact: ReleaseArtifact, run: RunId) -> tuple[str, ...]:
    """Why this run's processes made it; nothing where none did."""
    ran = [step for step in artifact.steps if step.metadata.source(run) is _Source.RAN]
    return tuple(dict.fromkeys(step.reason for step in ran[:1]))


def phrases(artifact: ReleaseArtifact, run: RunId, *, why: bool) -> tuple[str, ...]:
    """What `pants package` says below a file."""
    way = provenance(artifact, run)
    took = f" in {seconds(artifact, run):.1f} s" if way == BUILT else ""
    because = reasons(artifact, run) if why else ()
    return (f"  {way}{took}", *(f"    because {each}" for each in because))


def summary(artifacts: Iterable[BuiltPackageArtifact], run: RunId, *, why: bool) -> tuple[str, ...]:
    """What the publisher says when it is done: a line a way, in the order of the release."""
    files: dict[str, list[str]] = {}
    because: list[str] = []
    for artifact in artifacts:
        if isinstance(artifact, ReleaseArtifact):
            way = provenance(artifact, run)
            took = f" in {seconds(artifact, run):.1f} s" if way == BUILT else ""
            files.setdefault(way, []).append(f"{artifact.relpath}{took}")
            if why:
                because += [f"  {artifact.relpath}: {each}" for each in reasons(artifact, run)]
    ways = (f"{way[0].upper()}{way[1:]}: {', '.join(names)}" for way, names in files.items())
    return (*ways, *because)

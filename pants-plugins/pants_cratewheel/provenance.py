"""How a run of Pants came by the files of a release, by what Pants says of its processes."""

from __future__ import annotations

from collections.abc import Iterable

from pants.core.goals.package import BuiltPackageArtifact
from pants.engine.internals.session import RunId
from pants.engine.process import ProcessResultMetadata

from cratewheel import made_files
from cratewheel.made_files import MadeFile, MakingStep, made_file
from pants_cratewheel.artifacts import ReleaseArtifact

_Source = ProcessResultMetadata.Source


def phrases(artifact: ReleaseArtifact, run: RunId, *, why: bool) -> tuple[str, ...]:
    """As `made_files.phrases`."""
    return made_files.phrases(_made(artifact, run), why=why)


def summary(artifacts: Iterable[BuiltPackageArtifact], run: RunId, *, why: bool) -> tuple[str, ...]:
    """As `made_files.summary`, of the artifacts that are files of a release."""
    return made_files.summary(
        (_made(each, run) for each in artifacts if isinstance(each, ReleaseArtifact)), why=why
    )


def _made(artifact: ReleaseArtifact, run: RunId) -> MadeFile:
    return made_file(
        artifact.relpath or "",
        (
            MakingStep(
                seconds=(step.metadata.total_elapsed_ms or 0) / 1000,
                ran=step.metadata.source(run) is _Source.RAN,
                remote=step.metadata.source(run) is _Source.HIT_REMOTELY,
                reason=step.reason,
            )
            for step in artifact.steps
        ),
    )

"""Artifacts that were built elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.engine_aware import EngineAwareReturnType
from pants.engine.fs import Digest

from cratewheel.handover import HandedOver, Handover


@dataclass(frozen=True)
class HandoverFiles(EngineAwareReturnType):
    """What `[cratewheel].artifacts` has, read anew in every run."""

    handover: Handover

    def cacheable(self) -> bool:
        return False


@dataclass(frozen=True)
class LoadFilesRequest:
    """Asks for files of this machine whose bytes are known."""

    files: tuple[HandedOver, ...]


@dataclass(frozen=True)
class LoadedFiles:
    """Those files, by their names alone."""

    digest: Digest

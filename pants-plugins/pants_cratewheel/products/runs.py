"""What this run of Pants is for, and whether it may go on."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.engine_aware import EngineAwareReturnType

from cratewheel.errors import Finding


@dataclass(frozen=True)
class ChosenDestination:
    """Where a release goes: `rehearsal` or `registries`; "" with the reason when it is not said."""

    name: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RunPurpose:
    """What this run of Pants was started for.

    Args:
        goals: in the order of the command line.
        uploading: whether one of them is `publish` or `release`.
        changed_since: the value of `--changed-since`.
        with_dependents: whether `--changed-dependents` takes dependents along.
        specs: what was asked for, as on the command line.
    """

    goals: tuple[str, ...]
    uploading: bool
    changed_since: str | None
    with_dependents: bool
    specs: tuple[str, ...]


@dataclass(frozen=True)
class ReadinessRequest:
    """Asks whether packages may be released, before anything is built; by address."""

    addresses: tuple[str, ...]


@dataclass(frozen=True)
class Readiness:
    """Why a release cannot be carried out; nothing when it can, or when this run uploads nothing.

    Args:
        for_real: whether what is built goes to the registries, in this run or by another job.
    """

    findings: tuple[Finding, ...] = ()
    for_real: bool = False


@dataclass(frozen=True)
class HeadMoment(EngineAwareReturnType):
    """When HEAD was committed, in seconds since 1970; asked anew in every run."""

    seconds: int

    def cacheable(self) -> bool:
        return False

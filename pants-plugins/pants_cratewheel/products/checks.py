"""Whether built files are what they must be."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.fs import Digest

from cratewheel.errors import Finding
from cratewheel.plan.model import Plan
from cratewheel.trial.outcome import WheelTrial
from cratewheel.trial.request import Trial


@dataclass(frozen=True)
class JudgementRequest:
    """Asks whether built files are what they must be.

    Args:
        promise: the plan of the one package that they are all of.
        files: the files, without folders.
    """

    promise: Plan
    files: Digest


@dataclass(frozen=True)
class Judgement:
    """What is wrong with built files; nothing when they are as they must be."""

    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class TrialRequest:
    """Asks for one trial of a wheel.

    Args:
        digest: the wheel and the tree of its sources.
        place: the target to blame when it fails.
    """

    trial: Trial
    digest: Digest
    place: str


@dataclass(frozen=True)
class AuditRequest:
    """Asks whether wheels keep to the stable ABI that their tags claim.

    Args:
        wheels: names of files of the digest.
    """

    wheels: tuple[str, ...]
    digest: Digest
    package_id: str


@dataclass(frozen=True)
class WheelVerdict:
    """What the tests of a target's wheels, and the audit of their ABI, found.

    Args:
        findings: why the wheels cannot be released.
        trials: what is known of each wheel, tested here, where it was built, or not at all.
    """

    findings: tuple[Finding, ...] = ()
    trials: tuple[WheelTrial, ...] = ()

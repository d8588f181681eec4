"""What the doctor asks the engine for, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass

from pants.engine.addresses import Address
from pants.engine.engine_aware import EngineAwareReturnType
from pants.engine.process import InteractiveProcess
from pants.util.frozendict import FrozenDict

from cratewheel.build.wheels import RowBuild
from cratewheel.doctor.facts import Facts
from cratewheel.doctor.manifests import AskedFeatures
from cratewheel.doctor.online import Question
from cratewheel.doctor.packaged import PackagedFiles
from cratewheel.doctor.request import Request
from cratewheel.errors import Finding
from cratewheel.plan.model import Plan


@dataclass(frozen=True)
class DoctorFactsRequest:
    """Asks for everything the doctor looks at.

    Args:
        addresses: the packages; None for all of the repository.
        online: whether registries are asked.
        prove: whether they are to be asked for tokens, too.
    """

    addresses: tuple[Address, ...] | None
    online: bool
    prove: bool = False


@dataclass(frozen=True)
class OnlineRunRequest:
    """Asks for the process that asks the registries; `answer` is the absolute path it writes to."""

    question: Question
    answer: str


@dataclass(frozen=True)
class OnlineRun:
    """That process, to be started in the foreground: it alone is given secrets."""

    process: InteractiveProcess


@dataclass(frozen=True)
class DoctorFacts(EngineAwareReturnType):
    """That, gathered anew in every run: much of it Pants does not watch."""

    facts: Facts

    def cacheable(self) -> bool:
        return False


@dataclass(frozen=True)
class PackagedFilesRequest:
    """Asks what cargo would pack of the crate that a package is, or that a wheel binds."""

    address: Address
    plan: Plan


@dataclass(frozen=True)
class PackagedFilesAnswer:
    """That, or why it cannot be told.

    Args:
        machine: what this machine lacks for it.
    """

    packaged: tuple[PackagedFiles, ...] = ()
    findings: tuple[Finding, ...] = ()
    machine: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class ExaminationRequest:
    """Asks for the checks that run in a process of their own.

    Args:
        files: contents of files that Pants does not see, by path; what it does see is read here.
    """

    request: Request
    files: FrozenDict[str, bytes]


@dataclass(frozen=True)
class Examination:
    """What those checks found, by class."""

    findings: FrozenDict[str, tuple[Finding, ...]]


@dataclass(frozen=True)
class TargetSurveyRequest:
    """Asks how this machine would build a crate, or the rows of a wheel."""

    address: Address


@dataclass(frozen=True)
class TargetSurvey:
    """How this machine would build that, and what is wrong with its declaration.

    Args:
        asked: the features that the rows ask for.
        machine: what this machine lacks for it: the toolchain that its workspace pins, or a tool.
    """

    rows: tuple[RowBuild, ...] = ()
    asked: tuple[AskedFeatures, ...] = ()
    findings: tuple[Finding, ...] = ()
    machine: tuple[Finding, ...] = ()

"""The doctor's report: findings by class, each with how grave it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cratewheel.codes import CODES, ERROR, NOTE, SEVERITIES, WARNING
from cratewheel.errors import Finding

MANIFESTS = "manifests"
GRAPH = "graph"
RELEASE = "release"
WORKFLOWS = "workflows"
TRUST = "trust"
MACHINE = "machine"

#: The classes of findings, in the order of a report.
CLASSES = (MANIFESTS, GRAPH, RELEASE, WORKFLOWS, TRUST, MACHINE)

NEVER = "never"


@dataclass(frozen=True)
class Diagnosis:
    """One finding of the doctor.

    Args:
        area: one of `CLASSES`.
        severity: one of `cratewheel.codes.SEVERITIES`.
    """

    area: str
    severity: str
    finding: Finding

    @property
    def mend(self) -> str:
        """The one thing to do next."""
        return self.finding.mend or CODES[self.finding.code].mend


@dataclass(frozen=True)
class Report:
    """Everything the doctor found.

    Args:
        diagnoses: by class, the gravest of a class first.
        skipped: sentences on what was not looked at, and why.
        ships: one line for each package that a release from here would ship.
        proven: sentences on which registry trusts this job.
        rows: for each wheel, the rows that this machine builds and those it does not.
    """

    diagnoses: tuple[Diagnosis, ...] = ()
    skipped: tuple[str, ...] = ()
    ships: tuple[str, ...] = ()
    proven: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()

    def count(self, severity: str) -> int:
        """How many findings are of a severity."""
        return sum(diagnosis.severity == severity for diagnosis in self.diagnoses)

    def is_failure(self, fail_on: str) -> bool:
        """Whether there is a finding at least as grave as `fail_on`; `never` for a mere look."""
        if fail_on == NEVER:
            return False
        grave = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        return any(diagnosis.severity in grave for diagnosis in self.diagnoses)


def diagnose(
    area: str, findings: Iterable[Finding], *, severities: Mapping[str, str] = {}
) -> tuple[Diagnosis, ...]:
    """The findings of one class as diagnoses.

    Args:
        severities: by code, where it is another here than the code's own: what stops a release of
            this moment may be nothing to worry about before one.
    """
    return tuple(
        Diagnosis(area, severities.get(finding.code, CODES[finding.code].severity), finding)
        for finding in findings
    )


def report(
    diagnoses: Iterable[Diagnosis],
    *,
    skipped: Iterable[str] = (),
    ships: Iterable[str] = (),
    proven: Iterable[str] = (),
    rows: Iterable[str] = (),
) -> Report:
    """The report of diagnoses; what several checks found alike is said once, by the first class."""
    seen: dict[Finding, Diagnosis] = {}
    ordered = sorted(
        diagnoses,
        key=lambda each: (
            CLASSES.index(each.area),
            SEVERITIES.index(each.severity),
            each.finding.place,
            each.finding.code,
        ),
    )
    for diagnosis in ordered:
        seen.setdefault(diagnosis.finding, diagnosis)
    return Report(tuple(seen.values()), tuple(skipped), tuple(ships), tuple(proven), tuple(rows))


def summary(found: Report) -> str:
    """The counts in words: `2 errors, 1 warning, no notes`."""
    counts = [(found.count(severity), severity) for severity in (ERROR, WARNING, NOTE)]
    return ", ".join(
        f"{count or 'no'} {severity}{'' if count == 1 else 's'}" for count, severity in counts
    )

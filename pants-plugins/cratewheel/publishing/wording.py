"""What a release says before it begins and when it has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.packages import PublishedPackage, Survey
from cratewheel.publishing.report import FAILED, NOT_ATTEMPTED, PRESENT, UPLOADED, Entry
from cratewheel.publishing.request import MissingRow, ReleaseRequest
from cratewheel.registries.rehearsal import CARGO_CONFIG, REGISTRY_NAME

_FATES = (
    (UPLOADED, "Uploaded"),
    (PRESENT, "Skipped, there already with the same bytes"),
    (FAILED, "Failed"),
    (NOT_ATTEMPTED, "Not attempted"),
)


def announcement(
    request: ReleaseRequest, packages: Sequence[PublishedPackage], surveys: Mapping[str, Survey]
) -> str:
    """What is about to happen: packages in order, their files, and which of them are there already."""
    if request.rehearsed:
        lines = [f"Rehearsal in {request.rehearsal_dir}: nothing leaves this machine."]
    else:
        lines = ["Release:"]
    for number, entry in enumerate(packages, 1):
        package, survey = entry.package, surveys[entry.package.id]
        new = ", a new name there" if survey.new_name and not request.rehearsed else ""
        came_from = f"{package.previous} → " if package.previous else ""
        needs = f", after {', '.join(package.depends_on)}" if package.depends_on else ""
        lines.append(
            f"  {number}. {package.id} {came_from}{package.version} to {package.registry}{new}{needs}"
        )
        for artifact in entry.files:
            there = " (there already)" if artifact.filename in survey.present else ""
            lines.append(f"       {artifact.filename}{there}")
        lines.extend(f"       note: {note}" for note in survey.notes)
    lines += [f"     left out: {row.title}: {row.reason}" for row in _missing_rows(request)]
    return "\n".join(lines)


def _missing_rows(request: ReleaseRequest) -> tuple[MissingRow, ...]:
    ids = {package.id for package in request.plan.packages}
    return tuple(row for row in request.missing_rows if row.id in ids)


def conclusion(
    request: ReleaseRequest, packages: Sequence[PlannedPackage], entries: Iterable[Entry]
) -> str:
    """What has happened to every file and how to use it, true in every case; the last line sums it up."""
    found = tuple(entries)
    lines = list(request.made)
    for status, fate in _FATES:
        names = [entry.filename for entry in found if entry.status == status]
        if names:
            lines.append(f"{fate}: {', '.join(names)}")
    # A row may lack several interpreters, and is left out once.
    left_out = dict.fromkeys(row.title for row in _missing_rows(request))
    if left_out:
        lines.append(f"Left out: {', '.join(left_out)}")
    counts = Counter(entry.status for entry in found)
    return "\n".join((*lines, _summing_up(request, packages, counts)))


def _summing_up(
    request: ReleaseRequest, packages: Sequence[PlannedPackage], counts: Mapping[str, int]
) -> str:
    if not counts:
        kind = "This was a rehearsal, and nothing" if request.rehearsed else "Nothing"
        return f"{kind} was published: the release has no file."
    tally = f"{counts[UPLOADED]} uploaded, {counts[PRESENT]} already there"
    if counts[FAILED] or counts[NOT_ATTEMPTED]:
        tally += f", {counts[FAILED]} failed, {counts[NOT_ATTEMPTED]} not attempted"
        what = "Rehearsal failed" if request.rehearsed else "The release is not complete"
        return f"{what}: {tally}. Run the same again once it is mended; what is live is skipped."
    use = "; ".join(_use(request, packages))
    if request.rehearsed:
        return f"This was a rehearsal, nothing was released: {tally}. Install from it: {use}"
    released = "Released" if counts[UPLOADED] else "Released before"
    return f"{released}: {tally}. Install: {use}"


def _use(request: ReleaseRequest, packages: Sequence[PlannedPackage]) -> list[str]:
    folder = Path(request.rehearsal_dir)
    wheels = [entry for entry in packages if entry.kind == "wheel"]
    crates = [entry for entry in packages if entry.kind == "crate"]
    ways = []
    if wheels:
        index = f"--index-url {(folder / 'simple').as_uri()} " if request.rehearsed else ""
        names = " ".join(f"{entry.name}=={entry.version}" for entry in wheels)
        ways.append(f"pip install {index}{names}")
    if crates:
        names = " ".join(f"{entry.name}@{entry.version}" for entry in crates)
        if request.rehearsed:
            config = f"--config {folder / CARGO_CONFIG} "
            ways.append(f"cargo {config}add {names} --registry {REGISTRY_NAME}")
        else:
            ways.append(f"cargo add {names}")
    return ways

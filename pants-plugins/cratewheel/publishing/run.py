"""Carries a release request out, from the barrier to the last line."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Optional

from twine.utils import DEFAULT_REPOSITORY

from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.git import Git
from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing import wording
from cratewheel.publishing.addresses import check_address
from cratewheel.publishing.awaited import awaited_tags
from cratewheel.publishing.barrier import check_artifacts
from cratewheel.publishing.connections import Connections
from cratewheel.publishing.crate_package import CratePackage
from cratewheel.publishing.created_crates import register_publishers
from cratewheel.publishing.endpoints import openings
from cratewheel.publishing.frontier import Frontier
from cratewheel.publishing.github_releases import make_github_releases
from cratewheel.publishing.github_settings import github_findings
from cratewheel.publishing.means import means_for
from cratewheel.publishing.ordering import edges
from cratewheel.publishing.packages import Desk, Means, PublishedPackage, Survey
from cratewheel.publishing.progress import Progress
from cratewheel.publishing.recording import Recorder, open_recorder
from cratewheel.publishing.report import LIVE, Entry, Ledger
from cratewheel.publishing.request import EVERYTHING, ReleaseRequest
from cratewheel.publishing.schedule import PARALLEL_PACKAGES, Carried, carry_out
from cratewheel.publishing.surroundings import Surroundings
from cratewheel.publishing.tagging import published_elsewhere, tagged_elsewhere, tags_due
from cratewheel.publishing.tokens import tokens_for
from cratewheel.publishing.transport import Transport
from cratewheel.publishing.wheel_package import WheelPackage
from cratewheel.registries.rehearsal import Stored, open_rehearsal
from cratewheel.registries.server import LoopbackServer, Registries
from cratewheel.release_tags import make_tags, remote_address


def publish(request: ReleaseRequest, around: Surroundings) -> bool:
    """Publishes what is asked for; everything of interest goes to the transcript.

    Returns:
        Whether all of it is live.

    Raises:
        CratewheelError: nothing was uploaded, because of what the findings say.
    """
    raise_all(check_artifacts(request))
    if request.github_releases and not request.rehearsed:
        raise_all(github_findings(around.environment))
    with _destination(request, around) as reached:
        chosen = tuple(
            package for package in request.plan.packages if reached.artifacts_of(package.id)
        )
        output = None if request.output is None else Path(request.output)
        ledger = Ledger(_expected(reached, chosen), output)
        desk = Desk(around.clock, ledger, around.transcript.say, request.rehearsed)
        connections = _connections(reached, around)
        git = _tagging(request, around)
        tags = [each.tag for each in chosen]
        recorder = open_recorder(git, request.plan.commit, request.remote, tags, around.environment)
        if recorder is not None:
            raise_all(tagged_elsewhere(recorder.git, chosen, recorder.commit, request.remote))
        packages = _connected(reached, chosen, connections, desk)
        surveys = _survey(packages)
        if recorder is not None:
            surveys = recorder.surveys(packages, surveys)
        around.transcript.say(wording.announcement(request, packages, surveys))
        raise_all(finding for survey in surveys.values() for finding in survey.findings)
        with tokens_for(reached, surveys, connections, around) as tokens:
            means = means_for(reached, packages, surveys, tokens, connections, around)
            if recorder is not None:
                raise_all(recorder.begin(request.plan, packages, surveys, around.transcript.say))
            carried = _carry_out(reached, packages, surveys, means)
            register_publishers(
                reached, chosen, surveys, tokens, ledger.entries(), connections, around
            )
    entries = ledger.entries()
    findings = carried.findings
    if recorder is not None:
        # What was uploaded is told whatever fails from here on.
        try:
            findings += _tag(reached, chosen, entries, carried.done, recorder, connections, around)
        except CratewheelError as error:
            findings += error.findings
    if findings:
        around.transcript.say(str(CratewheelError(*findings)))
    around.transcript.say(wording.conclusion(request, chosen, entries))
    return not findings and all(entry.status in LIVE for entry in entries)


def _tag(
    request: ReleaseRequest,
    chosen: Sequence[PlannedPackage],
    entries: Sequence[Entry],
    read_back: Collection[str],
    recorder: Recorder,
    connections: Connections,
    around: Surroundings,
) -> tuple[Finding, ...]:
    """Tags what is live as a whole, and makes the GitHub Releases of the tags.

    Returns:
        What could not be tagged or made; the packages are live all the same.

    Raises:
        CratewheelError: `CW-GIT-FAILED`.
    """
    due = tags_due(chosen, entries, recorder.commit, read_back)
    waiting, unanswered = awaited_tags(request, connections)
    findings = (*published_elsewhere(chosen, entries, recorder.commit), *unanswered)
    for tag in due:
        if tag in waiting:
            around.transcript.say(f"{tag} waits for {waiting[tag]}, which shares it")
    due = tuple(tag for tag in due if tag not in waiting)
    tagging = make_tags(
        recorder.git, due, recorder.commit, request.remote, around.transcript.say, around.clock
    )
    findings += tagging
    if request.github_releases:
        failed = {finding.place for finding in tagging}
        findings += make_github_releases(
            request,
            [tag for tag in due if tag not in failed],
            recorder.commit,
            remote_address(recorder.git, request.remote),
            connections.transport,
            around,
        )
    return findings


def _tagging(request: ReleaseRequest, around: Surroundings) -> Optional[Git]:
    """Git in the checkout that is to be tagged; None for a rehearsal, which leaves no trace there."""
    if request.rehearsed or request.checkout is None:
        return None
    executable = shutil.which("git", path=around.environment.get("PATH"))
    if executable is None:
        raise CratewheelError(
            Finding("CW-GIT-FAILED", request.checkout, "there is no git on PATH to tag with")
        )
    return Git(request.checkout, executable, around.environment, around.patience)


def _connections(request: ReleaseRequest, around: Surroundings) -> Connections:
    given = {} if request.rehearsed else openings(request, around.environment)
    for credential in given.values():
        around.transcript.hide_credential(credential.username, credential.secret)
    said = around.transcript
    progress = Progress(around.clock, said.say) if said.watched else None
    transport = Transport(around.clock, around.patience, progress=progress)
    return Connections(request, transport, given)


def present_files(request: ReleaseRequest, around: Surroundings) -> tuple[str, ...]:
    """The names of the files that the registries have with the same bytes; nothing is changed.

    Raises:
        CratewheelError: a registry cannot be reached, or has other bytes.
    """
    with _destination(request, around) as reached:
        chosen = tuple(each for each in reached.plan.packages if reached.artifacts_of(each.id))
        desk = Desk(around.clock, Ledger(()), around.transcript.say)
        connections = _connections(reached, around)
        surveys = _survey(_connected(reached, chosen, connections, desk)).values()
    raise_all(finding for survey in surveys for finding in survey.findings)
    return tuple(name for survey in surveys for name in survey.present)


@contextmanager
def _destination(request: ReleaseRequest, around: Surroundings) -> Iterator[ReleaseRequest]:
    """The request with the addresses that are really to be used, for as long as they answer."""
    if not request.rehearsed:
        request = replace(
            request, python_repository=request.python_repository or DEFAULT_REPOSITORY
        )
        for address in (
            request.crates_registry,
            request.python_repository,
            *request.registries.values(),
        ):
            check_address(address)
        yield request
        return
    say = around.transcript.say
    with open_rehearsal(
        Path(request.rehearsal_dir),
        around.clock,
        files=[Stored(artifact.filename, artifact.sha256) for artifact in request.artifacts],
        reserved=[package.name for package in request.plan.packages if package.kind == "crate"],
        delay=around.index_delay,
        waiting=lambda: say(f"waiting for another run to leave {request.rehearsal_dir}"),
    ) as rehearsal:
        if rehearsal.fresh:
            say(f"fresh registries in {request.rehearsal_dir}: {rehearsal.fresh}")
        with LoopbackServer(Registries(rehearsal.crates, rehearsal.python)) as server:
            yield replace(
                request,
                crates_registry=f"{server.root}/crates",
                python_repository=f"{server.root}/legacy/",
                registries={},
            )


def _expected(request: ReleaseRequest, chosen: Sequence[PlannedPackage]) -> Iterator[Entry]:
    for package in chosen:
        for artifact in request.artifacts_of(package.id):
            yield Entry(
                id=package.id,
                registry=package.registry,
                version=package.version,
                filename=artifact.filename,
                sha256=artifact.sha256,
                status="",
            )


def _connected(
    request: ReleaseRequest,
    chosen: Sequence[PlannedPackage],
    connections: Connections,
    desk: Desk,
) -> tuple[PublishedPackage, ...]:
    def connect(package: PlannedPackage) -> PublishedPackage:
        artifacts = request.artifacts_of(package.id)
        if package.kind == "crate":
            return CratePackage(package, artifacts[0], connections.crates(package), desk)
        return WheelPackage(package, artifacts, connections.python(package), desk)

    return tuple(connect(package) for package in chosen)


def _survey(packages: Sequence[PublishedPackage]) -> dict[str, Survey]:
    findings: list[Finding] = []
    surveys = {}
    with ThreadPoolExecutor(PARALLEL_PACKAGES) as pool:
        asked = [(entry.package.id, pool.submit(entry.survey)) for entry in packages]
    for package_id, future in asked:
        error: Optional[BaseException] = future.exception()
        if isinstance(error, CratewheelError):
            findings.extend(error.findings)
        else:
            surveys[package_id] = future.result()
    raise_all(findings)
    return surveys


def _carry_out(
    request: ReleaseRequest,
    packages: Sequence[PublishedPackage],
    surveys: Mapping[str, Survey],
    means: Mapping[str, Means],
) -> Carried:
    needs, after = edges([entry.package for entry in packages], request.order)
    work = {
        entry.package.id: partial(entry.publish, surveys[entry.package.id], means[entry.package.id])
        for entry in packages
    }
    return carry_out(Frontier(needs, after), work, stop_everything=request.on_failure == EVERYTHING)

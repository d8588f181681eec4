"""A Python package of a release at its index: wheels in parallel, then the sdist.

The sdist comes last because an installer that finds no wheel for its platform takes the sdist, which
is wrong while the wheel is still on its way.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from cratewheel.errors import CratewheelError, Finding, raise_all
from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.answers import Absent, Present, State, UploadAnswer
from cratewheel.publishing.packages import Desk, Means, Survey
from cratewheel.publishing.python_client import PythonClient, Release
from cratewheel.publishing.quoting import quoted
from cratewheel.publishing.request import Artifact
from cratewheel.publishing.upload import Place, different
from cratewheel.registries.python_index import NEW_FILES_SECONDS

PARALLEL_FILES = 16


@dataclass(frozen=True)
class WheelPackage:
    """A Python package; it has any number of wheels and at most one sdist."""

    package: PlannedPackage
    artifacts: tuple[Artifact, ...]
    client: PythonClient
    desk: Desk

    @property
    def files(self) -> tuple[Artifact, ...]:
        return tuple(sorted(self.artifacts, key=lambda file: file.kind == "sdist"))

    def survey(self) -> Survey:
        release = self._release()
        present: list[str] = []
        findings: list[Finding] = []
        notes: list[str] = []
        for artifact in self.files:
            state = _state(release, artifact)
            if isinstance(state, Absent):
                continue
            if state.sha256 == artifact.sha256:
                present.append(artifact.filename)
                notes.extend([f"{artifact.filename} is yanked"] if state.yanked else [])
            else:
                findings.extend(different(self._place(artifact, None), state).findings)
        absent = [file for file in self.files if isinstance(_state(release, file), Absent)]
        if absent:
            findings.extend(self._obstacles(release, absent))
        addresses = [release.provenance[name] for name in present if name in release.provenance]
        commits = sorted({self.client.attested_commit(url) or "" for url in addresses} - {""})
        if len(commits) > 1:
            message = (
                f"files of {self.package.version} are attested to be of {' and of '.join(commits)}"
            )
            findings.append(Finding("CW-SET-MIXED", self.package.id, message))
        return Survey(
            tuple(present),
            tuple(findings),
            release.new_name,
            tuple(notes),
            commits[0] if len(commits) == 1 else None,
        )

    def publish(self, survey: Survey, means: Means) -> None:
        wheels = [file for file in self.files if file.kind != "sdist"]
        sdists = [file for file in self.files if file.kind == "sdist"]
        if not survey.present and wheels:
            # The first file makes the project and the release; several at once would race for that.
            self._deliver(wheels.pop(0), survey, means)
        with ThreadPoolExecutor(PARALLEL_FILES) as pool:
            attempts = [pool.submit(self._deliver, wheel, survey, means) for wheel in wheels]
        findings: list[Finding] = []
        for attempt in attempts:
            error = attempt.exception()
            if isinstance(error, CratewheelError):
                findings.extend(error.findings)
            elif error is not None:
                raise error
        raise_all(findings)
        for sdist in sdists:
            self._deliver(sdist, survey, means)
        self.desk.await_visible(
            self.package,
            (file.sha256 for file in self.files),
            self._seen,
        )

    def _deliver(self, artifact: Artifact, survey: Survey, means: Means) -> None:
        self.desk.deliver(artifact, self._place(artifact, means), survey)

    def _obstacles(self, release: Release, absent: list[Artifact]) -> list[Finding]:
        names = ", ".join(file.filename for file in absent)
        now = self.desk.clock.now()
        if release.oldest is not None and now - release.oldest > NEW_FILES_SECONDS:
            message = (
                f"{self.desk.registry(self.package)} takes no new files for a release older than "
                f"{NEW_FILES_SECONDS // 86400} days, and this one lacks {names}"
            )
            return [Finding("CW-RELEASE-CLOSED", self.package.id, message)]
        if release.sdist and any(file.kind == "sdist" for file in absent):
            message = (
                f"{self.desk.registry(self.package)} has {quoted(release.sdist)} as the one sdist of this release, "
                f"so {names} cannot be added"
            )
            return [Finding("CW-UPLOAD-REFUSED", self.package.id, message)]
        return []

    def _release(self) -> Release:
        return self.client.look(self.package.name, self.package.version)

    def _seen(self) -> Iterable[Present]:
        return self._release().files.values()

    def _place(self, artifact: Artifact, means: Optional[Means]) -> Place:
        def send(refused: Optional[str]) -> tuple[str, UploadAnswer]:
            assert means is not None
            assert means.token is not None, "what has something to upload has a token"
            credential = means.token.current(refused)
            attestation = means.attestations.get(artifact.filename)
            answer = self.client.send(Path(artifact.path), credential, attestation)
            return credential.secret, answer

        return Place(
            name=artifact.filename,
            registry=self.desk.registry(self.package),
            sha256=artifact.sha256,
            look=lambda: _state(self._release(), artifact),
            send=send,
            waiting_budget=0.0 if means is None else means.waiting_budget,
        )


def _state(release: Release, artifact: Artifact) -> State:
    found: Optional[Present] = release.files.get(artifact.filename)
    return Absent(new_name=release.new_name) if found is None else found

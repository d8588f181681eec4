"""A crate of a release at its registry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from cratewheel.errors import CratewheelError
from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.answers import Absent, State, UploadAnswer
from cratewheel.publishing.crates_client import CratesClient
from cratewheel.publishing.differences import crate_difference
from cratewheel.publishing.packages import Desk, Means, Survey
from cratewheel.publishing.request import Artifact
from cratewheel.publishing.upload import Place, different
from cratewheel.registries.crate_file import read_crate


@dataclass(frozen=True)
class CratePackage:
    """A crate; it has one file."""

    package: PlannedPackage
    artifact: Artifact
    client: CratesClient
    desk: Desk

    @property
    def files(self) -> tuple[Artifact, ...]:
        return (self.artifact,)

    def survey(self) -> Survey:
        state = self._look()
        if isinstance(state, Absent):
            return Survey(new_name=state.new_name)
        if state.sha256 == self.artifact.sha256:
            name = self.artifact.filename
            notes = (f"{name} is yanked",) if state.yanked else ()
            return Survey((name,), notes=notes, commit=state.commit)
        return Survey(findings=different(self._place(None), state).findings)

    def publish(self, survey: Survey, means: Means) -> None:
        self.desk.deliver(self.artifact, self._place(means), survey)
        self.desk.await_visible(
            self.package,
            (self.artifact.sha256,),
            lambda: (self.client.visible(self.package.name, self.package.version),),
        )

    def _look(self) -> State:
        return self.client.look(self.package.name, self.package.version)

    def _place(self, means: Optional[Means]) -> Place:
        data = Path(self.artifact.path).read_bytes()

        def send(refused: Optional[str]) -> tuple[str, UploadAnswer]:
            assert means is not None
            assert means.token is not None, "what has something to upload has a token"
            secret = means.token.current(refused).secret
            return secret, self.client.publish(read_crate(data), secret)

        return Place(
            name=self.artifact.filename,
            registry=self.desk.registry(self.package),
            sha256=self.artifact.sha256,
            look=self._look,
            send=send,
            waiting_budget=0.0 if means is None else means.waiting_budget,
            differing=lambda: self._difference(data),
        )

    def _difference(self, ours: bytes) -> str:
        """How the published crate differs; the finding that it does is not lost over asking."""
        try:
            theirs = self.client.download(self.package.name, self.package.version)
        except CratewheelError:
            theirs = None
        if theirs is None:
            return "the registry did not give its file, so what differs is not known"
        return crate_difference(ours, theirs)

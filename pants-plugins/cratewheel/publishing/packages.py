"""What every package of a release has in common, whichever registry it goes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable, Optional, Protocol

from cratewheel.errors import CratewheelError, Finding
from cratewheel.plan.model import PlannedPackage
from cratewheel.publishing.answers import Absent, Present, UploadAnswer
from cratewheel.publishing.attestations import Attestation
from cratewheel.publishing.credentials import Credential
from cratewheel.publishing.quantities import transferred
from cratewheel.publishing.report import FAILED, PRESENT, UPLOADED, Ledger
from cratewheel.publishing.request import Artifact
from cratewheel.publishing.upload import Place, ensure_uploaded
from cratewheel.registries.clock import Clock

_SHORTEST_POLL_SECONDS = 0.1
_LONGEST_POLL_SECONDS = 5.0
_OVERSHOOT = 0.15
"""How much of the time waited so far may be lost by asking too late."""
VISIBLE_WITHIN_SECONDS = 600.0
_SILENT_SECONDS = 5.0
_SAID_AGAIN_SECONDS = 30.0


class Token(Protocol):
    """A credential for one registry, had when it is first needed."""

    def current(self, refused: Optional[str]) -> Credential:
        """The credential to use now; another than `refused`, which the registry says is not valid."""


@dataclass(frozen=True)
class Means:
    """With what a package is uploaded.

    Args:
        token: None when there is nothing to upload.
        waiting_budget: seconds for which an upload may be held back by a rate limit.
        attestations: filename to its attestation, for the files that have one.
    """

    token: Optional[Token]
    waiting_budget: float
    attestations: Mapping[str, Attestation] = field(default_factory=dict)


@dataclass(frozen=True)
class Survey:
    """What a registry has of a package before anything is sent.

    Args:
        present: the names of the files that are there with the same bytes.
        findings: why the package cannot be completed; empty when it can.
        new_name: the registry does not know the package yet.
        notes: what else the user should know about what is there.
        commit: the commit that the registry says the package was published from, if it does.
    """

    present: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    new_name: bool = False
    notes: tuple[str, ...] = ()
    commit: Optional[str] = None


class PublishedPackage(Protocol):
    """A package and its registry."""

    @property
    def package(self) -> PlannedPackage: ...

    @property
    def files(self) -> tuple[Artifact, ...]:
        """Its files, in the order in which they are uploaded."""

    def survey(self) -> Survey:
        """Asks the registry; raises `CW-REGISTRY-UNREACHABLE`."""

    def publish(self, survey: Survey, means: Means) -> None:
        """Makes it live, uploading what `survey` did not find; raises what keeps it from being so."""


@dataclass(frozen=True)
class Desk:
    """What all packages of a release share while it runs.

    Args:
        say: tells the user one line.
        rehearsed: whether the registries are only played.
    """

    clock: Clock
    ledger: Ledger
    say: Callable[[str], None]
    rehearsed: bool = False

    def registry(self, package: PlannedPackage) -> str:
        """What to call the registry of a package."""
        return f"the rehearsed {package.registry}" if self.rehearsed else package.registry

    def deliver(self, artifact: Artifact, place: Place, survey: Survey) -> None:
        """Gets a file into its place and enters what became of it.

        Raises:
            CratewheelError: as `ensure_uploaded`.
        """
        there = artifact.filename in survey.present
        known = Present(artifact.sha256) if there else Absent()
        seconds = 0.0

        def send(refused: Optional[str]) -> tuple[str, UploadAnswer]:
            nonlocal seconds
            started = self.clock.now()
            answer = place.send(refused)
            seconds = self.clock.now() - started
            return answer

        with self._entered_when_failing(artifact):
            sent = ensure_uploaded(replace(place, send=send), known, self.clock, self.say)
        commit = None if sent else survey.commit
        self.ledger.record(artifact.id, artifact.filename, UPLOADED if sent else PRESENT, commit)
        fate = "already there, same bytes"
        if sent:
            fate = f"uploaded, {transferred(Path(artifact.path).stat().st_size, seconds)}"
        self.say(f"{artifact.filename}: {fate}")

    def await_visible(
        self,
        package: PlannedPackage,
        expected: Iterable[str],
        seen: Callable[[], Iterable[Optional[Present]]],
    ) -> None:
        """Returns once `seen()` has all `expected` hashes; says what it waits for when that takes a while.

        Raises:
            CratewheelError: `CW-NOT-VISIBLE` when that takes longer than ten minutes.
        """
        wanted = frozenset(expected)
        began = self.clock.now()
        said_at = _SILENT_SECONDS
        while not wanted <= {state.sha256 for state in seen() if state is not None}:
            waited = self.clock.now() - began
            if waited >= VISIBLE_WITHIN_SECONDS:
                message = (
                    f"{self.registry(package)} has taken {package.version}, but does not show it to "
                    f"installers after {VISIBLE_WITHIN_SECONDS:.0f} s"
                )
                raise CratewheelError(Finding("CW-NOT-VISIBLE", package.id, message))
            if waited >= said_at:
                said_at = waited + _SAID_AGAIN_SECONDS
                self.say(
                    f"waiting for {self.registry(package)} to show {package.name} {package.version} "
                    f"to installers, {waited:.0f} s so far; gives up after "
                    f"{VISIBLE_WITHIN_SECONDS:.0f} s"
                )
            pause = max(_SHORTEST_POLL_SECONDS, _OVERSHOOT * waited)
            self.clock.sleep(min(pause, _LONGEST_POLL_SECONDS))

    @contextmanager
    def _entered_when_failing(self, artifact: Artifact) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.ledger.record(artifact.id, artifact.filename, FAILED)
            raise

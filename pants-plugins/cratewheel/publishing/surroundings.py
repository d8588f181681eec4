"""What a run takes from outside its request."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Optional

from cratewheel.publishing.attestations import INDEXES, Sign, sign_with_sigstore
from cratewheel.publishing.identity import (
    Identify,
    Identity,
    NoIdentityYetError,
    ambient_identity,
)
from cratewheel.publishing.transcript import Transcript
from cratewheel.publishing.transport import READ_SECONDS
from cratewheel.registries.clock import Clock

_PAUSES = (1.0, 4.0, 10.0)


@dataclass(frozen=True)
class Surroundings:
    """Time, the user and the environment.

    Args:
        environment: the environment variables.
        index_delay: seconds until the rehearsal's crates registry shows an upload in its index.
        patience: seconds to wait for the next part of an answer.
        identify: gives the job's identity.
        sign: makes attestations.
        attesting_indexes: the upload addresses of PyPI and TestPyPI, which take attestations and
            have one pending publisher for a workflow.
    """

    clock: Clock
    transcript: Transcript
    environment: Mapping[str, str]
    index_delay: float = 1.0
    patience: float = READ_SECONDS
    sign: Sign = sign_with_sigstore
    attesting_indexes: Collection[str] = INDEXES
    identify: Identify = ambient_identity

    def identity(self, audience: str) -> Optional[Identity]:
        """A new identity token, hidden from the transcript; None where there is no identity.

        A CI system that gives no usable answer is asked again a few times.

        Raises:
            CratewheelError: `CW-IDENTITY-UNAVAILABLE`.
        """
        for pause in (*_PAUSES, None):
            try:
                found = self.identify(audience)
                break
            except NoIdentityYetError:
                if pause is None:
                    raise
                self.clock.sleep(pause)
        if found is not None:
            self.transcript.hide(found.token)
        return found

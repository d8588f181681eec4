"""What a run takes from outside its request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cratewheel.publishing.identity import Identify, ambient_identity
from cratewheel.publishing.transcript import Transcript
from cratewheel.publishing.transport import READ_SECONDS
from cratewheel.registries.clock import Clock


@dataclass(frozen=True)
class Surroundings:
    """Time, the user and the environment.

    Args:
        environment: the environment variables.
        index_delay: seconds until the rehearsal's crates registry shows an upload in its index.
        patience: seconds to wait for the next part of an answer.
        identify: gives the job's identity.
    """

    clock: Clock
    transcript: Transcript
    environment: Mapping[str, str]
    index_delay: float = 1.0
    patience: float = READ_SECONDS
    identify: Identify = ambient_identity

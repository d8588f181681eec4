"""How long crates.io makes a release wait that uploads with a token.

Source: the rate limiter of crates.io. Uploads by trusted publishing are not counted.
"""

from __future__ import annotations

from dataclasses import dataclass

NEW_CRATES_AT_ONCE = 5
SECONDS_A_NEW_CRATE = 600.0
VERSIONS_AT_ONCE = 30
SECONDS_A_VERSION = 60.0
LEAST_BUDGET_SECONDS = 3600.0


@dataclass(frozen=True)
class Load:
    """What a release uploads to crates.io with a token.

    Args:
        new_crates: crates that do not exist there yet.
        versions: versions of crates that do.
    """

    new_crates: int
    versions: int

    @property
    def expected_seconds(self) -> float:
        """The wait when the account has not published for a while."""
        return max(
            max(self.new_crates - NEW_CRATES_AT_ONCE, 0) * SECONDS_A_NEW_CRATE,
            max(self.versions - VERSIONS_AT_ONCE, 0) * SECONDS_A_VERSION,
        )

    @property
    def budget_seconds(self) -> float:
        """How long an upload is held back at most: an hour, or as long as the limits need twice over."""
        return max(LEAST_BUDGET_SECONDS, 2 * self.expected_seconds)

"""How long crates.io makes a release wait that uploads with a token.

Source: the rate limiter of crates.io. Uploads by trusted publishing are not counted. Standard library
only: a plan says it in advance.
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

    @property
    def notice(self) -> str:
        """What a plan says of it in advance; empty when no limit will be reached."""
        if not self.expected_seconds:
            return ""
        waits = []
        if self.new_crates > NEW_CRATES_AT_ONCE:
            waits.append(
                f"of {self.new_crates} new crates it takes {NEW_CRATES_AT_ONCE} at once and then one "
                f"every {SECONDS_A_NEW_CRATE / 60:.0f} min"
            )
        if self.versions > VERSIONS_AT_ONCE:
            waits.append(
                f"of {self.versions} new versions it takes {VERSIONS_AT_ONCE} at once and then one every "
                f"{SECONDS_A_VERSION / 60:.0f} min, unless they go by trusted publishing"
            )
        return (
            f"crates.io limits what is uploaded with a token: {'; '.join(waits)}. The release takes "
            f"up to {self.expected_seconds / 60:.0f} min longer, and waits at most "
            f"{self.budget_seconds / 60:.0f} min for any one upload"
        )

    @property
    def budget_notice(self) -> str:
        """How long the release would wait at most, whether or not anything is foreseen."""
        return (
            "where a registry limits the rate of uploads, the release waits at most "
            f"{self.budget_seconds / 60:.0f} min for any one of them"
        )

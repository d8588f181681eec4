"""What the trial of a wheel came to, for whoever releases it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WheelTrial:
    """What is known of one wheel that was to be tried.

    Args:
        wheel: its file name.
        tested: whether it was tried, and passed.
        note: on which interpreter, or why it was not tried.
    """

    wheel: str
    tested: bool
    note: str

    @property
    def sentence(self) -> str:
        """What to say of it."""
        return f"{'Tested' if self.tested else 'Not tested'}: {self.wheel}: {self.note}"

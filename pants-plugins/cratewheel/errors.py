"""What a user is told when something is wrong: one `Finding` a fault, all of a phase in one error."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cratewheel.codes import CODES


@dataclass(frozen=True, order=True)
class Finding:
    """One fault a user can mend.

    Args:
        code: a stable code, a key of `cratewheel.codes.CODES`.
        place: where the fault is: `path`, `path:line`, `path: key` or a target address; may be empty
            when the fault is not in a file (the environment, say).
        message: what is wrong and what was expected, one or more lines without a final full stop.
        mend: the one thing to do next; empty takes the code's own default mend.
    """

    code: str
    place: str
    message: str
    mend: str = ""

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise AssertionError(f"{self.code} is not in cratewheel.codes.CODES")

    def __str__(self) -> str:
        head = f"{self.code} {self.place}: " if self.place else f"{self.code} "
        mend = self.mend or CODES[self.code].mend
        return f"{head}{self.message}" + (f"\n    → {mend}" if mend else "")


class CratewheelError(Exception):
    """A failure the user can mend: every finding of the phase that failed, never just the first.

    `str()` of it is the text for the user; no traceback of ours belongs beside it.
    """

    def __init__(self, *findings: Finding) -> None:
        assert findings, "an error says at least one thing"
        self.findings = tuple(dict.fromkeys(findings))
        super().__init__("\n".join(str(finding) for finding in self.findings))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the findings, in order, without repeats."""
        return tuple(dict.fromkeys(finding.code for finding in self.findings))


def raise_all(findings: Iterable[Finding]) -> None:
    """Raises one `CratewheelError` with all `findings`, or returns when there are none."""
    found = tuple(findings)
    if found:
        raise CratewheelError(*found)

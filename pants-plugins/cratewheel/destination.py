"""Where a release goes, decided from the option and the environment."""

from __future__ import annotations

from typing import Optional

from cratewheel.errors import CratewheelError, Finding

REHEARSAL = "rehearsal"
REGISTRIES = "registries"


def destination(option: Optional[str], ci: str) -> str:
    """`rehearsal` or `registries`.

    Args:
        option: the value of `[cratewheel].destination`, None when it is not set.
        ci: the value of the environment variable CI; empty counts as unset.

    Raises:
        CratewheelError: CW-DESTINATION-UNSET: in CI nothing is taken for granted, because a job
            that silently rehearses looks like one that released.
    """
    if option is not None:
        return option
    if ci:
        raise CratewheelError(
            Finding(
                "CW-DESTINATION-UNSET",
                "[cratewheel].destination",
                "CI is set and no destination is; expected `rehearsal` or `registries`",
            )
        )
    return REHEARSAL

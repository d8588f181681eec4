"""What a registry may say, as values: about a file that may be there, and to an upload."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional, Union

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def sha256_in(value: object) -> Optional[str]:
    """A sha256 that a registry states, in lower-case hex; None when it is something else."""
    if isinstance(value, str) and _SHA256.fullmatch(value):
        return value.lower()
    return None


@dataclass(frozen=True)
class Absent:
    """The registry does not have the file.

    Args:
        new_name: it does not know the package either.
    """

    new_name: bool = False


@dataclass(frozen=True)
class Present:
    """The registry has a file in this place.

    Args:
        sha256: of its bytes, hex.
        commit: the commit that the registry says it was published from, if it does.
    """

    sha256: str
    yanked: bool = False
    commit: Optional[str] = None


State = Union[Absent, Present]


@dataclass(frozen=True)
class Accepted:
    """The upload was taken; `warnings` are the registry's remarks."""

    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exists:
    """The place is taken, by what bytes is to be asked."""

    detail: str


@dataclass(frozen=True)
class Expired:
    """The credential is not valid, or not any more."""

    detail: str


@dataclass(frozen=True)
class Limited:
    """Too many requests.

    Args:
        until: when to try again, seconds since the epoch; None when the registry does not say.
    """

    detail: str
    until: Optional[float] = None


@dataclass(frozen=True)
class Refused:
    """The registry will not take it; `detail` is its own message."""

    status: int
    detail: str


@dataclass(frozen=True)
class Unclear:
    """Nothing was answered that tells whether the upload was taken."""

    reason: str


UploadAnswer = Union[Accepted, Exists, Expired, Limited, Refused, Unclear]

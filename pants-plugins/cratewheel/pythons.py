"""The Pythons there are, and those that a `requires-python` admits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Optional

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import Version

from cratewheel.errors import CratewheelError, Finding

#: A Python by its minor release: `(3, 12)`.
Python = tuple[int, int]

#: CPython's feature releases up to the newest one released when this table was last looked at.
CPYTHONS: tuple[Python, ...] = tuple((3, minor) for minor in range(7, 16))
#: The first CPython that wheels can be built for without the global interpreter lock.
FREE_THREADED_SINCE: Python = (3, 13)
PYPYS: tuple[Python, ...] = ((3, 8), (3, 9), (3, 10), (3, 11))
#: The release of GraalPy for each Python, which is part of its ABI tag.
GRAALPYS: Mapping[Python, tuple[int, int]] = MappingProxyType(
    {(3, 10): (24, 0), (3, 11): (24, 2), (3, 12): (25, 0)}
)

# Beyond any bugfix release there has been, so that `>=3.8.1` keeps 3.8 and `==3.9.7` keeps 3.9.
_PATCHES = range(50)


def pythons_admitted(requires_python: Optional[str], place: str = "") -> tuple[Python, ...]:
    """CPython's feature releases of which at least one bugfix release is admitted, oldest first.

    Args:
        requires_python: a version specifier set (PEP 440) as in `[project] requires-python`; None
            or blank admits all.
        place: where it was written, for the error.

    Raises:
        CratewheelError: `CW-REQUIRES-PYTHON` when it is not a specifier set, or admits none.
    """
    specifiers = _specifiers(requires_python or "", place)
    admitted = tuple(python for python in CPYTHONS if _admits(specifiers, python))
    if not admitted:
        raise CratewheelError(
            Finding(
                "CW-REQUIRES-PYTHON",
                place,
                f"`{requires_python}` admits no Python from {CPYTHONS[0][0]}.{CPYTHONS[0][1]} to "
                f"{CPYTHONS[-1][0]}.{CPYTHONS[-1][1]}",
            )
        )
    return admitted


def lowest_python(requires_python: Optional[str], place: str = "") -> Python:
    """The oldest Python that is admitted: the one an abi3 wheel is built for.

    Raises:
        CratewheelError: as `pythons_admitted`.
    """
    return pythons_admitted(requires_python, place)[0]


def _specifiers(text: str, place: str) -> SpecifierSet:
    try:
        # One by one and by the strict class: older versions of packaging take anything in a set.
        for part in text.split(","):
            if part.strip():
                Specifier(part.strip())
        return SpecifierSet(text)
    except InvalidSpecifier:
        example = ">=" + (found[0] if (found := re.search(r"\d+(\.\d+)*", text)) else "3.9")
        raise CratewheelError(
            Finding(
                "CW-REQUIRES-PYTHON",
                place,
                f"`{text}` is not a version specifier (PEP 440)",
                f'write it like requires-python = "{example}"',
            )
        ) from None


def _admits(specifiers: SpecifierSet, python: Python) -> bool:
    major, minor = python
    return any(
        specifiers.contains(Version(f"{major}.{minor}.{patch}"), prereleases=True)
        for patch in _PATCHES
    )

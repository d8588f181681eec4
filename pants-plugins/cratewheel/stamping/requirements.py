"""Cargo's version requirements: whether one admits a version, and the least change so that it does.

Source: the `semver` crate's `VersionReq`, which cargo uses; the Cargo Reference, "Specifying
Dependencies".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Optional

from cratewheel.versions import Version, parse_version, precedes_in_cargo

_COMPARATOR = re.compile(
    r"(?P<before>\s*)(?P<operator>=|>=|>|<=|<|~|\^|)(?P<gap>\s*)"
    r"(?P<major>[0-9]{1,18}|[*xX])(?:\.(?P<minor>[0-9]{1,18}|[*xX]))?"
    r"(?:\.(?P<patch>[0-9]{1,18}|[*xX]))?"
    r"(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?(?P<after>\s*)"
)
_WILDCARDS = ("*", "x", "X")


@dataclass(frozen=True)
class Comparator:
    """One part of a requirement, between commas.

    Args:
        operator: as written, "" for the default (a caret); `*` where a number is a wildcard.
        numbers: the numbers that are written, wildcards left out.
        version: `numbers` and the pre-release filled up with zeros.
        before, gap, after: the space around the parts.
        wildcard: the wildcard as written, "" when there is none.
    """

    operator: str
    numbers: tuple[int, ...]
    version: Version
    before: str
    gap: str
    after: str
    wildcard: str = ""

    def written(self, operator: str, version: str) -> str:
        """The comparator with another operator and version and the same space."""
        return f"{self.before}{operator}{self.gap}{version}{self.after}"


def admits(requirement: str, version: Version) -> Optional[bool]:
    """Whether cargo takes `version` for a dependency with this requirement; None when the
    requirement is not one."""
    comparators = _parse(requirement)
    if comparators is None:
        return None
    if not all(_matches(comparator, version) for comparator in comparators):
        return False
    return not version.is_prerelease or any(
        len(comparator.numbers) == 3
        and comparator.version.pre
        and comparator.version.core == version.core
        for comparator in comparators
    )


def raised(requirement: str, version: Version) -> str:
    """The requirement, changed as little as it takes to admit `version`.

    Operators stay. A comparator that admits the version stays as it is; of the others a lower bound
    becomes the version and an upper bound the next breaking one. What is no requirement stays.
    """
    if admits(requirement, version) is not False:
        return requirement
    comparators = _parse(requirement)
    assert comparators is not None
    parts = [
        _written(comparator) if _matches(comparator, version) else _raised(comparator, version)
        for comparator in comparators
    ]
    result = ",".join(parts)
    if admits(result, version):
        return result
    # A pre-release is admitted only where one of the same numbers is named.
    for at, comparator in enumerate(comparators):
        if comparator.operator not in ("<", "<=", "*"):
            operator = ">=" if comparator.operator == ">" else comparator.operator
            parts[at] = comparator.written(operator, str(version.semver))
            break
    result = ",".join(parts)
    return result if admits(result, version) else f"^{version.semver}"


def _raised(comparator: Comparator, version: Version) -> str:
    new = str(version.semver)
    if comparator.operator == "*":
        kept = len(comparator.numbers)
        numbers = [str(number) for number in version.core[:kept]]
        return comparator.written("", ".".join([*numbers, comparator.wildcard]))
    if comparator.operator == "<":
        return comparator.written("<", _next_breaking(version))
    return comparator.written(">=" if comparator.operator == ">" else comparator.operator, new)


def _next_breaking(version: Version) -> str:
    major, minor, patch = version.core
    if major:
        return f"{major + 1}.0.0"
    return f"0.{minor + 1}.0" if minor else f"0.0.{patch + 1}"


def _written(comparator: Comparator) -> str:
    numbers = ".".join(map(str, comparator.numbers))
    if comparator.operator == "*":
        tail = f"{numbers}.{comparator.wildcard}" if numbers else comparator.wildcard
        return comparator.written("", tail)
    pre = ".".join(map(str, comparator.version.pre))
    return comparator.written(comparator.operator, f"{numbers}-{pre}" if pre else numbers)


@lru_cache(maxsize=1024)
def _parse(requirement: str) -> Optional[tuple[Comparator, ...]]:
    comparators = []
    for part in requirement.split(","):
        match = _COMPARATOR.fullmatch(part)
        if match is None:
            return None
        written = [item for item in match.group("major", "minor", "patch") if item is not None]
        wildcard = next((item for item in written if item in _WILDCARDS), "")
        numbers = tuple(int(item) for item in written if item not in _WILDCARDS)
        if match["pre"] and len(numbers) < 3:
            return None
        if wildcard and (match["operator"] or (written[0] not in _WILDCARDS and match["pre"])):
            return None
        filled = ".".join(map(str, (*numbers, 0, 0, 0)[:3]))
        version = parse_version(f"{filled}-{match['pre']}" if match["pre"] else filled)
        if version is None:
            return None
        comparators.append(
            Comparator(
                "*" if wildcard else match["operator"],
                numbers,
                version,
                match["before"],
                match["gap"],
                match["after"],
                wildcard,
            )
        )
    return tuple(comparators)


def _matches(comparator: Comparator, version: Version) -> bool:
    operator = comparator.operator
    if operator == "*":
        return _same_numbers(comparator, version)
    if operator in ("", "^"):
        return _matches_caret(comparator, version)
    if operator == "~":
        return _same_numbers(comparator, version, count=2) and (
            len(comparator.numbers) < 3 or not precedes_in_cargo(version, comparator.version)
        )
    exact = _same_numbers(comparator, version) and version.pre == comparator.version.pre
    if operator == "=":
        return exact
    if operator in (">=", "<=") and exact:
        return True
    # A partial version stands for all that begin with it, none of which is above or below it.
    if len(comparator.numbers) < 3 and _same_numbers(comparator, version):
        return False
    if operator in (">", ">="):
        return precedes_in_cargo(comparator.version, version)
    return precedes_in_cargo(version, comparator.version)


def _matches_caret(comparator: Comparator, version: Version) -> bool:
    numbers = comparator.numbers
    # The left-most number that is not zero is the breaking one, and all up to it must agree.
    breaking = next((at for at, number in enumerate(numbers) if number), len(numbers) - 1)
    if numbers[: breaking + 1] != version.core[: breaking + 1]:
        return False
    if len(numbers) < 3:
        return version.core[: len(numbers)] >= numbers
    return not precedes_in_cargo(version, comparator.version)


def _same_numbers(comparator: Comparator, version: Version, count: int = 3) -> bool:
    numbers = comparator.numbers[:count]
    return version.core[: len(numbers)] == numbers

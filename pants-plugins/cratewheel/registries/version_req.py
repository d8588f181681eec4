"""Cargo's version requirements, written as cargo writes them.

`Cargo.toml` keeps a requirement as its author spelt it (`1.2`), the web API and the index carry the
form that the `semver` crate prints (`^1.2`). Source of the grammar: cargo reference, "Specifying
Dependencies", and the `semver` crate, which cargo and crates.io share.
"""

from __future__ import annotations

import re

_COMPARATOR = re.compile(
    r"""\s*(?P<op>=|>=|>|<=|<|~|\^)?\s*
    (?P<major>\d+)
    (?:\.(?P<minor>\d+|[*xX])
        (?:\.(?P<patch>\d+|[*xX])
            (?:-(?P<pre>[0-9A-Za-z.-]+))?
            (?:\+[0-9A-Za-z.-]+)?
        )?
    )?\s*""",
    re.VERBOSE,
)
_WILDCARD = frozenset("*xX")


class InvalidRequirementError(ValueError):
    """The text is not a version requirement."""


def normalise(requirement: str) -> str:
    """The requirement as cargo prints it: `1.2, <1.5` becomes `^1.2, <1.5`.

    Raises:
        InvalidRequirementError: cargo does not read it as a requirement.
    """
    if requirement.strip() in _WILDCARD:
        return "*"
    return ", ".join(_normalise_comparator(part) for part in requirement.split(","))


def _normalise_comparator(text: str) -> str:
    match = _COMPARATOR.fullmatch(text)
    if match is None:
        raise InvalidRequirementError(f'"{text}" is an invalid version requirement')
    op, major, minor, patch = match.group("op", "major", "minor", "patch")
    wild_minor = minor in _WILDCARD if minor else False
    wild_patch = patch in _WILDCARD if patch else False
    if wild_minor and patch is not None and not wild_patch:
        raise InvalidRequirementError(f'"{text}" is an invalid version requirement')
    wildcard = op is None and (wild_minor or wild_patch)
    numbers = [major]
    if minor is not None and not wild_minor:
        numbers.append(minor)
        if patch is not None and not wild_patch:
            numbers.append(patch)
    pre = match.group("pre")
    printed = ".".join(numbers) + (f"-{pre}" if pre else "")
    if wildcard:
        return f"{printed}.*"
    return f"{op or '^'}{printed}"

"""Versions that are spelled in SemVer for cargo and in PEP 440 for PyPI, and how they are raised.

Sources: SemVer 2.0.0, PEP 440 ("Normalization", "Pre-releases"), the Cargo Reference ("SemVer
Compatibility"), which reads the left-most non-zero number of a version as its breaking one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Optional, Union

Identifier = Union[int, str]

#: The levels a release can have, smallest first.
LEVELS = ("patch", "minor", "major")

# Eighteen digits fit cargo's u64, and keep int() away from Python's limit on long numbers.
_NUMBER = r"(?:0|[1-9][0-9]{0,17})"
_SEMVER = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
_PEP440 = re.compile(
    r"(?P<major>[0-9]{1,18})\.(?P<minor>[0-9]{1,18})(?:\.(?P<patch>[0-9]{1,18}))?"
    r"(?:[-_.]?(?P<label>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<number>[0-9]{1,18})?)?"
    r"(?:-(?P<bare_post>[0-9]{1,18})|[-_.]?(?P<post>post|rev|r)[-_.]?(?P<post_number>[0-9]{1,18})?)?"
    r"(?:[-_.]?(?P<dev>dev)[-_.]?(?P<dev_number>[0-9]{1,18})?)?",
    re.IGNORECASE,
)
_LABELS = {
    "a": "alpha",
    "alpha": "alpha",
    "b": "beta",
    "beta": "beta",
    "c": "rc",
    "pre": "rc",
    "preview": "rc",
    "rc": "rc",
    "dev": "dev",
}
_PEP440_LABELS = {"alpha": "a", "beta": "b", "rc": "rc"}
_GLUED = re.compile(r"([A-Za-z]+)([0-9]{1,18})")


@total_ordering
@dataclass(frozen=True, eq=False)
class Version:
    """A version of three numbers, perhaps a pre-release.

    Two versions are equal when they are the same release, however they are spelled:
    `1.2.0-rc.1`, `1.2.0-rc1` and `1.2.0rc1`. Build metadata does not take part.

    Args:
        pre: SemVer's pre-release identifiers; those of a PEP 440 spelling are `alpha`, `beta`, `rc`
            or `dev` and a number.
        post: PEP 440's post-release number, which SemVer has no word for.
        build: SemVer's build metadata.
    """

    major: int
    minor: int
    patch: int
    pre: tuple[Identifier, ...] = ()
    post: Optional[int] = None
    build: str = ""

    @property
    def core(self) -> tuple[int, int, int]:
        """The three numbers."""
        return (self.major, self.minor, self.patch)

    @property
    def is_prerelease(self) -> bool:
        """Whether it precedes the release of its three numbers."""
        return bool(self.pre)

    @property
    def is_development(self) -> bool:
        """Whether it says `dev`: what a manifest says between releases, not one to be released."""
        return "dev" in _canonical(self.pre)

    @property
    def semver(self) -> Optional[str]:
        """The SemVer spelling, without build metadata; None for a post-release."""
        if self.post is not None:
            return None
        text = ".".join(map(str, self.core))
        return f"{text}-{'.'.join(map(str, self.pre))}" if self.pre else text

    @property
    def pep440(self) -> Optional[str]:
        """The normalised PEP 440 spelling; None when a pre-release identifier has no word there."""
        text = ".".join(map(str, self.core))
        identifiers = list(_canonical(self.pre))
        if identifiers and identifiers[0] in _PEP440_LABELS:
            label = _PEP440_LABELS[str(identifiers.pop(0))]
            text += f"{label}{_take_number(identifiers)}"
        if self.post is not None:
            text += f".post{self.post}"
        if identifiers and identifiers[0] == "dev":
            identifiers.pop(0)
            text += f".dev{_take_number(identifiers)}"
        return None if identifiers else text

    def spelled_for(self, kind: str) -> Optional[str]:
        """The spelling in which a `crate` or a `wheel` carries it; None when there is none."""
        return self.semver if kind == "crate" else self.pep440

    @property
    def _key(self) -> tuple[object, ...]:
        # PEP 440 puts dev before everything and what has no further identifier before what has;
        # numbers come before words as in SemVer.
        if self.pre:
            pre: tuple[tuple[int, Identifier], ...] = (
                *(
                    (-1, 0) if item == "dev" else (1, item) if isinstance(item, int) else (2, item)
                    for item in _canonical(self.pre)
                ),
                (0, 0),
            )
        else:
            pre = ((9, 0),)
        return (*self.core, pre, -1 if self.post is None else self.post)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __lt__(self, other: Version) -> bool:
        return self._key < other._key

    def __str__(self) -> str:
        return self.semver or self.pep440 or f"{self.major}.{self.minor}.{self.patch}"


def parse_version(text: str) -> Optional[Version]:
    """The version that `text` spells in SemVer or PEP 440; None when it is none.

    Two numbers count as three (`2026.1` is 2026.1.0). Epochs, local versions, more than three
    numbers and post-releases of pre-releases are no versions here: no crate could follow them.
    """
    match = _SEMVER.fullmatch(text)
    if match:
        identifiers = _semver_identifiers(match[4]) if match[4] else ()
        if identifiers is not None:
            return Version(
                int(match[1]), int(match[2]), int(match[3]), identifiers, build=match[5] or ""
            )
    match = _PEP440.fullmatch(text)
    if match is None:
        return None
    pre: tuple[Identifier, ...] = ()
    if match["label"]:
        pre = (_LABELS[match["label"].lower()], int(match["number"] or 0))
    if match["dev"]:
        pre = (*pre, "dev", int(match["dev_number"] or 0))
    post: Optional[int] = None
    if match["post"] or match["bare_post"]:
        post = int(match["bare_post"] or match["post_number"] or 0)
    if post is not None and pre:
        return None
    return Version(int(match["major"]), int(match["minor"]), int(match["patch"] or 0), pre, post)


def same_version(first: str, second: str) -> bool:
    """Whether two spellings, be they SemVer or PEP 440, are one version."""
    if first == second:
        return True
    parsed = parse_version(first)
    return parsed is not None and parsed == parse_version(second)


def raise_version(base: Version, level: str, *, stage: Optional[str] = None) -> Version:
    """The version after `base`.

    The arithmetic is the same below 1.0: `patch` is 0.3.1 → 0.3.2, `minor` 0.3.1 → 0.4.0 (which
    cargo reads as breaking there) and `major` leaves 0.x for 1.0.0; nothing else does.

    From a pre-release the level raises the numbers only where they are not raised that far
    already (1.3.0-rc.1 is above 1.2.x by a minor step), and the version stays a pre-release, its
    count one up, until the stage says `final`.

    Args:
        level: one of `LEVELS`.
        stage: `rc` to begin or count up a release candidate, `final` to end it, None to leave the
            matter as `base` has it.
    """
    core = _raised_core(base, level)
    if stage == "final" or (stage is None and not base.is_prerelease):
        return Version(*core)
    label = _canonical(base.pre)[0] if base.pre else None
    if not base.is_prerelease or core != base.core:
        started = "rc" if stage == "rc" or not isinstance(label, str) else label
        return Version(*core, pre=(started, 1))
    if stage == "rc" and label != "rc":
        return Version(*core, pre=("rc", 1))
    return Version(*core, pre=_counted_up(base.pre))


def precedes_in_cargo(first: Version, second: Version) -> bool:
    """Whether cargo, which compares as SemVer §11 says, takes `second` for the newer of the two.

    It differs from `first < second` where a pre-release is spelled without a dot: `rc10` < `rc9`.
    """
    return _semver_key(first) < _semver_key(second)


def _semver_key(version: Version) -> tuple[object, ...]:
    pre = tuple((0, item, "") if isinstance(item, int) else (1, 0, item) for item in version.pre)
    return (*version.core, not version.pre, pre)


def _raised_core(base: Version, level: str) -> tuple[int, int, int]:
    major, minor, patch = base.core
    if level == "major":
        reached = base.is_prerelease and minor == 0 and patch == 0
        return base.core if reached else (major + 1, 0, 0)
    if level == "minor":
        reached = base.is_prerelease and patch == 0
        return base.core if reached else (major, minor + 1, 0)
    return base.core if base.is_prerelease else (major, minor, patch + 1)


def _counted_up(pre: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    last = pre[-1]
    if isinstance(last, int):
        return (*pre[:-1], last + 1)
    glued = _GLUED.fullmatch(last)
    if glued:
        return (*pre[:-1], f"{glued[1]}{int(glued[2]) + 1}")
    return (*pre, 1)


def _canonical(pre: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    """`pre` with the known words in one spelling and apart from their number."""
    items: list[Identifier] = []
    for item in pre:
        if isinstance(item, int):
            items.append(item)
            continue
        glued = _GLUED.fullmatch(item)
        if glued and glued[1].lower() in _LABELS:
            items += [_LABELS[glued[1].lower()], int(glued[2])]
        else:
            items.append(_LABELS.get(item.lower(), item))
    return tuple(items)


def _take_number(identifiers: list[Identifier]) -> int:
    if identifiers and isinstance(identifiers[0], int):
        return int(identifiers.pop(0))
    return 0


def _semver_identifiers(text: str) -> Optional[tuple[Identifier, ...]]:
    items: list[Identifier] = []
    for item in text.split("."):
        if not item.isdecimal():
            items.append(item)
        elif (len(item) > 1 and item[0] == "0") or len(item) > 18:
            return None
        else:
            items.append(int(item))
    return tuple(items)

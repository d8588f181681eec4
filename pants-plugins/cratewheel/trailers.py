"""The `release:` and `release-ignore:` trailers of a commit message.

Where a message's trailer block is and what is in it follows git itself (`git interpret-trailers`,
git 2.47's `trailer.c`), so that a trailer is what git's own tools take for one. The user's
`trailer.*` configuration is not looked at: the same history must mean the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional, Union

from cratewheel.versions import LEVELS, Version, parse_version

#: What the value of a `release:` trailer may be beside an explicit version.
ACTIONS = (*LEVELS, "rc", "final", "skip")

_GENERATED = ("Signed-off-by: ", "(cherry picked from commit ")
_SCISSORS = "# ------------------------ >8 ------------------------"
# What git's own isspace() and isalnum() know; Python's know more characters.
_SPACE = " \t\n\r"
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")

_RELEASE = re.compile(r"(?P<action>[^\s\[\]]+)\s*(?:\[(?P<names>[^\[\]]*)\])?")
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")


@dataclass(frozen=True)
class Trailer:
    """A trailer as git sees it: continuation lines joined, key as written.

    Args:
        line: where it starts in the message, counted from 1.
    """

    key: str
    value: str
    line: int


@dataclass(frozen=True)
class ReleaseTrailer:
    """What one `release:` line asks for.

    Args:
        action: one of `ACTIONS`, or `explicit`.
        version: with `explicit`, the version.
        names: the packages it lists as written; empty when it has no list.
        line: where it starts in the message, counted from 1.
    """

    action: str
    line: int
    version: Optional[Version] = None
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        value = str(self.version) if self.version else self.action
        return f"release: {value}" + (f" [{', '.join(self.names)}]" if self.names else "")


@dataclass(frozen=True)
class MalformedTrailer:
    """A line that means to be a trailer of ours and is not; `fault` says why."""

    text: str
    line: int
    fault: str


@dataclass(frozen=True)
class CommitTrailers:
    """What one message says about releases.

    Args:
        releases: in the message's order.
        ignored: commit ids, seven digits or more and lower case, whose trailers it takes back.
        malformed: what could not be understood.
    """

    releases: tuple[ReleaseTrailer, ...] = ()
    ignored: tuple[str, ...] = ()
    malformed: tuple[MalformedTrailer, ...] = ()


def release_trailers(message: str) -> CommitTrailers:
    """Our trailers of a commit message; keys and values count in any case."""
    releases: list[ReleaseTrailer] = []
    ignored: list[str] = []
    malformed: list[MalformedTrailer] = []
    for trailer in parse_trailers(message):
        key = trailer.key.lower()
        if key == "release":
            release = parse_release(trailer.value, trailer.line)
            if isinstance(release, ReleaseTrailer):
                releases.append(release)
            else:
                malformed.append(release)
        elif key == "release-ignore":
            commits = re.split(r"[\s,]+", trailer.value)
            if all(_COMMIT.fullmatch(commit) for commit in commits):
                ignored += [commit.lower() for commit in commits]
            else:
                malformed.append(
                    MalformedTrailer(
                        f"{trailer.key}: {trailer.value}",
                        trailer.line,
                        "expected the id of a commit, seven digits or more",
                    )
                )
    return CommitTrailers(tuple(releases), tuple(ignored), tuple(malformed))


def parse_release(value: str, line: int = 1) -> Union[ReleaseTrailer, MalformedTrailer]:
    """The meaning of a `release:` trailer's value: `ACTION`, or `ACTION [NAME, NAME]`."""

    def malformed(fault: str) -> MalformedTrailer:
        return MalformedTrailer(f"release: {value}", line, fault)

    match = _RELEASE.fullmatch(value.strip())
    if match is None:
        return malformed(
            f"expected one of {', '.join(ACTIONS)} or a version, and at most one [list] of packages"
        )
    names: tuple[str, ...] = ()
    if match["names"] is not None:
        names = tuple(name.strip() for name in match["names"].split(","))
        if not all(names):
            return malformed("the list has an empty name in it")
    action = match["action"].lower()
    if action in ACTIONS:
        return ReleaseTrailer(action, line, names=names)
    version = parse_version(match["action"])
    if version is None or version.is_development or version.build:
        return malformed(
            f"{match['action']!r} is neither one of {', '.join(ACTIONS)} nor a version such as 1.2.3"
        )
    return ReleaseTrailer("explicit", line, version=version, names=names)


def parse_trailers(message: str) -> tuple[Trailer, ...]:
    """The trailers of a commit message, as `git interpret-trailers --parse --no-divider` sees them."""
    lines = message.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    lines = lines[: _end_of_message(lines)]
    start = _block_start(lines)
    found: list[tuple[str, int]] = []
    continues = False
    for number, line in enumerate(lines[start:], start + 1):
        if continues and line and line[0] in _SPACE:
            text, at = found[-1]
            found[-1] = (f"{text}\n{line}", at)
            continue
        found.append((line, number))
        continues = _separator(line) >= 1
    trailers = []
    for text, number in found:
        separator = _separator(text)
        if separator < 1 or text.startswith("#"):
            continue
        trailers.append(
            Trailer(text[:separator].strip(_SPACE), _unfolded(text[separator + 1 :]), number)
        )
    return tuple(trailers)


def _separator(line: str) -> int:
    """The position of the `:` that ends a trailer's key, -1 when there is none."""
    blank_seen = False
    for position, character in enumerate(line):
        if character == ":":
            return position
        if not blank_seen and character in _WORD:
            continue
        if position and character in " \t":
            blank_seen = True
            continue
        break
    return -1


def _is_blank(line: str) -> bool:
    return not line.strip(_SPACE)


def _end_of_message(lines: Sequence[str]) -> int:
    """How many lines are left once trailing comments, conflict notes and a cut patch are gone."""
    end = next((at for at, line in enumerate(lines) if line == _SCISSORS), len(lines))
    run: Optional[int] = None
    in_conflicts = False
    for at, line in enumerate(lines[:end]):
        if line.startswith("#") or line == "":
            run = at if run is None else run
        elif line == "Conflicts:":
            in_conflicts = True
            run = at if run is None else run
        elif in_conflicts and line.startswith("\t"):
            continue
        elif run is not None:
            run = None
            in_conflicts = False
    return end if run is None else run


def _block_start(lines: Sequence[str]) -> int:
    """The line a message's trailer block starts at; the number of lines when it has none."""
    title = 0
    while title < len(lines) and (lines[title].startswith("#") or not _is_blank(lines[title])):
        title += 1
    trailers = others = continuations = 0
    only_blank = True
    generated = False
    for at in range(len(lines) - 1, title - 1, -1):
        line = lines[at]
        if line.startswith("#"):
            others += continuations
            continuations = 0
        elif _is_blank(line):
            if only_blank:
                continue
            others += continuations
            accepted = (generated and trailers * 3 >= others) or (trailers and not others)
            return at + 1 if accepted else len(lines)
        elif line.startswith(_GENERATED):
            only_blank = False
            trailers += 1
            continuations = 0
            generated = True
        elif _separator(line) >= 1 and line[0] not in _SPACE:
            only_blank = False
            trailers += 1
            continuations = 0
        elif line[0] in _SPACE:
            only_blank = False
            continuations += 1
        else:
            only_blank = False
            others += 1 + continuations
            continuations = 0
    return len(lines)


def _unfolded(value: str) -> str:
    """The value with continuation lines joined by one space (git's `unfold_value`)."""
    return re.sub(rf"\n[{_SPACE}]*", " ", value.strip(_SPACE)).strip(_SPACE)

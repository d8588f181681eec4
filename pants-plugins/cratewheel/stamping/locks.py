"""New versions of in-repo crates in a Cargo.lock, which cargo writes and reads in one fixed shape."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Optional

from cratewheel.versions import parse_version

_BLOCK = re.compile(r"^\[\[?(package|root|metadata|patch)", re.MULTILINE)
_FIELD = r'^{} = "([^"\n]*)"'
_NAME = re.compile(_FIELD.format("name"), re.MULTILINE)
_VERSION = re.compile(_FIELD.format("version"), re.MULTILINE)
_SOURCE = re.compile(_FIELD.format("source"), re.MULTILINE)
_DEPENDENCY = re.compile(r'"([^"\s]+) ([^"\s]+)"')
_ENTRIES = re.compile(r'(?<=^dependencies = \[\n)(?: "[^"\n]*",\n)+', re.MULTILINE)


@dataclass(frozen=True)
class _Block:
    text: str
    name: Optional[str]
    version: Optional[str]
    source: Optional[str]


def stamped_lock(content: bytes, versions: Mapping[str, Sequence[tuple[str, str]]]) -> bytes:
    """The lock with in-repo crates at their new versions.

    Args:
        content: a Cargo.lock as cargo writes it.
        versions: by crate name, the (old, new) versions of the crates of that name. Where a lock
            has one crate of a name, at whatever version, it is that one: a lock may be behind its
            manifests.
    """
    text = content.decode("utf-8", "surrogateescape")
    windows = "\r\n" in text
    text = text.replace("\r\n", "\n")
    starts = [match.start() for match in _BLOCK.finditer(text)]
    if not starts:
        return content
    head = text[: starts[0]]
    blocks = [_block(text[start:end]) for start, end in zip(starts, [*starts[1:], len(text)])]
    renamed = _renamed(blocks, versions)
    if not renamed:
        return content
    blocks = _in_order([_stamped(block, renamed) for block in blocks])
    result = head + "".join(block.text for block in blocks)
    if windows:
        result = result.replace("\n", "\r\n")
    return result.encode("utf-8", "surrogateescape")


def _block(text: str) -> _Block:
    def value(pattern: re.Pattern[str]) -> Optional[str]:
        match = pattern.search(text)
        return match[1] if match else None

    if not text.startswith(("[[package", "[root")):
        return _Block(text, None, None, None)
    return _Block(text, value(_NAME), value(_VERSION), value(_SOURCE))


def _renamed(
    blocks: Sequence[_Block], versions: Mapping[str, Sequence[tuple[str, str]]]
) -> dict[tuple[str, str], str]:
    """The new version by (name, version in the lock)."""
    renamed: dict[tuple[str, str], str] = {}
    for name, pairs in versions.items():
        local = [
            block.version
            for block in blocks
            if block.name == name and block.version is not None and block.source is None
        ]
        if len(local) == 1 and len(pairs) == 1:
            pairs = [(local[0], pairs[0][1])]
        renamed.update({(name, old): new for old, new in pairs if old in local and old != new})
    return renamed


def _stamped(block: _Block, renamed: Mapping[tuple[str, str], str]) -> _Block:
    text = _ENTRIES.sub(lambda match: _stamped_entries(match[0], renamed), block.text)
    new = renamed.get((block.name or "", block.version or ""))
    if new is None or block.source is not None:
        return replace(block, text=text)
    text = _VERSION.sub(f'version = "{new}"', text, count=1)
    return _Block(text, block.name, new, None)


def _stamped_entries(entries: str, renamed: Mapping[tuple[str, str], str]) -> str:
    def stamped(match: re.Match[str]) -> str:
        new = renamed.get((match[1], match[2]))
        return match[0] if new is None else f'"{match[1]} {new}"'

    lines = _DEPENDENCY.sub(stamped, entries).splitlines(keepends=True)
    return "".join(sorted(lines, key=_entry_order))


def _entry_order(line: str) -> tuple[object, ...]:
    name, _, rest = line.strip(' ",\n').partition(" ")
    version, _, source = rest.partition(" ")
    return (name, _version_order(version), source)


def _in_order(blocks: Sequence[_Block]) -> list[_Block]:
    """Blocks of one name in the order of their versions, all others where they are."""
    ordered = list(blocks)
    at = 0
    while at < len(ordered):
        end = at + 1
        while (
            end < len(ordered)
            and ordered[at].name is not None
            and ordered[end].name == ordered[at].name
        ):
            end += 1
        if end - at > 1:
            ordered[at:end] = _sorted_run(ordered[at:end])
        at = end
    return ordered


def _sorted_run(run: Sequence[_Block]) -> list[_Block]:
    arranged = sorted(run, key=lambda b: (_version_order(b.version or ""), b.source or ""))
    # The last block of a file has no empty line after it; whichever comes last now has none either.
    texts = [block.text.rstrip("\n") for block in arranged]
    ends = [block.text[len(block.text.rstrip("\n")) :] for block in run]
    return [replace(b, text=text + end) for b, text, end in zip(arranged, texts, ends)]


def _version_order(text: str) -> tuple[object, ...]:
    version = parse_version(text)
    if version is None:
        return (0, (0, 0, 0), True, ())
    pre = tuple((0, item, "") if isinstance(item, int) else (1, 0, item) for item in version.pre)
    return (1, version.core, not version.pre, pre)

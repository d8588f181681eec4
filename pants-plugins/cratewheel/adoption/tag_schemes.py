"""How a project has tagged its packages so far, and who has decided their versions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from cratewheel.plan.files import distribution_name
from cratewheel.versions import Version, parse_version

_TAG = re.compile(r"(?P<prefix>.*?)(?P<version>\d+\.\d+.*)")
_SEPARATORS = "-_/@."
#: What projects call their Rust and Python sides in tags.
_SIDES = {
    "crate": frozenset(("rs", "rust", "crate", "crates", "core")),
    "wheel": frozenset(("py", "python", "pypi", "wheel")),
}


@dataclass(frozen=True)
class TaggedPackage:
    """A package whose tags are looked for.

    Args:
        manifest: the version in its manifest.
        released: the versions that its registry has, as far as that is known.
    """

    id: str
    kind: str
    name: str
    manifest: Optional[str] = None
    released: tuple[str, ...] = ()


@dataclass(frozen=True)
class TagScheme:
    """How one package is tagged.

    Args:
        tag_format: with `{version}`.
        versions: those of its tags, ascending.
        tags: the tag of each.
        bumped: whether the manifest has kept up with the tags, so that somebody bumps it; None where
            there is only one tag, which does not tell.
    """

    tag_format: str
    versions: tuple[Version, ...]
    tags: Mapping[Version, str]
    bumped: Optional[bool]


def tag_schemes(
    packages: Iterable[TaggedPackage], tags: Collection[str]
) -> Mapping[str, TagScheme]:
    """The scheme of every package that has one, by id.

    A scheme that names the package goes before one that names its side (`py-`, `rust-v`), and that
    before one that names nothing (`v1.2.3`), as far as tags of it agree with what was released.
    """
    by_prefix: dict[str, dict[Version, str]] = defaultdict(dict)
    for tag in tags:
        found = _TAG.fullmatch(tag)
        version = parse_version(found["version"]) if found else None
        if found is not None and version is not None:
            by_prefix[found["prefix"]][version] = tag
    schemes = {}
    for package in packages:
        best = _best(package, by_prefix)
        if best is not None:
            versions = tuple(sorted(by_prefix[best]))
            manifest = parse_version(package.manifest or "")
            schemes[package.id] = TagScheme(
                f"{best}{{version}}",
                versions,
                by_prefix[best],
                None if len(versions) == 1 else manifest is not None and manifest >= versions[-1],
            )
    return schemes


def _best(package: TaggedPackage, by_prefix: Mapping[str, Mapping[Version, str]]) -> Optional[str]:
    released = {version for each in package.released if (version := parse_version(each))}
    ranked = []
    for prefix, tagged in by_prefix.items():
        rank = _rank(package, prefix)
        agreeing = len(released & set(tagged))
        if rank and (agreeing or not released):
            # In another spelling it may be the other side's name, which has tags of its own then.
            is_spelled = package.name in prefix
            ranked.append((rank, agreeing, is_spelled, max(tagged), prefix))
    return max(ranked)[-1] if ranked else None


def _rank(package: TaggedPackage, prefix: str) -> int:
    words = prefix[:-1] if prefix.endswith("v") and prefix[-2:-1] in ("", *_SEPARATORS) else prefix
    words = words.strip(_SEPARATORS)
    if not words:
        return 1
    if _same(words, package.name):
        return 3
    parts = {each for each in re.split(r"[-_/@.]", words.lower()) if each}
    own = set(distribution_name(package.name).lower().split("_"))
    if parts <= _SIDES[package.kind] | own and parts & _SIDES[package.kind]:
        return 2
    return 0


def _same(words: str, name: str) -> bool:
    return distribution_name(words).lower() == distribution_name(name).lower()


def shared_schemes(schemes: Mapping[str, TagScheme]) -> Mapping[str, Sequence[str]]:
    """The ids that share a tag format, by the format: one tag can only mean one version."""
    by_format: dict[str, list[str]] = defaultdict(list)
    for package_id, scheme in sorted(schemes.items()):
        by_format[scheme.tag_format].append(package_id)
    return {each: ids for each, ids in by_format.items() if len(ids) > 1}

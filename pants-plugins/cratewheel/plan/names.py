"""How people name packages in trailers and options, and which packages they mean."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Optional

from cratewheel.plan.package import ReleasePackage


class PackageNames:
    """Finds packages by released name, id, address or version group.

    A released name means both the crate and the wheel that have it; `-`, `_`, `.` and case make no
    difference in it, as on the registries (PEP 503; crates.io holds names that differ in these for
    the same).
    """

    def __init__(self, packages: Iterable[ReleasePackage]) -> None:
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._exact: dict[str, set[str]] = defaultdict(set)
        self._shown: set[str] = set()
        for package in packages:
            self._by_name[_normalized(package.name)].add(package.id)
            self._by_name[f"{package.kind}:{_normalized(package.name)}"].add(package.id)
            for spelling in _addresses(package.address):
                self._exact[spelling].add(package.id)
            if package.version_group:
                self._exact[package.version_group].add(package.id)
                self._shown.add(package.version_group)
            self._shown.add(package.name)

    def find(self, name: str) -> frozenset[str]:
        """The ids of the packages that `name` means; empty when it means none."""
        kind, colon, rest = name.partition(":")
        if colon and kind in ("crate", "wheel"):
            return frozenset(self._by_name.get(f"{kind}:{_normalized(rest)}", ()))
        return frozenset(self._by_name.get(_normalized(name), ())) | frozenset(
            self._exact.get(name, ())
        )

    def suggestion(self, name: str) -> str:
        """What is known, for a message about a name that is not."""
        close = difflib.get_close_matches(name, sorted(self._shown), n=1)
        if close:
            return f"did you mean {close[0]}?"
        return f"known are {', '.join(sorted(self._shown)) or 'none'}"


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _addresses(address: str) -> set[str]:
    """The ways to write an address: with and without `//`, and short where the name is implied."""
    directory, colon, name = address.partition(":")
    spellings = {address, f"//{address}"}
    if colon and name == posixpath.basename(directory):
        spellings |= {directory, f"//{directory}"}
    return {spelling for spelling in spellings if spelling}


def split_release_option(entry: str) -> Optional[tuple[str, str]]:
    """The name and the decision of `ID@LEVEL-OR-VERSION`; None when it is not of that form."""
    name, at, decision = entry.rpartition("@")
    return (name.strip(), decision.strip()) if at and name.strip() and decision.strip() else None

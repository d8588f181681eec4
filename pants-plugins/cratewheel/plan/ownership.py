"""Which packages a changed file belongs to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from cratewheel.project import DeclaredPackage

_ASIDE = ("tests/", "benches/", "examples/")


def packages_by_target(
    graph: Mapping[str, Collection[str]], packages: Mapping[str, str]
) -> dict[str, set[str]]:
    """For every target, the ids of the packages that are built from it, not through another package.

    Args:
        graph: direct dependencies by address.
        packages: ids of the packages by address.
    """
    found: dict[str, set[str]] = {}
    for address, package_id in packages.items():
        seen: set[str] = set()
        waiting = [address]
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            found.setdefault(current, set()).add(package_id)
            waiting.extend(each for each in graph.get(current, ()) if each not in packages)
    return found


def owners_of(
    paths: Iterable[str],
    targets: Sequence[tuple[str, str, Callable[[str], bool]]],
    built_from: Mapping[str, Collection[str]],
    packages: Iterable[DeclaredPackage],
) -> dict[str, frozenset[str]]:
    """The ids of the packages that are built from each path; tests belong to nobody.

    Args:
        targets: (address, directory, whether it owns a path) of every target with sources.
        built_from: what `packages_by_target` gave.
        packages: to tell their tests, which are no part of what users get.
    """
    by_directory: dict[str, list[tuple[str, Callable[[str], bool]]]] = {}
    for address, directory, owns in targets:
        if address in built_from:
            by_directory.setdefault(directory, []).append((address, owns))
    aside = tuple(
        (f"{package.directory}/" if package.directory else "") + name
        for package in packages
        for name in _ASIDE
    )
    owners: dict[str, frozenset[str]] = {}
    for path in paths:
        if path.startswith(aside):
            continue
        found: set[str] = set()
        for directory in _ancestors(path):
            for address, owns in by_directory.get(directory, ()):
                if owns(path):
                    found.update(built_from[address])
        if found:
            owners[path] = frozenset(found)
    return owners


def _ancestors(path: str) -> Iterable[str]:
    directory = path
    while directory:
        directory = directory.rpartition("/")[0]
        yield directory

"""Which packages a changed file belongs to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

_ASIDE = frozenset({"tests", "benches", "examples"})


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


def as_declared(
    by_target: Mapping[str, Collection[str]], declared: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """What `packages_by_target` gave, by the targets that BUILD files have.

    A file that is gone belongs to no generated target any more, and still to what generated it.

    Args:
        declared: the address of the target that generates a target, or its own.
    """
    found: dict[str, set[str]] = {}
    for address, ids in by_target.items():
        found.setdefault(declared.get(address, address), set()).update(ids)
    return {address: tuple(sorted(ids)) for address, ids in found.items()}


def owners_of(
    paths: Iterable[str],
    targets: Sequence[tuple[str, str, Callable[[str], bool]]],
    built_from: Mapping[str, Collection[str]],
    directories: Collection[str],
) -> dict[str, frozenset[str]]:
    """The ids of the packages that are built from each path; tests belong to nobody.

    Args:
        targets: (address, directory, whether it owns a path) of every target with sources.
        built_from: what `packages_by_target` or `as_declared` gave.
        directories: of every package and crate, published or not, to tell their tests, which are no
            part of what users get.
    """
    by_directory: dict[str, list[tuple[str, Callable[[str], bool]]]] = {}
    for address, directory, owns in targets:
        if address in built_from:
            by_directory.setdefault(directory, []).append((address, owns))
    homes = frozenset(directories)
    owners: dict[str, frozenset[str]] = {}
    for path in paths:
        found: set[str] = set()
        aside = _aside(path, homes)
        for directory in _ancestors(path):
            # Only a package that lives among the tests is built from what lies there.
            if aside and not f"{directory}/".startswith(aside):
                break
            for address, owns in by_directory.get(directory, ()):
                if owns(path):
                    found.update(built_from[address])
        if found:
            owners[path] = frozenset(found)
    return owners


def is_visible(path: str) -> bool:
    """Whether a build may have seen a file that is gone: Pants looks into no folder with a dot."""
    return not any(part.startswith(".") for part in path.split("/")[:-1])


def _aside(path: str, homes: Collection[str]) -> str:
    """The innermost folder of tests, benchmarks or examples that a path lies in, with a slash; else ""."""
    for directory in _ancestors(path):
        above, _, name = directory.rpartition("/")
        if name in _ASIDE and above in homes:
            return f"{directory}/"
    return ""


def _ancestors(path: str) -> Iterable[str]:
    directory = path
    while directory:
        directory = directory.rpartition("/")[0]
        yield directory

"""Which packages of a release must be live before which, from the build graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence


def prerequisites(
    dependencies: Mapping[str, Collection[str]], published: Collection[str]
) -> Mapping[str, tuple[str, ...]]:
    """For every published target, the published targets it needs live, sorted.

    Args:
        dependencies: direct dependencies by address, of every target reachable.
        published: addresses of the packages that are to be uploaded.

    Returns:
        For each published address those reached through targets that are not published themselves:
        what lies behind another package is that package's own prerequisite.
    """
    return {
        address: tuple(sorted(_nearest(address, dependencies, published)))
        for address in sorted(published)
    }


def _nearest(
    address: str, dependencies: Mapping[str, Collection[str]], published: Collection[str]
) -> set[str]:
    found: set[str] = set()
    seen = {address}
    waiting = list(dependencies.get(address, ()))
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        if current in published:
            found.add(current)
        else:
            waiting.extend(dependencies.get(current, ()))
    return found


def in_order(needs: Mapping[str, Collection[str]], preferred: Sequence[str]) -> tuple[str, ...]:
    """All keys of `needs`, each after what it needs, otherwise in the order of `preferred`.

    Args:
        needs: must have no cycle; a cycle is broken at the first of its members in `preferred`.
        preferred: every key of `needs`, in the order wanted among those that are free.
    """
    place = {key: at for at, key in enumerate(preferred)}
    ordered: dict[str, None] = {}
    for start in preferred:
        # The way from `start`, each with what it needs and has not been looked at; a loop, because a
        # chain of crates may be longer than calls may be deep.
        way = {} if start in ordered else {start: iter(sorted(needs[start], key=place.__getitem__))}
        while way:
            current = next(reversed(way))
            needed = next((key for key in way[current] if key not in ordered), None)
            if needed is None:
                ordered[current] = None
                del way[current]
            elif needed not in way:
                way[needed] = iter(sorted(needs[needed], key=place.__getitem__))
    return tuple(ordered)


def closure(roots: Collection[str], dependencies: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Everything reachable from `roots`, themselves included."""
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting.extend(dependencies.get(current, ()))
    return frozenset(seen)

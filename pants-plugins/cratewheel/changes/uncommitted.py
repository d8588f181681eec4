"""Which changes of the working tree a release must not leave behind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping


def uncommitted_changes(
    uncommitted: Iterable[str],
    untracked: Collection[str],
    owners: Mapping[str, Collection[str]],
    judged: Collection[str],
) -> tuple[str, ...]:
    """The paths that keep a checkout from being the commit that a release is of, sorted.

    Of files that git knows every change counts. Of others those that packages are built from: a
    plan file or downloaded artifacts are in nobody's way.

    Args:
        uncommitted: paths of the working tree that differ from HEAD.
        untracked: those of them that git has never been told about.
        owners: the ids of the packages that are built from a path.
        judged: paths that are judged by content, whoever owns them.
    """
    return tuple(
        path
        for path in sorted(uncommitted)
        if path not in untracked or owners.get(path) or path in judged
    )

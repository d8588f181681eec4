"""How two packaged crates of one name and version differ, in the terms of their author."""

from __future__ import annotations

from cratewheel.registries.crate_file import MalformedCrateError, crate_contents, read_crate

_GENERATED = frozenset((".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml"))
_SHOWN = 5


def crate_difference(ours: bytes, theirs: bytes) -> str:
    """One line about what differs between two `.crate` files.

    Files that cargo generates are left out: they change with the commit, the toolchain and the
    resolution although the sources are the same. What the author wrote of the manifest is in
    `Cargo.toml.orig`.
    """
    try:
        here, there = crate_contents(ours), crate_contents(theirs)
        commit, published_from = read_crate(ours).vcs_commit, read_crate(theirs).vcs_commit
    except MalformedCrateError:
        return "the published file cannot be read"
    changed = sorted(
        path for path in (set(here) | set(there)) - _GENERATED if here.get(path) != there.get(path)
    )
    if not changed and published_from != commit:
        return (
            f"the sources are the same: it was published from commit {published_from or 'unknown'}, "
            f"these were packaged from {commit or 'an unknown one'}"
        )
    if not changed:
        return (
            "the sources are the same, only files that cargo generates differ: it was packaged by "
            "another toolchain or with other dependencies"
        )
    more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
    return f"these files differ: {', '.join(changed[:_SHOWN])}{more}"

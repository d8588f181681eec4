"""Which BUILD targets a repository should have, from its manifests alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Union

#: The default `sources` of `crate_package` and `maturin_wheel`.
DEFAULT_SOURCES = (
    "**/*",
    "!**/BUILD",
    "!**/BUILD.*",
    "!**/__pycache__/**",
    "!target/**",
)

#: The platforms of a new `maturin_wheel`: those that nearly every PyO3 project ships.
DEFAULT_PLATFORMS = (
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
)

Value = Union[str, bool, tuple[str, ...]]


@dataclass(frozen=True)
class SuggestedTarget:
    """A target that a BUILD file should have.

    Args:
        directory: the BUILD file's directory, "" for the root.
        type_alias: `cargo_workspace`, `crate_package`, `maturin_wheel` or `files`.
        name: the target's name.
        kwargs: the other fields, in the order they should be written.
        why: one phrase for the user.
    """

    directory: str
    type_alias: str
    name: str
    kwargs: Mapping[str, Value] = field(default_factory=dict, hash=False)
    why: str = ""


@dataclass(frozen=True)
class Suggestions:
    """The targets to write, sorted by directory, and sentences on what was left alone and why."""

    targets: tuple[SuggestedTarget, ...] = ()
    notes: tuple[str, ...] = ()


def suggest_targets(
    files: Mapping[str, bytes],
    all_files: Collection[str],
    owned: Collection[tuple[str, str]] = (),
    owned_sources: Collection[str] = (),
) -> Suggestions:
    """The targets a repository lacks.

    Args:
        files: the repository's Cargo.toml and pyproject.toml files, contents by path.
        all_files: the paths of all its files.
        owned: (type alias, directory) of the targets there are; what they cover is not suggested.
        owned_sources: paths that some target owns already; only `files` targets ask for them.
    """
    raise NotImplementedError

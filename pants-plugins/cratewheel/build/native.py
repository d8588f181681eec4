"""Builds for the very processor they run on, which nobody else can be given.

`target-cpu=native` makes rustc use whatever the machine at hand has. What comes out is another thing on
every machine, though all inputs are the same, and a wheel's tags say nothing of it: pip installs it
where it ends in an illegal instruction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cratewheel.build.cargo_settings import statements_by_table
from cratewheel.cargo.paths import is_within, parent
from cratewheel.errors import Finding
from cratewheel.wheel_rows import BuildSettings, WheelRow

_NATIVE = re.compile(r"(?:target-cpu|march|mcpu)\s*=\s*native\b")
# A table for one triple; one for a `cfg(…)` may be for any.
_OF_TRIPLE = re.compile(r"\[target\.[\"']?([\w.-]+)[\"']?\]")


def native_findings(
    row: WheelRow,
    address: str,
    directory: str,
    configuration: Iterable[tuple[str, bytes]],
) -> tuple[Finding, ...]:
    """What makes the wheels of a row run on the building machine's processor alone.

    Args:
        address: of the target.
        directory: that of the crate's manifest.
        configuration: (path, bytes) of cargo's configuration files in the repository.
    """
    places = [
        *(f"{address}: {key}" for key in _of_settings(row)),
        *(
            path
            for path, content in configuration
            # cargo reads that of its folder and of those above it.
            if is_within(directory, parent(parent(path)))
            and _says_native(content.decode(errors="replace"), row.platform.rust_targets)
        ),
    ]
    message = (
        f"the wheel for {row.triple} would be compiled for the processor of the machine that builds it, "
        "and others crash"
    )
    return tuple(Finding("CW-TARGET-CPU-NATIVE", place, message) for place in dict.fromkeys(places))


def _of_settings(row: WheelRow) -> Iterator[str]:
    for settings in (row.settings, *(each.settings for each in row.families)):
        for key, words in _words(settings):
            if any(_NATIVE.search(word) for word in words):
                yield key


def _words(settings: BuildSettings) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "rustflags", settings.rustflags
    yield "env", tuple(value for _, value in settings.env)
    yield "cargo_args", settings.cargo_args
    yield "maturin_args", settings.maturin_args


def _says_native(text: str, triples: Iterable[str]) -> bool:
    return any(
        _NATIVE.search(statement)
        for table, statement in statements_by_table(text)
        if (of := _OF_TRIPLE.fullmatch(table)) is None or of[1] in triples
    )

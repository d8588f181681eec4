"""The wheels of real releases, made again by what adopting them writes.

`recorded_releases.json` has the file names of the newest releases, as PyPI listed them in November
2026 for Python 3.10 and later. What `adopt_wheels` makes of them is read as a BUILD file is, turned
into rows as for a plan, and the rows into file names; those must be the recorded ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cratewheel.abis import abi_tag
from cratewheel.adoption.sources import wheel_fields
from cratewheel.adoption.wheel_sets import AdoptedWheels, adopt_wheels
from cratewheel.floors import promised_tags
from cratewheel.wheel_rows import (
    BuildSettings,
    WheelRow,
    check_abis,
    check_platforms,
    resolve_rows,
)

RECORDED = json.loads((Path(__file__).parent / "recorded_releases.json").read_text())
#: Releases of which every single file can be promised again, and the lowest Python of their abi3.
EXACT = {"orjson": (3, 10), "polars-runtime-32": (3, 11), "tokenizers": (3, 10)}
Tags = tuple[str, frozenset[str], frozenset[str]]


def wheel_platform(triple: str, **overrides: Any) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """What the object of a BUILD file says."""
    if "abis" in overrides:
        overrides["abis"] = tuple((abi, ()) for abi in overrides["abis"])
    return triple, tuple(sorted(overrides.items()))


def rows_of(wheels: AdoptedWheels) -> tuple[WheelRow, ...]:
    """The rows of a BUILD file with the adopted fields."""
    fields = {
        name: eval(source, {"wheel_platform": wheel_platform})
        for name, source in wheel_fields(wheels).items()
    }
    platforms = [each if isinstance(each, tuple) else (each, ()) for each in fields["platforms"]]
    abis = [(each, ()) for each in fields.get("abis", ["bin"])]
    assert check_platforms(platforms, "platforms") == ()
    assert check_abis(abis, "abis") == ()
    return resolve_rows(BuildSettings(), platforms, abis)


def recorded_tags(filename: str) -> Tags:
    *_, python, abi, platforms = filename[: -len(".whl")].split("-")
    return python, frozenset(abi.split(".")), frozenset(platforms.split("."))


def planned_tags(rows: tuple[WheelRow, ...], lowest: Mapping[str, tuple[int, int]]) -> set[Tags]:
    found = set()
    for row in rows:
        for each in row.families:
            tag = abi_tag(each.family, each.family.python or lowest.get(each.family.name))
            promised = promised_tags(row.platform, row.floor)
            found.add((tag.python, frozenset(tag.abis), frozenset(promised)))
    return found


@pytest.mark.parametrize(("project", "lowest"), EXACT.items())
def test_the_same_files_are_planned(project: str, lowest: tuple[int, int]) -> None:
    files = RECORDED[project]["files"]
    wheels = adopt_wheels(files)
    assert wheels.notes == ()
    assert wheels.sdist
    recorded = {recorded_tags(name) for name in files if name.endswith(".whl")}
    assert planned_tags(rows_of(wheels), {"abi3": lowest}) == recorded


@pytest.mark.parametrize("project", sorted(RECORDED))
def test_every_wheel_has_its_row_or_is_named(project: str) -> None:
    """A row and ABI family for each wheel, none besides; what cannot be promised is said."""
    files = RECORDED[project]["files"]
    wheels = adopt_wheels(files)
    rows = rows_of(wheels)
    named = {name for name in files if any(note.startswith(f"{name}:") for note in wheels.notes)}
    again = adopt_wheels(set(files) - named)
    assert {(row.triple, each.family.name) for row in rows for each in row.families} == {
        (platform.triple, abi) for platform in again.platforms for abi in platform.abis
    }
    planned = planned_tags(rows, {"abi3": (3, 9), "abi3t": (3, 15)})
    triples_noted = {note.split(":")[0] for note in wheels.notes}
    for name in set(files) - named:
        if not name.endswith(".whl") or recorded_tags(name) in planned:
            continue
        (platform,) = adopt_wheels([name]).platforms
        # Another floor than recorded is said; so is nothing of PyPy's own ABI number and of the
        # lowest Python of a stable ABI, which the crate decides.
        is_said = platform.triple in triples_noted
        assert is_said or "-pp3" in name or "-abi3" in name, name


def test_what_cratewheel_cannot_build_stays_with_its_job() -> None:
    source = wheel_fields(
        adopt_wheels(RECORDED["jiter"]["files"]), {"wasm32-unknown-emscripten": "wasm in ci.yml"}
    )["platforms"]
    assert (
        'wheel_platform("wasm32-unknown-emscripten", compatibility="pyemscripten_2026_0", '
        'abis=["3.14"], built_by="workflow", job="wasm in ci.yml")' in source
    )


def test_a_program_in_wheels_needs_no_families() -> None:
    wheels = adopt_wheels(["tool-1.0-py3-none-win_amd64.whl", "tool-1.0-py3-none-win32.whl"])
    assert "abis" not in wheel_fields(wheels)
    assert wheel_fields(wheels)["sdist"] == "False"

"""Wheels that only the processor of the building machine would run are not shipped by mistake."""

from __future__ import annotations

from typing import Any

import pytest
from repositories import Wheel

from cratewheel.build.native import native_findings
from cratewheel.build.planned import planned_row, recipe_of

LINUX, MAC = "x86_64-unknown-linux-gnu", "aarch64-apple-darwin"


def places(
    configuration: dict[str, str], overrides: Any = None, abis: Any = ("3.12",), triple: str = LINUX
) -> list[str]:
    wheel = Wheel([(triple, overrides or {})], abis)
    row = wheel.row(triple)
    found = native_findings(
        planned_row(row, recipe_of(wheel.plan, row)),
        "python:fast",
        "python",
        [(path, text.encode()) for path, text in configuration.items()],
    )
    assert {each.code for each in found} <= {"CW-TARGET-CPU-NATIVE"}
    return [each.place for each in found]


@pytest.mark.parametrize(
    "text",
    [
        '[build]\nrustflags = ["-C", "target-cpu=native"]\n',
        'build.rustflags = "-Ctarget-cpu=native"\n',
        "[target.'cfg(unix)']\nrustflags = ['-Ctarget-cpu=native']\n",
        f'[target.{LINUX}]\nrustflags = [\n  "-Ctarget-cpu=native", # fast\n]\n',
        f'[target."{LINUX}"]\nrustflags = "-C target-cpu=native"\n',
        '[env]\nCFLAGS = "-O3 -march=native"\n',
    ],
)
def test_a_configuration_that_says_so_is_named(text: str) -> None:
    assert places({".cargo/config.toml": text}) == [".cargo/config.toml"]


@pytest.mark.parametrize(
    "text",
    [
        '[build]\nrustflags = ["-Ctarget-cpu=x86-64-v2"]\n',
        '# rustflags = ["-Ctarget-cpu=native"]\n',
        f'[target.{MAC}]\nrustflags = ["-Ctarget-cpu=native"]\n',
        '[target.x86_64-unknown-linux-gnu]\nlinker = "native"\n',
    ],
)
def test_other_words_and_other_platforms_do_not_count(text: str) -> None:
    assert places({".cargo/config.toml": text}) == []


def test_only_a_configuration_on_the_way_to_the_crate_is_read() -> None:
    native = '[build]\nrustflags = ["-Ctarget-cpu=native"]\n'
    below = {"python/.cargo/config.toml": native, "other/.cargo/config.toml": native}
    assert places(below) == ["python/.cargo/config.toml"]


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"rustflags": ("-C", "target-cpu=native")}, "rustflags"),
        ({"env": (("RUSTFLAGS", "-Ctarget-cpu=native"),)}, "env"),
        ({"cargo_args": ('--config=build.rustflags="-Ctarget-cpu=native"',)}, "cargo_args"),
    ],
)
def test_fields_that_say_so_are_named_once(settings: Any, key: str) -> None:
    assert places({}, settings) == [f"python:fast: {key}"]
    assert places({}, abis=(("3.12", settings), ("3.13", settings))) == [f"python:fast: {key}"]

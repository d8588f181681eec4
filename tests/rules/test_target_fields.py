"""What a BUILD file may say, and what it is told when it says something else."""

from __future__ import annotations

import pytest
from engine_runs import repository, target
from pants.engine.internals.scheduler import ExecutionError

from pants_cratewheel.build_objects import WheelAbi, WheelPlatform
from pants_cratewheel.fields.wheel import AbisField, PlatformsField


def refusal(build: str) -> str:
    """What somebody with this BUILD file is told."""
    runner = repository({"binding/BUILD": build})
    with pytest.raises(ExecutionError) as raised:
        target(runner, "binding:binding")
    return str(raised.value)


def test_a_misspelt_triple_is_answered_with_the_nearest_right_one() -> None:
    said = refusal('maturin_wheel(platforms=["x86_64-unknown-linux-gnuu"])')
    assert "binding/BUILD:1: CW-TRIPLE-UNKNOWN binding:binding: platforms" in said
    assert "write `x86_64-unknown-linux-gnu`" in said


@pytest.mark.parametrize(
    ("field", "code", "mend"),
    [
        (
            'platforms=[wheel_platform("x86_64-unknown-linux-gnu", compatability="manylinux_2_28")]',
            "CW-FIELD-UNKNOWN",
            "write `compatibility`",
        ),
        (
            'platforms=[wheel_platform("x86_64-unknown-linux-gnu", compatibility="manylinux_2.28")]',
            "CW-COMPATIBILITY-UNKNOWN",
            "manylinux_2_28",
        ),
        (
            'platforms=[wheel_platform("x86_64-apple-darwin", compatibility="manylinux_2_28")]',
            "CW-COMPATIBILITY-PLATFORM",
            "macosx",
        ),
        (
            'platforms=["x86_64-apple-darwin", wheel_platform("x86_64-apple-darwin")]',
            "CW-PLATFORM-DUPLICATE",
            "x86_64-apple-darwin",
        ),
        (
            'platforms=[wheel_platform("x86_64-apple-darwin", built_by="workflows")]',
            "CW-FIELD-VALUE",
            'write "workflow"',
        ),
        (
            'platforms=[wheel_platform("x86_64-apple-darwin", no_default_features="yes")]',
            "CW-FIELD-VALUE",
            "True or False",
        ),
        (
            'platforms=[wheel_platform("x86_64-apple-darwin", env=["A=1"])]',
            "CW-FIELD-VALUE",
            "a dictionary of strings",
        ),
        (
            'platforms=[wheel_platform("x86_64-apple-darwin", features="simd")]',
            "CW-FIELD-VALUE",
            "a list of strings",
        ),
        (
            'platforms=[wheel_platform("x86_64-apple-darwin", abis=["abi4"])]',
            "CW-ABI-UNKNOWN",
            "abi3",
        ),
        ('abis=["abi3", wheel_abi("abi3")]', "CW-ABI-DUPLICATE", "abi3"),
        ('abis=[wheel_abi("3.14t", feature=["a"])]', "CW-FIELD-UNKNOWN", "write `features`"),
        ('abis=["3.99x"]', "CW-ABI-UNKNOWN", "3.99x"),
        ('compatibility="manylinux_two"', "CW-COMPATIBILITY-UNKNOWN", "write `manylinux_"),
        ('interpreters=["3.99"]', "CW-FIELD-VALUE", "is not a version of CPython"),
        ('interpreters=["pypy3.11"]', "CW-FIELD-VALUE", "belongs into `abis`"),
        (
            'abis=[wheel_abi("3.12", interpreters=["3.13"])]',
            "CW-FIELD-VALUE",
            "take `interpreters`",
        ),
        ('abis=[wheel_abi("abi3", interpreters=["3"])]', "CW-FIELD-VALUE", "a version of CPython"),
        ('tag_format="v{verison}"', "CW-TAG-FORMAT", "{version}"),
        ('tag_format="release"', "CW-TAG-FORMAT", "exactly once"),
        ('tag_format="py3{version}"', "CW-TAG-FORMAT", "runs into the version"),
        ('tag_format="{group}-{version}"', "CW-TAG-FORMAT", "has no version_group"),
        ('first_version="one"', "CW-VERSION-INVALID", "0.1.0"),
    ],
)
def test_a_wrong_value_is_answered_with_the_right_one(field: str, code: str, mend: str) -> None:
    said = refusal(f"maturin_wheel({field})")
    assert "binding/BUILD:1: " in said
    assert f"{code} binding:binding: " in said
    assert mend in said


def test_all_that_is_wrong_with_a_field_is_said_at_once() -> None:
    said = refusal(
        """
        maturin_wheel(
            platforms=[
                "x86_64-unknown-linux-gnuu",
                wheel_platform("aarch64-apple-darwin", runer="macos-15", built_by="me"),
            ],
        )
        """
    )
    assert "CW-TRIPLE-UNKNOWN" in said
    assert "write `runner`" in said
    assert "built_by" in said


@pytest.mark.parametrize(
    "build",
    [
        'maturin_wheel(trust_policy={"organisation": "me"})',
        'crate_package(trust_policy={"organisation": "me"})',
    ],
)
def test_a_trust_policy_takes_only_what_a_registry_compares(build: str) -> None:
    said = refusal(build)
    assert "'organisation'" in said
    assert "owner, repository, workflow, github_environment" in said


def test_a_field_that_no_target_has_is_refused_with_the_ones_it_has() -> None:
    said = refusal("crate_package(publsh=True)")
    assert "publsh" in said
    assert "publish" in said.replace("publsh", "")


def test_a_plain_string_is_the_same_as_an_object_with_nothing_overridden() -> None:
    runner = repository(
        {
            "binding/BUILD": """
            maturin_wheel(
                name="strings", platforms=["aarch64-apple-darwin"], abis=["abi3", "3.14t"]
            )
            maturin_wheel(
                name="objects",
                platforms=[wheel_platform("aarch64-apple-darwin")],
                abis=[wheel_abi("abi3"), wheel_abi("3.14t")],
            )
            """
        }
    )
    strings, objects = target(runner, "binding:strings"), target(runner, "binding:objects")

    assert strings[PlatformsField].value == (WheelPlatform("aarch64-apple-darwin"),)
    assert strings[PlatformsField].value == objects[PlatformsField].value
    assert strings[AbisField].value == (WheelAbi("abi3"), WheelAbi("3.14t"))
    assert strings[AbisField].value == objects[AbisField].value


def test_every_build_field_can_be_overridden_in_both_objects() -> None:
    overrides = (
        'features=["a"], no_default_features=True, profile="dist", env={"A": "1"}, '
        'rustflags=["-C", "debuginfo=1"], cargo_args=["--config=a.b=1"], '
        'maturin_args=["--strip"], tools=["cmake"]'
    )
    runner = repository(
        {
            "binding/BUILD": f"""
            maturin_wheel(
                platforms=[
                    wheel_platform(
                        "aarch64-apple-darwin",
                        compatibility="macosx_11_0", runner="macos-15", built_by="workflow",
                        job="mac", binaries=["tool"], test_requires=["pytest"],
                        test_command="pytest", environment=None,
                        abis=[
                            wheel_abi("abi3", interpreters=["3.12"]),
                            wheel_abi("3.14t", {overrides}),
                        ],
                        interpreters=["3.12"],
                        {overrides},
                    ),
                ],
            )
            """
        }
    )
    assert target(runner, "binding:binding")[PlatformsField].value is not None

"""What a wheel's target says, platform by platform and family by family."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from cratewheel.cargo.model import load_cargo_model
from cratewheel.errors import CratewheelError
from cratewheel.plan.gather import release_packages
from cratewheel.plan.matrix import rows_of
from cratewheel.plan.package import ReleasePackage
from cratewheel.project import CRATE, WHEEL, DeclaredPackage, Project
from cratewheel.python_project import load_python_projects
from cratewheel.wheel_rows import (
    BuildSettings,
    check_abis,
    check_interpreters,
    check_platforms,
    resolve_rows,
)

LINUX = "x86_64-unknown-linux-gnu"
MUSL = "x86_64-unknown-linux-musl"
WINDOWS = "x86_64-pc-windows-msvc"
MAC = "aarch64-apple-darwin"


def faults(platforms: list[tuple[Any, tuple[tuple[str, Any], ...]]]) -> list[tuple[str, str]]:
    return [(each.code, each.place) for each in check_platforms(platforms, "a:a: platforms")]


def test_right_platforms_have_no_fault() -> None:
    overrides = (
        ("compatibility", "manylinux_2_28"),
        ("built_by", "workflow"),
        ("job", "linux"),
        ("features", ("simd",)),
        ("env", (("CC", "clang"),)),
        ("no_default_features", True),
        ("profile", None),
        ("abis", (("abi3", ()), ("3.14t", (("features", ("x",)),)))),
    )
    assert faults([(LINUX, overrides), (MUSL, ())]) == []


@pytest.mark.parametrize(
    ("platform", "overrides", "code", "place"),
    [
        (1, (), "CW-FIELD-VALUE", "a:a: platforms"),
        ("x86_64-linux", (), "CW-TRIPLE-UNKNOWN", "a:a: platforms"),
        (LINUX, (("feature", ("x",)),), "CW-FIELD-UNKNOWN", f"a:a: platforms[{LINUX}]"),
        (LINUX, (("features", "x"),), "CW-FIELD-VALUE", f"a:a: platforms[{LINUX}].features"),
        (LINUX, (("env", ("x",)),), "CW-FIELD-VALUE", f"a:a: platforms[{LINUX}].env"),
        (
            LINUX,
            (("no_default_features", "yes"),),
            "CW-FIELD-VALUE",
            f"a:a: platforms[{LINUX}].no_default_features",
        ),
        (LINUX, (("profile", 3),), "CW-FIELD-VALUE", f"a:a: platforms[{LINUX}].profile"),
        (LINUX, (("built_by", "me"),), "CW-FIELD-VALUE", f"a:a: platforms[{LINUX}]"),
        (LINUX, (("linker", "mold"),), "CW-FIELD-VALUE", f"a:a: platforms[{LINUX}].linker"),
        (LINUX, (("linker", True),), "CW-FIELD-VALUE", f"a:a: platforms[{LINUX}].linker"),
        (
            LINUX,
            (("interpreters", ("pypy3.11",)),),
            "CW-FIELD-VALUE",
            f"a:a: platforms[{LINUX}].interpreters",
        ),
        (
            LINUX,
            (("abis", (("3.1x", ()),)),),
            "CW-ABI-UNKNOWN",
            f"a:a: platforms[{LINUX}].abis",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    platform: Any, overrides: Any, code: str, place: str
) -> None:
    assert faults([(platform, overrides)]) == [(code, place)]


def test_a_floor_of_another_c_library_and_a_platform_twice_are_faults() -> None:
    platforms = [(MUSL, (("compatibility", each),)) for each in ("manylinux_2_28", "musllinux_1_2")]
    found = faults([*platforms, (MUSL, ())])
    assert [code for code, _ in found][1:] == ["CW-PLATFORM-DUPLICATE"]
    assert found[0][1] == f"a:a: platforms[{MUSL}]"


def test_a_platform_may_have_several_floors_if_they_are_different() -> None:
    platforms = [(LINUX, ()), (LINUX, (("compatibility", "manylinux_2_28"),))]
    assert faults(platforms) == []
    rows = resolve_rows(BuildSettings(), platforms, ())
    assert [row.key for row in rows] == [(LINUX, "manylinux_2_17"), (LINUX, "manylinux_2_28")]
    with pytest.raises(CratewheelError) as raised:
        resolve_rows(BuildSettings(compatibility="manylinux_2_28"), platforms, ())
    (finding,) = raised.value.findings
    assert finding.code == "CW-PLATFORM-DUPLICATE"
    assert f"{LINUX} is there twice with the floor manylinux_2_28" in finding.message


def test_families_are_named_once_and_by_what_they_are() -> None:
    found = check_abis(
        [("abi3", ()), ("abi3", ()), (3.12, ()), ("3.13", (("interpreters", ("3.12",)),))], "abis"
    )
    assert [(each.code, each.place) for each in found] == [
        ("CW-ABI-DUPLICATE", "abis"),
        ("CW-FIELD-VALUE", "abis"),
        ("CW-FIELD-VALUE", "abis[3.13].interpreters"),
    ]
    assert [each.code for each in check_interpreters(["3.12", "abi3", "x"], "i")] == [
        "CW-FIELD-VALUE",
        "CW-FIELD-VALUE",
    ]


def test_a_row_has_the_targets_settings_where_it_has_none_of_its_own() -> None:
    target = BuildSettings(features=("a",), profile="dist", tools=("cmake",))
    own = (
        ("features", ("b",)),
        ("runner", "big"),
        ("abis", (("3.13", (("tools", ("protoc",)),)),)),
    )
    first, second = resolve_rows(
        target, [(LINUX, own), (MUSL, ())], [("abi3", ())], environment="docker"
    )
    assert (first.settings.features, first.settings.profile, first.runner) == (
        ("b",),
        "dist",
        "big",
    )
    assert [each.family.name for each in first.families] == ["3.13"]
    assert first.tools == ("cmake", "protoc")
    assert (second.settings.features, second.environment) == (("a",), "docker")
    assert [each.family.name for each in second.families] == ["abi3"]


def test_one_floor_of_a_target_is_for_its_own_c_library() -> None:
    target = BuildSettings(compatibility="manylinux_2_28")
    rows = resolve_rows(target, [(LINUX, ()), (MUSL, ()), (WINDOWS, ())], [])
    assert [None if row.floor is None else str(row.floor) for row in rows] == [
        "manylinux_2_28",
        "musllinux_1_2",
        None,
    ]


def test_families_that_nobody_names_follow_from_the_settings_of_the_row() -> None:
    def families(settings: BuildSettings) -> tuple[str, ...]:
        return settings.interpreters or ("abi3",)

    rows = resolve_rows(
        BuildSettings(),
        [(LINUX, ()), (MUSL, (("interpreters", ("3.12", "3.13")),))],
        None,
        default_families=families,
    )
    assert [[each.family.name for each in row.families] for row in rows] == [
        ["abi3"],
        ["3.12", "3.13"],
    ]


FILES = {
    "core/Cargo.toml": b'[package]\nname = "core"\nversion = "1.2.0"\n',
    "bind/Cargo.toml": b'[package]\nname = "bind"\nversion = "1.2.0"\n'
    b'[lib]\ncrate-type = ["cdylib"]\n'
    b'[dependencies]\npyo3 = { version = "0.25", features = ["abi3"] }\n',
    "bind/pyproject.toml": b'[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'
    b'[project]\nname = "my-py"\ndynamic = ["version"]\nrequires-python = ">=3.10"\n',
}


def packages(
    platforms: list[Any], abis: Optional[list[Any]], sdist: bool = True
) -> tuple[ReleasePackage, ...]:
    """A wheel with these rows, and the crate it is built from."""
    core = DeclaredPackage("core:core", CRATE, "core", publish=True)
    bind = DeclaredPackage("bind:bind", WHEEL, "bind", publish=True, sdist=sdist)
    project = Project(
        load_cargo_model(FILES), load_python_projects(FILES, FILES), FILES, (bind, core), {}
    )
    rows = {"bind:bind": resolve_rows(BuildSettings(), platforms, abis)}
    return release_packages(
        project, (bind, core), {"bind:bind": ("core:core", "gone:gone")}, rows, {}
    )


def specs(platforms: list[Any], abis: Optional[list[Any]], sdist: bool = True) -> dict[Any, Any]:
    """The rows of the packages, by target triple or kind."""
    found = packages(platforms, abis, sdist)
    assert [(each.id, each.depends_on) for each in found] == [
        ("wheel:my-py", ("crate:core",)),
        ("crate:core", ()),
    ]
    return {row.target or row.kind: row for package in found for row in package.rows}


def test_every_artifact_has_its_row_and_every_wheel_its_tags() -> None:
    found = specs(
        [(LINUX, ()), (MUSL, ()), (MAC, ()), (WINDOWS, (("built_by", "workflow"),))],
        [("abi3", ()), ("3.14t", ())],
    )
    assert set(found) == {"crate", "sdist", LINUX, MUSL, MAC, WINDOWS}
    assert found[LINUX].wheel_tags == (
        "cp310-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64",
        "cp314-cp314t-manylinux2014_x86_64.manylinux_2_17_x86_64",
    )
    assert found[MUSL].wheel_tags[0] == "cp310-abi3-musllinux_1_2_x86_64"
    assert found[MAC].wheel_tags[0] == "cp310-abi3-macosx_11_0_arm64"
    assert found[WINDOWS].wheel_tags[0] == "cp310-abi3-win_amd64"
    assert (found[LINUX].libc, found[MUSL].libc, found[WINDOWS].libc) == ("gnu", "musl", None)
    assert found["crate"].artifact_path == "dist/core-{version}.crate"
    assert found["sdist"].artifact_path == "dist/my_py-{version}.tar.gz"
    assert found[MAC].artifact_path == "dist/my_py-{version}-*macosx*_arm64.whl"


def test_the_command_of_a_row_builds_it_alone() -> None:
    platforms = [(LINUX, ()), (WINDOWS, ()), (MUSL, (("built_by", "workflow"),))]
    rows = [row for each in packages(platforms, [("abi3", ())]) for row in rows_of(each, "1.2.1")]
    pants = "pants --cratewheel-plan=plan.json --cratewheel-rows="
    assert {row.artifact_name: row.command for row in rows} == {
        "core-crate": f"{pants}core-crate package core:core",
        "my-py-sdist": f"{pants}my-py-sdist package bind:bind",
        f"my-py-wheel-{LINUX}": f"{pants}my-py-wheel-{LINUX} package bind:bind",
        f"my-py-wheel-{WINDOWS}": (
            f"cratewheel build --plan plan.json --row my-py-wheel-{WINDOWS}"
        ),
        f"my-py-wheel-{MUSL}": "cratewheel stamp --plan plan.json --id wheel:my-py",
    }


def test_a_target_without_a_source_distribution_has_no_row_for_one() -> None:
    assert "sdist" not in specs([(LINUX, ())], [("abi3", ())], sdist=False)

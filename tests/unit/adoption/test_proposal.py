"""What adopting writes into BUILD files and pants.toml, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

import pytest

from cratewheel.adoption.build_files import find_field, with_fields
from cratewheel.adoption.proposal import AdoptedRow, ExistingPackage, Proposal, propose
from cratewheel.plan.inputs import PublishedVersion

CRATE_BUILD = '# Ours.\ncrate_package(name="demo", publish=True)\n'
WHEEL_BUILD = """\
maturin_wheel(
    name="demo",
    publish=True,
    platforms=[
        "x86_64-unknown-linux-gnu",
        "aarch64-unknown-linux-gnu",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
        "x86_64-pc-windows-msvc",
    ],
    test_requires=["pytest"],  # the newest
)
"""
WHEELS = (
    PublishedVersion("0.9.0", files=("demo-0.9.0-cp39-abi3-win32.whl",)),
    PublishedVersion(
        "0.10.0",
        files=(
            "demo-0.10.0-cp39-abi3-manylinux_2_28_x86_64.whl",
            "demo-0.10.0-cp39-abi3-win_amd64.whl",
            "demo-0.10.0.tar.gz",
        ),
    ),
)
PANTS_TOML = '[GLOBAL]\npants_version = "2.17.1"  # the newest on PyPI\n'


def proposal(
    tags: Sequence[str] = ("v0.9.0", "v0.10.0"),
    build: str = WHEEL_BUILD,
    pants_toml: str = PANTS_TOML,
    manifest: str = "0.10.0",
    elsewhere: Sequence[str] = (),
    jobs: Optional[Mapping[str, str]] = None,
    **changes: Any,
) -> Proposal:
    crate = package("crate", "crates/demo", manifest, None, **changes)
    wheel = package("wheel", "python", manifest, WHEELS, **changes)
    files = {"crates/demo/BUILD": CRATE_BUILD, "python/BUILD": build}
    return propose(
        [crate, wheel],
        tags,
        files,
        pants_toml,
        is_reachable=lambda tag: tag not in elsewhere,
        jobs=jobs or {},
    )


def package(
    kind: str,
    directory: str,
    manifest: str,
    released: Any,
    tag_format: Optional[str] = None,
    version_group: Optional[str] = None,
) -> ExistingPackage:
    return ExistingPackage(
        f"{kind}:demo",
        kind,
        "demo",
        f"{directory}:demo",
        manifest,
        tag_format,
        version_group,
        released,
    )


def test_tags_group_and_wheels_are_written_and_nothing_else_is_touched() -> None:
    found = proposal()
    assert found.files["crates/demo/BUILD"] == (
        '# Ours.\ncrate_package(name="demo", publish=True,\n'
        '    version_group="demo",\n    tag_format="v{version}",\n)\n'
    )
    wheel = found.files["python/BUILD"]
    assert find_field(wheel, "maturin_wheel", "demo", "platforms") == (
        "[\n"
        '        wheel_platform("x86_64-unknown-linux-gnu", compatibility="manylinux_2_28"),\n'
        '        "x86_64-pc-windows-msvc",\n'
        "    ]"
    )
    assert '    test_requires=["pytest"],  # the newest\n' in wheel
    assert find_field(wheel, "maturin_wheel", "demo", "abis") == '["abi3"]'
    assert found.files["pants.toml"] == f'{PANTS_TOML}\n[cratewheel]\nversioning = "manifest"\n'


def test_the_second_time_there_is_nothing_to_write() -> None:
    found = proposal()
    again = propose(
        [
            package("crate", "crates/demo", "0.10.0", None, "v{version}", "demo"),
            package("wheel", "python", "0.10.0", WHEELS, "v{version}", "demo"),
        ],
        ["v0.9.0", "v0.10.0"],
        {path: found.files[path] for path in ("crates/demo/BUILD", "python/BUILD")},
        found.files["pants.toml"],
        is_reachable=lambda tag: True,
    )
    assert again.files == {}


def test_what_a_person_has_written_stays_and_is_said() -> None:
    build = 'maturin_wheel(name="demo", publish=True, platforms=["riscv64gc-unknown-linux-gnu"])\n'
    toml = f'{PANTS_TOML}\n[cratewheel]\nversioning = "trailers"\n'
    found = proposal(build=build, pants_toml=toml)
    assert "riscv64gc-unknown-linux-gnu" in found.files["python/BUILD"]
    assert "win_amd64" not in found.files["python/BUILD"]
    assert any("`platforms` is written already" in note for note in found.notes)
    assert "pants.toml" not in found.files


def test_versions_that_nobody_bumps_come_from_trailers() -> None:
    assert "pants.toml" not in proposal(manifest="0.0.0").files


def test_releases_from_other_branches_count_when_the_last_one_was_one() -> None:
    found = proposal(manifest="0.0.0", elsewhere=["v0.10.0"])
    assert 'tags = "all"' in found.files["pants.toml"]
    assert any("another branch: v0.10.0" in note for note in found.notes)


def test_a_project_without_a_past_gets_nothing() -> None:
    found = propose(
        [package("crate", "crates/demo", "0.1.0", ())],
        [],
        {"crates/demo/BUILD": CRATE_BUILD},
        PANTS_TOML,
        is_reachable=lambda tag: True,
    )
    assert found == Proposal({}, ())


def test_tags_are_not_those_of_a_package_that_was_never_released() -> None:
    found = propose(
        [
            package("crate", "crates/demo", "0.10.0", (PublishedVersion("0.10.0"),)),
            package("wheel", "python", "0.10.0", ()),
        ],
        ["v0.9.0", "v0.10.0"],
        {"crates/demo/BUILD": CRATE_BUILD, "python/BUILD": WHEEL_BUILD},
        PANTS_TOML,
        is_reachable=lambda tag: True,
    )
    assert set(found.files) == {"crates/demo/BUILD", "pants.toml"}
    assert "version_group" not in found.files["crates/demo/BUILD"]


def test_what_it_says_of_the_rows_is_what_it_writes() -> None:
    found = proposal(jobs={"x86_64-pc-windows-msvc": "pgo in wheels.yml"})
    assert found.rows == {
        "wheel:demo": (
            AdoptedRow("x86_64-unknown-linux-gnu", "pants"),
            AdoptedRow("x86_64-pc-windows-msvc", "workflow", "pgo in wheels.yml"),
        )
    }
    assert (
        'wheel_platform("x86_64-pc-windows-msvc", built_by="workflow", job="pgo in wheels.yml")'
        in found.files["python/BUILD"]
    )
    assert any("x86_64-pc-windows-msvc stays with the job pgo" in note for note in found.notes)
    assert (
        proposal(build='maturin_wheel(name="demo", platforms=["i686-pc-windows-msvc"])').rows == {}
    )


@pytest.mark.parametrize(
    "newer",
    [
        PublishedVersion("0.11.0", files=("demo-0.11.0-cp39-abi3-win32.whl",), yanked=True),
        PublishedVersion("0.11.0rc1", files=("demo-0.11.0rc1-cp39-abi3-win32.whl",)),
        PublishedVersion("0.11.0"),
    ],
    ids=["withdrawn", "candidate", "empty"],
)
def test_the_wheels_are_those_of_what_people_install(newer: PublishedVersion) -> None:
    found = propose(
        [package("wheel", "python", "0.10.0", (*WHEELS, newer))],
        [],
        {"python/BUILD": WHEEL_BUILD},
        PANTS_TOML,
        is_reachable=lambda tag: True,
    )
    assert any("the wheels of its release 0.10.0, 3 files" in note for note in found.notes)


def test_a_project_with_nothing_but_candidates_gets_those_wheels() -> None:
    only = PublishedVersion("0.1.0rc1", files=("demo-0.1.0rc1-cp39-abi3-win32.whl",))
    found = propose(
        [package("wheel", "python", "0.1.0", (only,))],
        [],
        {"python/BUILD": WHEEL_BUILD},
        PANTS_TOML,
        is_reachable=lambda tag: True,
    )
    assert '"i686-pc-windows-msvc"' in found.files["python/BUILD"]


def test_a_format_that_is_the_default_of_no_twin_is_written_where_there_is_one() -> None:
    """The wheel's own default is another when a crate has its name."""
    found = propose(
        [
            package("crate", "crates/demo", "0.10.0", (PublishedVersion("0.10.0"),)),
            package("wheel", "python", "0.3.0", (PublishedVersion("0.3.0"),)),
        ],
        ["v0.10.0", "demo-v0.3.0"],
        {"crates/demo/BUILD": CRATE_BUILD, "python/BUILD": WHEEL_BUILD},
        PANTS_TOML,
        is_reachable=lambda tag: True,
    )
    assert 'tag_format="demo-v{version}"' in found.files["python/BUILD"]
    assert 'tag_format="v{version}"' in found.files["crates/demo/BUILD"]


def test_one_manifest_that_nobody_raises_keeps_the_trailers() -> None:
    found = propose(
        [
            package("crate", "crates/demo", "0.10.0", None),
            package("wheel", "python", "0.0.0", None),
        ],
        ["rust-v0.9.0", "rust-v0.10.0", "py-v0.1.0", "py-v0.2.0"],
        {"crates/demo/BUILD": CRATE_BUILD, "python/BUILD": WHEEL_BUILD},
        PANTS_TOML,
        is_reachable=lambda tag: True,
    )
    assert "pants.toml" not in found.files
    assert any("nobody those of wheel:demo" in note for note in found.notes)


def test_a_field_is_replaced_where_it_stands_whatever_is_around_it() -> None:
    text = "# é\nfoo(name='x', b=['ü'], c=1)\nfoo(name='y', b=[])\n"
    assert with_fields(text, "foo", "y", {"b": "[2]"}) == text.replace("b=[]", "b=[2]")
    assert with_fields(text, "foo", "x", {"b": "[]"}) == text.replace("b=['ü']", "b=[]")
    assert with_fields(text, "foo", "z", {"b": "[]"}) == text


def test_a_target_without_a_name_has_that_of_its_directory() -> None:
    assert with_fields("crate_package()\n", "crate_package", "demo", {"publish": "True"}) == (
        "crate_package(\n    publish=True,\n)\n"
    )

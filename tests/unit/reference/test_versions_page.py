"""`docs/versions.md` holds: its tables and examples are tried on the code they describe."""

from __future__ import annotations

import pytest
from markdown_pages import code_blocks, read, section, tables

from cratewheel.plan.package import ReleasePackage
from cratewheel.tags import resolve_formats
from cratewheel.trailers import ACTIONS, release_trailers
from cratewheel.versions import LEVELS, parse_version, raise_version

PAGE = read("docs/versions.md")
ARITHMETIC, SPELLINGS = tables(section(PAGE, "Arithmetic"))
TRAILERS, TAGS = tables(section(PAGE, "Trailers"))[0], tables(section(PAGE, "Tags"))[0]


@pytest.mark.parametrize(("base", "asked", "expected"), ARITHMETIC)
def test_arithmetic(base: str, asked: str, expected: str) -> None:
    start = parse_version(base)
    assert start is not None
    words = asked.split(", ")
    level = next((word for word in words if word in LEVELS), "patch")
    stage = next((word for word in words if word not in LEVELS), None)
    assert str(raise_version(start, level, stage=stage)) == expected


@pytest.mark.parametrize(("semver", "pep440"), SPELLINGS)
def test_spellings(semver: str, pep440: str) -> None:
    version = parse_version(semver)
    assert version is not None
    assert version == parse_version(pep440)
    assert (version.spelled_for("crate"), version.spelled_for("wheel")) == (semver, pep440)


def test_trailers_of_the_table_are_understood_and_complete() -> None:
    message = "Subject\n\n" + "".join(f"{cell.strip('`')}\n" for cell, _ in TRAILERS)
    found = release_trailers(message)
    assert found.malformed == ()
    assert {trailer.action for trailer in found.releases} == {*ACTIONS, "explicit"}
    assert len(found.ignored) == 1


def test_example_commit_and_lists_are_trailers() -> None:
    commit, lists = code_blocks(section(PAGE, "Trailers"), "text")
    (release,) = release_trailers(commit).releases
    assert release.action == "minor"
    listed = release_trailers(f"Subject\n\n{lists}")
    assert [trailer.names for trailer in listed.releases] == [
        ("fastcsv",),
        ("wheel:fastcsv", "crates/fastcsv-core"),
    ]


def test_subject_of_the_text_is_a_subject() -> None:
    assert "`release: 0.16.0 (#259)` is a subject" in PAGE
    assert release_trailers("release: 0.16.0 (#259)\n").releases == ()


def test_default_tags() -> None:
    def package(kind: str, name: str, group: str = "") -> ReleasePackage:
        return ReleasePackage(
            f"{kind}:{name}", name, kind, f"{kind}s/{name}", "", version_group=group or None
        )

    formats = resolve_formats(
        [
            package("crate", "alone"),
            package("crate", "shared"),
            package("wheel", "shared"),
            package("crate", "member", "family"),
        ]
    )
    version = parse_version("1.2.3")
    assert version is not None
    written = [
        formats[package_id].tag(version)
        for package_id in ("crate:alone", "wheel:shared", "crate:member")
    ]
    filled = [
        cell.strip("`").format(name=name, group="family", version="1.2.3")
        for (_, cell), name in zip(TAGS, ("alone", "shared", "member"))
    ]
    assert written == filled

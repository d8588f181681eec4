"""Tag formats: defaults, what is refused, and that a written tag reads back."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cratewheel.errors import CratewheelError
from cratewheel.plan.package import ReleasePackage
from cratewheel.tags import resolve_formats
from cratewheel.versions import Version, parse_version


def package(
    kind: str, name: str, tag_format: Optional[str] = None, group: Optional[str] = None
) -> ReleasePackage:
    return ReleasePackage(
        id=f"{kind}:{name}",
        name=name,
        kind=kind,
        address=f"{kind}s/{name}:{name}",
        registry="",
        tag_format=tag_format,
        version_group=group,
    )


def version(text: str) -> Version:
    found = parse_version(text)
    assert found is not None
    return found


def tags_of(*packages: ReleasePackage, at: str = "1.2.0-rc.1") -> dict[str, Optional[str]]:
    return {each: fmt.tag(version(at)) for each, fmt in resolve_formats(packages).items()}


def codes(*packages: ReleasePackage) -> tuple[str, ...]:
    with pytest.raises(CratewheelError) as raised:
        resolve_formats(packages)
    return raised.value.codes


def test_defaults_keep_packages_apart() -> None:
    assert tags_of(
        package("crate", "core"), package("wheel", "my-py"), package("wheel", "core")
    ) == {
        "crate:core": "core-v1.2.0-rc.1",
        "wheel:my-py": "my-py-v1.2.0rc1",
        "wheel:core": "core-py-v1.2.0rc1",
    }


def test_a_group_has_one_tag() -> None:
    members = (package("crate", "a", "v{version}", "all"), package("wheel", "b", None, "all"))
    assert set(tags_of(*members).values()) == {"v1.2.0-rc.1"}
    unset = (package("crate", "a", None, "all"), package("wheel", "b", None, "all"))
    assert set(tags_of(*unset).values()) == {"all-v1.2.0-rc.1"}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("v0.7.0-rc0", "0.7.0-rc.0"),
        ("v0.22.2rc0", "0.22.2-rc.0"),
        ("v1.2", "1.2.0"),
        ("1.2.3", None),
        ("v", None),
        ("vx", None),
        ("v1.2.3-x y", None),
    ],
)
def test_tags_of_every_spelling_parse(tag: str, expected: Optional[str]) -> None:
    fmt = resolve_formats([package("wheel", "a", "v{version}")])["wheel:a"]
    assert fmt.version(tag) == (version(expected) if expected else None)


def test_bare_versions_are_a_format() -> None:
    fmt = resolve_formats([package("wheel", "a", "{version}")])["wheel:a"]
    assert fmt.version("0.22.2rc0") == version("0.22.2-rc.0")


@pytest.mark.parametrize(
    "tag_format",
    [
        "v",
        "{version}{version}",
        "{name}-{vers}",
        "v1{version}",
        "{version}x",
        "a b{version}",
        "a..{version}",
        "-{version}",
        "{version}/",
        "{group}-{version}",
        "v{version",
        "{version}.lock",
    ],
)
def test_formats_that_cannot_work_are_refused_at_load(tag_format: str) -> None:
    assert codes(package("crate", "a", tag_format)) == ("CW-TAG-FORMAT",)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("v{version}", "v{version}"),
        ("{version}", "{version}-py"),
        ("v{version}", "v{version}-rust"),
        ("{name}-v{version}", "a-v{version}"),
    ],
)
def test_formats_that_collide_are_refused_at_load(first: str, second: str) -> None:
    assert codes(package("crate", "a", first), package("wheel", "b", second)) == (
        "CW-TAG-COLLISION",
    )


def test_all_collisions_are_listed() -> None:
    packages = [package("crate", name, "v{version}") for name in "abc"]
    with pytest.raises(CratewheelError) as raised:
        resolve_formats(packages)
    assert len(raised.value.findings) == 2


def test_similar_formats_that_can_be_told_apart_are_fine() -> None:
    tags_of(package("crate", "a"), package("crate", "a-v2"), package("wheel", "b", "v{version}"))


AFFIXES = st.text("abv-_./1@ {}", max_size=5)


@given(AFFIXES, AFFIXES, st.tuples(*[st.integers(0, 50)] * 3), st.booleans())
def test_a_format_is_refused_or_reads_back(
    prefix: str, suffix: str, numbers: tuple[int, int, int], candidate: bool
) -> None:
    packages = [package("crate", "a", f"{prefix}{{version}}{suffix}")]
    try:
        formats = resolve_formats(packages)
    except CratewheelError:
        return
    it = Version(*numbers, pre=("rc", 1) if candidate else ())
    tag = formats["crate:a"].tag(it)
    assert tag is not None
    assert formats["crate:a"].version(tag) == it


def test_a_group_may_have_several_formats() -> None:
    first = package("crate", "a", "a-{version}", "g")
    assert (
        len(set(tags_of(first, replace(package("wheel", "b", "b-{version}", "g"))).values())) == 2
    )

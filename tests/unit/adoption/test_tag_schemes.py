"""How projects tag, and what adopting them concludes from it."""

from __future__ import annotations

import pytest

from cratewheel.adoption.tag_schemes import TaggedPackage, shared_schemes, tag_schemes


def formats(tags: list[str], *packages: TaggedPackage) -> dict[str, str]:
    return {each: scheme.tag_format for each, scheme in tag_schemes(packages, tags).items()}


def crate(name: str, version: str = "0.0.0", *released: str) -> TaggedPackage:
    return TaggedPackage(f"crate:{name}", "crate", name, version, released)


def wheel(name: str, version: str = "0.0.0", *released: str) -> TaggedPackage:
    return TaggedPackage(f"wheel:{name}", "wheel", name, version, released)


@pytest.mark.parametrize(
    ("tags", "package", "expected"),
    [
        (["v0.9.0", "v0.10.0"], wheel("jiter"), "v{version}"),
        (["3.11.7", "3.11.8"], wheel("orjson"), "{version}"),
        (["py-1.30.0", "rs-0.47.0", "py-0.20.0"], wheel("polars"), "py-{version}"),
        (["py-1.30.0", "rs-0.47.0"], crate("polars"), "rs-{version}"),
        (["python-v0.25.0", "rust-v0.25.0"], wheel("deltalake"), "python-v{version}"),
        (["demo-v1.0.0", "v0.3.0", "other-v2.0.0"], crate("demo"), "demo-v{version}"),
        (["my-py@1.0.0"], wheel("my_py"), "my-py@{version}"),
        (["v1.0.0rc1", "v1.0.0"], wheel("demo"), "v{version}"),
    ],
)
def test_the_scheme_is_the_one_that_speaks_of_the_package(
    tags: list[str], package: TaggedPackage, expected: str
) -> None:
    assert formats(tags, package) == {package.id: expected}


def test_tags_of_something_else_are_no_scheme() -> None:
    assert formats(["nightly", "docs-v1.0", "node-v0.1.0", "release"], wheel("demo")) == {}


def test_what_was_released_decides_between_old_and_new_schemes() -> None:
    tags = ["demo-0.1.0", "demo-0.2.0", "v0.3.0", "v0.4.0"]
    assert formats(tags, crate("demo", "0.4.0", "0.3.0", "0.4.0")) == {"crate:demo": "v{version}"}


def test_a_crate_and_a_wheel_with_one_scheme_share_their_version() -> None:
    schemes = tag_schemes([crate("jiter"), wheel("jiter")], ["v0.9.0", "v0.10.0"])
    assert shared_schemes(schemes) == {"v{version}": ["crate:jiter", "wheel:jiter"]}


@pytest.mark.parametrize(
    ("manifest", "bumped"), [("0.10.0", True), ("0.11.0", True), ("0.0.0", False), ("0.9.0", False)]
)
def test_manifests_that_keep_up_with_the_tags_are_bumped_by_somebody(
    manifest: str, bumped: bool
) -> None:
    (scheme,) = tag_schemes([crate("demo", manifest)], ["v0.9.0", "v0.10.0"]).values()
    assert scheme.bumped is bumped


def test_one_tag_does_not_say_who_bumps() -> None:
    (scheme,) = tag_schemes([crate("demo", "0.1.0")], ["v0.1.0"]).values()
    assert not scheme.bumped


@pytest.mark.parametrize("order", [1, -1])
def test_tags_that_differ_in_spelling_alone_are_those_of_the_package_so_spelled(order: int) -> None:
    tags = ["Odd.Name-0.2.0", "Odd.Name-0.3.0", "odd_name-v0.2.0", "odd_name-v0.3.0"]
    wheel = TaggedPackage("wheel:Odd.Name", "wheel", "Odd.Name", "0.3.0", ("0.2.0", "0.3.0"))
    schemes = tag_schemes([crate("odd_name", "0.3.0"), wheel], tags[::order])
    assert {package: each.tag_format for package, each in schemes.items()} == {
        "crate:odd_name": "odd_name-v{version}",
        "wheel:Odd.Name": "Odd.Name-{version}",
    }
    assert shared_schemes(schemes) == {}

"""What stands in the way of publishing a crate is said all at once, before anything is built."""

from __future__ import annotations

from pathlib import Path

import pytest
from reference_cargo import cargo, write_tree

from cratewheel.cargo.model import load_cargo_model
from cratewheel.cargo.registry_rules import findings_for_publishing
from cratewheel.errors import Finding

HEAD = '[package]\nname = "x"\nversion = "1.0.0"\n'
GOOD = HEAD + 'description = "d"\nlicense = "MIT"\nedition = "2021"\n'


def findings(manifest: str, name: str = "x") -> tuple[Finding, ...]:
    files = {
        "x/Cargo.toml": manifest.encode(),
        "y/Cargo.toml": b'[package]\nname = "y"\nversion = "1.0.0"',
    }
    model = load_cargo_model(files)
    assert not model.problems
    return findings_for_publishing(model, "x")


def test_a_crate_in_order_has_none() -> None:
    assert findings(GOOD) == ()
    assert findings(HEAD + 'description = "d"\nlicense-file = "L"\npublish = ["crates-io"]') == ()


def test_all_that_is_missing_is_named_in_one_finding() -> None:
    (found,) = findings('[package]\nname = "x"\ndescription = "  "')
    assert found.code == "CW-CRATE-METADATA"
    assert found.place == "x/Cargo.toml: package"
    assert all(word in found.message for word in ("version", "description", "license"))


@pytest.mark.parametrize(
    ("lines", "code", "place"),
    [
        ("publish = false", "CW-CRATE-PUBLISH-FORBIDDEN", "package.publish"),
        ('publish = ["mine"]', "CW-CRATE-PUBLISH-FORBIDDEN", "package.publish"),
        ('keywords = ["a", "b", "c", "d", "e", "f"]', "CW-CRATE-METADATA", "package.keywords"),
        ('keywords = ["has space"]', "CW-CRATE-METADATA", "package.keywords"),
        (f'keywords = ["{"k" * 21}"]', "CW-CRATE-METADATA", "package.keywords"),
        ('categories = ["a", "b", "c", "d", "e", "f"]', "CW-CRATE-METADATA", "package.categories"),
        (
            '[dependencies]\ny = { path = "../y" }',
            "CW-CRATE-PATH-WITHOUT-VERSION",
            "dependencies.y",
        ),
        (
            '[build-dependencies]\nz = { package = "y", path = "../y" }',
            "CW-CRATE-PATH-WITHOUT-VERSION",
            "build-dependencies.z",
        ),
        (
            "[target.'cfg(unix)'.dependencies]\ny = { path = '../y', optional = true }",
            "CW-CRATE-PATH-WITHOUT-VERSION",
            "target.'cfg(unix)'.dependencies.y",
        ),
        ('[dependencies]\ng = { git = "https://example.org/g" }', "CW-CRATE-GIT-DEPENDENCY", "g"),
        ('[dependencies]\nlog = "*"', "CW-CRATE-WILDCARD", "dependencies.log"),
        ('[dev-dependencies]\nlog = "*"', "CW-CRATE-WILDCARD", "dev-dependencies.log"),
        (
            '[dependencies]\nlog = { version = "1", registry = "mine" }',
            "CW-CRATE-REGISTRY-DEPENDENCY",
            "dependencies.log",
        ),
    ],
)
def test_each_rule_names_the_key_at_fault(lines: str, code: str, place: str) -> None:
    (found,) = findings(GOOD + lines)
    assert found.code == code
    assert found.place.startswith("x/Cargo.toml: ")
    assert found.place.endswith(place)


@pytest.mark.parametrize("name", ["_x", "x" * 65, "naïve"])
def test_names_crates_io_refuses(name: str) -> None:
    found = findings(GOOD.replace('"x"', f'"{name}"'))
    assert {f.code for f in found} == {"CW-CRATE-NAME"}


def test_limits_and_description() -> None:
    many = "\n".join(f'd{i} = "1"' for i in range(501))
    features = "\n".join(f"f{i} = []" for i in range(301))
    text = GOOD.replace('"d"', f'"{"d" * 1001}"')
    found = findings(f"{text}[dependencies]\n{many}\n[features]\n{features}")
    assert [f.code for f in found] == ["CW-CRATE-METADATA", "CW-CRATE-LIMITS", "CW-CRATE-LIMITS"]


DEV_PATH = '[dev-dependencies]\ny = { path = "../y" }'


def test_cargo_strips_a_dev_dependency_without_a_version_and_refuses_any_other(
    tmp_path: Path,
) -> None:
    tree = {"y/Cargo.toml": '[package]\nname = "y"\nversion = "1.0.0"\nedition = "2021"'}
    for lines, accepted in ((DEV_PATH, True), (DEV_PATH.replace("dev-", ""), False)):
        write_tree(tmp_path, {**tree, "x/Cargo.toml": GOOD + lines})
        done = cargo(tmp_path / "x", "package", "--allow-dirty", "--no-verify")
        assert (done.returncode == 0) is accepted, done.stderr
        assert (not findings(GOOD + lines)) is accepted

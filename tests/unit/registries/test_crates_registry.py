"""The embedded crates registry against the rules of crates.io, word for word."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from fake_clock import FakeClock
from made_packages import LEGAL, make_crate

from cratewheel.registries.crate_file import (
    CRATES_IO_INDEX,
    MalformedCrateError,
    publish_body,
    read_crate,
)
from cratewheel.registries.crate_index import index_path
from cratewheel.registries.crates import CratesRegistry
from cratewheel.registries.refusal import Refusal


@pytest.fixture
def registry(tmp_path: Path, clock: FakeClock) -> CratesRegistry:
    return CratesRegistry(tmp_path, clock, delay=2.0, reserved=["core", "facade"])


def put(registry: CratesRegistry, name: str, version: str = "0.1.0", **options: Any) -> None:
    registry.publish(publish_body(read_crate(make_crate(name, version, **options))))


def refusal(registry: CratesRegistry, name: str, version: str = "0.1.0", **options: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        put(registry, name, version, **options)
    return caught.value


def needs(requirement: str, name: str = "serde") -> str:
    return f"[dependencies]\n{name} = {requirement}\n"


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        ({"package": 'license = "MIT"'}, "missing or empty metadata fields: description. Please"),
        ({"package": 'description = "x"'}, "missing or empty metadata fields: license. Please"),
        ({"package": 'description = ""'}, "metadata fields: description, license. Please see"),
        (
            {"package": f'license = "MIT"\ndescription = "{"x" * 1001}"'},
            "The `description` is too long. A maximum of 1000 characters are currently allowed.",
        ),
        (
            {"package": f'{LEGAL}homepage = "example.org"'},
            "URL for field `homepage` must begin with http:// or https:// (url: example.org)",
        ),
        (
            {"package": f'{LEGAL}rust-version = ">=1.70"'},
            "failed to parse `Cargo.toml` manifest file\n\ninvalid `rust-version` value",
        ),
        (
            {"package": f'{LEGAL}keywords = ["a", "b", "c", "d", "e", "f"]'},
            "expected at most 5 keywords per crate",
        ),
        (
            {"package": f'{LEGAL}keywords = ["aaaaaaaaaaaaaaaaaaaaa"]'},
            '"aaaaaaaaaaaaaaaaaaaaa" is an invalid keyword '
            "(keywords must have less than 20 characters)",
        ),
        ({"package": f'{LEGAL}keywords = ["a b"]'}, '"a b" is an invalid keyword'),
        (
            {"package": f'{LEGAL}categories = ["a", "b", "c", "d", "e", "f"]'},
            "expected at most 5 categories per crate",
        ),
        (
            {"tables": needs('"*"')},
            "wildcard (`*`) dependency constraints are not allowed on crates.io. "
            "Crate with this problem: `serde`",
        ),
        ({"tables": needs('{ features = ["a"] }')}, "wildcard (`*`) dependency constraints"),
        (
            {"tables": needs('{ version = "1", registry-index = "sparse+https://x.test/" }')},
            "Dependency `serde` is hosted on another registry. Cross-registry dependencies are not "
            "permitted on crates.io.",
        ),
        (
            {"tables": "[features]\n" + "".join(f"f{n} = []\n" for n in range(301))},
            "crates.io only allows a maximum number of 300 features, "
            "but your crate is declaring 301 features.",
        ),
        (
            {"tables": "[features]\nall = [" + "'a'," * 301 + "]\na = []\n"},
            "crates.io only allows a maximum number of 300",
        ),
        (
            {"tables": "[target.'cfg(unix)'.dependencies]\nserde = '*'\n"},
            "wildcard (`*`) dependency constraints",
        ),
        (
            {"tables": "[dependencies]\n" + "".join(f'd{n} = "1"\n' for n in range(501))},
            "crates.io only allows a maximum number of 500 dependencies.",
        ),
    ],
)
def test_manifest_rules(registry: CratesRegistry, options: Any, detail: str) -> None:
    refused = refusal(registry, "demo", **options)
    assert refused.status == 400
    assert detail in refused.detail


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        (
            "1st",
            "the name `1st` cannot be used as a crate name, the name cannot start with a digit",
        ),
        ("_a", "invalid character `_` in crate name: `_a`, the first character must be an ASCII"),
        ("a.b", "invalid character `.` in crate name: `a.b`, characters must be an ASCII alphanum"),
        ("a" * 65, f"the crate name `{'a' * 65}` is too long (max 64 characters)"),
    ],
)
def test_names(registry: CratesRegistry, name: str, detail: str) -> None:
    assert detail in refusal(registry, name).detail


def test_version_must_be_semver(registry: CratesRegistry) -> None:
    assert refusal(registry, "demo", "1.0").detail == '"1.0" is an invalid semver version'


def test_a_version_is_taken_for_ever_also_for_the_same_bytes(registry: CratesRegistry) -> None:
    put(registry, "demo")
    assert refusal(registry, "demo").detail == "crate version `0.1.0` is already uploaded"
    taken = "crate version `0.1.0` is already uploaded"
    assert refusal(registry, "demo", "0.1.0+build").detail == taken
    put(registry, "demo", "0.1.1")


@pytest.mark.parametrize("other", ["my_crate", "My-Crate"])
def test_names_collide_beyond_their_spelling(registry: CratesRegistry, other: str) -> None:
    put(registry, "my-crate")
    detail = "crate was previously named `my-crate`"
    assert refusal(registry, other, "0.2.0").detail == detail


def test_a_crate_of_this_release_must_be_there_before_what_needs_it(
    registry: CratesRegistry,
) -> None:
    tables = needs('"0.1"', "core")
    assert refusal(registry, "facade", tables=tables).detail == "no known crate named `core`"
    dev = '[dev-dependencies]\ncore = "0.1"\n'
    assert refusal(registry, "facade", tables=dev).detail == "no known crate named `core`"
    put(registry, "core")
    put(registry, "facade", tables=tables)


def test_a_dependency_is_spelt_exactly(registry: CratesRegistry) -> None:
    put(registry, "my-crate")
    detail = "no known crate named `my_crate`"
    assert refusal(registry, "demo", tables=needs('"0.1"', "my_crate")).detail == detail


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"", 400, "invalid metadata length"),
        (b"\xff\0\0\0{}", 400, "invalid metadata length for remaining payload: 255"),
        (b"\xff\xff\xff\0", 413, "JSON metadata blob too large"),
        (b"\2\0\0\0{}", 400, "invalid tarball length"),
        (b"\2\0\0\0{}\xff\0\0\0", 400, "invalid tarball length for remaining payload: 255"),
        (b"\2\0\0\0{}\xff\xff\xff\0", 413, "max upload size is: 10485760"),
        (b"\1\0\0\0{\0\0\0\0", 400, "invalid upload request: "),
    ],
)
def test_malformed_bodies(registry: CratesRegistry, body: bytes, status: int, detail: str) -> None:
    with pytest.raises(Refusal) as caught:
        registry.publish(body)
    assert caught.value.status == status
    assert caught.value.detail.startswith(detail)


def test_what_is_no_crate(registry: CratesRegistry) -> None:
    metadata = b'{"name":"demo","vers":"0.1.0"}'
    body = len(metadata).to_bytes(4, "little") + metadata + b"\3\0\0\0abc"
    with pytest.raises(Refusal, match="uploaded tarball is malformed or too large"):
        registry.publish(body)


@pytest.mark.parametrize(
    ("members", "detail"),
    [
        (["demo-0.1.0/src/lib.rs"], "uploaded tarball is missing a `Cargo.toml` manifest file"),
        (["demo-0.1.0/Cargo.toml"], "failed to parse `Cargo.toml` manifest file"),
    ],
)
def test_a_crate_without_a_manifest(members: list[str], detail: str) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name in members:
            archive.addfile(tarfile.TarInfo(name))
    with pytest.raises(MalformedCrateError, match=detail):
        read_crate(stream.getvalue())


@pytest.mark.parametrize(
    "tables",
    [
        needs('"x y"'),
        needs("{ features = 3 }"),
        "[features]\na = 3\n",
        "[badges]\nx = 1979-05-27\n",
    ],
)
def test_a_manifest_that_cargo_never_wrote_is_no_request(tables: str) -> None:
    crate = read_crate(make_crate("demo", "0.1.0", tables=tables))
    with pytest.raises(MalformedCrateError, match="failed to parse `Cargo.toml` manifest file"):
        publish_body(crate)


def test_all_files_of_a_crate_are_below_its_name_and_version() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        manifest = b'[package]\nname = "demo"\nversion = "0.1.0"\nreadme = "README.md"\n'
        folder = tarfile.TarInfo("demo-0.1.0")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in {"Cargo.toml": manifest, "README.md": b"# Demo"}.items():
            entry = tarfile.TarInfo(f"demo-0.1.0/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    assert read_crate(stream.getvalue()).readme == "# Demo"
    with tarfile.open(fileobj=(more := io.BytesIO()), mode="w:gz") as archive:
        entry = tarfile.TarInfo("demo-0.1.0/Cargo.toml")
        entry.size = len(manifest)
        archive.addfile(entry, io.BytesIO(manifest))
        archive.addfile(tarfile.TarInfo("other/lib.rs"))
    with pytest.raises(MalformedCrateError, match="invalid path found: other/lib.rs"):
        read_crate(more.getvalue())


def test_metadata_and_manifest_must_agree(registry: CratesRegistry) -> None:
    body = publish_body(read_crate(make_crate("demo", "0.1.0")))
    with pytest.raises(Refusal, match="metadata name `dem0` does not match manifest name `demo`"):
        registry.publish(body.replace(b'"name":"demo"', b'"name":"dem0"'))


def test_the_index_lags_behind_the_api(registry: CratesRegistry, clock: FakeClock) -> None:
    put(registry, "demo")
    assert registry.version("demo", "0.1.0").version == "0.1.0"
    with pytest.raises(Refusal):
        registry.index("de/mo/demo")
    clock.sleep(2)
    line = json.loads(registry.index("de/mo/demo"))
    assert (line["name"], line["vers"], line["yanked"]) == ("demo", "0.1.0", False)


def test_index_lines_say_where_dependencies_are(registry: CratesRegistry, clock: FakeClock) -> None:
    put(registry, "core")
    renamed = 'inner = { package = "core", version = "0.1" }'
    features = '[features]\nx = ["dep:serde"]\ny = []\n'
    tables = f'[dependencies]\nserde = {{ version = "1", optional = true }}\n{renamed}\n{features}'
    put(registry, "facade", tables=tables)
    clock.sleep(2)
    line = json.loads(registry.index("fa/ca/facade"))
    by_name = {entry["name"]: entry for entry in line["deps"]}
    assert by_name["serde"]["registry"] == CRATES_IO_INDEX
    assert by_name["inner"]["registry"] is None
    assert by_name["inner"]["package"] == "core"
    assert (line["features"], line["features2"], line["v"]) == ({"y": []}, {"x": ["dep:serde"]}, 2)


def test_asking_for_what_is_not_there(registry: CratesRegistry) -> None:
    put(registry, "my-crate")
    with pytest.raises(Refusal, match="crate `demo` does not exist"):
        registry.version("demo", "0.1.0")
    with pytest.raises(Refusal, match="crate `my_crate` does not have a version `9.0.0`"):
        registry.version("my_crate", "9.0.0")
    assert registry.version("my_crate", "0.1.0").name == "my-crate"


def test_everything_is_found_again_after_a_restart(
    registry: CratesRegistry, tmp_path: Path, clock: FakeClock
) -> None:
    put(registry, "core")
    put(registry, "core", "0.2.0")
    again = CratesRegistry(tmp_path, clock)
    assert again.versions("core") == registry.versions("core")
    assert again.download("core", "0.2.0") == registry.download("core", "0.2.0")


def test_an_upload_that_was_cut_off_did_not_happen(
    registry: CratesRegistry, tmp_path: Path, clock: FakeClock
) -> None:
    put(registry, "core")
    (tmp_path / "versions" / "core" / "0.1.0.json").unlink()
    again = CratesRegistry(tmp_path, clock)
    with pytest.raises(Refusal, match="does not exist"):
        again.version("core", "0.1.0")
    assert not list(tmp_path.glob("*.crate"))
    put(again, "core")


@pytest.mark.parametrize(
    ("name", "path"),
    [("a", "1/a"), ("ab", "2/ab"), ("Abc", "3/a/abc"), ("Serde-Json", "se/rd/serde-json")],
)
def test_index_paths(name: str, path: str) -> None:
    assert index_path(name) == path

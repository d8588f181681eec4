"""Reading a packaged `.crate` and saying what it is in the terms of a registry's web API.

`cargo publish` computes the metadata of its upload from a workspace. The same facts are in the
normalised `Cargo.toml` inside the packaged file, so they can be had from the bytes that are to be
uploaded, without resolving or packing anything again. Source of the shapes: cargo reference,
"Registry Web API" and "Index Format".
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import posixpath
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Optional

import tomli

from cratewheel import shapes
from cratewheel.artifacts import limits
from cratewheel.registries.version_req import normalise

CRATES_IO_INDEX = "https://github.com/rust-lang/crates.io-index"
"""The identity of crates.io in `Cargo.lock` and in the `registry` key of a dependency (cargo
reference, "Index Format"); a name, never an address to connect to."""

_TABLES = (
    ("dependencies", "normal"),
    ("dev-dependencies", "dev"),
    ("build-dependencies", "build"),
)
_TOO_LARGE = "uploaded tarball is malformed or too large when decompressed"


class MalformedCrateError(Exception):
    """The bytes are not a packaged crate; the message is crates.io's for the same fault."""


@dataclass(frozen=True)
class CrateFile:
    """A packaged crate.

    Args:
        data: the bytes of the `.crate`, a gzipped tar.
        manifest: the normalised `Cargo.toml` inside it.
        readme: the text of the manifest's readme, None when it names none.
        vcs_commit: the commit that `cargo package` recorded, None for one packaged outside a
            working tree.
    """

    data: bytes
    manifest: Mapping[str, Any]
    readme: Optional[str]
    vcs_commit: Optional[str]

    @property
    def name(self) -> str:
        return str(self.manifest["package"]["name"])

    @property
    def version(self) -> str:
        return str(self.manifest["package"]["version"])

    @property
    def checksum(self) -> str:
        """The sha256 of the bytes, in hex: `cksum` of the index."""
        return hashlib.sha256(self.data).hexdigest()


def read_crate(data: bytes) -> CrateFile:
    """Reads the bytes of a `.crate`.

    Raises:
        MalformedCrateError: they are not a gzipped tar with one `NAME-VERSION/Cargo.toml` that parses,
            or unpack to more than crates.io takes.
    """
    members = dict(_members(data))
    manifests = [path for path in members if re.fullmatch(r"[^/]+/Cargo\.toml", path)]
    if not manifests:
        raise MalformedCrateError("uploaded tarball is missing a `Cargo.toml` manifest file")
    root = posixpath.dirname(manifests[0])
    with _understanding_the_manifest():
        manifest = tomli.loads(members[manifests[0]].decode())
        package = manifest["package"]
        name, version, readme_file = package["name"], package["version"], package.get("readme")
    for path in members:
        if path.split("/")[0] != f"{name}-{version}":
            raise MalformedCrateError(f"invalid path found: {path}")
    readme = None
    if isinstance(readme_file, str):
        content = members.get(posixpath.normpath(f"{root}/{readme_file}"))
        readme = None if content is None else content.decode("utf-8", "replace")
    return CrateFile(data, manifest, readme, _commit(members.get(f"{root}/.cargo_vcs_info.json")))


def crate_contents(data: bytes) -> dict[str, bytes]:
    """The regular files of a `.crate`, by path below its `NAME-VERSION/` folder.

    Raises:
        MalformedCrateError: the bytes are not a gzipped tar, or unpack to more than crates.io takes.
    """
    return {path.partition("/")[2]: content for path, content in _members(data)}


def publish_metadata(crate: CrateFile, *, registry: str = CRATES_IO_INDEX) -> dict[str, Any]:
    """The JSON half of a publish request, as `cargo publish` sends it for this crate.

    Args:
        registry: the index of the registry that is published to, spelt as `registry-index` is in a
            packaged manifest. A dependency that names no registry is in the manifest one on
            crates.io and in the request one on the registry published to.

    Raises:
        MalformedCrateError: the manifest has values that cargo would never have written.
    """
    with _understanding_the_manifest():
        return _publish_metadata(crate, registry)


@contextmanager
def _understanding_the_manifest() -> Iterator[None]:
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise MalformedCrateError(
            f"failed to parse `Cargo.toml` manifest file\n\n{error}"
        ) from error


def _publish_metadata(crate: CrateFile, registry: str) -> dict[str, Any]:
    package = crate.manifest["package"]
    readme_file = package.get("readme")
    return {
        "name": crate.name,
        "vers": crate.version,
        "deps": [
            _publish_dependency(dependency, registry) for dependency in dependencies(crate.manifest)
        ],
        "features": {
            name: list(values) for name, values in crate.manifest.get("features", {}).items()
        },
        "authors": list(package.get("authors", ())),
        "description": package.get("description"),
        "documentation": package.get("documentation"),
        "homepage": package.get("homepage"),
        "readme": crate.readme,
        "readme_file": readme_file if isinstance(readme_file, str) else None,
        "keywords": list(package.get("keywords", ())),
        "categories": list(package.get("categories", ())),
        "license": package.get("license"),
        "license_file": package.get("license-file"),
        "repository": package.get("repository"),
        "badges": {name: dict(values) for name, values in crate.manifest.get("badges", {}).items()},
        "links": package.get("links"),
        "rust_version": package.get("rust-version"),
    }


@dataclass(frozen=True)
class Dependency:
    """A dependency as a packaged manifest writes it.

    Args:
        key: the key in its table, which is the name unless `package` renames.
        kind: `normal`, `dev` or `build`.
        target: the `cfg(...)` or triple of its table, None for all targets.
        table: the entry itself.
    """

    key: str
    kind: str
    target: Optional[str]
    table: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.table.get("package", self.key))

    @property
    def requirement(self) -> str:
        """The version requirement as it is written; `*` when there is none."""
        return str(self.table.get("version", "*"))

    @property
    def registry_index(self) -> str:
        """The index of the registry it comes from."""
        return str(self.table.get("registry-index", CRATES_IO_INDEX))


def dependencies(manifest: Mapping[str, Any]) -> tuple[Dependency, ...]:
    """All dependencies of a packaged manifest, in the order in which cargo lists them."""

    def of(tables: Mapping[str, Any], target: Optional[str]) -> Iterator[Dependency]:
        for section, kind in _TABLES:
            for key, entry in tables.get(section, {}).items():
                table = entry if isinstance(entry, Mapping) else {"version": entry}
                yield Dependency(key, kind, target, table)

    found = list(of(manifest, None))
    for target, tables in manifest.get("target", {}).items():
        found.extend(of(tables, target))
    return tuple(found)


def publish_body(crate: CrateFile, *, registry: str = CRATES_IO_INDEX) -> bytes:
    """The body of `PUT /api/v1/crates/new`: JSON and file, each after its length (32 bits, little-endian).

    Args:
        registry: as for `publish_metadata`.

    Raises:
        MalformedCrateError: as `publish_metadata`.
    """
    document = publish_metadata(crate, registry=registry)
    with _understanding_the_manifest():
        metadata = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return b"".join(
        (
            len(metadata).to_bytes(4, "little"),
            metadata,
            len(crate.data).to_bytes(4, "little"),
            crate.data,
        )
    )


def _publish_dependency(dependency: Dependency, registry: str) -> dict[str, Any]:
    table = dependency.table
    document: dict[str, Any] = {
        "optional": bool(table.get("optional", False)),
        "default_features": bool(table.get("default-features", True)),
        "name": dependency.name,
        "features": list(table.get("features", ())),
        "version_req": normalise(dependency.requirement),
        "target": dependency.target,
        "kind": dependency.kind,
    }
    if dependency.registry_index != registry:
        document["registry"] = dependency.registry_index
    if "package" in table:
        document["explicit_name_in_toml"] = dependency.key
    return document


def _commit(vcs_info: Optional[bytes]) -> Optional[str]:
    if vcs_info is None:
        return None
    try:
        commit = shapes.decode(vcs_info)["git"]["sha1"]
    except (ValueError, KeyError, TypeError):
        return None
    return str(commit)


def _members(data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            unpacked = stream.read(limits.CRATE_UNPACKED + 1)
        if len(unpacked) > limits.CRATE_UNPACKED:
            raise MalformedCrateError(_TOO_LARGE)
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
            for member in archive:
                if member.isdir():
                    continue
                # A sparse file's size is whatever its header says.
                if not member.isreg() or member.issparse():
                    raise MalformedCrateError("uploaded tarball is malformed")
                content = archive.extractfile(member)
                assert content is not None, "a regular file has content"
                yield member.name, content.read()
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise MalformedCrateError(_TOO_LARGE) from error

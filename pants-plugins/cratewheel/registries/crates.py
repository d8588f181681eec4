"""A crates registry in a folder: what crates.io is to a publisher and to cargo.

The folder is laid out as cargo's local registry (cargo reference, "Source Replacement"), so cargo
can read it without a server: `index/PREFIX/NAME` and `NAME-VERSION.crate`. Beside it,
`versions/NAME/VERSION.json` is written last of an upload and says that it happened; whatever is
there without it is what a killed run left behind.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Optional

from cratewheel.registries.clock import Clock, timestamp
from cratewheel.registries.crate_file import (
    CrateFile,
    MalformedCrateError,
    dependencies,
    read_crate,
)
from cratewheel.registries.crate_index import index_line, index_path
from cratewheel.registries.crate_rules import (
    MAX_CRATE_BYTES,
    MAX_METADATA_BYTES,
    check_identity,
    check_manifest,
)
from cratewheel.registries.files import (
    remove_unfinished,
    write_atomically,
    write_derived,
    write_json,
)
from cratewheel.registries.refusal import Refusal


@dataclass(frozen=True)
class CrateVersion:
    """A published version.

    Args:
        checksum: the sha256 of the `.crate`, hex.
        created: when it was uploaded, seconds since the epoch.
        line: its line in the index.
        trustpub: who published it through trusted publishing, None for a token's upload.
    """

    name: str
    version: str
    checksum: str
    created: float
    line: str
    description: Optional[str] = None
    yanked: bool = False
    trustpub: Optional[dict[str, Any]] = None


class CratesRegistry:
    """A crates registry kept in a folder; safe to use from several threads.

    Args:
        folder: where it is kept; made when missing, recovered when a run was killed in it.
        delay: seconds between an upload and its line in the index, as crates.io has them.
        reserved: names that can only be had from this registry. A dependency on one of them that is
            not uploaded yet is refused as crates.io would; any other name is taken to be on
            crates.io, which this registry does not ask.
    """

    def __init__(
        self, folder: Path, clock: Clock, *, delay: float = 1.0, reserved: Collection[str] = ()
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._delay = delay
        self._reserved = frozenset(reserved)
        self._lock = threading.RLock()
        self._versions: dict[str, list[CrateVersion]] = {}
        self._written: dict[str, int] = {}
        self._recover()

    def publish(self, body: bytes, *, trustpub: Optional[dict[str, Any]] = None) -> CrateVersion:
        """Takes an upload.

        Args:
            body: the body of `PUT /api/v1/crates/new`.
            trustpub: who is publishing, when by trusted publishing.

        Raises:
            Refusal: it breaks a rule of crates.io.
        """
        metadata, data = _split(body)
        name, version = str(metadata.get("name", "")), str(metadata.get("vers", ""))
        check_identity(name, version)
        try:
            crate = read_crate(data)
        except MalformedCrateError as error:
            raise Refusal(400, str(error)) from error
        for what, said, packed in (
            ("name", name, crate.name),
            ("version", version, crate.version),
        ):
            if said != packed:
                raise Refusal(
                    400, f"metadata {what} `{said}` does not match manifest {what} `{packed}`"
                )
        check_manifest(crate)
        with self._lock:
            self._check_place(crate)
            published = CrateVersion(
                name=name,
                version=version,
                checksum=crate.checksum,
                created=self._clock.now(),
                line=index_line(crate, own={*self._names(), *self._reserved}),
                description=crate.manifest["package"].get("description"),
                trustpub=trustpub,
            )
            write_atomically(self._crate_path(name, version), data)
            write_json(self._record_path(name, version), asdict(published))
            self._versions.setdefault(_canonical(name), []).append(published)
            return published

    def yank(self, name: str, version: str) -> None:
        """Keeps new projects from choosing a version; its bytes stay.

        Raises:
            Refusal: 404, the crate or the version does not exist.
        """
        self._replace_yanked(name, version, True)

    def unyank(self, name: str, version: str) -> None:
        """Takes a `yank` back.

        Raises:
            Refusal: 404, the crate or the version does not exist.
        """
        self._replace_yanked(name, version, False)

    def versions(self, name: str) -> tuple[CrateVersion, ...]:
        """The versions of a crate, oldest upload first; `-`, `_` and case do not matter.

        Raises:
            Refusal: 404, the crate does not exist.
        """
        with self._lock:
            found = self._versions.get(_canonical(name))
            if not found:
                raise Refusal(404, f"crate `{name}` does not exist")
            return tuple(found)

    def version(self, name: str, version: str) -> CrateVersion:
        """One version.

        Raises:
            Refusal: 404, the crate or the version does not exist.
        """
        for published in self.versions(name):
            if published.version == version:
                return published
        raise Refusal(404, f"crate `{name}` does not have a version `{version}`")

    def index(self, path: str) -> str:
        """The visible index lines at an index path.

        Raises:
            Refusal: 404, there are none.
        """
        with self._lock:
            for versions in self._versions.values():
                if index_path(versions[0].name) == path:
                    visible = self._show(versions)
                    if visible:
                        return visible
        raise Refusal(404, "not found")

    def download(self, name: str, version: str) -> bytes:
        """The bytes of a `.crate`.

        Raises:
            Refusal: 404, the crate or the version does not exist.
        """
        published = self.version(name, version)
        return self._crate_path(published.name, published.version).read_bytes()

    def close(self) -> None:
        """Shows everything in the index on disk, where time does not go by any more."""
        with self._lock:
            for versions in self._versions.values():
                self._write_index(versions, versions)

    def _recover(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        remove_unfinished(self._folder)
        for record in sorted(self._folder.glob("versions/*/*.json")):
            published = CrateVersion(**json.loads(record.read_text()))
            self._versions.setdefault(_canonical(published.name), []).append(published)
        for versions in self._versions.values():
            versions.sort(key=lambda published: published.created)
        known = {
            self._crate_path(published.name, published.version)
            for versions in self._versions.values()
            for published in versions
        }
        for orphan in set(self._folder.glob("*.crate")) - known:
            orphan.unlink()
        (self._folder / "index").mkdir(exist_ok=True)

    def _check_place(self, crate: CrateFile) -> None:
        taken = self._versions.get(_canonical(crate.name), ())
        for published in taken:
            if published.name != crate.name:
                raise Refusal(400, f"crate was previously named `{published.name}`")
            if _without_build(published.version) == _without_build(crate.version):
                raise Refusal(
                    400, f"crate version `{_without_build(crate.version)}` is already uploaded"
                )
        known = self._names()
        for dependency in dependencies(crate.manifest):
            missing = dependency.name in self._reserved and dependency.name not in known
            misspelt = dependency.name not in known and _canonical(dependency.name) in {
                _canonical(name) for name in known
            }
            if missing or misspelt:
                raise Refusal(400, f"no known crate named `{dependency.name}`")

    def _replace_yanked(self, name: str, version: str, yanked: bool) -> None:
        with self._lock:
            old = self.version(name, version)
            line = json.dumps({**json.loads(old.line), "yanked": yanked}, separators=(",", ":"))
            new = replace(old, yanked=yanked, line=line)
            write_json(self._record_path(old.name, version), asdict(new))
            versions = self._versions[_canonical(name)]
            versions[versions.index(old)] = new
            self._written.pop(old.name, None)

    def _names(self) -> set[str]:
        return {versions[0].name for versions in self._versions.values()}

    def _show(self, versions: list[CrateVersion]) -> str:
        now = self._clock.now()
        visible = [entry for entry in versions if entry.created + self._delay <= now]
        return self._write_index(versions, visible)

    def _write_index(self, versions: list[CrateVersion], visible: list[CrateVersion]) -> str:
        text = "".join(f"{entry.line}\n" for entry in visible)
        path = self._folder / "index" / index_path(versions[0].name)
        if visible and self._written.get(versions[0].name) != len(visible):
            write_derived(path, text.encode())
            self._written[versions[0].name] = len(visible)
        return text

    def _crate_path(self, name: str, version: str) -> Path:
        return self._folder / f"{name}-{version}.crate"

    def _record_path(self, name: str, version: str) -> Path:
        return self._folder / "versions" / name / f"{version}.json"


def version_document(published: CrateVersion) -> dict[str, Any]:
    """A version as crates.io's API shows it."""
    return {
        "num": published.version,
        "crate": published.name,
        "checksum": published.checksum,
        "created_at": timestamp(published.created),
        "yanked": published.yanked,
        "yank_message": None,
        "dl_path": f"/api/v1/crates/{published.name}/{published.version}/download",
        "published_by": None,
        "trustpub_data": published.trustpub,
    }


def _split(body: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(body[:4], "little")
    if len(body) < 4:
        raise Refusal(400, "invalid metadata length")
    if length > MAX_METADATA_BYTES:
        raise Refusal(413, "JSON metadata blob too large")
    document, rest = body[4 : 4 + length], body[4 + length :]
    if len(document) < length:
        raise Refusal(400, f"invalid metadata length for remaining payload: {length}")
    try:
        metadata = json.loads(document)
    except ValueError as error:
        raise Refusal(400, f"invalid upload request: {error}") from error
    if not isinstance(metadata, dict):
        raise Refusal(400, "invalid upload request: expected a JSON object")
    if len(rest) < 4:
        raise Refusal(400, "invalid tarball length")
    size = int.from_bytes(rest[:4], "little")
    if size > MAX_CRATE_BYTES:
        raise Refusal(413, f"max upload size is: {MAX_CRATE_BYTES}")
    data = rest[4 : 4 + size]
    if len(data) < size:
        raise Refusal(400, f"invalid tarball length for remaining payload: {size}")
    return metadata, data


def _canonical(name: str) -> str:
    return name.lower().replace("-", "_")


def _without_build(version: str) -> str:
    return version.partition("+")[0]

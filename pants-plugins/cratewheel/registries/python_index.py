"""A Python package index in a folder: what PyPI is to a publisher and to pip.

`simple/` holds the pages of the Simple API as HTML (PEP 503) and JSON (PEP 691), `packages/` the
files they link to, both with relative addresses, so that the folder works over HTTP and as a `file:`
index alike. `packages/PROJECT/project.json` is written last of an upload and says that it happened;
the pages follow from it.
"""

from __future__ import annotations

import hashlib
import html
import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Optional
from urllib.parse import quote

from packaging.utils import canonicalize_name

from cratewheel.registries.clock import Clock, timestamp
from cratewheel.registries.files import (
    json_bytes,
    remove_unfinished,
    write_atomically,
    write_derived,
    write_json,
)
from cratewheel.registries.multipart import Form
from cratewheel.registries.python_rules import Upload, check_archive, check_form
from cratewheel.registries.refusal import Refusal

NEW_FILES_SECONDS = 14 * 24 * 60 * 60
"""How long PyPI takes further files for a release, counted from its first."""


@dataclass(frozen=True)
class IndexFile:
    """A file of a project.

    Args:
        uploaded: when, in seconds since the epoch.
        requires_python: the specifier of the metadata, None when it has none.
        yanked: the reason when the file is yanked, else None.
    """

    filename: str
    version: str
    filetype: str
    sha256: str
    blake2_256: str
    size: int
    uploaded: float
    requires_python: Optional[str] = None
    yanked: Optional[str] = None


@dataclass(frozen=True)
class Project:
    """A project: its files and the names of those that were deleted."""

    name: str
    files: tuple[IndexFile, ...] = ()
    deleted: tuple[str, ...] = ()


class PythonIndex:
    """A Python index kept in a folder; safe to use from several threads.

    Args:
        folder: where it is kept; made when missing, recovered when a run was killed in it.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.RLock()
        self._projects: dict[str, Project] = {}
        self._recover()

    def upload(self, form: Form) -> IndexFile:
        """Takes an upload of the legacy API; the same file again is accepted and changes nothing.

        Raises:
            Refusal: it breaks a rule of PyPI.
        """
        if form.first(":action") != "file_upload":
            raise Refusal(400, f"Unknown action: {form.first(':action')}")
        upload = check_form(form)
        sha256 = hashlib.sha256(upload.data).hexdigest()
        blake2 = hashlib.blake2b(upload.data, digest_size=32).hexdigest()
        for name, digest in (("sha256_digest", sha256), ("blake2_256_digest", blake2)):
            if form.first(name) and form.first(name).lower() != digest:
                raise Refusal(
                    400,
                    "The digest supplied does not match a digest calculated from the uploaded file.",
                )
        with self._lock:
            project = self._projects.get(upload.project, Project(upload.project))
            for known in project.files:
                if known.filename == upload.filename and known.sha256 == sha256:
                    return known
            self._check_place(project, upload, blake2)
            check_archive(upload)
            specifier = upload.metadata.requires_python
            uploaded = IndexFile(
                filename=upload.filename,
                version=str(upload.metadata.version),
                filetype=upload.filetype,
                sha256=sha256,
                blake2_256=blake2,
                size=len(upload.data),
                uploaded=self._clock.now(),
                requires_python=None if specifier is None else str(specifier),
            )
            write_atomically(self._file_path(upload.project, upload.filename), upload.data)
            self._store(replace(project, files=(*project.files, uploaded)))
            return uploaded

    def project(self, name: str) -> Project:
        """A project by its name, normalised or not.

        Raises:
            Refusal: 404, there is none.
        """
        with self._lock:
            found = self._projects.get(str(canonicalize_name(name)))
        if found is None or not found.files:
            raise Refusal(404, "404 Not Found")
        return found

    def names(self) -> tuple[str, ...]:
        """The normalised names of all projects, sorted."""
        with self._lock:
            return tuple(sorted(name for name, known in self._projects.items() if known.files))

    def read(self, project: str, filename: str) -> bytes:
        """The bytes of a file.

        Raises:
            Refusal: 404, there is no such file.
        """
        for known in self.project(project).files:
            if known.filename == filename:
                return self._file_path(project, filename).read_bytes()
        raise Refusal(404, "404 Not Found")

    def delete(self, name: str, filename: str) -> None:
        """Deletes a file as its owner may in PyPI's web page; the name stays taken for ever."""
        with self._lock:
            project = self.project(name)
            kept = tuple(known for known in project.files if known.filename != filename)
            self._store(replace(project, files=kept, deleted=(*project.deleted, filename)))

    def _recover(self) -> None:
        for folder in ("packages", "simple"):
            (self._folder / folder).mkdir(parents=True, exist_ok=True)
            remove_unfinished(self._folder / folder)
        for record in sorted(self._folder.glob("packages/*/project.json")):
            document = json.loads(record.read_text())
            files = tuple(IndexFile(**entry) for entry in document["files"])
            project = Project(document["name"], files, tuple(document["deleted"]))
            self._projects[project.name] = project
            self._write_pages(project)
        for path in self._folder.glob("packages/*/*"):
            project_name, filename = path.parent.name, path.name
            known = self._projects.get(project_name, Project(project_name)).files
            if filename != "project.json" and filename not in {file.filename for file in known}:
                path.unlink()
        self._write_root()

    def _check_place(self, project: Project, upload: Upload, blake2: str) -> None:
        for known in self._all_files():
            if known.filename == upload.filename or known.blake2_256 == blake2:
                raise Refusal(
                    400,
                    f"File already exists ({upload.filename!r}, with blake2_256 hash {blake2!r}).",
                )
        if upload.filename in project.deleted:
            raise Refusal(
                400,
                "This filename was previously used by a file that has since been deleted. "
                "Use a different version.",
            )
        release = [
            known for known in project.files if known.version == str(upload.metadata.version)
        ]
        oldest = min((known.uploaded for known in release), default=self._clock.now())
        if self._clock.now() - oldest > NEW_FILES_SECONDS:
            days = NEW_FILES_SECONDS // 86400
            raise Refusal(
                400, f"Uploading new files to releases older than {days} days is not allowed."
            )
        if upload.filetype == "sdist" and any(known.filetype == "sdist" for known in release):
            raise Refusal(400, "Only one sdist may be uploaded per release.")

    def _all_files(self) -> Iterable[IndexFile]:
        return [known for project in self._projects.values() for known in project.files]

    def _store(self, project: Project) -> None:
        names = self.names()
        write_json(self._folder / "packages" / project.name / "project.json", asdict(project))
        self._projects[project.name] = project
        self._write_pages(project)
        if self.names() != names:
            self._write_root()

    def _write_pages(self, project: Project) -> None:
        page = self._folder / "simple" / project.name
        write_derived(page / "index.html", simple_html(project).encode())
        write_derived(page / "index.json", json_bytes(simple_document(project)))

    def _write_root(self) -> None:
        root = self._folder / "simple"
        write_derived(root / "index.html", simple_root_html(self.names()).encode())
        write_derived(root / "index.json", json_bytes(simple_root_document(self.names())))

    def _file_path(self, project: str, filename: str) -> Path:
        return self._folder / "packages" / str(canonicalize_name(project)) / filename


def simple_document(project: Project) -> dict[str, Any]:
    """The JSON page of a project (PEP 691, with the versions and sizes of PEP 700)."""
    return {
        "meta": {"api-version": "1.1"},
        "name": project.name,
        "versions": sorted({known.version for known in project.files}),
        "files": [
            {
                "filename": known.filename,
                "url": _link(project, known),
                "hashes": {"sha256": known.sha256},
                "requires-python": known.requires_python,
                "size": known.size,
                "upload-time": timestamp(known.uploaded),
                "yanked": False if known.yanked is None else known.yanked or True,
            }
            for known in project.files
        ],
    }


def simple_html(project: Project) -> str:
    """The HTML page of a project (PEP 503, with the attributes of PEP 592 and `requires-python`)."""
    links = []
    for known in project.files:
        attributes = f'href="{_link(project, known)}#sha256={known.sha256}"'
        if known.requires_python is not None:
            attributes += f' data-requires-python="{html.escape(known.requires_python)}"'
        if known.yanked is not None:
            attributes += f' data-yanked="{html.escape(known.yanked)}"'
        links.append(f"    <a {attributes}>{html.escape(known.filename)}</a><br>\n")
    return _page(f"Links for {project.name}", links)


def simple_root_document(names: Iterable[str]) -> dict[str, Any]:
    """The JSON page that lists all projects (PEP 691)."""
    return {"meta": {"api-version": "1.1"}, "projects": [{"name": name} for name in names]}


def simple_root_html(names: Iterable[str]) -> str:
    """The HTML page that lists all projects (PEP 503)."""
    return _page("Simple index", [f'    <a href="{name}/">{name}</a><br>\n' for name in names])


def release_document(project: Project, version: str) -> dict[str, Any]:
    """A release as PyPI's JSON API shows it (`/pypi/PROJECT/VERSION/json`).

    Raises:
        Refusal: 404, the project has no file of that version.
    """
    files = [known for known in project.files if known.version == version]
    if not files:
        raise Refusal(404, "Not Found")
    return {
        "info": {"name": project.name, "version": version},
        "urls": [
            {
                "filename": known.filename,
                "packagetype": known.filetype,
                "digests": {"sha256": known.sha256, "blake2b_256": known.blake2_256},
                "size": known.size,
                "upload_time_iso_8601": timestamp(known.uploaded),
                "yanked": known.yanked is not None,
            }
            for known in files
        ],
    }


def _link(project: Project, known: IndexFile) -> str:
    return f"../../packages/{project.name}/{quote(known.filename)}"


def _page(title: str, links: list[str]) -> str:
    return (
        "<!DOCTYPE html>\n<html>\n  <head>\n"
        '    <meta name="pypi:repository-version" content="1.1">\n'
        f"    <title>{title}</title>\n  </head>\n  <body>\n{''.join(links)}  </body>\n</html>\n"
    )

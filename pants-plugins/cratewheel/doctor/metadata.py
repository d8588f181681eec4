"""What an index would refuse of a Python project, before anything is built.

The core metadata that maturin would write is put together from pyproject.toml and Cargo.toml and judged
by the rules that a built wheel is judged by. Runs in a tool process.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional

import tomli
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from readme_renderer import rst

from cratewheel.artifacts.metadata import MetadataFault, metadata_faults, pypi_faults
from cratewheel.cargo.manifest import CrateManifest
from cratewheel.errors import Finding

#: Where the fields of core metadata come from (the pyproject.toml specification).
_KEYS = {
    "name": "name",
    "version": "version",
    "summary": "description",
    "license": "license",
    "license-expression": "license",
    "license-file": "license-files",
    "classifier": "classifiers",
    "requires-dist": "dependencies",
    "requires-python": "requires-python",
    "project-url": "urls",
    "home-page": "urls",
    "author-email": "authors",
    "maintainer-email": "maintainers",
    "provides-extra": "optional-dependencies",
    "keywords": "keywords",
}


@dataclass(frozen=True)
class InspectedProject:
    """A Python project whose metadata is judged.

    Args:
        path: its pyproject.toml, repository-relative.
        content: of that file.
        crate: the crate it binds, whose fields maturin takes where the project has none.
        version: the version of the release, as an index spells it.
        for_pypi: whether it goes to PyPI, whose own rules are asked as well.
        readme: name and text of the readme file, if there is one.
    """

    path: str
    content: bytes
    crate: Optional[CrateManifest]
    version: str
    for_pypi: bool
    readme: Optional[tuple[str, str]] = None


def metadata_findings(projects: Iterable[InspectedProject]) -> Iterator[Finding]:
    """What is wrong with the metadata of projects."""
    for project in projects:
        try:
            table = tomli.loads(project.content.decode("utf-8")).get("project", {})
        except (tomli.TOMLDecodeError, UnicodeDecodeError):
            continue
        text = core_metadata(table, project.crate, project.version)
        faults = metadata_faults(text)
        if not faults and project.for_pypi:
            faults = pypi_faults(text)
        yield from (_finding(project.path, fault) for fault in faults)
        yield from _readme_findings(project, table)


def license_findings(crates: Iterable[CrateManifest]) -> Iterator[Finding]:
    """Licences of crates that are no SPDX expression.

    crates.io takes `/` for `OR`, as crates once wrote it (its `parse_license`).
    """
    for crate in crates:
        if not crate.license:
            continue
        try:
            canonicalize_license_expression(crate.license.replace("/", " OR "))
        except InvalidLicenseExpression:
            message = f"`{crate.license}` is no SPDX license expression"
            yield Finding("CW-LICENSE-EXPRESSION", f"{crate.path}: package.license", message)


def core_metadata(table: Mapping[str, Any], crate: Optional[CrateManifest], version: str) -> str:
    """The core metadata of a project as maturin writes it, without the description.

    Args:
        table: `[project]`.
        version: as an index spells it.
    """
    name = table.get("name") or (crate.name if crate is not None else "")
    lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
    summary = table.get("description") or (crate.description if crate is not None else None)
    if summary:
        lines.append(f"Summary: {_folded(summary)}")
    lines += _licence(table)
    lines += [f"Classifier: {each}" for each in _strings(table.get("classifiers"))]
    if isinstance(table.get("requires-python"), str):
        lines.append(f"Requires-Python: {table['requires-python']}")
    for role in ("authors", "maintainers"):
        lines += _people(role[:-1].title(), table.get(role))
    lines += [f"Requires-Dist: {each}" for each in _strings(table.get("dependencies"))]
    extras = table.get("optional-dependencies")
    for extra, requirements in (extras if isinstance(extras, dict) else {}).items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f"Requires-Dist: {_with_extra(each, extra)}" for each in _strings(requirements)]
    lines += [f"Project-URL: {label}, {url}" for label, url in _urls(table, crate)]
    return "\n".join(lines) + "\n"


def _licence(table: Mapping[str, Any]) -> list[str]:
    written = table.get("license")
    if isinstance(written, str):
        return [f"License-Expression: {_folded(written)}"]
    if isinstance(written, dict) and isinstance(written.get("text"), str):
        return [f"License: {_folded(written['text'])}"]
    return []


def _people(role: str, entries: Any) -> list[str]:
    people = [entry for entry in entries or () if isinstance(entry, dict)]
    # maturin joins what belongs into one field; each field may stand there once.
    names = [str(each["name"]) for each in people if each.get("name") and not each.get("email")]
    addresses = [
        f"{each['name']} <{each['email']}>" if each.get("name") else str(each["email"])
        for each in people
        if each.get("email")
    ]
    return [
        f"{field}: {_folded(', '.join(values))}"
        for field, values in ((role, names), (f"{role}-email", addresses))
        if values
    ]


def _urls(table: Mapping[str, Any], crate: Optional[CrateManifest]) -> Iterator[tuple[str, str]]:
    urls = table.get("urls")
    if isinstance(urls, dict) and urls:
        yield from ((label, str(url)) for label, url in urls.items())
        return
    if crate is not None:
        for label, url in (
            ("Homepage", crate.homepage),
            ("Documentation", crate.documentation),
            ("Source Code", crate.repository),
        ):
            if url:
                yield label, url


def _with_extra(requirement: str, extra: str) -> str:
    head, semicolon, marker = requirement.partition(";")
    condition = f"extra == '{extra}'"
    if not semicolon:
        return f"{requirement}; {condition}"
    return f"{head}; ({marker.strip()}) and {condition}"


def _readme_findings(project: InspectedProject, table: Mapping[str, Any]) -> Iterator[Finding]:
    """A readme that PyPI could not render, which it refuses (its form's `description`)."""
    written = table.get("readme")
    content_type = str(written.get("content-type", "")) if isinstance(written, dict) else ""
    text = ""
    if isinstance(written, dict) and isinstance(written.get("text"), str):
        name, text = "", written["text"]
    elif project.readme is not None:
        name, text = project.readme
    else:
        return
    known = ("text/markdown", "text/x-rst", "text/plain")
    kind = content_type.partition(";")[0].strip()
    if kind and kind not in known:
        message = f"`{content_type}` is none of {', '.join(known)}"
        yield Finding("CW-README-RENDERING", f"{project.path}: project.readme", message)
        return
    if kind == "text/x-rst" or (not kind and name.endswith(".rst")):
        said = io.StringIO()
        if rst.render(text, stream=said) is None:
            message = f"PyPI could not render it: {_first_line(said.getvalue())}"
            yield Finding("CW-README-RENDERING", name or f"{project.path}: project.readme", message)


def _finding(path: str, fault: MetadataFault) -> Finding:
    key = _KEYS.get(fault.field)
    place = f"{path}: project.{key}" if key else f"{path}: project"
    return Finding("CW-WHEEL-METADATA", place, fault.message)


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _folded(text: str) -> str:
    return text.strip().replace("\n", "\n        ")


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "no reason given")

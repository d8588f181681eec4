"""What PyPI demands of the metadata in an upload's form, with its own messages.

Source: PyPI's validation of core metadata, as of August 2026.
"""

from __future__ import annotations

import email.utils
from collections.abc import Iterator, Mapping
from typing import Any

import email_validator
from packaging.metadata import ExceptionGroup as MetadataErrors
from packaging.metadata import InvalidMetadata, Metadata, RawMetadata
from trove_classifiers import all_classifiers, deprecated_classifiers

from cratewheel.artifacts.metadata import is_web_address
from cratewheel.registries.multipart import Form
from cratewheel.registries.refusal import Refusal

SPECIFICATION = (
    "See https://packaging.python.org/specifications/core-metadata for more information."
)
_METADATA_VERSIONS = frozenset(("1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"))
_MAX_SUMMARY = 512
_MAX_URL_LABEL = 32

# Field of the upload form to field of `packaging.metadata`; all others have the same name.
_FORM_NAMES = {
    "platform": "platforms",
    "supported_platform": "supported_platforms",
    "license_file": "license_files",
    "import_name": "import_names",
    "import_namespace": "import_namespaces",
}
_MULTIPLE = frozenset(
    [
        "platforms",
        "supported_platforms",
        "license_files",
        "import_names",
        "import_namespaces",
        "classifiers",
        "requires",
        "provides",
        "obsoletes",
        "requires_dist",
        "provides_dist",
        "obsoletes_dist",
        "requires_external",
        "provides_extra",
        "dynamic",
    ]
)


def check_metadata(form: Form) -> Metadata:
    """The core metadata that a form carries.

    Raises:
        Refusal: the first field, by name, that breaks a rule.
    """
    try:
        metadata = Metadata.from_raw(_raw_metadata(form.fields()))
        errors = _own_rules(metadata)
    except MetadataErrors as group:
        errors = [error for error in group.exceptions if isinstance(error, InvalidMetadata)]
        metadata = None
    if errors or metadata is None:
        by_field = {error.field: error for error in reversed(errors)}
        first = next(
            (field for field in ("metadata-version", "name", "version") if field in by_field),
            min(by_field),
        )
        message = str(by_field[first])
        message += "" if message.endswith(".") else "."
        raise Refusal(400, f"{message} {SPECIFICATION}")
    return metadata


def _raw_metadata(fields: Mapping[str, tuple[str, ...]]) -> RawMetadata:
    raw: dict[str, Any] = {}
    for field, values in fields.items():
        name = _FORM_NAMES.get(field, field)
        if name == "project_urls":
            raw[name] = {
                label.strip(): url.strip()
                for label, _, url in (value.partition(",") for value in values)
            }
        elif name == "keywords":
            raw[name] = [word.strip() for word in values[0].split(",")]
        elif name in _MULTIPLE:
            raw[name] = list(values)
        elif name in RawMetadata.__annotations__ and values[0]:
            raw[name] = values[0]
    return raw  # type: ignore[return-value]


def _own_rules(metadata: Metadata) -> list[InvalidMetadata]:
    errors = []
    if metadata.metadata_version not in _METADATA_VERSIONS:
        message = f"{metadata.metadata_version!r} is not a valid metadata version"
        errors.append(InvalidMetadata("metadata-version", message))
    if metadata.version.local:
        message = f"The use of local versions in '{metadata.version}' is not allowed."
        errors.append(InvalidMetadata("version", message))
    if metadata.summary is not None and len(metadata.summary) > _MAX_SUMMARY:
        message = f"'summary' field must be {_MAX_SUMMARY} characters or less."
        errors.append(InvalidMetadata("summary", message))
    errors += [*_email_errors(metadata), *_classifier_errors(metadata)]
    for field, page in (
        ("home-page", metadata.home_page),
        ("download-url", metadata.download_url),
    ):
        if page is not None and not is_web_address(page):
            errors.append(InvalidMetadata(field, f"{page!r} is not a valid url."))
    for label, url in (metadata.project_urls or {}).items():
        if not label:
            errors.append(InvalidMetadata("project-url", "Must have a label"))
        elif len(label) > _MAX_URL_LABEL:
            message = f"{label!r} must be {_MAX_URL_LABEL} characters or less."
            errors.append(InvalidMetadata("project-url", message))
        elif not url:
            errors.append(InvalidMetadata("project-url", "Must have a URL"))
        elif not is_web_address(url):
            errors.append(InvalidMetadata("project-url", f"{url!r} is not a valid url"))
    for requirement in metadata.requires_dist or ():
        if requirement.url is not None:
            message = f"Can't have direct dependency: {requirement}"
            errors.append(InvalidMetadata("requires-dist", message))
    if metadata.license and metadata.license_expression:
        message = (
            "License is deprecated when License-Expression is present. "
            "Only License-Expression should be present."
        )
        errors.append(InvalidMetadata("license", message))
    return errors


def _email_errors(metadata: Metadata) -> Iterator[InvalidMetadata]:
    for field, written in (
        ("author-email", metadata.author_email),
        ("maintainer-email", metadata.maintainer_email),
    ):
        _, address = email.utils.parseaddr(written or "")
        if address:
            try:
                email_validator.validate_email(address, check_deliverability=False)
            except email_validator.EmailNotValidError as error:
                message = f"{address!r} is not a valid email address: {error}"
                yield InvalidMetadata(field, message)


def _classifier_errors(metadata: Metadata) -> Iterator[InvalidMetadata]:
    stated = set(metadata.classifiers or ())
    for classifier in sorted(stated - set(all_classifiers)):
        yield InvalidMetadata("classifier", f"{classifier!r} is not a valid classifier.")
    for classifier in sorted(stated & deprecated_classifiers.keys()):
        message = f"The classifier {classifier!r} has been deprecated"
        instead = deprecated_classifiers[classifier]
        message += f", use one of {instead} instead." if instead else "."
        yield InvalidMetadata("classifier", message)

"""Whether a Python index takes the core metadata of a wheel or sdist.

Runs in a tool process: it needs a newer `packaging` than Pants' own process has. The libraries that few
fields need are loaded for these alone, because every build of a wheel waits for its check.
"""

from __future__ import annotations

import email.utils
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packaging.metadata import ExceptionGroup, Metadata

_VERSIONS = frozenset({"1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"})
_SUMMARY_CHARACTERS = 512
_LABEL_CHARACTERS = 32


@dataclass(frozen=True)
class MetadataFault:
    """A field of core metadata that is not as it must be.

    Args:
        field: the field as METADATA spells it, in lower case.
    """

    field: str
    message: str


def metadata_faults(text: str) -> tuple[MetadataFault, ...]:
    """What is wrong with core metadata by its own specification, on any index.

    Args:
        text: the content of METADATA or PKG-INFO.
    """
    try:
        Metadata.from_email(text)
    except ExceptionGroup as group:
        return tuple(
            MetadataFault(getattr(error, "field", "metadata"), str(error))
            for error in group.exceptions
        )
    return ()


def pypi_faults(text: str) -> tuple[MetadataFault, ...]:
    """What PyPI refuses beyond the specification (warehouse's `_validate_metadata`, August 2026).

    Args:
        text: core metadata of which `metadata_faults` found none.
    """
    return tuple(_pypi_faults(Metadata.from_email(text)))


def _pypi_faults(metadata: Metadata) -> Iterator[MetadataFault]:
    if metadata.metadata_version not in _VERSIONS:
        message = f"PyPI does not know metadata version {metadata.metadata_version}"
        yield MetadataFault("metadata-version", message)
    if metadata.version.local:
        message = f"{metadata.version} is a local version, which PyPI does not take"
        yield MetadataFault("version", message)
    if metadata.summary is not None and len(metadata.summary) > _SUMMARY_CHARACTERS:
        message = f"it has {len(metadata.summary)} characters, PyPI takes {_SUMMARY_CHARACTERS}"
        yield MetadataFault("summary", message)
    for field, written in (
        ("author-email", metadata.author_email),
        ("maintainer-email", metadata.maintainer_email),
    ):
        _, address = email.utils.parseaddr(written or "")
        if address:
            yield from _address_faults(field, address)
    if metadata.classifiers:
        yield from _classifier_faults(metadata.classifiers)
    for field, page in (
        ("home-page", metadata.home_page),
        ("download-url", metadata.download_url),
    ):
        if page is not None and not is_web_address(page):
            yield MetadataFault(field, f"`{page}` is no http or https address")
    for label, url in (metadata.project_urls or {}).items():
        if not label:
            yield MetadataFault("project-url", f"`{url}` has no label")
        elif len(label) > _LABEL_CHARACTERS:
            message = f"the label `{label}` has more than {_LABEL_CHARACTERS} characters"
            yield MetadataFault("project-url", message)
        elif not is_web_address(url):
            yield MetadataFault("project-url", f"`{url}` is no http or https address")
    for requirement in metadata.requires_dist or ():
        if requirement.url is not None:
            message = f"`{requirement}` names an address, which PyPI does not take"
            yield MetadataFault("requires-dist", message)
    if metadata.license and metadata.license_expression:
        message = "PyPI takes License or License-Expression, not both"
        yield MetadataFault("license", message)


def _address_faults(field: str, address: str) -> Iterator[MetadataFault]:
    import email_validator

    try:
        email_validator.validate_email(address, check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        yield MetadataFault(field, f"`{address}` is no e-mail address: {error}")


def _classifier_faults(classifiers: Iterable[str]) -> Iterator[MetadataFault]:
    from trove_classifiers import all_classifiers, deprecated_classifiers

    for classifier in classifiers:
        if classifier.startswith("Private ::"):
            yield MetadataFault("classifier", f"`{classifier}` forbids PyPI to take it")
        elif classifier in deprecated_classifiers:
            instead = deprecated_classifiers[classifier]
            message = f"`{classifier}` is deprecated" + (
                f", use {' or '.join(f'`{each}`' for each in instead)}" if instead else ""
            )
            yield MetadataFault("classifier", message)
        elif classifier not in all_classifiers:
            yield MetadataFault("classifier", f"PyPI does not know `{classifier}`")


def is_web_address(text: str) -> bool:
    """Whether PyPI takes `text` where metadata has an address."""
    from rfc3986 import exceptions, uri_reference, validators  # type: ignore[import-untyped]

    validator = (
        validators.Validator()
        .allow_schemes("http", "https")
        .require_presence_of("scheme")
        .check_validity_of("scheme", "host", "port", "path", "query")
    )
    try:
        validator.validate(uri_reference(text).normalize())
    except exceptions.ValidationError:
        return False
    return True

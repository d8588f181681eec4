"""Reading `multipart/form-data` (RFC 7578), the form in which files are uploaded to a Python index."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from typing import Optional


@dataclass(frozen=True)
class Part:
    """One part of a form.

    Args:
        filename: the name of an uploaded file, None for a plain field.
        content_type: as sent, empty when it was not.
    """

    name: str
    filename: Optional[str]
    content_type: str
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


class MalformedFormError(ValueError):
    """The body is not the form that its content type says it is."""


@dataclass(frozen=True)
class Form:
    """A submitted form: its parts in order, names may repeat."""

    parts: tuple[Part, ...]

    def all(self, name: str) -> tuple[str, ...]:
        """The texts of every field of that name."""
        return tuple(part.text for part in self.parts if part.name == name)

    def first(self, name: str, default: str = "") -> str:
        """The text of the first field of that name."""
        return next(iter(self.all(name)), default)

    def file(self, name: str) -> Optional[Part]:
        """The uploaded file of that name."""
        return next(
            (part for part in self.parts if part.name == name and part.filename is not None), None
        )

    def fields(self) -> Mapping[str, tuple[str, ...]]:
        """The plain fields: name to all texts."""
        names = dict.fromkeys(part.name for part in self.parts if part.filename is None)
        return {name: self.all(name) for name in names}


def parse_form(content_type: str, body: bytes) -> Form:
    """Reads a form.

    Args:
        content_type: the header field of the request, with its boundary.

    Raises:
        MalformedFormError: it is not multipart/form-data, or the body does not have that boundary.
    """
    boundary = re.fullmatch(
        r'multipart/form-data;.*?boundary="?([^";]+)"?.*', content_type, re.IGNORECASE
    )
    if boundary is None:
        raise MalformedFormError("not multipart/form-data")
    delimiter = b"\r\n--" + boundary.group(1).encode()
    sections = (b"\r\n" + body).split(delimiter)
    if len(sections) < 2 or not sections[-1].startswith(b"--"):
        raise MalformedFormError("the form is cut off")
    return Form(tuple(_part(section) for section in sections[1:-1]))


def _part(section: bytes) -> Part:
    head, separator, data = section.partition(b"\r\n\r\n")
    if not separator:
        raise MalformedFormError("a part has no header")
    headers = HeaderParser().parsestr(head.decode("utf-8", "replace").strip())
    name = headers.get_param("name", header="Content-Disposition")
    filename = headers.get_param("filename", header="Content-Disposition")
    if not isinstance(name, str):
        raise MalformedFormError("a part has no name")
    return Part(
        name=name,
        filename=filename if isinstance(filename, str) else None,
        content_type=str(headers.get("Content-Type", "")),
        data=data,
    )

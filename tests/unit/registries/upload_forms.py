"""The form that twine sends with a file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cratewheel.registries.multipart import Form, Part


def form(filename: str, data: bytes, fields: Mapping[str, Any] = {}) -> Form:
    """The form that twine sends, with some fields changed, added or (None) left out."""
    is_sdist = filename.endswith(".tar.gz")
    name, version = filename.replace(".tar.gz", "").split("-")[:2]
    values: dict[str, Any] = {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.1",
        "name": name,
        "version": version,
        "filetype": "sdist" if is_sdist else "bdist_wheel",
        "pyversion": "source" if is_sdist else "py3",
        "sha256_digest": hashlib.sha256(data).hexdigest(),
        **fields,
    }
    parts = [
        Part(key, None, "", each.encode())
        for key, value in values.items()
        for each in ([] if value is None else value if isinstance(value, list) else [value])
    ]
    return Form((*parts, Part("content", filename, "application/octet-stream", data)))

"""Small programs that stand before others on a build's search path."""

from __future__ import annotations

from pathlib import Path


def write_script(file: Path, text: str) -> None:
    """Makes a file a program of the shell; one that is there with the same text is not touched.

    cargo asks a compiler who it is again when the time of what wraps it changes.
    """
    text = f"#!/bin/sh\n{text}"
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
        file.chmod(0o755)

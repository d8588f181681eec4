"""Bills of materials of wheels that were built where no program could stand before cargo.

maturin writes cargo's identifiers of packages into a wheel's bill of materials, and those of packages
in the sources name the folder that these lie in.
"""

from __future__ import annotations

import base64
import hashlib
import os
import zipfile
from pathlib import Path, PurePath

from cratewheel.build.recording import ANYWHERE, address

_BILLS = ".dist-info/sboms/"


def hide_sources(wheel: Path, sources: PurePath) -> None:
    """Rewrites the bills of materials of a wheel, and their lines of RECORD; a wheel without is left.

    Args:
        sources: the folder of the sources, as cargo had it.
    """
    with zipfile.ZipFile(wheel) as archive:
        members = [(each, archive.read(each)) for each in archive.infolist()]
    hidden = {
        member.filename: content.replace(address(sources).encode(), ANYWHERE.encode())
        for member, content in members
        if _BILLS in member.filename
    }
    if not hidden:
        return
    unfinished = wheel.with_name(f"{wheel.name}.unfinished")
    with zipfile.ZipFile(unfinished, "w") as archive:
        for member, content in members:
            if member.filename.endswith(".dist-info/RECORD"):
                content = _record(content.decode(), hidden).encode()
            archive.writestr(member, hidden.get(member.filename, content))
    os.replace(unfinished, wheel)


def _record(text: str, hidden: dict[str, bytes]) -> str:
    lines = []
    for line in text.splitlines():
        # No name of these has a comma in it, so none is quoted.
        name = line.partition(",")[0]
        if name in hidden:
            digest = base64.urlsafe_b64encode(hashlib.sha256(hidden[name]).digest()).rstrip(b"=")
            line = f"{name},sha256={digest.decode()},{len(hidden[name])}"
        lines.append(f"{line}\n")
    return "".join(lines)

"""Taking in what was built elsewhere: `[cratewheel].artifacts`."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

from pants.base.build_environment import get_buildroot
from pants.engine.fs import Digest, FileDigest
from pants.engine.rules import collect_rules, rule
from pants.option.global_options import GlobalOptions

from cratewheel.build.replacing import point
from cratewheel.handover import read_folders
from pants_cratewheel import engine
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.handover import HandoverFiles, LoadedFiles, LoadFilesRequest


@rule(desc="Read the artifacts that were built elsewhere")
async def handover_files(options: CratewheelSubsystem) -> HandoverFiles:
    root = Path(get_buildroot())
    return HandoverFiles(read_folders(root / folder for folder in options.artifacts))


@rule(desc="Load artifacts that were built elsewhere")
async def load_files(request: LoadFilesRequest, options: GlobalOptions) -> LoadedFiles:
    # By known digest, so that hundreds of megabytes are neither held in memory nor copied twice,
    # and a file that changed since it was hashed is refused.
    digests: tuple[Digest, ...] = await engine.concurrently(
        engine.load_local_file(
            _address(file.path, options.pants_workdir), FileDigest(file.sha256, file.size)
        )
        for file in request.files
    )
    digest: Digest = await engine.merge_digests(digests)
    return LoadedFiles(digest)


def _address(path: str, workdir: str) -> str:
    if _is_plain(path):
        return f"file://{path}"
    # Pants does not decode the address, so a path that needs encoding gets a plain one first, the
    # same one in every run.
    if not _is_plain(workdir):
        workdir = os.path.join(tempfile.gettempdir(), f"cratewheel-{os.getuid()}")
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    link = Path(workdir, "cratewheel", "handover", name, os.path.basename(path))
    link.parent.mkdir(parents=True, exist_ok=True)
    point(link, path)
    return f"file://{link}"


def _is_plain(path: str) -> bool:
    return quote(os.fsencode(path), safe="/+") == path


def rules() -> list[object]:
    return [*collect_rules()]

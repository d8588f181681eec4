"""What upload-artifact and download-artifact do with files, in the layouts of their current releases.

upload-artifact takes the least common ancestor of what it searches as the artifact's root; loses
permissions; refuses a name it has unless told to overwrite. download-artifact puts one artifact
flat, several into folders of their own, and "all of them" flat when there is only one.
"""

from __future__ import annotations

import glob
import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ArtifactStore:
    """The artifacts of one workflow run."""

    folder: Path

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def upload(
        self, workspace: Path, name: str, path: str, *, overwrite: bool, if_none: str
    ) -> str:
        """Keeps files, and says what goes wrong; empty when nothing does."""
        if set(name) & set('":<>|*?\r\n\\/'):
            return f"The artifact name is not valid: {name}"
        patterns = [str(workspace / line.strip()) for line in path.splitlines() if line.strip()]
        found = sorted({each for pattern in patterns for each in glob.glob(pattern)})
        files = [Path(each) for each in found if os.path.isfile(each)]
        if not files:
            return f"No files were found with the provided path: {path}" * (if_none == "error")
        kept = self.folder / name
        if kept.exists():
            if not overwrite:
                return f"an artifact with this name already exists on the workflow run: {name}"
            shutil.rmtree(kept)
        root = os.path.commonpath([_searched(pattern) for pattern in patterns])
        root = os.path.dirname(root) if os.path.isfile(root) else root
        for file in files:
            target = kept / os.path.relpath(file, root)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
        return ""

    def download(self, target: Path, name: str = "") -> str:
        """Lays files out, and says what goes wrong; empty when nothing does."""
        names = [name] if name else self.names()
        for each in names:
            if not (self.folder / each).is_dir():
                return f"Artifact not found for name: {each}"
            flat = bool(name) or len(names) == 1
            shutil.copytree(
                self.folder / each, target if flat else target / each, dirs_exist_ok=True
            )
        return ""


def _searched(pattern: str) -> str:
    """The part of a pattern before its first wildcard."""
    while glob.has_magic(pattern):
        pattern = os.path.dirname(pattern)
    return pattern

"""What a source distribution is made from, and how it is taken apart again to be built."""

from __future__ import annotations

from pathlib import Path

from cratewheel.artifacts import limits
from cratewheel.artifacts.archives import common_root, read_tar_gz
from cratewheel.cargo.model import load_cargo_model
from cratewheel.cargo.reduction import reduced


def cut_down(tree: Path, crate_directory: str) -> bool:
    """Takes from the manifests in `tree` whatever one crate is not built from.

    Args:
        crate_directory: relative to the tree.

    Returns:
        Whether there was any such thing; then the lock has to follow.
    """
    manifests = {
        path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("Cargo.toml")
    }
    changes = reduced(load_cargo_model(manifests), manifests, crate_directory)
    for name, content in changes.items():
        path = tree / name
        path.unlink()
        if content is not None:
            path.write_bytes(content)
    return bool(changes)


def unpack(archive: Path, folder: Path) -> None:
    """Writes the files of a source distribution into `folder`, without the folder they are in.

    Raises:
        CratewheelError: as `cratewheel.artifacts.archives.read_tar_gz`.
    """
    files = read_tar_gz(archive, unpacked_limit=limits.SDIST_UNPACKED)
    root = common_root(files)
    for name, file in files.items():
        path = folder / name[len(root) + 1 :]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(file.mode)

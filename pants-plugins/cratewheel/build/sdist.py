"""What a source distribution is made from, and how it is taken apart again to be built."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cratewheel.artifacts import limits
from cratewheel.artifacts.archives import common_root, read_tar_gz
from cratewheel.cargo.model import load_cargo_model
from cratewheel.cargo.reduction import reduced
from cratewheel.errors import CratewheelError, Finding
from cratewheel.python_project import load_python_projects


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


def check_requirement(folder: Path, maturin: str) -> None:
    """Refuses an unpacked source distribution that installers build with another maturin.

    That a wheel is built from it here says nothing of what they would build.

    Args:
        maturin: the version of the one that builds here.

    Raises:
        CratewheelError: `CW-SDIST-REQUIRES`.
    """
    name = "pyproject.toml"
    projects = load_python_projects({name: (folder / name).read_bytes()})
    project = projects.by_directory.get("")
    if project is None or project.build_backend != "maturin":
        return
    asked = list(_requirements_on_maturin(project.build_requires))
    if not asked:
        message = "it does not ask for maturin, which is its build-backend"
    elif not all(each.specifier.contains(maturin, prereleases=True) for each in asked):
        message = f"it asks for {asked[0]}, and what builds it here is maturin {maturin}"
    else:
        return
    raise CratewheelError(Finding("CW-SDIST-REQUIRES", f"{name}: build-system.requires", message))


def _requirements_on_maturin(requires: Iterable[str]) -> Iterable[Requirement]:
    # maturin itself has refused what is no requirement.
    for requirement in map(Requirement, requires):
        holds = requirement.marker is None or requirement.marker.evaluate()
        if canonicalize_name(requirement.name) == "maturin" and holds:
            yield requirement

"""A generated repository of ten Cargo workspaces, with Python packages in each of them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from git_repository import GitRepository

_IGNORED = "/.pants.d/\n/.pids/\n/3rdparty/\n/dist/\n/pants\n/pants-plugins/\n"


@dataclass(frozen=True)
class Shape:
    """How much there is of everything, over all workspaces.

    Args:
        files: Rust sources of each crate.
    """

    crates: int
    wheels: int
    workspaces: int = 10
    files: int = 10


def generate(root: Path, shape: Shape, further: Mapping[str, str]) -> None:
    """Writes a repository with two commits, the second of which changes one crate of the first workspace.

    Every crate needs the one before it, so that each workspace is a chain; the first of a workspace needs
    the last but one of the workspace before it, and each wheel one crate. There are no BUILD files:
    `tailor` writes them.

    Args:
        further: files of the first commit beside those of the packages.
    """
    repository = GitRepository(root)
    files = {".gitignore": _IGNORED, **further}
    for at in range(shape.workspaces):
        files.update(_workspace(at, shape))
    repository.commit("Begin", files)
    repository.write()
    # cargo knows best what is in a lock, and can be asked offline afterwards.
    for folder in workspaces(root):
        subprocess.run(["cargo", "fetch", "--quiet"], cwd=folder, check=True)
    locks = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in root.glob("*/Cargo.lock")
    }
    repository.commit("Lock", locks)
    repository.commit("Change a crate", {"ws0/crates/c0/src/m0.rs": "// changed\n"})
    repository.write()


def workspaces(root: Path) -> tuple[Path, ...]:
    """The folders of the workspaces."""
    return tuple(sorted(path.parent for path in root.glob("ws*/Cargo.toml")))


def _workspace(at: int, shape: Shape) -> Mapping[str, str]:
    folder = f"ws{at}"
    files = {
        f"{folder}/Cargo.toml": '[workspace]\nmembers = ["crates/*", "wheels/*"]\nresolver = "2"\n'
    }
    crates = list(_share(at, shape.crates, shape.workspaces))
    for number in crates:
        needs = []
        if number != crates[0]:
            needs.append(_needed(number - 1, "..", ""))
        elif at:
            needs.append(_needed(number - 2, "..", f"../../ws{at - 1}/crates/"))
        crate = f"{folder}/crates/c{number}"
        files[f"{crate}/Cargo.toml"] = _manifest(f"c{number}", "", needs)
        modules = range(shape.files)
        files[f"{crate}/src/lib.rs"] = "".join(f"mod m{module};\n" for module in modules)
        files.update({f"{crate}/src/m{module}.rs": "//\n" for module in modules})
    for turn, number in enumerate(_share(at, shape.wheels, shape.workspaces)):
        wheel = f"{folder}/wheels/w{number}"
        # The first wheel of all is the one that is built: it is quick, and has little below it.
        bound = crates[0] if number == 0 else crates[-1 - turn % len(crates)]
        files[f"{wheel}/Cargo.toml"] = _manifest(
            f"w{number}",
            '\n[lib]\ncrate-type = ["cdylib"]\n',
            [
                'pyo3 = { version = "0.25", default-features = false, features = ["abi3-py39"] }',
                _needed(bound, "../../crates", ""),
            ],
        )
        files[f"{wheel}/src/lib.rs"] = "//\n"
        files[f"{wheel}/pyproject.toml"] = (
            '[build-system]\nrequires = ["maturin>=1.9,<2"]\nbuild-backend = "maturin"\n\n'
            f'[project]\nname = "w{number}"\ndynamic = ["version"]\nrequires-python = ">=3.9"\n'
        )
    return files


def _share(at: int, total: int, parts: int) -> Iterator[int]:
    """The numbers, of `total`, that are in one of `parts` of the same size."""
    return iter(range(at * total // parts, (at + 1) * total // parts))


def _manifest(name: str, tables: str, dependencies: list[str]) -> str:
    return (
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'
        f'description = "{name}"\nlicense = "MIT"\n{tables}\n[dependencies]\n'
        + "".join(f"{line}\n" for line in dependencies)
    )


def _needed(number: int, up: str, elsewhere: str) -> str:
    return f'c{number} = {{ path = "{up}/{elsewhere}c{number}", version = "0.1.0" }}'

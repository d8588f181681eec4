"""Asks cargo what it would pack, in a process of its own.

Runs as `python -m cratewheel.doctor.listing TOOLCHAIN DIRECTORY…` beside the tree that the crates are
in, and prints `cratewheel.doctor.packaged` facts.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from cratewheel.artifacts import limits
from cratewheel.cargo.paths import resolve
from cratewheel.doctor.docs_rs import triples
from cratewheel.doctor.packaged import PackagedFiles, dumps
from cratewheel.package_inputs import referenced_paths


def list_files(tree: Path, directory: str, variables: Mapping[str, str]) -> PackagedFiles:
    """What `cargo package --list` says of the crate in `directory` of `tree`.

    Args:
        variables: the whole environment of cargo.
    """
    folder = tree / directory
    asked = triples((folder / "Cargo.toml").read_bytes())
    targets = known_targets(variables) if asked else ()
    done = subprocess.run(
        ["cargo", "package", "--list", "--allow-dirty", "--offline"],
        cwd=folder,
        env=dict(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        return PackagedFiles(directory, failure=done.stderr.strip(), targets=targets)
    names = done.stdout.split("\n")[:-1]
    sizes = {name: _size(folder / name) for name in names}
    references = {}
    for name in names:
        if name.endswith(".rs") and (folder / name).is_file():
            source = resolve(directory, name)
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
            found = referenced_paths(directory, source, text)
            if found:
                references[source] = found
    compressed = _compressed(folder, names) if sum(sizes.values()) > limits.CRATE else None
    return PackagedFiles(directory, sizes, compressed, references, targets=targets)


def known_targets(variables: Mapping[str, str]) -> tuple[str, ...]:
    """The targets that rustc compiles for; none where it does not say.

    Args:
        variables: the whole environment of rustc.
    """
    command = ["rustc", "--print", "target-list"]
    done = subprocess.run(command, env=dict(variables), capture_output=True, text=True, check=False)
    return tuple(done.stdout.split()) if done.returncode == 0 else ()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _compressed(folder: Path, names: Sequence[str]) -> int:
    packed = io.BytesIO()
    # cargo's own level, flate2's "best".
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=9) as archive:
        for name in names:
            if (folder / name).is_file():
                archive.add(folder / name, name)
    return packed.getbuffer().nbytes


def main(arguments: Sequence[str]) -> int:
    """Carries the command out."""
    toolchain, *directories = arguments
    here = Path.cwd()
    tools = (here / ".toolchains" / toolchain).resolve()
    variables = {
        "PATH": str(tools / "bin"),
        "HOME": str(here),
        "LANG": "C.UTF-8",
        "CARGO_HOME": str(tools / "cargo-home"),
        "CARGO_TERM_COLOR": "never",
    }
    print(dumps(list_files(here / "tree", each, variables) for each in directories))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

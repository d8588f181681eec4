"""A generated repository of many crates and wheels with a long history and many releases."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from git_repository import GitRepository

#: What every crate and wheel ships, and where it is built.
PLATFORMS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin")

# A crate needs a few of those written shortly before it, so that the graph is deep as well as wide.
_NEARBY = 15
_NEEDED = 2

_IGNORED = "/.pants.d/\n/.pids/\n/3rdparty/\n/dist/\n/pants\n/pants-plugins/\n"


@dataclass(frozen=True)
class Size:
    """How much there is of everything.

    Args:
        tags: version tags; at least one for every crate and wheel.
        files: Rust sources of each crate.
    """

    crates: int
    wheels: int
    commits: int
    tags: int
    files: int = 15


@dataclass(frozen=True)
class Layout:
    """Who is built from whom, by number.

    Args:
        needs: for each crate the crates it depends on.
        bound: for each wheel the crates it depends on.
    """

    needs: Mapping[int, Sequence[int]]
    bound: Mapping[int, Sequence[int]]

    @property
    def names(self) -> tuple[str, ...]:
        """The released names of all crates and wheels."""
        return (*(f"c{at}" for at in self.needs), *(f"w{at}" for at in self.bound))


def generate(root: Path, size: Size, further: Mapping[str, str]) -> Layout:
    """Writes a repository and gives its layout; the same one every time.

    Every package is tagged at the first commit and some again later. Every fiftieth commit has a
    trailer, every five-hundredth changes a manifest and every thousandth Cargo.lock.

    Args:
        further: files of the first commit beside those of the packages.
    """
    chance = random.Random(1)
    layout = Layout(
        {
            at: sorted(chance.sample(range(max(0, at - _NEARBY), at), min(at, _NEEDED)))
            for at in range(size.crates)
        },
        {at: [chance.randrange(size.crates)] for at in range(size.wheels)},
    )
    repository = GitRepository(root)
    files = {**_tree(layout, size), ".gitignore": _IGNORED, **further}
    begin = repository.commit("Begin", files)
    for name in layout.names:
        repository.tag(f"{name}-v0.1.0", begin)
    tags = len(layout.names)
    every = max(1, (size.commits - 1) // max(1, size.tags - tags))
    patches = dict.fromkeys(layout.names, 0)
    for number in range(1, size.commits):
        at = chance.randrange(size.crates)
        changed = {f"crates/c{at}/src/m{chance.randrange(size.files)}.rs": f"// {number}\n"}
        if number % 1000 == 999:
            changed["Cargo.lock"] = _lock(layout, f"1.0.{number // 1000 + 1}")
        if number % 500 == 7:
            manifest = f"crates/c{at}/Cargo.toml"
            changed[manifest] = files[manifest] + f"# {number}\n"
        message = f"Change {number}" + ("\n\nrelease: minor" if number % 50 == 0 else "")
        commit = repository.commit(message, changed)
        if tags < size.tags and number % every == 0:
            released = chance.choice(layout.names)
            patches[released] += 1
            repository.tag(f"{released}-v0.1.{patches[released]}", commit)
            tags += 1
    repository.write()
    return layout


def _tree(layout: Layout, size: Size) -> dict[str, str]:
    files = {
        "BUILD": 'cargo_workspace(name="cargo")\n',
        "Cargo.toml": '[workspace]\nmembers = ["crates/*", "wheels/*"]\nresolver = "2"\n',
        "Cargo.lock": _lock(layout, "1.0.0"),
    }
    for at, needs in layout.needs.items():
        folder = f"crates/c{at}"
        files[f"{folder}/BUILD"] = f'crate_package(name="c{at}", publish=True)\n'
        files[f"{folder}/Cargo.toml"] = _manifest(
            f"c{at}", "", ['helper = "1"', *(_needed(need, "..") for need in needs)]
        )
        modules = range(size.files)
        files[f"{folder}/src/lib.rs"] = "".join(f"mod m{module};\n" for module in modules)
        files.update({f"{folder}/src/m{module}.rs": "//\n" for module in modules})
    platforms = "".join(f'        "{each}",\n' for each in PLATFORMS)
    for at, needs in layout.bound.items():
        folder = f"wheels/w{at}"
        files[f"{folder}/BUILD"] = (
            f'maturin_wheel(\n    name="w{at}",\n    publish=True,\n    platforms=[\n{platforms}'
            '    ],\n    abis=["abi3"],\n)\n'
        )
        files[f"{folder}/Cargo.toml"] = _manifest(
            f"w{at}",
            '\n[lib]\ncrate-type = ["cdylib"]\n',
            [
                'pyo3 = { version = "0.25", features = ["abi3-py39", "extension-module"] }',
                *(_needed(need, "../../crates") for need in needs),
            ],
        )
        files[f"{folder}/src/lib.rs"] = "//\n"
        files[f"{folder}/pyproject.toml"] = (
            '[build-system]\nrequires = ["maturin>=1.9,<2"]\nbuild-backend = "maturin"\n\n'
            f'[project]\nname = "w{at}"\ndynamic = ["version"]\nrequires-python = ">=3.9"\n'
        )
    return files


def _manifest(name: str, tables: str, dependencies: Sequence[str]) -> str:
    return (
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n'
        f'description = "{name}"\nlicense = "MIT"\n{tables}\n[dependencies]\n'
        + "".join(f"{line}\n" for line in dependencies)
    )


def _needed(at: int, folder: str) -> str:
    return f'c{at} = {{ path = "{folder}/c{at}", version = "0.1.0" }}'


def _lock(layout: Layout, helper: str) -> str:
    dependencies = {f"c{at}": ["helper", *_crates(needs)] for at, needs in layout.needs.items()}
    dependencies.update({f"w{at}": ["pyo3", *_crates(of)] for at, of in layout.bound.items()})
    blocks = {
        name: f'[[package]]\nname = "{name}"\nversion = "0.1.0"\ndependencies = [\n'
        + "".join(f' "{each}",\n' for each in sorted(of))
        + "]\n"
        for name, of in dependencies.items()
    }
    for name, version in (("helper", helper), ("pyo3", "0.25.0")):
        blocks[name] = (
            f'[[package]]\nname = "{name}"\nversion = "{version}"\n'
            'source = "registry+https://registry.example/index"\n'
            f'checksum = "{version.ljust(64, "0")}"\n'
        )
    return "version = 4\n\n" + "\n".join(block for _, block in sorted(blocks.items()))


def _crates(numbers: Sequence[int]) -> list[str]:
    return [f"c{at}" for at in numbers]

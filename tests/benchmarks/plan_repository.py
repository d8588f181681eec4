"""A generated repository of many crates and wheels with a long history and many releases."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from git_repository import GitRepository

from cratewheel.cargo.model import load_cargo_model
from cratewheel.git import Git
from cratewheel.history import JUDGED_BY_CONTENT, read_history
from cratewheel.plan.inputs import PlanInputs
from cratewheel.plan.package import ReleasePackage, RowSpec

_FILES_OF_A_CRATE = 15


@dataclass(frozen=True)
class Size:
    """How much there is of everything."""

    crates: int
    wheels: int
    commits: int
    tags: int


def generate(root: Path, size: Size) -> tuple[ReleasePackage, ...]:
    """Writes the repository and gives its packages.

    Each crate depends on two of the fifteen before it and on one registry package. Every fiftieth
    commit has a trailer, every thousandth changes Cargo.lock, every five-hundredth a manifest.
    """
    chance = random.Random(1)
    needs = {
        at: sorted(chance.sample(range(max(0, at - 15), at), min(at, 2)))
        for at in range(size.crates)
    }
    bound = {at: chance.randrange(size.crates) for at in range(size.wheels)}
    packages = [
        *(_crate(at, needs[at]) for at in range(size.crates)),
        *(_wheel(at, bound[at]) for at in range(size.wheels)),
    ]
    repository = GitRepository(root)
    files = _tree(needs, bound)
    begin = repository.commit("Begin", files)
    for package in packages:
        repository.tag(f"{package.name}-v0.1.0", begin)
    tags = len(packages)
    patches = dict.fromkeys((package.name for package in packages), 0)
    for number in range(size.commits - 1):
        at = chance.randrange(size.crates)
        source = f"crates/c{at}/src/m{chance.randrange(_FILES_OF_A_CRATE)}.rs"
        changed = {source: f"// {number}\n"}
        if number % 1000 == 999:
            changed["Cargo.lock"] = _lock(needs, bound, f"1.0.{number // 1000 + 1}")
        if number % 500 == 7:
            manifest = f"crates/c{at}/Cargo.toml"
            changed[manifest] = files[manifest] + f"# {number}\n"
        message = f"Change {number}" + ("\n\nrelease: minor" if number % 50 == 0 else "")
        commit = repository.commit(message, changed)
        if tags < size.tags and number % 7 == 0:
            released = chance.choice(packages).name
            patches[released] += 1
            repository.tag(f"{released}-v0.1.{patches[released]}", commit)
            tags += 1
    repository.write()
    return tuple(packages)


def gather(git: Git, packages: tuple[ReleasePackage, ...]) -> PlanInputs:
    """What a plan of the repository is computed from."""
    root = Path(git.root)
    history = read_history(git, packages)
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.name in JUDGED_BY_CONTENT
    }
    owners = {package.crate_directory: frozenset([package.id]) for package in packages}
    nobody: frozenset[str] = frozenset()
    return PlanInputs(
        packages=packages,
        history=history,
        owners={path: owners.get("/".join(path.split("/")[:2]), nobody) for path in history.paths},
        files=files,
        model=load_cargo_model(files),
    )


def _crate(at: int, needs: list[int]) -> ReleasePackage:
    return ReleasePackage(
        id=f"crate:c{at}",
        name=f"c{at}",
        kind="crate",
        address=f"crates/c{at}:c{at}",
        registry="crates.io",
        version="0.1.0",
        crate_directory=f"crates/c{at}",
        depends_on=tuple(f"crate:c{need}" for need in needs),
        rows=(RowSpec(kind="crate"),),
    )


def _wheel(at: int, bound: int) -> ReleasePackage:
    return ReleasePackage(
        id=f"wheel:w{at}",
        name=f"w{at}",
        kind="wheel",
        address=f"wheels/w{at}:w{at}",
        registry="PyPI",
        version="0.1.0",
        crate_directory=f"wheels/w{at}",
        pyproject=f"wheels/w{at}/pyproject.toml",
        depends_on=(f"crate:c{bound}",),
        rows=(RowSpec(kind="sdist"), RowSpec(kind="wheel", target="x86_64-unknown-linux-gnu")),
    )


def _tree(needs: Mapping[int, list[int]], bound: Mapping[int, int]) -> dict[str, str]:
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["crates/*", "wheels/*"]\nresolver = "2"\n',
        "Cargo.lock": _lock(needs, bound, "1.0.0"),
    }
    for at, of_crate in needs.items():
        lines = [_package(f"c{at}"), 'helper = "1"']
        lines += [f'c{need} = {{ path = "../c{need}", version = "0.1.0" }}' for need in of_crate]
        files[f"crates/c{at}/Cargo.toml"] = "\n".join(lines) + "\n"
        files[f"crates/c{at}/src/lib.rs"] = ""
        files.update({f"crates/c{at}/src/m{n}.rs": "//\n" for n in range(_FILES_OF_A_CRATE)})
    for at, crate in bound.items():
        entry = f'c{crate} = {{ path = "../../crates/c{crate}", version = "0.1.0" }}'
        files[f"wheels/w{at}/Cargo.toml"] = f"{_package(f'w{at}')}\n{entry}\n"
        files[f"wheels/w{at}/src/lib.rs"] = ""
        files[f"wheels/w{at}/pyproject.toml"] = (
            f'[project]\nname = "w{at}"\ndynamic = ["version"]\n'
        )
    return files


def _package(name: str) -> str:
    return f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]'


def _lock(needs: Mapping[int, list[int]], bound: Mapping[int, int], helper: str) -> str:
    dependencies = {f"c{at}": ["helper", *(f"c{n}" for n in of)] for at, of in needs.items()}
    dependencies.update({f"w{at}": [f"c{crate}"] for at, crate in bound.items()})
    blocks = {
        name: f'[[package]]\nname = "{name}"\nversion = "0.1.0"\ndependencies = [\n'
        + "".join(f' "{each}",\n' for each in sorted(of))
        + "]\n"
        for name, of in dependencies.items()
    }
    blocks["helper"] = (
        f'[[package]]\nname = "helper"\nversion = "{helper}"\n'
        f'source = "registry+https://example.org/index"\nchecksum = "{helper.ljust(64, "0")}"\n'
    )
    return "version = 4\n\n" + "\n".join(block for _, block in sorted(blocks.items()))

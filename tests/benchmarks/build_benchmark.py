"""How long wheels take to be built again, beside bare `maturin build` on the same tree.

    ./pants run tests/benchmarks:build -- --json build.json

generates a project of some sixty crates with pyo3 from crates.io, builds its wheels in turn with
`pants package` and with `maturin build`, prints a table and writes a list of `{case, ours, peer,
ratio, bound, holds, pairs, raw}`: the medians in seconds, the median ratio, the largest one that is
promised and whether it is kept, and every timing. `floor` is what Pants takes to list the target.

    noop      nothing changed                      (ours - floor) / 0.3 s
    leaf      a line of the core crate changed     (ours - floor) / maturin
    leaf-3    the same, three interpreters         ours / maturin
    python    only a .py file changed              (ours - floor) / maturin
    python-3  the same, three interpreters         ours / maturin
    cold      nothing was ever compiled            ours / maturin
    disk      what a build leaves of its limit     MiB kept / MiB allowed
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Optional

from build_project import CORE, generate, module
from comparison import Benchmark, Comparison, Results, compare, table
from pants_run import PANTS_TOML_WITH_PYTHON, Repository, install_launcher, repository

from cratewheel.build.disk import survey
from cratewheel.build.interpreters import Interpreter, discover

Seconds = Mapping[str, float]
CASES = ("noop", "leaf", "leaf-3", "python", "python-3", "cold", "disk")

_MIB = 2**20
#: What a run with nothing to build may take beyond listing the target.
_NOOP_SECONDS = 0.3


@dataclass(frozen=True)
class Bench:
    """A generated project with its Pants, and bare maturin beside it.

    Args:
        pythons: the interpreters of each wheel, by its name.
        caches: Pants' named caches, for this run alone.
    """

    pants: Repository
    pythons: Mapping[str, Sequence[Interpreter]]
    caches: Path

    @property
    def build_roots(self) -> Path:
        """The folder of build roots."""
        return self.caches / "cratewheel_build_roots"

    def package(self, wheel: str, *options: str) -> None:
        """Builds a wheel with Pants."""
        self.pants.pants(*options, "package", f"packages/{wheel}").succeeded()

    def list_target(self, wheel: str) -> None:
        """What Pants takes in any case."""
        self.pants.pants("list", f"packages/{wheel}").succeeded()

    def maturin(self, wheel: str) -> None:
        """Builds a wheel with maturin alone."""
        command = [sys.executable, "-m", "maturin", "build", "--release", "--quiet"]
        for python in self.pythons[wheel]:
            command += ["--interpreter", python.path]
        folder = self.pants.root / "packages" / wheel
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    def forget(self) -> None:
        """Makes both start from nothing; downloaded crates stay."""
        self.pants.pants("build-roots", "--prune").succeeded()
        subprocess.run(["rm", "-rf", str(self.pants.root / "target")], check=True)

    def change_core(self, number: int) -> None:
        """Another line in the crate that the wheels bind."""
        file = self.pants.root / CORE
        kept = file.read_text().partition("pub const REVISION")[0]
        file.write_text(f"{kept}pub const REVISION: u32 = {number};\n")

    def change_python(self, wheel: str, number: int) -> None:
        """Another line in a wheel's Python file."""
        file = self.pants.root / module(wheel)
        kept = file.read_text().partition("REVISION")[0]
        file.write_text(f"{kept}REVISION = {number}\n")


def measure(
    bench: Bench, wheel: str, rounds: int, before: Callable[[int], object], floor: bool = True
) -> tuple[Seconds, ...]:
    """Both builds of a wheel once a round, every other round in the other order.

    Args:
        before: is called with a number of its own before each round.
    """
    actions: dict[str, Callable[[str], None]] = {"ours": bench.package, "maturin": bench.maturin}
    if floor:
        actions["floor"] = bench.list_target
    found = []
    for number in range(rounds):
        before(time.time_ns() // 1000 % 2**31)
        if floor:
            # The floor is of a daemon that has seen the change, like that of a run in between.
            bench.list_target(wheel)
        seconds = {}
        for name in reversed(list(actions)) if number % 2 else list(actions):
            start = time.perf_counter()
            actions[name](wheel)
            seconds[name] = round(time.perf_counter() - start, 3)
        found.append(seconds)
    return tuple(found)


def case(
    name: str,
    measured: Sequence[Seconds],
    bound: float,
    *,
    beyond_floor: bool = False,
    peer: Optional[float] = None,
) -> Comparison:
    """The case with its ratio.

    Args:
        beyond_floor: whether the time that Pants takes in any case is left out of ours.
        peer: seconds to compare with, where that is not maturin.
    """
    return compare(
        name,
        [
            (
                each["ours"] - (each["floor"] if beyond_floor else 0.0),
                each["maturin"] if peer is None else peer,
            )
            for each in measured
        ],
        bound,
    )


def disk_case(bench: Bench) -> Comparison:
    """Whether a build keeps to its limit, and the command says and frees what is kept."""
    taken = _kept(bench)
    listed = bench.pants.pants("build-roots").succeeded().stdout
    everything_listed = all(each.key in listed for each in survey(bench.build_roots))
    registries = list(bench.build_roots.glob("**/registry/cache"))
    limit = taken * 3 // 4
    # Another text than any before: what Pants has a result of is not built, and prunes nothing.
    bench.change_core(time.time_ns() // 1000 % 2**31)
    bench.package("one", f"--build-roots-limit={limit}")
    kept = _kept(bench)
    bench.pants.pants("build-roots", "--prune").succeeded()
    freed = _kept(bench) == 0
    made = compare("disk", [(kept / _MIB, limit / _MIB)], 1.0)
    return replace(made, holds=made.holds and everything_listed and freed and not registries)


def _kept(bench: Bench) -> int:
    return sum(each.bytes for each in survey(bench.build_roots))


def run(
    bench: Bench, rounds: int, cases: Sequence[str]
) -> list[tuple[Comparison, Sequence[Seconds]]]:
    """The cases that were asked for, in an order in which each finds what it needs."""
    found: list[tuple[Comparison, Sequence[Seconds]]] = []

    def add(
        name: str,
        measured: Sequence[Seconds],
        bound: float,
        *,
        beyond_floor: bool = False,
        peer: Optional[float] = None,
    ) -> None:
        comparison = case(name, measured, bound, beyond_floor=beyond_floor, peer=peer)
        print(table([comparison]).splitlines()[1], file=sys.stderr, flush=True)
        found.append((comparison, measured))

    def cold(number: int) -> None:
        bench.forget()
        bench.change_core(number)

    if "cold" in cases:
        # Tools are installed and crates downloaded by a build that is not measured.
        bench.package("one")
        bench.maturin("one")
        add("cold", measure(bench, "one", rounds, cold, floor=False), 1.1)
    wheels = {"one": ("noop", "leaf", "python"), "three": ("leaf-3", "python-3")}
    for wheel, names in wheels.items():
        if wheel not in bench.pythons or not set(names) & set(cases):
            continue
        bench.package(wheel)
        bench.maturin(wheel)
        if "noop" in cases and wheel == "one":
            measured = measure(bench, wheel, rounds, lambda number: None)
            add("noop", measured, 1.0, beyond_floor=True, peer=_NOOP_SECONDS)
        for name in names:
            if name not in cases or name == "noop":
                continue
            change: Callable[[int], object] = bench.change_core
            if name.startswith("python"):
                change = partial(bench.change_python, wheel)
            several = wheel == "three"
            bound = 0.25 if several else 1.1 if name == "leaf" else 1.0
            add(name, measure(bench, wheel, rounds, change), bound, beyond_floor=not several)
    if "disk" in cases:
        bench.change_core(time.time_ns() // 1000 % 2**31)
        bench.package("one")
        found.append((disk_case(bench), ()))
    return found


def native_row() -> str:
    """A BUILD expression of this machine's own platform, linked by its own linker."""
    said = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    triple = next(line[6:] for line in said.splitlines() if line.startswith("host: "))
    libc, version = platform.libc_ver()
    if libc != "glibc":
        return f'"{triple}"'
    floor = f"manylinux_{version.replace('.', '_')}"
    return f'wheel_platform("{triple}", compatibility="{floor}")'


def own_caches(folder: Path) -> Path:
    """Named caches for this run alone, with the user's installed tools in them."""
    users = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "pants/named_caches")
    folder.mkdir()
    for tools in ("pex_root", "python_build_standalone"):
        if (users / tools).is_dir():
            (folder / tools).symlink_to(users / tools)
    return folder


def measure_all(options: argparse.Namespace) -> Results:
    """The cases that are asked for, in a project of its own."""
    cases = tuple(options.case or CASES)
    found = sorted(
        (each for each in discover(os.environ) if _is_suitable(each)),
        key=lambda each: int(each.tag[3:]),
    )
    pythons = {"one": found[-1:], "three": found[-3:]}
    if len(found) < 3:
        del pythons["three"]
        print(f"leaf-3, python-3: skipped, this machine has {len(found)} of 3 interpreters")
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory, "project")
        root.mkdir()
        versions = {name: [_version(each) for each in has] for name, has in pythons.items()}
        crates = generate(root, versions, native_row())
        caches = own_caches(Path(directory, "caches"))
        settings = PANTS_TOML_WITH_PYTHON.replace(
            "[python]", f'named_caches_dir = "{caches}"\n\n[python]'
        )
        (root / "pants.toml").write_text(settings)
        install_launcher(root)
        print(f"{crates} crates in Cargo.lock, {os.cpu_count()} cores", file=sys.stderr)
        with repository(root) as pants:
            bench = Bench(pants, pythons, caches)
            measured = run(bench, 1 if options.quick else options.rounds, cases)
    return Results(
        [comparison for comparison, _ in measured],
        {comparison.case: {"raw": list(raw)} for comparison, raw in measured},
    )


def _is_suitable(python: Interpreter) -> bool:
    # What the project's pyo3 knows and this machine runs by itself, without the builds that have no lock
    # of their own.
    known = python.tag.startswith("cp3") and python.tag[3:].isdigit()
    return known and not python.platform and 9 <= int(python.tag[3:]) <= 14


def _version(python: Interpreter) -> str:
    return f"3.{python.tag[3:]}"


main = Benchmark(
    __doc__,
    measure_all,
    rounds=5,
    quick="one pair of each case",
    options=lambda parser: parser.add_argument(
        "--case", action="append", choices=CASES, help="only this; may be repeated"
    ),
).main


if __name__ == "__main__":
    sys.exit(main())

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

import pytest

from cratewheel.cargo.model import load_cargo_model
from cratewheel.stable_abi import (
    StableAbi,
    abi3_floor,
    pyo3_features,
    stable_abis,
)

#: A stand-in with PyO3's own names and feature table, so that cargo needs no registry.
PYO3 = """
[package]
name = "pyo3"
version = "0.30.0"
[features]
default = []
abi3 = []
abi3-py311 = ["abi3"]
abi3-py310 = ["abi3-py311"]
abi3-py39 = ["abi3-py310"]
abi3t = []
abi3t-py315 = ["abi3t"]
extension-module = []
"""

HEAD = '[package]\nname = "demo"\nversion = "0.1.0"\n'

CASES: Mapping[str, tuple[str, tuple[str, ...], bool, tuple[StableAbi, ...]]] = {
    "none": (
        '[dependencies]\npyo3 = {path = "../pyo3"}',
        (),
        True,
        (),
    ),
    "direct": (
        '[dependencies]\npyo3 = {path = "../pyo3", features = ["abi3-py310"]}',
        (),
        True,
        (StableAbi("abi3", (3, 10)),),
    ),
    "bare": (
        '[dependencies]\npyo3 = {path = "../pyo3", features = ["abi3"]}',
        (),
        True,
        (StableAbi("abi3"),),
    ),
    "renamed": (
        '[dependencies]\npython = {package = "pyo3", path = "../pyo3", features = ["abi3-py39"]}',
        (),
        True,
        (StableAbi("abi3", (3, 9)),),
    ),
    "inherited": (
        '[dependencies]\npyo3 = {workspace = true, features = ["extension-module"]}',
        (),
        True,
        (StableAbi("abi3", (3, 11)),),
    ),
    "one platform's table": (
        '[target."cfg(unix)".dependencies]\npyo3 = {path = "../pyo3", features = ["abi3-py39"]}',
        (),
        True,
        (StableAbi("abi3", (3, 9)),),
    ),
    "forwarded by default": (
        '[dependencies]\npyo3 = {path = "../pyo3"}\n'
        '[features]\ndefault = ["stable"]\nstable = ["pyo3/abi3-py310"]',
        (),
        True,
        (StableAbi("abi3", (3, 10)),),
    ),
    "default switched off": (
        '[dependencies]\npyo3 = {path = "../pyo3"}\n'
        '[features]\ndefault = ["stable"]\nstable = ["pyo3/abi3-py310"]',
        (),
        False,
        (),
    ),
    "asked for": (
        '[dependencies]\npyo3 = {path = "../pyo3"}\n[features]\nstable = ["pyo3/abi3-py310"]',
        ("stable",),
        True,
        (StableAbi("abi3", (3, 10)),),
    ),
    "asked for directly": (
        '[dependencies]\npyo3 = {path = "../pyo3"}',
        ("pyo3/abi3-py39",),
        True,
        (StableAbi("abi3", (3, 9)),),
    ),
    "optional by dep": (
        '[dependencies]\npyo3 = {path = "../pyo3", optional = true, features = ["abi3-py39"]}\n'
        '[features]\npython = ["dep:pyo3"]',
        ("python",),
        True,
        (StableAbi("abi3", (3, 9)),),
    ),
    "optional by its own name": (
        '[dependencies]\npyo3 = {path = "../pyo3", optional = true, features = ["abi3-py39"]}',
        ("pyo3",),
        True,
        (StableAbi("abi3", (3, 9)),),
    ),
    "weak and active": (
        '[dependencies]\npyo3 = {path = "../pyo3", optional = true}\n'
        '[features]\nstable = ["pyo3?/abi3-py39"]\npython = ["dep:pyo3"]',
        ("stable", "python"),
        True,
        (StableAbi("abi3", (3, 9)),),
    ),
    "the feature of an optional dependency's name comes with it": (
        '[dependencies]\npyo3 = {path = "../pyo3", optional = true}\n'
        '[features]\nall = ["pyo3/extension-module"]\npyo3 = ["dep:pyo3", "pyo3/abi3-py311"]',
        ("all",),
        True,
        (StableAbi("abi3", (3, 11)),),
    ),
    "through a crate in between": (
        '[dependencies]\npyo3 = {path = "../pyo3"}\nglue = {path = "../glue"}\n'
        '[features]\nstable = ["glue/stable"]',
        ("stable",),
        True,
        (StableAbi("abi3", (3, 10)),),
    ),
    "only through a crate in between, renamed": (
        '[dependencies]\nbond = {package = "glue", path = "../glue", features = ["stable"]}',
        (),
        True,
        (StableAbi("abi3", (3, 10)),),
    ),
    "two floors": (
        '[dependencies]\npyo3 = {path = "../pyo3", features = ["abi3-py311"]}\n'
        '[features]\nold = ["pyo3/abi3-py39"]',
        ("old",),
        True,
        (StableAbi("abi3", (3, 9)),),
    ),
    "both kinds": (
        '[dependencies]\npyo3 = {path = "../pyo3", features = ["abi3-py310", "abi3t-py315"]}',
        (),
        True,
        (StableAbi("abi3", (3, 10)), StableAbi("abi3t", (3, 15))),
    ),
    "a build script's own does not count": (
        '[dependencies]\npyo3 = {path = "../pyo3"}\n'
        '[build-dependencies]\npyo3 = {path = "../pyo3", features = ["abi3-py39"]}',
        (),
        True,
        (),
    ),
}


def repository(manifest: str) -> dict[str, str]:
    return {
        "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["demo", "glue", "pyo3"]\n'
        '[workspace.dependencies]\npyo3 = {path = "pyo3", features = ["abi3-py311"]}\n',
        "demo/Cargo.toml": f"{HEAD}{manifest}\n",
        "glue/Cargo.toml": '[package]\nname = "glue"\nversion = "0.1.0"\n'
        '[dependencies]\npyo3 = {path = "../pyo3"}\n[features]\nstable = ["pyo3/abi3-py310"]\n',
        "pyo3/Cargo.toml": PYO3,
    }


@pytest.mark.parametrize("case", CASES)
def test_the_manifests_tell_what_is_on(case: str) -> None:
    manifest, features, default, expected = CASES[case]
    files = {path: text.encode() for path, text in repository(manifest).items()}
    found = pyo3_features(load_cargo_model(files), "demo", features, default_features=default)
    assert found is not None
    assert stable_abis(found) == expected


@pytest.mark.skipif(shutil.which("cargo") is None, reason="there is no cargo here")
@pytest.mark.parametrize("case", [name for name in CASES if "build script" not in name])
def test_cargos_own_resolution_tells_the_same(case: str, tmp_path: Path) -> None:
    manifest, features, default, expected = CASES[case]
    # A member of its own workspace only, because cargo metadata unites features across members.
    for path, text in repository(manifest).items():
        place = tmp_path / path
        (place.parent / "src").mkdir(parents=True, exist_ok=True)
        (place.parent / "src" / "lib.rs").touch()
        place.write_text(text)
    assert stable_abis(resolved_by_cargo(tmp_path / "demo", features, default)) == expected


def resolved_by_cargo(directory: Path, features: tuple[str, ...], default: bool) -> list[str]:
    """The features of PyO3 that cargo turns on for the crate in a directory."""
    command = ["cargo", "tree", "--offline", "--edges=normal", "--prefix=none", "--format={p}|{f}"]
    command += [f"--features={','.join(features)}"] if features else []
    command += [] if default else ["--no-default-features"]
    done = subprocess.run(command, check=False, cwd=directory, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (found,) = {line for line in done.stdout.splitlines() if line.startswith("pyo3 ")}
    return found.replace(" (*)", "").rpartition("|")[2].split(",")


def test_a_crate_without_pyo3_has_none() -> None:
    model = load_cargo_model({"Cargo.toml": HEAD.encode()})
    assert pyo3_features(model, "") is None


@pytest.mark.parametrize(
    ("stable", "requires_python", "expected"),
    [
        (StableAbi("abi3", (3, 9)), ">=3.11", (3, 9)),
        (StableAbi("abi3"), ">=3.10.2", (3, 10)),
        (StableAbi("abi3t"), ">=3.10", (3, 15)),
    ],
)
def test_the_lowest_python_of_a_stable_abi_wheel(
    stable: StableAbi, requires_python: Optional[str], expected: tuple[int, int]
) -> None:
    assert abi3_floor(stable, requires_python) == expected

"""`cratewheel build`: rows built from a checkout and a plan, by real cargo and maturin, without Pants."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Optional

import pytest
from repositories import LIBRARY, Wheel

from cratewheel.__main__ import main
from cratewheel.plan.model import Plan, dumps, loads
from cratewheel.wheel_rows import BuildSettings

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")

GLIBC = platform.libc_ver()[1]
# A later floor that maturin knows.
NEWER = f"manylinux_2_{max(39, int((GLIBC or '2.0').split('.')[1]) + 1)}"
HOST = f"{platform.machine()}-unknown-linux-gnu"
# Compiled by this machine's own linker, which any floor older than its own C library would not let it.
WHEEL = Wheel(
    [
        (HOST, {"compatibility": f"manylinux_{GLIBC.replace('.', '_')}"}),
        (HOST, {"compatibility": NEWER}),
    ],
    name="cw-built",
    pyo3=None,
    maturin='bindings = "bin"\n',
    settings=BuildSettings(test_command="cw-built"),
    cargo='[dependencies]\ncw-core = { path = "../core", version = "0.4.0" }\n[features]\nloud = []\n',
    manifests={
        "core/Cargo.toml": LIBRARY.format(name="cw-core") + 'license = "MIT"\ndescription = "A crate"\n',
        "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["core", "python"]\n',
    },
)  # fmt: skip
SOURCES = {
    "core/src/lib.rs": "pub fn answer() -> u32 { 42 }\n",
    "python/src/main.rs": 'fn main() { println!("{} {}", cw_core::answer(), env!("CARGO_PKG_VERSION")); }\n',
    ".gitignore": "/target/\n/dist/\n/plan.json\n/core/notes\n",
    "core/notes": "For nobody else.\n",
}


def git(checkout: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    argv = ["git", *identity, *arguments]
    return subprocess.run(argv, cwd=checkout, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout at version 0.4.0, and in it a plan that releases 0.5.0."""
    folder = tmp_path_factory.mktemp("checkout")
    manifests = {path: text.decode() for path, text in WHEEL.project.manifests.items()}
    for path, text in {**manifests, **SOURCES}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    subprocess.run(["cargo", "generate-lockfile", "--offline"], cwd=folder, check=True)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=Start")
    (folder / "plan.json").write_text(dumps(planned(folder)))
    return folder


def planned(checkout: Path) -> Plan:
    document = json.loads(dumps(WHEEL.plan).replace("0.4.0", "0.5.0"))
    del document["digest"]
    document["commit"] = git(checkout, "rev-parse", "HEAD").strip()
    return loads(json.dumps(document), place="plan.json")


def build(checkout: Path, row: str, out: Path, plan: Optional[Path] = None) -> int:
    return main(
        [
            *("build", "--plan", str(plan or checkout / "plan.json"), "--row", row),
            *("--root", str(checkout), "--out", str(out)),
        ]
    )


def manifest(out: Path, row: str) -> dict[str, object]:
    document = json.loads((out / f"{row}.artifacts.json").read_text())
    (entry,) = document["artifacts"]
    content = (out / entry["filename"]).read_bytes()
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert entry["size"] == len(content)
    assert set(entry["tools"]) >= {"cargo", "rustc"}
    assert document["row"] == row
    return dict(entry)


def test_a_wheel_row_is_built_with_the_plans_version(checkout: Path, tmp_path: Path) -> None:
    row = f"cw-built-wheel-{HOST}"
    assert build(checkout, row, tmp_path) == 0
    entry = manifest(tmp_path, row)
    assert (entry["kind"], entry["version"], entry["target"]) == ("wheel", "0.5.0", HOST)
    wheel = tmp_path / str(entry["filename"])
    assert f"-py3-none-manylinux_{GLIBC.replace('.', '_')}_" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        (program,) = (name for name in archive.namelist() if name.endswith("/scripts/cw-built"))
        archive.extract(program, tmp_path)
    (tmp_path / program).chmod(0o755)
    said = subprocess.run([tmp_path / program], capture_output=True, text=True, check=True).stdout
    assert said == "42 0.5.0\n"
    assert git(checkout, "status", "--porcelain") == ""
    # Its own command ran in an environment that it was installed in.
    assert entry["tested"] is True
    assert re.fullmatch(r"on cp3\d+t? 3\.\S+", str(entry["trial"]))


def test_a_wheel_for_this_very_processor_is_refused_before_anything_is_built(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configuration = checkout / ".cargo/config.toml"
    configuration.parent.mkdir()
    configuration.write_text('[build]\nrustflags = ["-Ctarget-cpu=native"]\n')
    try:
        assert build(checkout, f"cw-built-wheel-{HOST}", tmp_path) == 1
    finally:
        shutil.rmtree(configuration.parent)
    assert "CW-TARGET-CPU-NATIVE .cargo/config.toml: " in capsys.readouterr().err
    assert not list(tmp_path.glob("*.whl"))


def test_a_row_of_another_floor_has_a_name_and_a_wheel_of_its_own(
    checkout: Path, tmp_path: Path
) -> None:
    row = f"cw-built-wheel-{HOST}.{NEWER}"
    assert build(checkout, row, tmp_path) == 0
    entry = manifest(tmp_path, row)
    assert (entry["target"], entry["compatibility"]) == (HOST, NEWER)
    assert f"-py3-none-{NEWER}_" in str(entry["filename"])
    # pip would not install it on this machine.
    assert entry["tested"] is False
    assert f"here is {GLIBC}" in str(entry["trial"])


@pytest.mark.parametrize(
    ("settings", "status", "said"),
    [
        ({"test_command": "cw-built --not-much && exit 7"}, 1, "ended with status 7"),
        ({}, 0, "Tested: cw_built-0.5.0-"),
        ({"test_command": ""}, 0, "Not tested: cw_built-0.5.0-"),
    ],
)
def test_a_wheel_is_tried_by_the_job_that_builds_it(
    checkout: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    settings: dict[str, str],
    status: int,
    said: str,
) -> None:
    document = json.loads((checkout / "plan.json").read_text())
    del document["digest"]
    for each in document["builds"]:
        each["settings"] = settings
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(document))
    out = tmp_path / "out"
    row = f"cw-built-wheel-{HOST}"
    assert build(checkout, row, out, plan) == status
    output = capfd.readouterr()
    assert said in output.out + output.err
    assert ("CW-WHEEL-TEST-FAILED" in output.err) == bool(status)
    assert out.exists() != bool(status)


def test_a_crate_row_and_an_sdist_row_are_built(checkout: Path, tmp_path: Path) -> None:
    for row, name in {"cw-core-crate": "cw-core-0.5.0.crate", "cw-built-sdist": ""}.items():
        assert build(checkout, row, tmp_path) == 0
        assert manifest(tmp_path, row)["filename"] == (name or "cw_built-0.5.0.tar.gz")
    with tarfile.open(tmp_path / "cw-core-0.5.0.crate") as crate:
        names = {name.partition("/")[2] for name in crate.getnames()}
    # Of a checkout with git, and of a build like the one by Pants, there is no trace.
    assert names == {"Cargo.lock", "Cargo.toml", "Cargo.toml.orig", "src/lib.rs"}
    with tarfile.open(tmp_path / "cw_built-0.5.0.tar.gz") as sdist:
        assert "cw_built-0.5.0/core/src/lib.rs" in sdist.getnames()


def test_what_is_kept_between_builds_is_bounded(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = checkout / "target" / "cratewheel" / "roots"
    for limit, is_kept in (("1GiB", True), ("0", False)):
        monkeypatch.setenv("CRATEWHEEL_DISK_LIMIT", limit)
        assert build(checkout, "cw-core-crate", tmp_path) == 0
        assert bool(list(kept.glob("crate-*/target/*"))) is is_kept


def test_a_stamped_checkout_gives_the_same_crate(checkout: Path, tmp_path: Path) -> None:
    stamped = tmp_path / "stamped"
    shutil.copytree(checkout, stamped, ignore=shutil.ignore_patterns("target"))
    assert main(["stamp", "--plan", str(stamped / "plan.json"), "--root", str(stamped)]) == 0
    for root, out in ((checkout, tmp_path / "one"), (stamped, tmp_path / "two")):
        assert build(root, "cw-core-crate", out) == 0
    name = "cw-core-0.5.0.crate"
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("row", "change", "code"),
    [
        ("cw-built-wheel-elsewhere", "", "CW-ROW-UNKNOWN"),
        ("none", "", "CW-ROW-UNKNOWN"),
        (f"cw-built-wheel-{HOST}", '"commit": "0000', "CW-PLAN-STALE"),
        (f"cw-built-wheel-{HOST}", '"target": "x86_64-pc-windows-msvc", "x', "CW-ROW-NOT-HERE"),
        (f"cw-built-wheel-{HOST}", '"settings": {"tools": ["cw-no-tool"]}, "x', "CW-TOOL-MISSING"),
    ],
)
def test_what_cannot_be_built_is_named(
    checkout: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    row: str,
    change: str,
    code: str,
) -> None:
    document = json.loads((checkout / "plan.json").read_text())
    del document["digest"]
    if "commit" in change:
        document["commit"] = "0" * 40
    elif "target" in change:
        wheel = next(each for each in document["matrix"]["include"] if each["kind"] == "wheel")
        wheel.update(target="x86_64-pc-windows-msvc", compatibility=None)
    elif "tools" in change:
        for each in document["builds"]:
            each["settings"] = {"tools": ["cw-no-tool"]}
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(document))
    arguments = ["--plan", str(plan), "--row", row, "--root", str(checkout)]
    assert main(["build", *arguments, "--out", str(tmp_path / "out")]) == 1
    assert code in capsys.readouterr().err


def test_a_row_is_built_by_the_toolchain_that_its_checkout_asks_for(
    checkout: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pinned = tmp_path / "pinned"
    shutil.copytree(checkout, pinned, ignore=shutil.ignore_patterns("target"))
    (pinned / "rust-toolchain").write_text("of the checkout")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "rust-toolchain").write_text("of another place")
    rustup = tmp_path / "bin" / "rustup"
    rustup.parent.mkdir()
    rustup.write_text(
        "#!/bin/sh\necho toolchain $(cat rust-toolchain) is not installed >&2\nexit 1\n"
    )
    rustup.chmod(0o755)
    (rustup.parent / "cargo").symlink_to("rustup")
    monkeypatch.setenv("PATH", os.pathsep.join([str(rustup.parent), os.environ["PATH"]]))
    monkeypatch.chdir(elsewhere)
    assert build(pinned, "cw-core-crate", tmp_path / "out") == 1
    said = capsys.readouterr().err
    assert "CW-TOOLCHAIN-MISSING" in said
    assert "toolchain of the checkout is not installed" in said


def test_a_failed_build_says_so_after_what_cargo_said(
    checkout: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(checkout, broken, ignore=shutil.ignore_patterns("target"))
    (broken / "core/src/lib.rs").write_text("pub fn answer() -> u32 { forty_two }\n")
    assert build(broken, "cw-core-crate", tmp_path / "out") == 1
    said = capfd.readouterr().err
    assert said.index("forty_two") < said.index("CW-BUILD-FAILED")
    assert not (tmp_path / "out").exists()

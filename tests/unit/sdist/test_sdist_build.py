"""A source distribution, made by real maturin and cargo from a tree as the backend puts it together."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path

import pytest
import tomli

from cratewheel.build.processes import BuildFailed
from cratewheel.build.request import Job, SdistBuild, Settings
from cratewheel.build.run import run_job
from cratewheel.build.toolchain import RustToolchain, discover
from cratewheel.cargo.model import load_cargo_model
from cratewheel.cargo.skeleton import skeleton, skeletons_needed
from cratewheel.cargo.stand_in import is_stand_in
from cratewheel.errors import CratewheelError

CRATE = """
[package]
name = "{name}"
version = "1.0.0"
edition = "2021"
description = "one of several"
license = "MIT"
"""

TREE = {
    "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["crates/*"]\n',
    "crates/tally/Cargo.toml": CRATE.format(name="tally")
    + '[dev-dependencies]\nchecks = { path = "../checks" }\n',
    "crates/tally/src/lib.rs": "pub mod words;\n",
    "crates/tally/src/words.rs": "pub fn count(text: &str) -> usize { text.split(' ').count() }\n",
    "crates/cli/Cargo.toml": CRATE.format(name="tally-cli")
    + '[dependencies]\ntally = { path = "../tally" }\n',
    "crates/cli/src/main.rs": 'fn main() { println!("{}", tally::words::count("a b")); }\n',
    "crates/cli/pyproject.toml": """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"
[project]
name = "tally-cli"
version = "1.0.0"
[tool.maturin]
bindings = "bin"
""",
}
NOT_BUILT = {
    "crates/checks/Cargo.toml": CRATE.format(name="checks"),
    "crates/server/Cargo.toml": CRATE.format(name="server")
    + '[dependencies]\nchecks = { path = "../checks" }\n',
}
LOCK = """version = 4

[[package]]
name = "checks"
version = "1.0.0"

[[package]]
name = "server"
version = "1.0.0"
dependencies = [
 "checks",
]

[[package]]
name = "tally"
version = "1.0.0"
dependencies = [
 "checks",
]

[[package]]
name = "tally-cli"
version = "1.0.0"
dependencies = [
 "tally",
]
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RustToolchain]:
    tools = tmp_path_factory.mktemp("tools")
    found = discover(os.environ, tools, (), Path.cwd())
    if not isinstance(found, RustToolchain):
        pytest.skip("needs a Rust toolchain")
    return tools, found


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    """A build's sandbox: the sources of two crates, the others of their workspace as stand-ins."""
    for name, text in {**TREE, "Cargo.lock": LOCK}.items():
        put(tmp_path / "tree" / name, text.encode())
    for name, text in NOT_BUILT.items():
        for path, content in skeleton(text.encode()).items():
            put(tmp_path / "tree" / Path(name).parent / path, content)
    return tmp_path


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def build(
    sandbox: Path,
    machine: tuple[Path, RustToolchain],
    project: str = "crates/cli",
    crate: str = "crates/cli",
) -> Path:
    tools, toolchain = machine
    request = SdistBuild(Settings("tally", project), crate_directory=crate)
    job = Job(request, toolchain.id, roots="roots", tools=str(tools))
    (archive,) = run_job(job, sandbox)
    return archive


def contents(archive: Path) -> dict[str, str]:
    with tarfile.open(archive) as tar:
        return {
            member.name.partition("/")[2]: tar.extractfile(member).read().decode()  # type: ignore[union-attr]
            for member in tar.getmembers()
        }


def test_it_has_what_the_wheel_is_built_from_and_no_stand_in(
    sandbox: Path, machine: tuple[Path, RustToolchain]
) -> None:
    files = contents(build(sandbox, machine))

    assert {name for name in files if name.endswith(".rs")} == {
        "crates/cli/src/main.rs",
        "crates/tally/src/lib.rs",
        "crates/tally/src/words.rs",
    }
    assert not any("checks" in files[name] for name in files if name.endswith("Cargo.toml"))
    locked = tomli.loads(files["Cargo.lock"])["package"]
    assert [package["name"] for package in locked] == ["tally", "tally-cli"]


def test_the_sandbox_of_the_next_build_is_not_touched(
    sandbox: Path, machine: tuple[Path, RustToolchain]
) -> None:
    build(sandbox, machine)
    assert (sandbox / "tree" / "Cargo.toml").read_text() == TREE["Cargo.toml"]
    assert (sandbox / "tree" / "crates" / "checks" / "Cargo.toml").exists()


def test_one_that_no_wheel_can_be_built_from_is_none(
    sandbox: Path, machine: tuple[Path, RustToolchain], capfd: pytest.CaptureFixture[str]
) -> None:
    manifest = sandbox / "tree" / "crates" / "tally" / "Cargo.toml"
    text = manifest.read_text()
    manifest.write_text(
        text.replace('license = "MIT"', 'license = "MIT"\ninclude = ["src/lib.rs"]')
    )

    with pytest.raises(BuildFailed):
        build(sandbox, machine)

    said = capfd.readouterr().err
    assert "file not found for module `words`" in said
    assert "no wheel can be built from it" in said


@pytest.mark.parametrize(
    ("requires", "message"),
    [
        (
            '["maturin>=0.14,<1"]',
            "it asks for maturin<1,>=0.14, and what builds it here is maturin 1.",
        ),
        ('["setuptools"]', "it does not ask for maturin"),
    ],
)
def test_one_that_asks_for_another_maturin_is_refused(
    sandbox: Path, machine: tuple[Path, RustToolchain], requires: str, message: str
) -> None:
    text = TREE["crates/cli/pyproject.toml"].replace('["maturin>=1.9,<2"]', requires)
    put(sandbox / "tree" / "crates/cli/pyproject.toml", text.encode())
    with pytest.raises(CratewheelError) as raised:
        build(sandbox, machine)
    (finding,) = raised.value.findings
    assert finding.code == "CW-SDIST-REQUIRES"
    assert finding.message.startswith(message)


def test_a_lock_that_does_not_fit_is_refused(
    sandbox: Path, machine: tuple[Path, RustToolchain], capfd: pytest.CaptureFixture[str]
) -> None:
    whole = {**TREE, "Cargo.toml": '[workspace]\nmembers = ["crates/cli", "crates/tally"]\n'}
    whole["crates/tally/Cargo.toml"] = CRATE.format(name="tally").replace("1.0.0", "1.1.0")
    for name, text in whole.items():
        put(sandbox / "tree" / name, text.encode())
    for name in NOT_BUILT:
        (sandbox / "tree" / name).unlink()

    with pytest.raises(BuildFailed):
        build(sandbox, machine)

    assert "Cargo.lock" in capfd.readouterr().err


def test_the_same_tree_gives_the_same_bytes(
    sandbox: Path, machine: tuple[Path, RustToolchain]
) -> None:
    first = build(sandbox, machine)
    kept = first.read_bytes()
    first.unlink()
    assert build(sandbox, machine).read_bytes() == kept


PYPROJECT = TREE["crates/cli/pyproject.toml"]
MAIN = "fn main() {}\n"
NEEDS_TALLY = CRATE.format(name="tally-cli") + '[dependencies]\ntally = { path = "../tally" }\n'
#: Trees without a lock, the project and the crate to build, and the manifests that are shipped.
SHAPES = {
    "the binding in a workspace of its own": (
        {
            "Cargo.toml": '[workspace]\nmembers = ["tally", "server"]\nexclude = ["cli"]\n'
            '[workspace.package]\nversion = "1.0.0"\n',
            "tally/Cargo.toml": '[package]\nname = "tally"\nversion.workspace = true\n'
            '[dev-dependencies]\nserver = { path = "../server" }\n',
            "server/Cargo.toml": CRATE.format(name="server"),
            "cli/Cargo.toml": f"{NEEDS_TALLY}[workspace]\n",
            "cli/src/main.rs": MAIN,
            "cli/pyproject.toml": PYPROJECT,
        },
        ("cli", "cli"),
        {"Cargo.toml", "tally/Cargo.toml", "cli/Cargo.toml"},
    ),
    "the binding at the root of the workspace": (
        {
            "Cargo.toml": NEEDS_TALLY.replace("..", ".")
            + '[workspace]\nmembers = ["tally", "server"]\n',
            "src/main.rs": MAIN,
            "pyproject.toml": PYPROJECT,
            "tally/Cargo.toml": CRATE.format(name="tally"),
            "server/Cargo.toml": CRATE.format(name="server"),
        },
        ("", ""),
        {"Cargo.toml", "tally/Cargo.toml"},
    ),
    "another crate at the root of the workspace": (
        {
            "Cargo.toml": CRATE.format(name="server") + '[workspace]\nmembers = ["cli", "tally"]\n',
            "tally/Cargo.toml": CRATE.format(name="tally"),
            "cli/Cargo.toml": NEEDS_TALLY,
            "cli/src/main.rs": MAIN,
            "cli/pyproject.toml": PYPROJECT,
        },
        ("cli", "cli"),
        {"Cargo.toml", "tally/Cargo.toml", "cli/Cargo.toml"},
    ),
    "the project beside the workspace's crates": (
        {
            "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["crates/*"]\n',
            "crates/tally/Cargo.toml": CRATE.format(name="tally"),
            "crates/server/Cargo.toml": CRATE.format(name="server"),
            "crates/cli/Cargo.toml": NEEDS_TALLY,
            "crates/cli/src/main.rs": MAIN,
            "python/pyproject.toml": f'{PYPROJECT}manifest-path = "../crates/cli/Cargo.toml"\n',
        },
        ("python", "crates/cli"),
        {"Cargo.toml", "crates/tally/Cargo.toml", "crates/cli/Cargo.toml"},
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_repositories_of_every_shape_have_one(
    tmp_path: Path, machine: tuple[Path, RustToolchain], shape: str
) -> None:
    tree, (project, crate), manifests = SHAPES[shape]
    model = load_cargo_model(
        {name: text.encode() for name, text in tree.items() if name.endswith("Cargo.toml")}
    )
    for name, text in tree.items():
        put(tmp_path / "tree" / name, text.encode())
        if name.endswith("tally/Cargo.toml") or 'name = "server"' in text:
            put(tmp_path / "tree" / Path(name).parent / "src/lib.rs", b"")
    for workspace in model.workspaces.values():
        folder = tmp_path / "tree" / workspace.directory
        subprocess.run(
            ["cargo", "generate-lockfile", "--offline"], cwd=folder, check=True, capture_output=True
        )
    for absent in skeletons_needed(model, model.build_closure(crate)):
        manifest = tree[f"{absent}/Cargo.toml" if absent else "Cargo.toml"]
        for path, content in skeleton(manifest.encode()).items():
            put(tmp_path / "tree" / absent / path, content)

    files = contents(build(tmp_path, machine, project, crate))

    assert {name for name in files if name.endswith("Cargo.toml")} == manifests
    assert not any(is_stand_in(text.encode()) for text in files.values())
    assert not any('"server"' in text for name, text in files.items() if "Cargo.lock" in name)

"""`pants package` on repositories that are put together in the ways real ones are."""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from pants_run import PANTS_TOML_WITH_PYTHON, Repository, Result, install_launcher, repository, run

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")


def crate(name: str, rest: str = "") -> str:
    """A Cargo.toml of a crate that crates.io would take."""
    return (
        f'[package]\nname = "{name}"\nversion = "0.4.0"\nedition = "2021"\n'
        f'description = "A crate"\nlicense = "MIT"\n\n{dedent(rest)}'
    )


def pyproject(name: str, rest: str = "") -> str:
    """A pyproject.toml that maturin builds."""
    return (
        '[build-system]\nrequires = ["maturin>=1.9,<2"]\nbuild-backend = "maturin"\n\n'
        f'[project]\nname = "{name}"\nversion = "0.4.0"\nrequires-python = ">=3.9"\n\n{dedent(rest)}'
    )


PUBLISHED = "crate_package(publish=True)\n"

# Two crates of one workspace that depend on each other and are on no registry; the lock is committed.
SIBLINGS = {
    "siblings/BUILD": 'cargo_workspace(name="cargo")\n',
    "siblings/Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["one", "two", "aside"]\n',
    "siblings/one/BUILD": PUBLISHED,
    "siblings/one/Cargo.toml": crate(
        "cw-e2e-one", '[dev-dependencies]\ncw-e2e-two = { path = "../two" }\n'
    ),
    "siblings/one/src/lib.rs": "pub fn one() -> u32 { 1 }\n",
    "siblings/two/BUILD": PUBLISHED,
    "siblings/two/Cargo.toml": crate(
        "cw-e2e-two", '[dependencies]\ncw-e2e-one = { path = "../one", version = "0.4" }\n'
    ),
    "siblings/two/src/lib.rs": "pub fn two() -> u32 { cw_e2e_one::one() + 1 }\n",
    # A member that nothing else needs and that no target owns.
    "siblings/aside/Cargo.toml": crate("cw-e2e-aside", "publish = false\n"),
    "siblings/aside/src/lib.rs": "",
}

# A crate of another workspace that needs one of those; no lock anywhere.
STRANGER = {
    "stranger/BUILD": 'cargo_workspace(name="cargo")\ncrate_package(publish=True)\n',
    "stranger/Cargo.toml": crate(
        "cw-e2e-stranger",
        '[dependencies]\ncw-e2e-two = { path = "../siblings/two", version = "0.4" }\n',
    ),
    "stranger/src/lib.rs": "pub fn three() -> u32 { cw_e2e_two::two() + 1 }\n",
}

# A lock that git ignores, as many libraries have it.
IGNORED_LOCK = {
    "ignored/.gitignore": "Cargo.lock\n",
    "ignored/BUILD": 'cargo_workspace(name="cargo")\ncrate_package()\n',
    "ignored/Cargo.toml": crate("cw-e2e-ignored", '[dependencies]\nitoa = "1"\n'),
    "ignored/src/main.rs": "fn main() {}\n",
}

# A file that another target generates.
GENERATED = {
    "generated/BUILD": """
cargo_workspace(name="cargo")
crate_package(dependencies=[":number"])
shell_command(
    name="number",
    command="printf 'pub const NUMBER: u32 = 7;' > number.rs",
    tools=["printf"],
    output_files=["number.rs"],
)
""",
    "generated/Cargo.toml": crate("cw-e2e-generated"),
    "generated/src/lib.rs": 'include!("../number.rs");\n',
}

# Every build field, seen through a program that the wheel is.
FIELDS = {
    "fields/.cargo/config.toml": '[env]\nFROM_CONFIG_FILE = "yes"\n',
    "fields/BUILD": """
cargo_workspace(name="cargo")
maturin_wheel(
    sdist=False,
    features=["loud"],
    no_default_features=True,
    profile="dist",
    env={"GREETING": "hello there"},
    rustflags=["--cfg", "flagged"],
    cargo_args=["--config=env.FROM_ARGUMENT='yes'"],
    maturin_args=["--compression-method=stored"],
    tools=["cw-e2e-tool"],
)
""",
    "fields/Cargo.toml": crate(
        "cw-e2e-fields",
        """
        [features]
        default = ["quiet"]
        quiet = []
        loud = []

        [profile.dist]
        inherits = "release"
        debug-assertions = true
        opt-level = 0

        [workspace]

        [lints.rust]
        unexpected_cfgs = "allow"
        """,
    ),
    "fields/pyproject.toml": pyproject("cw-e2e-fields", '[tool.maturin]\nbindings = "bin"\n'),
    "fields/build.rs": """
use std::process::Command;
fn main() {
    let said = Command::new("cw-e2e-tool").output().expect("the tool").stdout;
    println!("cargo:rustc-env=TOOL={}", String::from_utf8(said).unwrap().trim());
}
""",
    "fields/src/main.rs": """
fn main() {
    println!("loud={} quiet={}", cfg!(feature = "loud"), cfg!(feature = "quiet"));
    println!("debug_assertions={}", cfg!(debug_assertions));
    println!("greeting={}", env!("GREETING"));
    println!("flagged={}", cfg!(flagged));
    println!("argument={:?}", option_env!("FROM_ARGUMENT"));
    println!("file={:?}", option_env!("FROM_CONFIG_FILE"));
    println!("tool={}", env!("TOOL"));
}
""",
}

# A binding in a workspace of its own, on a core crate in another, with a program beside it.
BINDING = {
    "core/BUILD": 'cargo_workspace(name="cargo")\ncrate_package()\n',
    "core/Cargo.toml": crate(
        "cw-e2e-core", '[[bin]]\nname = "cw-e2e-program"\npath = "src/bin.rs"\n'
    ),
    "core/src/lib.rs": "pub fn answer() -> u32 { 42 }\n",
    "core/src/bin.rs": 'fn main() { println!("program {}", cw_e2e_core::answer()); }\n',
    "binding/BUILD": """
cargo_workspace(name="cargo")
files(name="licence", sources=["LICENSE"])
maturin_wheel(
    name="wheel",
    profile="dev",
    binaries=["cw-e2e-program", "cw-e2e-program=python/cw_e2e_binding/bin"],
    sources=["**/*", "!BUILD", "!LICENSE", "!python/**"],
)
""",
    "binding/LICENSE": "Do as you please.\n",
    "binding/Cargo.toml": crate(
        "cw-e2e-binding",
        """
        [lib]
        name = "_native"
        crate-type = ["cdylib"]

        [dependencies]
        pyo3 = { version = "0.30", features = ["abi3-py39"] }
        cw-e2e-core = { path = "../core" }

        [profile.dev]
        debug = false

        [workspace]
        """,
    ),
    "binding/pyproject.toml": pyproject(
        "cw-e2e-binding",
        """
        [tool.maturin]
        module-name = "cw_e2e_binding._native"
        python-source = "python"
        """,
    ).replace("[project]\n", '[project]\nlicense-files = ["LICENSE"]\n'),
    "binding/src/lib.rs": """
use pyo3::prelude::*;

#[pyfunction]
fn answer() -> u32 { cw_e2e_core::answer() }

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(answer, module)?)
}
""",
    "binding/python/cw_e2e_binding/BUILD": """
python_sources()
resource(name="typed", source="py.typed")
""",
    "binding/python/cw_e2e_binding/__init__.py": "from cw_e2e_binding._native import answer\n",
    "binding/python/cw_e2e_binding/py.typed": "",
}


ENVIRONMENTS = """
[environments-preview.names]
here = "//:here"
container = "//:container"
"""
ENVIRONMENT_TARGETS = """
local_environment(
    name="here",
    compatible_platforms=["linux_x86_64", "linux_arm64", "macos_x86_64", "macos_arm64"],
)
docker_environment(name="container", image="cw-e2e-no-such-image:1")
"""


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a program that a build script starts."""
    folder = tmp_path_factory.mktemp("tools")
    program = folder / "cw-e2e-tool"
    program.write_text("#!/bin/sh\necho made by a tool\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(folder)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    folder = tmp_path_factory.mktemp("project")
    install_launcher(folder)
    with repository(folder, commit=False) as made:
        made.write(
            {
                "pants.toml": PANTS_TOML_WITH_PYTHON.replace(
                    '"pants.backend.python"]', '"pants.backend.python", "pants.backend.shell"]'
                )
                + ENVIRONMENTS,
                "BUILD": ENVIRONMENT_TARGETS,
                ".gitignore": "/.pants.d/\n/.pids/\n/dist/\n/3rdparty/\n",
                **SIBLINGS,
                **STRANGER,
                **IGNORED_LOCK,
                **GENERATED,
                **FIELDS,
                **BINDING,
            }
        )
        for workspace in ("siblings", "ignored", "core", "binding"):
            cargo = ["cargo", "generate-lockfile", "--quiet"]
            run(cargo, folder / workspace).succeeded()
        made.commit("Start")
        yield made


@pytest.fixture(scope="module")
def packaged(project: Repository, tool: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that was packaged at once."""
    path = os.pathsep.join([tool, os.environ["PATH"]])
    project.pants("package", "::", environment={"PATH": path}).succeeded()
    return Path(
        shutil.copytree(project.root / "dist", tmp_path_factory.mktemp("packaged") / "dist")
    )


def files_of_crate(folder: Path, name: str) -> dict[str, str]:
    """The text files of a packaged crate by path."""
    archive = folder / f"{name}-0.4.0.crate"
    found = {}
    with tarfile.open(archive) as packed:
        for member in packed.getmembers():
            file = packed.extractfile(member)
            assert file is not None
            found[member.name.partition("/")[2]] = file.read().decode()
    return found


def wheel(folder: Path, name: str) -> zipfile.ZipFile:
    """The only wheel of a name."""
    (path,) = folder.glob(f"{name}-0.4.0-*.whl")
    return zipfile.ZipFile(path)


def said_by_the_program(built: zipfile.ZipFile, folder: Path) -> list[str]:
    """The lines that the program in the wheel of `FIELDS` prints."""
    (name,) = (each for each in built.namelist() if each.endswith("/scripts/cw-e2e-fields"))
    program = folder / "program"
    program.write_bytes(built.read(name))
    program.chmod(0o755)
    return run([str(program)], folder).succeeded().stdout.splitlines()


def test_crates_that_need_each_other_are_verified_against_each_other(packaged: Path) -> None:
    one = files_of_crate(packaged, "cw-e2e-one")
    two = files_of_crate(packaged, "cw-e2e-two")

    assert "src/lib.rs" in one
    assert re.search(r'\[dependencies.cw-e2e-one\]\nversion = "0.4"\n', two["Cargo.toml"])
    assert "path" not in two["Cargo.toml"].partition("[dependencies")[2]
    assert 'name = "cw-e2e-one"' in two["Cargo.lock"]


def test_a_crate_may_need_an_unpublished_one_of_another_workspace(packaged: Path) -> None:
    manifest = files_of_crate(packaged, "cw-e2e-stranger")["Cargo.toml"]
    assert re.search(r'\[dependencies.cw-e2e-two\]\nversion = "0.4"\n', manifest)
    assert "path" not in manifest.partition("[dependencies")[2]


def test_a_lock_is_obeyed_though_git_ignores_it(project: Repository, packaged: Path) -> None:
    locked = (project.root / "ignored" / "Cargo.lock").read_text()
    assert files_of_crate(packaged, "cw-e2e-ignored")["Cargo.lock"] == locked

    older = locked.replace(re.findall(r'"itoa"\nversion = "(.*)"', locked)[0], "1.0.9")
    older = re.sub(r'checksum = ".*"', f'checksum = "{ITOA_1_0_9}"', older)
    with project.changed({"ignored/Cargo.lock": older}):
        project.pants("package", "ignored").succeeded()
        assert (
            'version = "1.0.9"'
            in files_of_crate(project.root / "dist", "cw-e2e-ignored")["Cargo.lock"]
        )


#: From crates.io's index.
ITOA_1_0_9 = "af150ab688ff2122fcef229be89cb50dd66af9e01a4ff320cc137eecc9bacc38"


def test_a_lock_that_does_not_fit_is_refused_instead_of_renewed(project: Repository) -> None:
    manifest = (project.root / "ignored" / "Cargo.toml").read_text()
    with project.changed({"ignored/Cargo.toml": f'{manifest}ryu = "1"\n'}):
        said = project.pants("package", "ignored").refused("CW-BUILD-FAILED", "ignored:ignored")
    assert "--locked" in said.output


def test_a_generated_file_is_packaged(project: Repository, packaged: Path) -> None:
    files = files_of_crate(packaged, "cw-e2e-generated")
    assert files["number.rs"] == "pub const NUMBER: u32 = 7;"
    assert not (project.root / "generated" / "number.rs").exists()


def test_every_build_field_is_applied(packaged: Path, tmp_path: Path) -> None:
    with wheel(packaged, "cw_e2e_fields") as built:
        assert {each.compress_type for each in built.infolist()} == {zipfile.ZIP_STORED}
        said = said_by_the_program(built, tmp_path)

    assert said == [
        "loud=true quiet=false",
        "debug_assertions=true",
        "greeting=hello there",
        "flagged=true",
        'argument=Some("yes")',
        'file=Some("yes")',
        "tool=made by a tool",
    ]


def test_a_tool_that_is_missing_is_named(project: Repository) -> None:
    project.pants("package", "fields").refused("CW-TOOL-MISSING", "cw-e2e-tool")


def test_a_platform_overrides_what_the_target_says(
    project: Repository, tool: str, tmp_path: Path
) -> None:
    build = FIELDS["fields/BUILD"].replace(
        "    sdist=False,\n",
        "    sdist=False,\n"
        "    platforms=[wheel_platform(\n"
        '        "x86_64-unknown-linux-gnu", env={"GREETING": "hello, platform"}, features=["quiet"],\n'
        '        rustflags=[], profile="dev",\n'
        "    )],\n",
    )
    with project.changed({"fields/BUILD": build}):
        path = os.pathsep.join([tool, os.environ["PATH"]])
        project.pants("package", "fields", environment={"PATH": path}).succeeded()
    with wheel(project.root / "dist", "cw_e2e_fields") as built:
        said = said_by_the_program(built, tmp_path)
    assert "loud=false quiet=true" in said
    assert "greeting=hello, platform" in said
    assert "flagged=false" in said


def test_one_target_has_wheels_with_several_floors(project: Repository, tool: str) -> None:
    gnu = "x86_64-unknown-linux-gnu"
    platforms = f'["{gnu}", wheel_platform("{gnu}", compatibility="manylinux_2_28")]'
    build = FIELDS["fields/BUILD"].replace(
        "    sdist=False,\n", f"    sdist=False,\n    platforms={platforms},\n"
    )
    dist = project.root / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    with project.changed({"fields/BUILD": build}):
        path = os.pathsep.join([tool, os.environ["PATH"]])
        project.pants("package", "fields", environment={"PATH": path}).succeeded()
    assert sorted(each.name.partition("-py3-none-")[2] for each in dist.glob("*.whl")) == [
        "manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
        "manylinux_2_28_x86_64.whl",
    ]


@pytest.mark.parametrize("where", ["target", "platform"])
def test_a_target_and_a_platform_are_built_in_the_environment_they_name(
    project: Repository, tool: str, tmp_path: Path, where: str
) -> None:
    build = FIELDS["fields/BUILD"]
    field = {
        "target": 'environment="{}"',
        "platform": 'platforms=[wheel_platform("x86_64-unknown-linux-gnu", environment="{}")]',
    }[where]
    path = {"PATH": os.pathsep.join([tool, os.environ["PATH"]])}

    def packaged_in(name: str) -> Result:
        text = build.replace("    sdist=False,\n", f"    sdist=False,\n    {field.format(name)},\n")
        with project.changed({"fields/BUILD": text}):
            shutil.rmtree(project.root / "dist", ignore_errors=True)
            return project.pants("package", "fields", environment=path)

    packaged_in("here").succeeded()
    with wheel(project.root / "dist", "cw_e2e_fields") as built:
        assert "greeting=hello there" in said_by_the_program(built, tmp_path)
    # A container is asked of Docker, which is not here or does not know the image.
    refused = packaged_in("container").refused("IntrinsicError:").output
    assert re.search(r"IntrinsicError: Failed to .*(local Docker|cw-e2e-no-such-image)", refused)
    assert not list((project.root / "dist").glob("*.whl"))
    unknown = packaged_in("nowhere").refused("UnrecognizedEnvironmentError:").output
    assert "nowhere" in unknown


def test_what_is_handed_over_needs_neither_a_compiler_nor_its_container(
    project: Repository, packaged: Path
) -> None:
    platform = 'wheel_platform("x86_64-unknown-linux-gnu", environment="container")'
    build = FIELDS["fields/BUILD"].replace(
        "    sdist=False,\n", f"    sdist=False,\n    platforms=[{platform}],\n"
    )
    dist = project.root / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    with project.changed({"fields/BUILD": build}):
        project.pants(
            "--cargo-search-path=['/no/toolchain/here']",
            f"--cratewheel-artifacts=['{packaged}']",
            "package",
            "fields",
        ).succeeded()
    (taken,) = dist.glob("*.whl")
    assert taken.read_bytes() == (packaged / taken.name).read_bytes()


def test_a_wheel_brings_its_programs_where_pip_installs_them(
    packaged: Path, tmp_path: Path
) -> None:
    run([sys.executable, "-m", "venv", "environment"], tmp_path).succeeded()
    folder = tmp_path / "environment" / "bin"
    (built,) = packaged.glob("cw_e2e_binding-0.4.0-*.whl")
    pip = [str(folder / "python"), "-m", "pip", "install", "--no-index", str(built)]
    run(pip, tmp_path).succeeded()

    said = run([str(folder / "cw-e2e-program")], tmp_path).succeeded().stdout
    call = [str(folder / "python"), "-c", "import cw_e2e_binding as b; print(b.answer())"]

    assert said == "program 42\n"
    assert run(call, tmp_path).succeeded().stdout == "42\n"


def test_the_python_files_and_the_licence_come_from_the_targets_that_own_them(
    packaged: Path,
) -> None:
    with wheel(packaged, "cw_e2e_binding") as built:
        names = set(built.namelist())
    assert {"cw_e2e_binding/__init__.py", "cw_e2e_binding/py.typed"} <= names
    assert "cw_e2e_binding/bin/cw-e2e-program" in names
    assert "cw_e2e_binding-0.4.0.dist-info/licenses/LICENSE" in names
    assert not [name for name in names if name.endswith("BUILD")]


def test_a_program_keeps_the_floor_of_its_wheel(packaged: Path) -> None:
    with wheel(packaged, "cw_e2e_binding") as built:
        assert built.filename is not None
        assert "manylinux_2_17" in built.filename
        programs = [
            built.read(name) for name in built.namelist() if name.endswith("cw-e2e-program")
        ]
    assert len(programs) == 2
    for program in programs:
        assert newest_glibc(program) <= (2, 17)


def newest_glibc(program: bytes) -> tuple[int, ...]:
    """The newest version of glibc that a program asks for."""
    elf = ELFFile(io.BytesIO(program))  # type: ignore[no-untyped-call]
    section = elf.get_section_by_name(".gnu.version_r")  # type: ignore[no-untyped-call]
    assert isinstance(section, GNUVerNeedSection)
    names = [
        auxiliary.name
        for _, auxiliaries in section.iter_versions()  # type: ignore[no-untyped-call]
        for auxiliary in auxiliaries
    ]
    return max(
        tuple(int(part) for part in name[len("GLIBC_") :].split("."))
        for name in names
        if name.startswith("GLIBC_")
    )


def test_the_working_tree_is_as_it_was(project: Repository, packaged: Path) -> None:
    assert project.git("status", "--porcelain") == ""
    for name in ("target", "stranger/Cargo.lock", "generated/Cargo.lock", "fields/Cargo.lock"):
        assert not list(project.root.glob(f"**/{name}"))

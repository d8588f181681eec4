"""What Pants builds again when something changed, and what it does not."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from extension_project import PROJECT, abi, interpreters
from pants_run import Repository, Result, install_launcher, repository, run
from recording_rust import RecordingRust

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")


FILES = {
    **PROJECT,
    "wheel/pyproject.toml": PROJECT["wheel/pyproject.toml"].replace(
        "[tool.maturin]",
        'readme = "README.md"\nlicense = { file = "LICENSE.txt" }\n\n[tool.maturin]',
    ),
    "wheel/README.md": "Again.\n",
    "wheel/LICENSE.txt": "Do as you like.\n",
}
PYTHON = "wheel/python/cw_again/__init__.py"


@dataclass(frozen=True)
class Project(Repository):
    """A repository, and the Rust that it is built with."""

    rust: RecordingRust

    def package(self) -> Result:
        return self.pants("package", "wheel", environment=self.rust.variables()).succeeded()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    root = tmp_path_factory.mktemp("again")
    made = Project(root, RecordingRust(tmp_path_factory.mktemp("rust"), str(uuid4())))
    made.write(FILES)
    with (root / "wheel/BUILD").open("a") as file:
        file.write(f'maturin_wheel(abis=["{abi(interpreters()[-1])}"])\n')
    run(["cargo", "generate-lockfile", "--quiet"], root).succeeded()
    install_launcher(root)
    with repository(root):
        made.package()
        assert "cw_again_core" in made.rust.compiled()
        yield made


def wheel_of(root: Path) -> Path:
    return next(iter(sorted((root / "dist").glob("*.whl"))))


def steps(result: Result, step: str) -> list[str]:
    """The lines of a run that say that a step of a wheel was done."""
    return [
        line
        for line in result.stderr.splitlines()
        if "Completed: Build the wheel" in line and line.endswith(f": {step}")
    ]


def test_nothing_changed_and_nothing_is_built(project: Project) -> None:
    # No tool is asked either: a process is started for nothing at all.
    assert "Starting:" not in project.package().stderr
    assert project.rust.compiled() == []


def test_a_python_file_compiles_nothing(project: Project) -> None:
    edited = f'TWO = "{uuid4()}"\n'
    project.rust.compiled()
    with project.changed({PYTHON: edited}):
        ran = project.package()
        assert steps(ran, "pack")
        assert not steps(ran, "compile")
        assert project.rust.compiled() == []
        with zipfile.ZipFile(wheel_of(project.root)) as wheel:
            assert wheel.read("cw_again/__init__.py") == edited.encode()


def test_a_readme_and_a_licence_compile_nothing(project: Project) -> None:
    readme, licence = f"Again, {uuid4()}.\n", f"Do as {uuid4()} likes.\n"
    with project.changed({"wheel/README.md": readme, "wheel/LICENSE.txt": licence}):
        ran = project.package()
        assert steps(ran, "pack")
        assert not steps(ran, "compile")
        with zipfile.ZipFile(wheel_of(project.root)) as wheel:
            information = "cw_again-0.4.0.dist-info"
            assert readme in wheel.read(f"{information}/METADATA").decode()
            assert wheel.read(f"{information}/licenses/LICENSE.txt").decode() == licence


def test_a_readme_that_rust_reads_compiles(project: Project) -> None:
    reads = PROJECT["wheel/src/lib.rs"].replace("file!()", 'include_str!("../README.md")')
    said = str(uuid4())
    with project.changed({"wheel/src/lib.rs": reads}):
        project.package()
        with project.changed({"wheel/README.md": said}):
            assert steps(project.package(), "compile")
            with zipfile.ZipFile(wheel_of(project.root)) as wheel:
                (library,) = (e for e in wheel.namelist() if e.startswith("cw_again/_again"))
                assert said.encode() in wheel.read(library)


def test_a_rust_file_compiles(project: Project) -> None:
    # Pants keeps results by content, for every run on this machine.
    answer = str(uuid4())
    project.rust.compiled()
    with project.changed({"core/src/lib.rs": f'pub const ANSWER: &str = "{answer}";\n'}):
        assert steps(project.package(), "compile")
        # For the wheel, and for the one that proves the source distribution.
        assert set(project.rust.compiled()) == {"_again", "cw_again_core"}
        with zipfile.ZipFile(wheel_of(project.root)) as wheel:
            (library,) = (each for each in wheel.namelist() if each.startswith("cw_again/_again"))
            assert answer.encode() in wheel.read(library)


def test_what_is_kept_is_listed_with_the_reason_of_the_last_build(project: Project) -> None:
    listed = project.pants("build-roots").succeeded().stdout
    # The build before that one was of other files of the wheel as well.
    assert re.search(r"core/src/lib\.rs\b.* changed$", listed, re.MULTILINE)

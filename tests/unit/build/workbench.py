"""A tiny project that maturin takes for one of PyO3's, and sandboxes to build it in.

Its `pyo3` is an empty crate of the same workspace: maturin goes by the name, so everything but PyO3's
own code runs as it does for a real extension, in a second.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from cratewheel.build.extension import COMPILED, interpreters, packing_command
from cratewheel.build.places import maturin
from cratewheel.build.processes import run
from cratewheel.build.request import AbiBuild, BuildRequest, Job, Settings, WheelBuild
from cratewheel.build.run import run_job
from cratewheel.build.toolchain import RustToolchain

TREE = {
    "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["core", "pyo3", "wheel"]\n',
    "Cargo.lock": """version = 4

[[package]]
name = "core-of-it"
version = "1.0.0"

[[package]]
name = "pyo3"
version = "0.28.0"

[[package]]
name = "wheel-of-it"
version = "1.0.0"
dependencies = [
 "core-of-it",
 "pyo3",
]
""",
    "core/Cargo.toml": '[package]\nname = "core-of-it"\nversion = "1.0.0"\nedition = "2021"\n',
    "core/src/lib.rs": 'pub const ANSWER: &str = "forty-two";\n',
    "pyo3/Cargo.toml": '[package]\nname = "pyo3"\nversion = "0.28.0"\nedition = "2021"\n',
    "pyo3/src/lib.rs": "",
    "wheel/Cargo.toml": """
[package]
name = "wheel-of-it"
version = "1.0.0"
edition = "2021"
[lib]
name = "_it"
crate-type = ["cdylib"]
[dependencies]
core-of-it = { path = "../core" }
pyo3 = { path = "../pyo3" }
""",
    "wheel/src/lib.rs": """
#[no_mangle]
pub extern "C" fn PyInit__it() -> *const u8 {
    println!("{} {}", core_of_it::ANSWER, option_env!("FLAVOUR").unwrap_or("plain"));
    std::ptr::null()
}
""",
    "wheel/pyproject.toml": """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"
[project]
name = "it"
version = "1.0.0"
[tool.maturin]
module-name = "it._it"
python-source = "python"
""",
    "wheel/python/it/__init__.py": "from it._it import *\n",
}


class Workbench:
    """The machine's tools, a folder of build roots, and sandboxes made from `tree`."""

    def __init__(self, folder: Path, tools: Path, toolchain: RustToolchain, python: str) -> None:
        self.folder = folder
        self.tools = tools
        self.toolchain = toolchain
        self.tree = dict(TREE)
        self.wheel = WheelBuild(
            Settings("it", "wheel"), toolchain.host, "off", "native", (AbiBuild("it", (python,)),)
        )
        self.made = 0

    def sandbox(self) -> Path:
        """A new sandbox with the tree as it is now."""
        self.made += 1
        made = self.folder / f"sandbox-{self.made}"
        for name, text in self.tree.items():
            file = made / "tree" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return made

    def job(self, build: BuildRequest, roots: str = "roots") -> Job:
        """The job of a build; `roots` names the folder of build roots."""
        place = str(self.folder / roots)
        return Job(build, self.toolchain.id, roots=place, tools=str(self.tools))

    def build(self, build: BuildRequest, sandbox: Path | None = None) -> tuple[Path, ...]:
        """What a build makes, in a new sandbox where none is given."""
        return run_job(self.job(build), sandbox or self.sandbox())

    def pack(self, wheel: WheelBuild, compiled: Path, sandbox: Path | None = None) -> Path:
        """The wheel that is put together from what `CompileBuild` made, in a new sandbox or a given one."""
        packing = sandbox or self.sandbox()
        shutil.copytree(compiled, packing / COMPILED)
        (packing / ".toolchains").symlink_to(self.tools)
        files = [
            each.relative_to(compiled).as_posix() for each in compiled.rglob("*") if each.is_file()
        ]
        run(
            packing_command(
                wheel, self.toolchain.id, maturin(), interpreters(wheel, files), packing
            )
        )
        (made,) = (packing / "out").iterdir()
        return made

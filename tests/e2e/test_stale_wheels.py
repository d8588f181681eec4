"""Whatever happens between two runs of Pants, what is packaged is what is there now."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from extension_project import PROJECT, abi, crate, interpreters
from pants_run import Repository, Result, install_launcher, repository, run
from recording_rust import RecordingRust

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")

# Three ways to a wheel: native code as a step of its own, all in one step with a program in the wheel,
# and a program that is the wheel.
WHEELS = ("again", "carrying", "program")

CORE = """
mod linked;

pub fn said() -> String {
    let salt = if cfg!(salted) { "cw:salt=salted;" } else { "cw:salt=none;" };
    let flavour = option_env!("FLAVOUR").unwrap_or("cw:flavour=none;");
    format!("{} {} {} {}", ANSWER, linked::LINKED, flavour, salt)
}
"""
MAIN = 'fn main() { println!("{}", cw_again_core::said()); }\n'
NEEDS_CORE = '[dependencies]\ncw-again-core = { path = "../core", version = "0.4" }\n'
WHEEL = "maturin_wheel(sdist=False{})\n"
DEFAULTS = "__defaults__({{maturin_wheel: dict({})}})\n"


def answer(text: str) -> str:
    return f'pub const ANSWER: &str = "cw:answer={text};";\n{CORE}'


def linked(text: str) -> str:
    return f'pub const LINKED: &str = "cw:linked={text};";\n'


def pyproject(name: str, maturin: str) -> str:
    text = PROJECT["wheel/pyproject.toml"].partition("[tool.maturin]")[0]
    return f"{text.replace('cw-again', name)}[tool.maturin]\n{maturin}\n"


@dataclass(frozen=True)
class Project(Repository):
    """A repository with one wheel of each kind, all of them made from the same crate."""

    variables: Mapping[str, str] = field(default_factory=dict)

    def package(self, *wheels: str, **environment: str) -> Result:
        """Packages wheels, all of them where none is named."""
        specs = [f"{name}:" for name in wheels or WHEELS]
        return self.pants("package", *specs, environment={**self.variables, **environment})

    def told(self, *wheels: str, **environment: str) -> dict[str, str]:
        """What the wheels say once they are packaged, one and all."""
        shutil.rmtree(self.root / "dist", ignore_errors=True)
        self.package(*wheels, **environment).succeeded()
        said = {name: markers(self.root, name) for name in wheels or WHEELS}
        (first, *others) = said.values()
        assert all(each == first for each in others), said
        return first


def markers(root: Path, name: str) -> dict[str, str]:
    (path,) = (root / "dist").glob(f"cw_{name}-*.whl")
    found: dict[str, set[str]] = {}
    with zipfile.ZipFile(path) as wheel:
        programs = [each for each in wheel.namelist() if not each.endswith((".json", ".py"))]
        assert len([each for each in programs if "dist-info" not in each]) == 1 + (
            name == "carrying"
        )
        for each in programs:
            for key, value in re.findall(rb"cw:(\w+)=([\w-]+);", wheel.read(each)):
                found.setdefault(key.decode(), set()).add(value.decode())
    # What is compiled in and not used, as the other half of a choice, is not there.
    return {key: "|".join(sorted(values)) for key, values in found.items()}


def make(folder: Path, rust: RecordingRust) -> Project:
    made = Project(folder, rust.variables())
    made.write(
        {
            **PROJECT,
            "BUILD": f'{DEFAULTS.format("")}cargo_workspace(name="cargo")\n',
            "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = '
            '["again", "carrying", "core", "program", "pyo3", "tool"]\n',
            "core/src/lib.rs": answer("start"),
            "shared/linked.rs": linked("start"),
            "tool/BUILD": "crate_package()\n",
            "tool/Cargo.toml": crate("cw-tool", NEEDS_CORE),
            "tool/src/main.rs": MAIN,
            "program/BUILD": WHEEL.format(""),
            "program/Cargo.toml": crate("cw-program", NEEDS_CORE),
            "program/src/main.rs": MAIN,
            "program/pyproject.toml": pyproject("cw-program", 'bindings = "bin"'),
        }
    )
    (made.root / "core/src/linked.rs").symlink_to("../../shared/linked.rs")
    family = abi(interpreters()[-1])
    for name, more in (("again", ""), ("carrying", ', binaries=["cw-tool"]')):
        made.write(
            {
                f"{name}/BUILD": WHEEL.format(f', abis=["{family}"]{more}'),
                f"{name}/Cargo.toml": PROJECT["wheel/Cargo.toml"].replace(
                    'cw-again"', f'cw-{name}"'
                ),
                f"{name}/pyproject.toml": pyproject(f"cw-{name}", 'module-name = "_again"'),
                f"{name}/src/lib.rs": '#[no_mangle]\npub extern "C" fn PyInit__again() -> *const u8 {\n'
                '    println!("{}", cw_again_core::said());\n    std::ptr::null()\n}\n',
            }
        )
    shutil.rmtree(made.root / "wheel")
    run(["cargo", "generate-lockfile", "--quiet"], folder).succeeded()
    install_launcher(folder)
    return made


@pytest.fixture(scope="module")
def rust(tmp_path_factory: pytest.TempPathFactory) -> RecordingRust:
    # Nothing that an earlier run of this test has left is of use to another toolchain.
    return RecordingRust(tmp_path_factory.mktemp("rust"), str(uuid4()))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, rust: RecordingRust) -> Iterator[Project]:
    made = make(tmp_path_factory.mktemp("project"), rust)
    with repository(made.root):
        yield made


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, rust: RecordingRust) -> Iterator[Project]:
    """The same repository again, with a daemon of its own; build roots go by the targets' addresses."""
    made = make(tmp_path_factory.mktemp("clone"), rust)
    with repository(made.root):
        yield made


START = {"answer": "start", "linked": "start", "flavour": "none", "salt": "none"}


def test_a_file_that_changes_back_and_what_a_link_leads_to(project: Project) -> None:
    for text in ("first", "second", "first"):
        project.write({"core/src/lib.rs": answer(text), "shared/linked.rs": linked(text)})
        assert project.told() == {**START, "answer": text, "linked": text}
    with project.changed({"shared/linked.rs": linked("third")}):
        assert project.told() == {**START, "answer": "first", "linked": "third"}


def test_a_changed_variable_or_flag(project: Project) -> None:
    project.write({"core/src/lib.rs": answer("fields"), "shared/linked.rs": linked("fields")})
    plain = {**START, "answer": "fields", "linked": "fields"}
    for fields, told in (
        ("env={'FLAVOUR': 'cw:flavour=sweet;'}", {**plain, "flavour": "sweet"}),
        ("env={'FLAVOUR': 'cw:flavour=sour;'}", {**plain, "flavour": "sour"}),
        ("rustflags=['--cfg', 'salted']", {**plain, "salt": "salted"}),
        ("", plain),
    ):
        build = f'{DEFAULTS.format(fields)}cargo_workspace(name="cargo")\n'
        with project.changed({"BUILD": build}):
            assert project.told() == told


def test_what_the_user_has_cargo_do_and_with_which_toolchain(
    project: Project, tmp_path: Path
) -> None:
    project.write({"core/src/lib.rs": answer("user"), "shared/linked.rs": linked("user")})
    plain = {**START, "answer": "user", "linked": "user"}
    home = tmp_path / "cargo"
    home.mkdir()
    assert project.told(CARGO_HOME=str(home)) == plain
    (home / "config.toml").write_text('[build]\nrustflags = ["--cfg", "salted"]\n')
    assert project.told(CARGO_HOME=str(home)) == {**plain, "salt": "salted"}
    (home / "config.toml").write_text("[env]\nFLAVOUR = 'cw:flavour=sweet;'\n")
    assert project.told(CARGO_HOME=str(home)) == {**plain, "flavour": "sweet"}
    other = RecordingRust(tmp_path / "rust", str(uuid4()), ("--cfg", "salted"))
    assert project.told(**other.variables()) == {**plain, "salt": "salted"}
    # What both have left is of no use to this one.
    assert project.told() == plain


def test_two_runs_at_once(project: Project, clone: Project) -> None:
    both = {"one": project, "two": clone}
    for text, each in both.items():
        each.write({"core/src/lib.rs": answer(text), "shared/linked.rs": linked(text)})
    told: dict[str, Mapping[str, str]] = {}

    def package(text: str) -> None:
        told[text] = both[text].told()

    threads = [threading.Thread(target=package, args=(text,)) for text in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {text: {**START, "answer": text, "linked": text} for text in both}


def family_of(process: int) -> list[int]:
    """A process and all that it has started, and they."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(status.parent.name)] = int(fields[1])
    found = [process]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_run_that_is_killed_while_cargo_is_at_work(clone: Project, tmp_path: Path) -> None:
    here = tmp_path / "here"
    os.mkfifo(here)
    wait = (
        f'fn main() {{\n    std::fs::write({json.dumps(str(here))}, "cargo").unwrap();\n'
        "    loop { std::thread::park(); }\n}\n"
    )
    clone.write({"core/src/lib.rs": answer("before-the-kill"), "shared/linked.rs": linked("kill")})
    with clone.changed({"again/build.rs": wait}):
        # Should the run end before, that is said in the same place.
        running = subprocess.Popen(
            ["sh", "-c", './pants package again:; echo ended >"$0"', str(here)],
            cwd=clone.root,
            env={**os.environ, **clone.variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert here.read_text() == "cargo"
        (daemon,) = clone.root.glob(".pids/*/pantsd/pid")
        for each in (*family_of(running.pid), *family_of(int(daemon.read_text()))):
            os.kill(each, signal.SIGKILL)
        running.wait()
    clone.write({"core/src/lib.rs": answer("after-the-kill")})
    assert clone.told("again") == {**START, "answer": "after-the-kill", "linked": "kill"}


FULL = """
mount -t tmpfs -o size=256k none "$1" || exit 77
./pants package again:
echo "status $?"
mount -o remount,size=500m "$1"
./pants package again:
echo "status $?"
kill $(cat "$PANTS_SUBPROCESSDIR"/*/pantsd/pid)
"""


def test_a_disk_that_is_full(project: Project, tmp_path: Path) -> None:
    caches = Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")))
    roots = caches / "pants/named_caches/cratewheel_build_roots"
    roots.mkdir(parents=True, exist_ok=True)
    project.write({"core/src/lib.rs": answer("full"), "shared/linked.rs": linked("full")})
    # What is mounted there is seen by nobody else.
    alone = ["unshare", "--mount", "--map-root-user", "sh", "-c", FULL, "sh", str(roots)]
    daemon = {"PANTS_SUBPROCESSDIR": str(tmp_path / "pids")}
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare, for a disk of its own")
    done = run(alone, project.root, environment={**project.variables, **daemon})
    if done.exit_code in (1, 77) and "status" not in done.stdout:
        pytest.skip(f"no disk of its own can be mounted here: {done.stderr.strip()}")
    assert re.findall(r"status (\d+)", done.stdout) == ["1", "0"], done.output
    assert "CW-BUILD-FAILED" in done.output
    assert markers(project.root, "again") == {**START, "answer": "full", "linked": "full"}

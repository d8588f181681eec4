"""Whatever happens to a build root, what is built next is built from what is there now."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from workbench import Workbench

import cratewheel
from cratewheel.build.processes import BuildFailed
from cratewheel.build.request import CompileBuild, dumps

CORE = "core/src/lib.rs"


def answer(text: str) -> str:
    return f'pub const ANSWER: &str = "{text}";\n'


def library(sandbox: Path) -> bytes:
    (found,) = (sandbox / "out/target").glob("*/*/lib_it.*")
    return found.read_bytes()


def compiled(workbench: Workbench, build: CompileBuild | None = None) -> bytes:
    sandbox = workbench.sandbox()
    workbench.build(build or CompileBuild(workbench.wheel), sandbox)
    return library(sandbox)


def process(
    workbench: Workbench, build: CompileBuild, shell: str = "", after: str = ""
) -> tuple[Path, subprocess.Popen[bytes]]:
    """The build as Pants starts it: a process of its own, in a process group of its own."""
    sandbox = workbench.sandbox()
    (sandbox / "job.json").write_text(dumps(workbench.job(build)))
    command = (
        f'{shell} "{sys.executable}" -m cratewheel.build job.json; status=$?; {after} exit $status'
    )
    folders = [str(Path(cratewheel.__file__).parents[1]), *filter(None, sys.path)]
    path = os.pathsep.join(map(os.path.abspath, folders))
    environment = {**os.environ, "PYTHONPATH": path}
    with open(sandbox / "said", "wb") as said:
        return sandbox, subprocess.Popen(
            ["sh", "-c", command],
            cwd=sandbox,
            env=environment,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def test_a_file_that_changes_back(workbench: Workbench) -> None:
    for text in ("first", "second", "first"):
        workbench.tree[CORE] = answer(text)
        found = compiled(workbench)
        assert text.encode() in found
        assert {"first": b"second", "second": b"first"}[text] not in found


def test_a_file_that_goes_and_comes_back(workbench: Workbench) -> None:
    workbench.tree[CORE] = "mod words;\npub use words::ANSWER;\n"
    workbench.tree["core/src/words.rs"] = answer("from words")
    assert b"from words" in compiled(workbench)
    del workbench.tree["core/src/words.rs"]
    with pytest.raises(BuildFailed):
        compiled(workbench)
    workbench.tree["core/src/words.rs"] = answer("other words")
    assert b"other words" in compiled(workbench)


def test_a_changed_variable_or_flag(workbench: Workbench) -> None:
    lib = workbench.tree["wheel/src/lib.rs"]
    workbench.tree["wheel/src/lib.rs"] = lib.replace(
        'unwrap_or("plain")', 'unwrap_or(if cfg!(salted) { "salted" } else { "plain" })'
    )
    wheel = workbench.wheel
    sweet = replace(wheel, settings=replace(wheel.settings, env=(("FLAVOUR", "sweet"),)))
    salted = replace(wheel, settings=replace(wheel.settings, rustflags=("--cfg", "salted")))
    tastes = [(wheel, b"plain"), (sweet, b"sweet"), (salted, b"salted"), (wheel, b"plain")]
    for build, taste in tastes:
        found = compiled(workbench, CompileBuild(build))
        assert [each for _, each in tastes[:3] if each in found] == [taste]


def test_a_symbolic_link_in_the_sources(workbench: Workbench) -> None:
    for text in ("first target", "second target"):
        sandbox = workbench.sandbox()
        elsewhere = sandbox / "tree/shared.rs"
        elsewhere.write_text(answer(text))
        source = sandbox / "tree" / CORE
        source.unlink()
        source.symlink_to("../../shared.rs")
        workbench.build(CompileBuild(workbench.wheel), sandbox)
        assert text.encode() in library(sandbox)
    workbench.tree[CORE] = answer("a file again")
    assert b"a file again" in compiled(workbench)


def test_a_build_root_of_another_toolchain(workbench: Workbench) -> None:
    assert b"forty-two" in compiled(workbench)
    other = replace(workbench.toolchain, id="another-toolchain")
    tools = workbench.folder / "tools"
    shutil.copytree(workbench.tools, tools, symlinks=True)
    (tools / workbench.toolchain.id).rename(tools / other.id)
    again = Workbench(workbench.folder, tools, other, workbench.wheel.passes[0].interpreters[0])
    again.made = 100
    assert b"forty-two" in compiled(again)
    # Nothing of the first one's is taken: its artifacts lie where the other does not look.
    kept = {each.name[:5] for each in (workbench.folder / "roots/it/target").iterdir()}
    assert kept == {"anoth", workbench.toolchain.id[:5]}


def test_two_at_once(workbench: Workbench) -> None:
    sandboxes = []
    for text in ("one of two", "two of two"):
        workbench.tree[CORE] = answer(text)
        sandboxes.append((text, workbench.sandbox()))
    build = CompileBuild(workbench.wheel)
    both = [
        threading.Thread(target=workbench.build, args=(build, sandbox)) for _, sandbox in sandboxes
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    for text, sandbox in sandboxes:
        assert text.encode() in library(sandbox)


def test_a_run_that_is_killed_while_cargo_is_at_work(workbench: Workbench) -> None:
    pipe = workbench.folder / "pipe"
    os.mkfifo(pipe)
    # Compiling the first half is over when this runs, and it ends only by being killed.
    workbench.tree["wheel/build.rs"] = (
        "fn main() {\n"
        '    println!("cargo:rerun-if-changed=wait");\n'
        '    if std::fs::read_to_string("wait").map_or(false, |text| text == "yes") {\n'
        '        std::fs::write(env!("PIPE"), "here").unwrap();\n'
        "        loop { std::thread::park(); }\n"
        "    }\n"
        "}\n"
    )
    settings = replace(workbench.wheel.settings, env=(("PIPE", str(pipe)),))
    build = CompileBuild(replace(workbench.wheel, settings=settings))
    workbench.tree["wheel/wait"] = "yes"
    workbench.tree[CORE] = answer("before the kill")
    # Should the build end before, that is said in the same place.
    _, running = process(workbench, build, after=f'echo ended > "{pipe}";')
    assert pipe.read_text() == "here"
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    workbench.tree["wheel/wait"] = "no"
    workbench.tree[CORE] = answer("after the kill")
    found = compiled(workbench, build)
    assert b"after the kill" in found
    assert b"before the kill" not in found


def test_a_disk_that_is_full(workbench: Workbench) -> None:
    workbench.tree[CORE] = answer("while there is room")
    compiled(workbench)
    workbench.tree[CORE] = answer("too much of it")
    # The kernel's answer to a write beyond this is an error, as on a full disk.
    full = "trap '' XFSZ; ulimit -f 64;"
    sandbox, running = process(workbench, CompileBuild(workbench.wheel), full)
    assert running.wait() != 0
    assert "maturin failed" in (sandbox / "said").read_text()
    assert b"too much of it" in compiled(workbench)

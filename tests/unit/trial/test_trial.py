"""A wheel is tried as somebody would use it: installed, by an interpreter its tags admit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

import pytest

from cratewheel.build.equipment import SYSTEM
from cratewheel.build.interpreters import Interpreter
from cratewheel.machines import Machine
from cratewheel.platforms import Platform, check_triple
from cratewheel.trial.request import (
    Trial,
    dumps,
    interpreter_for,
    loads,
    nothing_runs,
    runners,
)
from cratewheel.trial.run import main, run_trial
from cratewheel.trial.shadowing import shadowing_files

WHEEL = "demo-1.0-py3-none-any.whl"
SOURCES = {
    "project/demo/__init__.py": "raise ImportError('the sources, not the wheel')\n",
    "project/demo/tests/check_inside.py": "import demo\nprint(demo.__file__)\n",
    "project/tests/check.py": "import demo, os\nassert demo.ANSWER == 42, demo.ANSWER\n",
    "project/pyproject.toml": "",
}


def write_wheel(path: Path, files: Mapping[str, str]) -> Path:
    """A pure Python wheel, as far as pip asks."""
    name, version = path.name.split("-")[:2]
    info = f"{name}-{version}.dist-info"
    members = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    members[f"{info}/RECORD"] = "".join(f"{member},,\n" for member in [*members, f"{info}/RECORD"])
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in members.items():
            archive.writestr(member, text)
    return path


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    """A trial's sandbox, with the interpreter of the tests and an index that is not there."""
    for name, text in SOURCES.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    write_wheel(tmp_path / WHEEL, {"demo/__init__.py": "ANSWER = 42\n"})
    tools = tmp_path / ".toolchains"
    (tools / "python").mkdir(parents=True)
    (tools / "python" / "cp39").symlink_to(sys.executable)
    (tools / "rust" / "bin").mkdir(parents=True)
    (tools / "rust" / "home").symlink_to(tmp_path_home(tmp_path))
    (tools / "rust" / "pip").write_text("PIP_NO_INDEX=1")
    return tmp_path


def tmp_path_home(tmp_path: Path) -> Path:
    """A home of the user, with no settings in it."""
    home = tmp_path / "users-home"
    home.mkdir()
    return home


def tried(
    sandbox: Path, command: Optional[str], requires: tuple[str, ...] = (), module: str = ""
) -> int:
    trial = Trial(WHEEL, "cp39", "3.9", requires, command, "project", "project", "rust", module)
    return run_trial(loads(dumps(trial)), sandbox)


def test_the_tests_of_the_sources_run_against_the_installed_wheel(sandbox: Path) -> None:
    assert tried(sandbox, "python {project}/tests/check.py") == 0


@pytest.mark.parametrize(
    "command",
    [
        "cd {project} && python -c 'import demo; assert demo.ANSWER == 42'",
        "PYTHONPATH={project} python -c 'import demo; assert demo.ANSWER == 42'",
        "PYTHONPATH={project} python {project}/demo/tests/check_inside.py",
        "test -f {wheel}",
    ],
)
def test_the_package_beside_its_tests_is_never_imported(sandbox: Path, command: str) -> None:
    assert tried(sandbox, command) == 0


def test_a_wheel_of_another_architecture_is_tried_through_whatever_starts_its_interpreter(
    sandbox: Path,
) -> None:
    write_wheel(sandbox / "elsewhere" / "helper-2.0-py3-none-any.whl", {"helper.py": "import demo"})
    starter = sandbox / "starter"
    starter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    starter.chmod(0o755)
    (sandbox / ".toolchains" / "python" / "cp39-linux-aarch64").symlink_to(starter)
    with (sandbox / ".toolchains" / "rust" / "pip").open("a") as settings:
        settings.write(f"\nPIP_FIND_LINKS={sandbox / 'elsewhere'}")
    command = 'python {project}/tests/check.py && python3 -m helper && test -z "$(ls -A .)"'
    trial = Trial(
        *(WHEEL, "cp39-linux-aarch64", "3.9", ("helper",), command, "project", "project", "rust"),
        emulated=True,
    )
    assert run_trial(loads(dumps(trial)), sandbox) == 0


def test_programs_of_an_emulated_environment_start_its_interpreter(sandbox: Path) -> None:
    helper = write_wheel(
        sandbox / "elsewhere" / "helper-2.0-py3-none-any.whl",
        {
            "helper.py": "def run():\n    import demo\n    print(demo.ANSWER)\n",
            "helper-2.0.dist-info/entry_points.txt": "[console_scripts]\nhelp-it = helper:run\n",
        },
    )
    with (sandbox / ".toolchains" / "rust" / "pip").open("a") as settings:
        settings.write(f"\nPIP_FIND_LINKS={helper.parent}")
    command = (
        'test "$(help-it)" = 42 && head -1 "$(command -v help-it)" | grep environment/bin/python'
    )
    trial = Trial(
        *(WHEEL, "cp39", "3.9", ("helper",), command, "project", "project", "rust"), emulated=True
    )
    assert run_trial(loads(dumps(trial)), sandbox) == 0


def test_a_trial_travels_as_a_file_to_the_program_that_does_it(
    sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sandbox)
    for command, status in (("exit 0", 0), ("exit 7", 7)):
        trial = Trial(WHEEL, "cp39", "3.9", (), command, "project", "project", "rust")
        Path("trial.json").write_text(dumps(trial))
        assert main(["trial.json"]) == status
        for made in ("environment", "home", "scratch"):
            shutil.rmtree(made)


def test_settings_of_a_machine_are_those_of_its_discovery(sandbox: Path) -> None:
    (sandbox / ".toolchains" / "rust" / "pip").unlink()
    (sandbox / ".toolchains" / "rust" / "home").unlink()
    (sandbox / ".toolchains" / "rust" / SYSTEM).write_text(
        json.dumps({"PATH": os.defpath, "GREETING": "hello"})
    )
    assert tried(sandbox, 'test "$GREETING" = hello && python {project}/tests/check.py') == 0


@pytest.mark.parametrize(
    ("triple", "host", "tags", "hint"),
    [
        ("x86_64-unknown-linux-gnu", "x86_64-unknown-linux-gnu", ["cp39"], ""),
        ("aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu", ["cp39-linux-aarch64"], ""),
        ("s390x-unknown-linux-gnu", "x86_64-unknown-linux-gnu", [], "s390x"),
        ("aarch64-unknown-linux-musl", "x86_64-unknown-linux-gnu", [], ""),
        ("aarch64-apple-darwin", "x86_64-unknown-linux-gnu", [], ""),
    ],
)
def test_a_wheel_is_tried_by_what_runs_it_here(
    triple: str, host: str, tags: list[str], hint: str
) -> None:
    platform = check_triple(triple)
    assert isinstance(platform, Platform)
    here = [
        Interpreter("cp39", "3.9.18", ""),
        Interpreter("cp39-linux-aarch64", "3.9.18", "", "linux-aarch64"),
    ]
    machine = Machine(host, rust_targets=frozenset({host}))
    assert [each.tag for each in runners(platform, machine, here)] == tags
    if not tags:
        said = nothing_runs(platform)
        assert said.startswith(f"nothing here runs {triple}")
        assert hint in said


def test_a_failing_test_says_what_it_had_to_say(
    sandbox: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_wheel(sandbox / WHEEL, {"demo/__init__.py": "ANSWER = 41\n"})
    assert tried(sandbox, "python {project}/tests/check.py") == 1
    assert "AssertionError: 41" in capfd.readouterr().out


def test_a_failing_test_that_is_not_there_is_said_to_be_missing(
    sandbox: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert tried(sandbox, "python {project}/test/check.py && ls {project}/tests") != 0
    said = capfd.readouterr().out
    assert "There is no `test/check.py` in {project}" in said
    assert "There is no `tests` in" not in said


def test_a_requirement_comes_from_where_the_users_pip_installs_from(sandbox: Path) -> None:
    write_wheel(sandbox / "elsewhere" / "helper-2.0-py3-none-any.whl", {"helper.py": ""})
    with (sandbox / ".toolchains" / "rust" / "pip").open("a") as settings:
        settings.write(f"\nPIP_FIND_LINKS={sandbox / 'elsewhere'}")
    assert tried(sandbox, "python -c 'import helper, demo'", ("helper>=2",)) == 0


def test_the_users_own_pip_configuration_counts(sandbox: Path) -> None:
    write_wheel(sandbox / "elsewhere" / "helper-2.0-py3-none-any.whl", {"helper.py": ""})
    configuration = sandbox / "users-home" / ".config" / "pip" / "pip.conf"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(f"[global]\nfind-links = {sandbox / 'elsewhere'}\n")
    assert tried(sandbox, "python -c 'import helper'", ("helper",)) == 0


def test_a_wheel_that_cannot_be_installed_has_failed(
    sandbox: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert tried(sandbox, "true", ("nowhere-to-be-found",)) != 0
    assert "No matching distribution found for nowhere-to-be-found" in capfd.readouterr().out


def test_the_environment_is_clean(sandbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(sandbox / "tree" / "project"))
    monkeypatch.setenv("SECRET", "1")
    command = (
        'test -z "$SECRET" && test -z "$(ls -A .)" && test -z "$(ls -A ~)" && '
        "python -c 'import sys; assert sys.prefix == sys.argv[1]' $VIRTUAL_ENV"
    )
    assert tried(sandbox, command) == 0


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        ("ANSWER = 42\n", 0, ""),
        ("raise RuntimeError('undefined symbol')\n", 1, "undefined symbol"),
        # What else a wheel needs is not installed for that.
        ("import not_of_the_wheel.part\n", 0, "demo._demo imports not_of_the_wheel"),
        ("import demo.nothing\n", 1, "No module named 'demo.nothing'"),
        (None, 1, "No module named 'demo._demo'"),
    ],
)
def test_without_a_command_the_module_is_imported(
    sandbox: Path,
    capfd: pytest.CaptureFixture[str],
    content: Optional[str],
    status: int,
    said: str,
) -> None:
    module = {} if content is None else {"demo/_demo.py": content}
    write_wheel(sandbox / WHEEL, {"demo/__init__.py": "", **module})
    assert tried(sandbox, None, ("nowhere-to-be-found",), "demo._demo") == status
    assert said in capfd.readouterr().out


def test_a_wheel_without_a_module_is_installed(sandbox: Path) -> None:
    write_wheel(sandbox / WHEEL, {"demo/__init__.py": "raise ImportError"})
    assert tried(sandbox, None) == 0
    assert list((sandbox / "environment").rglob("demo/__init__.py"))


HERE = [
    Interpreter("cp311", "3.11.2", ""),
    Interpreter("cp313t", "3.13.0", ""),
    Interpreter("cp315t", "3.15.1", ""),
    Interpreter("cp37", "3.7.17", ""),
    Interpreter("cp39", "3.9.18", ""),
    Interpreter("pp310", "3.10.14", ""),
    Interpreter("graalpy311", "3.11.7", ""),
]


@pytest.mark.parametrize(
    ("tags", "requires_python", "expected"),
    [
        ("cp39-abi3-linux_x86_64", None, "cp39"),
        ("cp39-abi3-linux_x86_64", ">=3.10", "cp311"),
        ("cp37-abi3-linux_x86_64", None, "cp39"),
        ("cp312-abi3-linux_x86_64", None, None),
        ("cp315-abi3.abi3t-linux_x86_64", None, "cp315t"),
        ("cp311-cp311-linux_x86_64", None, "cp311"),
        ("cp313-cp313-linux_x86_64", None, None),
        ("cp313-cp313t-linux_x86_64", None, "cp313t"),
        ("pp310-pypy310_pp73-linux_x86_64", None, "pp310"),
        ("graalpy311-graalpy242_311_native-linux_x86_64", None, "graalpy311"),
        ("py3-none-linux_x86_64", None, "cp39"),
        ("py3-none-linux_x86_64", ">=3.9,<3.9.10", None),
    ],
)
def test_the_oldest_interpreter_that_installs_the_wheel_is_taken(
    tags: str, requires_python: str | None, expected: str | None
) -> None:
    found = interpreter_for(f"some_name-1.0-{tags}.whl", requires_python, HERE)
    assert (found.tag if found is not None else None) == expected


def test_what_is_taken_from_the_sources_is_the_outermost_of_every_package() -> None:
    members = [
        "demo/__init__.py",
        "demo/sub/__init__.py",
        "demo/_native.abi3.so",
        "demo/py.typed",
        "alone.py",
        "space/part/__init__.py",
        "space/part/more.py",
        "space/loose.py",
        "demo-1.0.dist-info/METADATA",
        "demo-1.0.data/scripts/run",
    ]
    assert shadowing_files(members) == (
        "alone.py",
        "demo/__init__.py",
        "space/loose.py",
        "space/part/__init__.py",
    )


def test_a_namespace_package_of_the_sources_gives_way_too(tmp_path: Path) -> None:
    members = {"space/part/__init__.py": "", "space/part/more.py": "WHERE = {!r}\n"}
    for place in ("sources", "installed"):
        for name, text in members.items():
            path = tmp_path / place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(place))
    for name in shadowing_files(members):
        (tmp_path / "sources" / name).unlink()
    search_path = os.pathsep.join(str(tmp_path / place) for place in ("sources", "installed"))
    done = subprocess.run(
        [sys.executable, "-c", "import space.part.more as m; print(m.WHERE)"],
        env={"PYTHONPATH": search_path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "installed"

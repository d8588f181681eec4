"""How the wheels of a package are tried on a machine, and which of them are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional, Union

from cratewheel.build.families import wheel_bindings
from cratewheel.build.interpreters import Interpreter
from cratewheel.build.toolchain import RustToolchain
from cratewheel.build.wheels import machine
from cratewheel.floors import parse_platform_tag
from cratewheel.machines import can_run
from cratewheel.package_inputs import module_name
from cratewheel.platforms import Platform
from cratewheel.project import DeclaredPackage, Project
from cratewheel.trial.request import Trial, interpreter_for, nothing_runs, runners
from cratewheel.wheel_rows import BuildSettings


@dataclass(frozen=True)
class Subject:
    """What all wheels of a package have in common for their trials.

    Args:
        directory: of the wheel's project.
        python_source: the directory that its Python sources are in.
        requires_python: as in its project.
        module: what can be imported once a wheel is installed; "" for nothing.
    """

    directory: str
    python_source: str
    requires_python: Optional[str]
    module: str


def subject(project: Project, package: DeclaredPackage) -> Subject:
    """What the wheels of a package are tried by."""
    python = project.python_project(package)
    assert python is not None
    assert python.maturin is not None
    source = python.maturin.python_source
    has_module = wheel_bindings(project, package) in ("pyo3", "cffi")
    name = module_name(project, package) if has_module else None
    return Subject(
        directory=package.directory,
        python_source=package.directory if source is None else source,
        requires_python=python.requires_python,
        # maturin names the module after what may be written with hyphens.
        module=(name or "").replace("-", "_"),
    )


def choose_trial(
    wheel: str,
    of: Subject,
    platform: Platform,
    settings: BuildSettings,
    toolchain: RustToolchain,
    interpreters: Sequence[Interpreter],
) -> Union[Trial, str]:
    """The trial of one wheel on a machine, or why it is not tried there.

    Args:
        wheel: its file name.
        platform, settings: of its row.
        toolchain, interpreters: of the machine.
    """
    if settings.test_command == "":
        return "its target says so"
    here = machine(toolchain)
    oldest = _oldest_glibc(wheel)
    if can_run(platform, here) and oldest is not None and here.libc and here.libc[:2] < oldest:
        own = ".".join(map(str, here.libc))
        return f"it is for glibc {oldest[0]}.{oldest[1]} and later, and here is {own}"
    suitable = runners(platform, here, interpreters)
    if not suitable:
        return nothing_runs(platform)
    interpreter = interpreter_for(wheel, of.requires_python, suitable)
    if interpreter is None:
        return "no interpreter here installs it"
    return Trial(
        wheel=wheel,
        interpreter=interpreter.name,
        python=interpreter.version,
        requires=settings.test_requires if settings.test_command else (),
        command=settings.test_command,
        project=of.directory,
        python_source=of.python_source,
        toolchain=toolchain.id,
        module=of.module,
        emulated=interpreter.platform.startswith("linux-"),
    )


def _oldest_glibc(wheel: str) -> Optional[tuple[int, ...]]:
    """The oldest glibc that a wheel is installed beside, by its name; None for any or another library."""
    tags = wheel[: -len(".whl")].rpartition("-")[2].split(".")
    parsed = (parse_platform_tag(tag) for tag in tags)
    return min((tag.version for tag in parsed if tag and tag.family == "manylinux"), default=None)
